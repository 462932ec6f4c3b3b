"""Login to a FHIR server as a system: SMART Backend Services, asymmetric client authentication.

Source: HL7 SMART App Launch 2.2, "Backend Services" and "Client Authentication: Asymmetric"
(a `client_credentials` grant with an RFC 7523 assertion signed by ES384 or RS384).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.client import SourceClient
from adapters.partner import Fault, SourceError
from adapters.source_url import check_source_url

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEFAULT_SCOPE: Final = "system/*.rs"

_ASSERTION_LIFE: Final = timedelta(minutes=4)
_LONGEST_REUSE: Final = timedelta(hours=1)
_CURVE_ALGORITHMS: Final = {"secp384r1": "ES384", "secp256r1": "ES256"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A client's private key, the algorithm it signs with and the id its public half is registered under."""

    key: EllipticCurvePrivateKey | RSAPrivateKey = field(repr=False)
    algorithm: str
    kid: str

    @classmethod
    def load(cls, path: Path, algorithm: str | None = None) -> SigningKey:
        """Read a private key from a PEM file or a JWK file.

        Raises:
            ValueError: the file is missing or is no such key, or the algorithm does not suit it.
        """
        try:
            key, kid = _read_key(path.read_bytes())
        except (OSError, ValueError, TypeError, jwt.PyJWTError):
            raise ValueError("auth.key: expected a file with a private key as PEM or JWK") from None
        suited = _algorithm_for(key)
        if algorithm is not None and algorithm != suited:
            raise ValueError(f"auth.alg: expected {suited} for this key")
        return cls(key, suited, kid or _thumbprint(key))


@dataclass(frozen=True, slots=True)
class Credentials:
    client_id: str
    key: SigningKey
    scope: str = DEFAULT_SCOPE
    token_url: str | None = None
    """Where to ask for tokens; discovered at the FHIR server's own host when absent."""


class SmartLogin:
    """Holds one access token and replaces it before it expires.

    `clock` returns the present as an aware datetime; it dates assertions and ages tokens.
    """

    def __init__(
        self,
        source: SourceClient,
        credentials: Credentials,
        clock: Callable[[], datetime],
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._source = source
        self._credentials = credentials
        self._clock = clock
        self._tls = tls
        self._turn = asyncio.Lock()
        self._issuer: SourceClient | None = None
        self._token_path = ""
        self._token: str | None = None
        self._good_until: datetime | None = None

    async def token(self) -> str:
        """An access token with life left in it.

        Raises:
            SourceError: the server gave none.
        """
        async with self._turn:
            if self._token is None or self._good_until is None or self._clock() >= self._good_until:
                await self._renew()
            if self._token is None:
                raise SourceError(Fault.REFUSED)
            return self._token

    def forget(self, token: str) -> None:
        """Drop a token the server no longer honours, unless a newer one is already held."""
        if self._token == token:
            self._token = None

    async def close(self) -> None:
        if self._issuer is not None:
            await self._issuer.close()

    async def _renew(self) -> None:
        self._token = None
        issuer = self._issuer or await self._discover()
        now = self._clock()
        form = [
            ("grant_type", "client_credentials"),
            ("scope", self._credentials.scope),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", self._assertion(issuer.base_url + self._token_path, now)),
        ]
        answer = await issuer.post_form(self._token_path, form)
        if not isinstance(answer, dict):
            raise SourceError(Fault.MALFORMED)
        token, life, kind = (answer.get(key) for key in ("access_token", "expires_in", "token_type"))
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise SourceError(Fault.MALFORMED)
        if not isinstance(life, int) or isinstance(life, bool) or life <= 0 or str(kind).lower() != "bearer":
            raise SourceError(Fault.MALFORMED)
        lifetime = min(timedelta(seconds=min(life, 86400)), _LONGEST_REUSE)
        # A tenth of its life is left for the calls made with it, at most half a minute.
        self._good_until = now + lifetime - min(lifetime / 10, timedelta(seconds=30))
        self._token = token

    async def _discover(self) -> SourceClient:
        url = self._credentials.token_url or await self._announced_token_url()
        parts = urlsplit(url)
        self._token_path = parts.path
        self._issuer = SourceClient(
            f"{parts.scheme}://{parts.netloc}", deadline=self._source.deadline, tls=self._tls
        )
        return self._issuer

    async def _announced_token_url(self) -> str:
        """The server's own word for where its tokens come from; another host must be configured."""
        answer = await self._source.get("/.well-known/smart-configuration")
        url = answer.get("token_endpoint") if isinstance(answer, dict) else None
        if not isinstance(url, str):
            raise SourceError(Fault.MALFORMED)
        try:
            check_source_url(url)
        except ValueError:
            raise SourceError(Fault.MISMATCH) from None
        if not self._source.is_same_host(url):
            raise SourceError(Fault.MISMATCH)
        return url

    def _assertion(self, audience: str, now: datetime) -> str:
        credentials = self._credentials
        claims = {
            "iss": credentials.client_id,
            "sub": credentials.client_id,
            "aud": audience,
            "iat": now,
            "exp": now + _ASSERTION_LIFE,
            "jti": str(uuid.uuid4()),
        }
        key = credentials.key
        return jwt.encode(claims, key.key, algorithm=key.algorithm, headers={"kid": key.kid})


def _read_key(content: bytes) -> tuple[EllipticCurvePrivateKey | RSAPrivateKey, str | None]:
    kid: object = None
    if content.lstrip().startswith(b"{"):
        document: dict[str, Any] = json.loads(content)
        kid = document.get("kid")
        key: object = jwt.PyJWK.from_dict(document).key
    else:
        key = load_pem_private_key(content, password=None)
    if not isinstance(key, EllipticCurvePrivateKey | RSAPrivateKey):
        raise TypeError("not a private key of a usable kind")
    return key, kid if isinstance(kid, str) else None


def _algorithm_for(key: EllipticCurvePrivateKey | RSAPrivateKey) -> str:
    if isinstance(key, RSAPrivateKey):
        if key.key_size < 2048:
            raise ValueError("auth.key: expected an RSA key of at least 2048 bits")
        return "RS384"
    if key.curve.name not in _CURVE_ALGORITHMS:
        raise ValueError("auth.key: expected an elliptic curve key on P-384 or P-256")
    return _CURVE_ALGORITHMS[key.curve.name]


def _thumbprint(key: EllipticCurvePrivateKey | RSAPrivateKey) -> str:
    """RFC 7638: the id of a key that was given none."""
    if isinstance(key, RSAPrivateKey):
        members = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        members = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    required = {name: members[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in members}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True).encode()
    return urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
