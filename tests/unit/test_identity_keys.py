"""Keys of agencies and of the gateway."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from gateway.identity_keys import (
    AgencyKeys,
    Algorithm,
    SigningKey,
    TokenKeys,
    UnusableKey,
    decode_base64url,
    new_signing_key,
    public_jwks,
    thumbprint,
)

P256 = new_signing_key("ES256")
ED = new_signing_key("EdDSA")
# RFC 7515, appendix A.3, and RFC 8037, appendix A.2
RFC_7515_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
RFC_8037_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


def jwk(key: SigningKey, *, drop: str = "", **members: object) -> dict[str, object]:
    return {name: value for name, value in {**key.public.jwk(), **members}.items() if name != drop}


def jwks(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


def b64(number: int, length: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(length)).rstrip(b"=").decode()


def rsa_jwk(bits: int) -> dict[str, object]:
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    return {"kty": "RSA", "kid": "r", "n": b64(numbers.n, bits // 8), "e": "AQAB"}


def p384_jwk() -> dict[str, object]:
    numbers = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    return {"kty": "EC", "crv": "P-384", "kid": "p", "x": b64(numbers.x, 48), "y": b64(numbers.y, 48)}


REFUSED: dict[str, bytes] = {
    "29-rsa-1024": jwks(rsa_jwk(1024)),
    "rsa-2048": jwks(rsa_jwk(2048)),
    "30-p-384": jwks(p384_jwk()),
    "p-384-called-p-256": jwks({**p384_jwk(), "crv": "P-256"}),
    "symmetric": jwks({"kty": "oct", "kid": "k", "k": "c2VjcmV0"}),
    "private-part": jwks(jwk(P256, d="AAAA")),
    "private-part-empty": jwks(jwk(ED, d="")),
    "x25519": jwks({"kty": "OKP", "crv": "X25519", "x": RFC_8037_KEY["x"]}),
    "ed25519-with-y": jwks(jwk(ED, y=RFC_7515_KEY["y"])),
    "off-the-curve": jwks({**RFC_7515_KEY, "y": RFC_7515_KEY["x"]}),
    "coordinate-missing": jwks(jwk(P256, drop="y")),
    "coordinate-a-number": jwks(jwk(P256, x=1)),
    "coordinate-padded": jwks(jwk(P256, x=f"{RFC_7515_KEY['x']}=")),
    "coordinate-short": jwks(jwk(ED, x="AAAA")),
    "kid-twice": jwks(jwk(P256, kid="a"), jwk(ED, kid="a")),
    "kid-empty": jwks(jwk(P256, kid="")),
    "kid-a-number": jwks(jwk(P256, kid=1)),
    "kid-too-long": jwks(jwk(P256, kid="k" * 129)),
    "kid-with-NUL": jwks(jwk(P256, kid="a b")),
    "alg-of-another-kind": jwks(jwk(P256, alg="EdDSA")),
    "alg-null": jwks(jwk(P256, alg=None)),
    "for-encryption": jwks(jwk(P256, use="enc")),
    "for-signing": jwks(jwk(P256, key_ops=["sign"])),
    "member-unknown": jwks(jwk(P256, jku="http://127.0.0.1:9/")),
    "certificate": jwks(jwk(P256, x5c=["MIIB"])),
    "no-keys": jwks(),
    "keys-an-object": b'{"keys": {}}',
    "key-a-string": jwks("x"),
    "another-key-beside-keys": b'{"keys": [], "more": 1}',
    "bare-key": json.dumps(jwk(P256)).encode(),
    "a-list": b"[]",
    "keys-named-twice": b'{"keys": [], "keys": []}',
    "not-JSON": b"-----BEGIN PUBLIC KEY-----",
    "empty": b"",
}


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED.keys())
def test_a_key_set_is_refused(document: bytes) -> None:
    with pytest.raises(UnusableKey):
        AgencyKeys.parse(document)


def test_a_key_set_is_read_back_as_it_was_written() -> None:
    keys = AgencyKeys.parse(json.dumps(public_jwks([P256.public, ED.public])).encode())
    assert set(keys.by_kid) == {P256.kid, ED.kid}
    assert keys.find(P256.kid) == P256.public
    assert keys.find(ED.kid) == ED.public


def test_a_key_without_kid_goes_by_its_thumbprint() -> None:
    keys = AgencyKeys.parse(jwks(jwk(P256, drop="kid")))
    assert set(keys.by_kid) == {thumbprint(P256.private.public_key())}


def test_a_token_that_names_no_key_means_the_only_one() -> None:
    one = AgencyKeys.parse(jwks(jwk(P256)))
    two = AgencyKeys.parse(jwks(jwk(P256), jwk(ED)))
    assert one.find(None) == P256.public
    assert two.find(None) is None
    assert one.find("other") is None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # RFC 8037, appendix A.3; the other by the method of RFC 7638 with sha256sum and base64
        (RFC_8037_KEY, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        (RFC_7515_KEY, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"),
    ],
)
def test_the_thumbprint_is_that_of_rfc_7638(document: dict[str, Any], expected: str) -> None:
    assert set(AgencyKeys.parse(jwks(document)).by_kid) == {expected}


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_a_signing_key_survives_its_pem(alg: Algorithm) -> None:
    key = new_signing_key(alg)
    again = SigningKey.from_pem(key.pem())
    assert (again.kid, again.alg, again.public) == (key.kid, key.alg, key.public)
    assert SigningKey.from_pem(key.pem(), "mine").kid == "mine"


def pem(key: PrivateKeyTypes, password: bytes | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(pem(rsa.generate_private_key(65537, 2048)), id="rsa"),
        pytest.param(pem(ec.generate_private_key(ec.SECP384R1())), id="p-384"),
        pytest.param(pem(ed448.Ed448PrivateKey.generate()), id="ed448"),
        pytest.param(pem(P256.private, b"secret"), id="encrypted"),
        pytest.param(b"nothing", id="no-pem"),
    ],
)
def test_only_unencrypted_p256_and_ed25519_keys_sign(document: bytes) -> None:
    with pytest.raises(UnusableKey):
        SigningKey.from_pem(document)


def test_a_private_key_is_not_shown() -> None:
    assert "private" not in repr(P256).lower()
    assert set(P256.public.jwk()) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_retired_token_keys_are_still_found() -> None:
    keys = TokenKeys(ED, (P256.public,))
    assert keys.find(ED.kid) == ED.public
    assert keys.find(P256.kid) == P256.public
    assert keys.find("other") is None
    assert keys.find(None) is None


@pytest.mark.parametrize("text", ["", "A", "AA==", "AB", "A+A/", "AAA\n", " AAA", "AÁ"])
def test_base64url_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        decode_base64url(text)
