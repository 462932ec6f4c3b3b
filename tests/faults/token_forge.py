"""Tokens made by hand, so that every rule can be broken under a signature that verifies."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from gateway.identity_keys import SigningKey
from tests.faults.edge_county import AGENCY, ISSUER, NOW, County

Signer = Callable[[bytes], bytes]
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact(header: bytes, claims: bytes, sign: Signer) -> str:
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{b64(sign(signed.encode()))}"


def signer(private: ec.EllipticCurvePrivateKey | Ed25519PrivateKey | rsa.RSAPrivateKey) -> Signer:
    def sign(message: bytes) -> bytes:
        if isinstance(private, Ed25519PrivateKey):
            return private.sign(message)
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(message, PKCS1v15(), hashes.SHA256())
        r, s = utils.decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
        size = (private.curve.key_size + 7) // 8
        return r.to_bytes(size) + s.to_bytes(size)

    return sign


def malleated(token: str) -> str:
    """The other valid ES256 signature, (r, n - s), of the same token."""
    signed, _, signature = token.rpartition(".")
    raw = unb64(signature)
    other = P256_ORDER - int.from_bytes(raw[32:])
    return f"{signed}.{b64(raw[:32] + other.to_bytes(32))}"


@dataclass(frozen=True, slots=True)
class Mint:
    """Makes tokens that are right except where told otherwise."""

    header: Mapping[str, object]
    claims: Mapping[str, object]
    key: SigningKey

    def token(
        self,
        *,
        drop: str = "",
        header: Mapping[str, object] | None = None,
        sign: Signer | None = None,
        **claims: object,
    ) -> str:
        full_header = {
            name: value for name, value in {**self.header, **(header or {})}.items() if name != drop
        }
        full_claims = {name: value for name, value in {**self.claims, **claims}.items() if name != drop}
        return self.raw(json.dumps(full_header).encode(), json.dumps(full_claims).encode(), sign)

    def raw(self, header: bytes | None, claims: bytes | None, sign: Signer | None = None) -> str:
        return compact(
            header if header is not None else json.dumps(dict(self.header)).encode(),
            claims if claims is not None else json.dumps(dict(self.claims)).encode(),
            sign or signer(self.key.private),
        )

    def written(self) -> str:
        """The good claims as JSON text, for edits below the level of a dictionary."""
        return json.dumps(dict(self.claims))


NOW_SECONDS = int(NOW.timestamp())


def assertion_mint(county: County, jti: str = "one", agency: str = AGENCY) -> Mint:
    key = county.agency_key if agency == AGENCY else county.other_key
    times = {"iat": NOW_SECONDS, "exp": NOW_SECONDS + 300}
    claims = {"iss": agency, "sub": agency, "aud": ISSUER, **times, "jti": jti}
    return Mint({"alg": key.alg, "typ": "JWT", "kid": key.kid}, claims, key)


def access_mint(county: County) -> Mint:
    key = county.gateway_key
    parties = {"iss": ISSUER, "aud": ISSUER, "sub": AGENCY, "client_id": AGENCY}
    times = {"iat": NOW_SECONDS, "exp": NOW_SECONDS + 300}
    claims = {**parties, **times, "jti": "one", "scope": "gateway"}
    return Mint({"alg": key.alg, "typ": "at+jwt", "kid": key.kid}, claims, key)
