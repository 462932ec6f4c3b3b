"""The keys behind tokens: P-256 (ES256) and Ed25519 (EdDSA), nothing else.

Public keys of agencies are read from a JWK set (RFC 7517), strictly and once, at load; a token's `kid` is
only ever looked up in the mapping made here.
"""

import base64
import binascii
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, Self

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.wire.strict_json import JSON, MalformedJson, parse

Algorithm = Literal["ES256", "EdDSA"]
Public = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

MAX_LIFETIME: Final = 300
"""Seconds that a client assertion or an access token may live."""

_MEMBERS: Final = frozenset({"kty", "crv", "x", "y", "kid", "use", "alg", "key_ops"})
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KID = re.compile(r"[\x21-\x7e]{1,128}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class UnusableKey(ValueError):  # noqa: N818 -- says what the key is
    """A key or key set that the gateway refuses; the message names the rule."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies; `alg` is the one algorithm it is used with."""

    kid: str
    alg: Algorithm
    key: Public

    def jwk(self) -> dict[str, str]:
        """The key as a JWK (RFC 7517, RFC 8037)."""
        return {**_jwk_core(self.key), "kid": self.kid, "alg": self.alg, "use": "sig"}


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A key that signs. Its `kid` is the RFC 7638 thumbprint unless one is given."""

    kid: str
    alg: Algorithm
    private: Private

    @classmethod
    def from_pem(cls, pem: bytes, kid: str | None = None) -> Self:
        """Read an unencrypted PKCS 8 PEM. Raises `UnusableKey`."""
        try:
            private = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise UnusableKey("the private key is not an unencrypted PEM") from None
        if not isinstance(private, Private):
            raise UnusableKey("only P-256 and Ed25519 keys sign")
        alg = _algorithm_of(private.public_key())
        return cls(kid or thumbprint(private.public_key()), alg, private)

    def pem(self) -> bytes:
        """The private key as unencrypted PKCS 8 PEM."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.kid, self.alg, self.private.public_key())


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """The public keys of one agency by `kid`; never empty."""

    by_kid: Mapping[str, PublicKey]

    @classmethod
    def parse(cls, jwks: bytes) -> Self:
        """Read a JWK set. A key without `kid` goes by its RFC 7638 thumbprint. Raises `UnusableKey`."""
        try:
            document = parse(jwks)
        except MalformedJson as error:
            raise UnusableKey(f"the key set is not acceptable JSON: {error.reason}") from None
        if not isinstance(document, dict) or set(document) != {"keys"}:
            raise UnusableKey("a key set is an object with the one key 'keys'")
        entries = document["keys"]
        if not isinstance(entries, list) or not entries:
            raise UnusableKey("'keys' must list at least one key")
        keys = [_public_key(entry) for entry in entries]
        by_kid = {key.kid: key for key in keys}
        if len(by_kid) != len(keys):
            raise UnusableKey("two keys have the same 'kid'")
        return cls(MappingProxyType(by_kid))

    def find(self, kid: str | None) -> PublicKey | None:
        """The key named; where none is named, the agency's only key."""
        if kid is None:
            return next(iter(self.by_kid.values())) if len(self.by_kid) == 1 else None
        return self.by_kid.get(kid)


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """The gateway's own keys: the one that signs now and those whose tokens are still honoured."""

    signing: SigningKey
    retired: tuple[PublicKey, ...] = ()

    def find(self, kid: str | None) -> PublicKey | None:
        keys = (self.signing.public, *self.retired)
        return next((key for key in keys if key.kid == kid), None)


def new_signing_key(alg: Algorithm = "ES256") -> SigningKey:
    """Make a fresh key pair."""
    private: Private
    if alg == "ES256":
        private = ec.generate_private_key(ec.SECP256R1())
    else:
        private = ed25519.Ed25519PrivateKey.generate()
    return SigningKey(thumbprint(private.public_key()), alg, private)


def public_jwks(keys: Iterable[PublicKey]) -> dict[str, list[dict[str, str]]]:
    """The JWK set to hand to a partner."""
    return {"keys": [key.jwk() for key in keys]}


def thumbprint(key: Public) -> str:
    """RFC 7638 thumbprint, SHA-256, base64url."""
    canonical = json.dumps(_jwk_core(key), sort_keys=True, separators=(",", ":"))
    return _b64(hashlib.sha256(canonical.encode()).digest())


def client_assertion(private_key: Private, kid: str, agency: str, issuer: str, now: datetime) -> str:
    """The signed assertion (RFC 7523) with which an agency's system asks for an access token."""
    issued = int(now.timestamp())
    claims = {
        "iss": agency,
        "sub": agency,
        "aud": issuer,
        "iat": issued,
        "exp": issued + MAX_LIFETIME,
        "jti": secrets.token_urlsafe(24),
    }
    algorithm = _algorithm_of(private_key.public_key())
    return jwt.encode(claims, private_key, algorithm, headers={"kid": kid, "typ": "JWT"})


def decode_base64url(text: str) -> bytes:
    """Decode the one canonical unpadded form (RFC 7515, section 2). Raises `ValueError`."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url without padding")
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("not base64url without padding") from None
    if _b64(decoded) != text:
        raise ValueError("not the canonical base64url form")
    return decoded


def _public_key(entry: JSON) -> PublicKey:
    if not isinstance(entry, dict):
        raise UnusableKey("a key is an object")
    if _PRIVATE_MEMBERS & set(entry):
        raise UnusableKey("a public key set holds a private or symmetric key")
    if set(entry) - _MEMBERS:
        raise UnusableKey("a key has a member other than kty, crv, x, y, kid, use, alg, key_ops")
    key = _point(entry)
    alg = _algorithm_of(key)
    if entry.get("alg", alg) != alg:
        raise UnusableKey("'alg' does not fit the key")
    if entry.get("use", "sig") != "sig" or entry.get("key_ops", ["verify"]) != ["verify"]:
        raise UnusableKey("the key is not for verifying signatures")
    kid = entry.get("kid", thumbprint(key))
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise UnusableKey("'kid' must be 1 to 128 printable ASCII characters")
    return PublicKey(kid, alg, key)


def _point(entry: Mapping[str, JSON]) -> Public:
    kind = (entry.get("kty"), entry.get("crv"))
    try:
        if kind == ("EC", "P-256"):
            x, y = (int.from_bytes(_coordinate(entry, name)) for name in ("x", "y"))
            return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        if kind == ("OKP", "Ed25519") and "y" not in entry:
            return ed25519.Ed25519PublicKey.from_public_bytes(_coordinate(entry, "x"))
    except ValueError:
        raise UnusableKey("a coordinate is not 32 bytes of base64url on the curve") from None
    raise UnusableKey("only EC P-256 and OKP Ed25519 keys are accepted")


def _coordinate(entry: Mapping[str, JSON], name: str) -> bytes:
    text = entry.get(name)
    if not isinstance(text, str):
        raise ValueError("a coordinate is missing")  # noqa: TRY004 -- one kind of refusal for the caller
    decoded = decode_base64url(text)
    if len(decoded) != 32:
        raise ValueError("a coordinate has 32 bytes")
    return decoded


def _algorithm_of(key: Public) -> Algorithm:
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "EdDSA"
    if isinstance(key.curve, ec.SECP256R1):
        return "ES256"
    raise UnusableKey("only P-256 and Ed25519 keys are used")


def _jwk_core(key: Public) -> dict[str, str]:
    if isinstance(key, ed25519.Ed25519PublicKey):
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": _b64(raw)}
    numbers = key.public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": _b64(numbers.x.to_bytes(32)),
        "y": _b64(numbers.y.to_bytes(32)),
    }


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
