"""Tokens that break one rule each, rows 1 to 30 of the table of hostile inputs.

Each keeps a signature that verifies wherever its rule allows one.
"""

import hashlib
import hmac
import json
from collections.abc import Callable

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.identity_keys import Algorithm, new_signing_key
from tests.faults.edge_county import ISSUER, OTHER_AGENCY
from tests.faults.token_forge import (
    NOW_SECONDS,
    Mint,
    b64,
    signer,
)


def hs256(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda message: hmac.digest(secret, message, hashlib.sha256)


def public_pem(mint: Mint) -> bytes:
    return mint.key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def with_attacker_jwk(mint: Mint) -> str:
    attacker = new_signing_key("ES256")
    return mint.token(header={"jwk": attacker.public.jwk()}, sign=signer(attacker.private))


def edited(mint: Mint, old: str, new: str) -> str:
    text = mint.written()
    assert old in text
    return mint.raw(None, text.replace(old, new, 1).encode())


def own(mint: Mint, claim: str) -> str:
    return str(mint.claims[claim])


RSA_1024 = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- the weak key is what is being refused
P_384 = ec.generate_private_key(ec.SECP384R1())
EXP = f'"exp": {NOW_SECONDS + 300}'

HOSTILE: dict[str, Callable[[Mint], str]] = {
    "01-alg-none": lambda m: m.token(header={"alg": "none"}, sign=lambda _: b"x"),
    "01-alg-none-unsigned": lambda m: m.token(header={"alg": "none"}).rpartition(".")[0] + ".",
    "01-alg-None": lambda m: m.token(header={"alg": "None"}),
    "01-alg-nOnE": lambda m: m.token(header={"alg": "nOnE"}),
    "01-alg-missing": lambda m: m.token(drop="alg"),
    "01-alg-a-list": lambda m: m.token(header={"alg": ["ES256"]}),
    "02-hs256-keyed-with-the-public-pem": lambda m: m.token(
        header={"alg": "HS256"}, sign=hs256(public_pem(m))
    ),
    "03-hs256-keyed-with-the-jwk": lambda m: m.token(
        header={"alg": "HS256"}, sign=hs256(json.dumps(m.key.public.jwk()).encode())
    ),
    "04-jwk-in-the-header": with_attacker_jwk,
    "05-jku": lambda m: m.token(header={"jku": "http://127.0.0.1:9/keys"}),
    "05-x5u": lambda m: m.token(header={"x5u": "http://127.0.0.1:9/cert"}),
    "05-x5c": lambda m: m.token(header={"x5c": ["MIIB"]}),
    "06-crit": lambda m: m.token(header={"crit": ["x"], "x": 1}),
    "07-b64-false": lambda m: m.token(header={"b64": False}),
    "07-b64-false-crit": lambda m: m.token(header={"b64": False, "crit": ["b64"]}),
    "08-typ-dpop": lambda m: m.token(header={"typ": "dpop+jwt"}),
    "08-typ-id-token": lambda m: m.token(header={"typ": "id_token"}),
    "08-typ-a-number": lambda m: m.token(header={"typ": 1}),
    "08-typ-null": lambda m: m.token(header={"typ": None}),
    "09-no-exp": lambda m: m.token(drop="exp"),
    "10-exp-a-string": lambda m: m.token(exp=str(NOW_SECONDS + 300)),
    "10-exp-a-float": lambda m: m.token(exp=NOW_SECONDS + 299.5),
    "10-exp-true": lambda m: m.token(exp=True),
    "10-exp-null": lambda m: m.token(exp=None),
    "10-iat-a-string": lambda m: m.token(iat=str(NOW_SECONDS)),
    "10-nbf-a-string": lambda m: m.token(nbf=str(NOW_SECONDS)),
    "10-nbf-true": lambda m: m.token(nbf=True),
    "11-exp-NaN": lambda m: edited(m, EXP, '"exp": NaN'),
    "11-exp-Infinity": lambda m: edited(m, EXP, '"exp": Infinity'),
    "11-exp-1e400": lambda m: edited(m, EXP, '"exp": 1e400'),
    "11-exp-1e10": lambda m: edited(m, EXP, '"exp": 1e10'),
    "12-exp-year-30000": lambda m: m.token(exp=884541340800),
    "12-lives-301-seconds": lambda m: m.token(exp=NOW_SECONDS + 301),
    "12-lives-long-without-iat": lambda m: m.token(drop="iat", exp=NOW_SECONDS + 311),
    "12-exp-before-iat": lambda m: m.token(iat=NOW_SECONDS + 5, exp=NOW_SECONDS + 4),
    "13-iat-11-s-ahead": lambda m: m.token(iat=NOW_SECONDS + 11, exp=NOW_SECONDS + 300),
    "13-iat-61-s-ahead": lambda m: m.token(iat=NOW_SECONDS + 61, exp=NOW_SECONDS + 300),
    "14-exp-11-s-ago": lambda m: m.token(iat=NOW_SECONDS - 100, exp=NOW_SECONDS - 11),
    "15-nbf-ahead": lambda m: m.token(nbf=NOW_SECONDS + 11),
    "16-aud-us-and-another": lambda m: m.token(aud=[ISSUER, "https://other.example"]),
    "16-aud-a-list-of-us": lambda m: m.token(aud=[ISSUER]),
    "17-aud-missing": lambda m: m.token(drop="aud"),
    "17-aud-null": lambda m: m.token(aud=None),
    "17-aud-with-slash": lambda m: m.token(aud=ISSUER + "/"),
    "17-aud-upper-case": lambda m: m.token(aud=ISSUER.upper()),
    "17-aud-prefix": lambda m: m.token(aud=ISSUER[:-1]),
    "18-iss-prefix": lambda m: m.token(iss=own(m, "iss")[:-1]),
    "18-iss-suffix": lambda m: m.token(iss=own(m, "iss") + "x"),
    "18-iss-list": lambda m: m.token(iss=[own(m, "iss")]),
    "18-iss-case": lambda m: m.token(iss=own(m, "iss").upper()),
    "18-iss-slash": lambda m: m.token(iss=own(m, "iss") + "/"),
    "18-iss-missing": lambda m: m.token(drop="iss"),
    "18-iss-other-agency": lambda m: m.token(iss=OTHER_AGENCY, sub=OTHER_AGENCY),
    "19-sub-int": lambda m: m.token(sub=17),
    "19-sub-empty": lambda m: m.token(sub=""),
    "19-sub-missing": lambda m: m.token(drop="sub"),
    "19-sub-other-agency": lambda m: m.token(sub=OTHER_AGENCY),
    "20-jti-missing": lambda m: m.token(drop="jti"),
    "20-jti-empty": lambda m: m.token(jti=""),
    "20-jti-int": lambda m: m.token(jti=7),
    "20-jti-129-characters": lambda m: m.token(jti="j" * 129),
    "20-jti-10-KB": lambda m: m.token(jti="j" * 10_240),
    "20-jti-NUL": lambda m: m.token(jti="a\x00"),
    "20-jti-line-feed": lambda m: m.token(jti="a\n"),
    "20-jti-lone-surrogate": lambda m: m.token(jti="\ud800"),
    "20-jti-not-ASCII": lambda m: m.token(jti="jtí"),
    "23-padding-appended": lambda m: m.token() + "==",
    "23-line-feed-appended": lambda m: m.token() + "\n",
    "23-standard-alphabet": lambda m: m.token().replace("-", "+").replace("_", "/") + "+",
    "24-iss-twice": lambda m: edited(m, '"iss"', '"iss": "evil", "iss"'),
    "24-exp-twice": lambda m: edited(m, '"exp"', '"exp": 1, "exp"'),
    "25-alg-twice": lambda m: m.raw(
        json.dumps(dict(m.header)).replace('"alg"', '"alg": "none", "alg"').encode(), None
    ),
    "26-payload-a-list": lambda m: m.raw(None, b"[1]"),
    "26-payload-a-string": lambda m: m.raw(None, b'"x"'),
    "26-payload-empty": lambda m: m.raw(None, b""),
    "26-payload-not-UTF-8": lambda m: m.raw(None, b'{"iss": "\xff"}'),
    "26-payload-UTF-16": lambda m: m.raw(None, m.written().encode("utf-16")),
    "26-nesting-at-6-KB": lambda m: m.raw(None, b"[" * 5_900),
    "26-nesting-20000": lambda m: m.raw(None, b"[" * 20_000),
    "26-header-a-list": lambda m: m.raw(b"[]", None),
    "27-token-of-9-KB": lambda m: m.token(padding="p" * 6_600),
    "28-kid-path": lambda m: m.token(header={"kid": "../../dev/null"}),
    "28-kid-sql": lambda m: m.token(header={"kid": "' or 1=1--"}),
    "28-kid-url": lambda m: m.token(header={"kid": "http://127.0.0.1:9/key"}),
    "28-kid-NUL": lambda m: m.token(header={"kid": "a\x00"}),
    "28-kid-int": lambda m: m.token(header={"kid": 1}),
    "28-kid-null": lambda m: m.token(header={"kid": None}),
    "28-kid-1-KB": lambda m: m.token(header={"kid": "k" * 1024}),
    "29-rs256-with-rsa-1024": lambda m: m.token(header={"alg": "RS256"}, sign=signer(RSA_1024)),
    "30-es256-with-p-384": lambda m: m.token(header={"alg": "ES256"}, sign=signer(P_384)),
    "30-es384": lambda m: m.token(header={"alg": "ES384"}, sign=signer(P_384)),
    "another-key-of-the-right-kind": lambda m: m.token(sign=signer(new_signing_key(m.key.alg).private)),
    "the-other-algorithm-named": lambda m: m.token(header={"alg": other_algorithm(m.key.alg)}),
    "two-segments": lambda m: m.token().rpartition(".")[0],
    "four-segments": lambda m: m.token() + ".e30",
    "empty-signature": lambda m: m.token().rpartition(".")[0] + ".",
    "signature-cut": lambda m: m.token()[:-2],
    "claims-swapped-under-the-signature": lambda m: ".".join(
        [m.token().split(".")[0], b64(m.written().encode() + b" "), m.token().split(".")[2]]
    ),
}


def other_algorithm(alg: Algorithm) -> Algorithm:
    return "EdDSA" if alg == "ES256" else "ES256"
