"""What an agency's provider sends is believed only when every part of it proves what it should."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from agreements.terms import Role
from gateway.console.provider import Pending, Person, Provider
from gateway.problems import Problem
from gateway.site_sign_in import SignIn

ISSUER: Final = "https://idp.example"
NOW: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AT: Final = int(NOW.timestamp())
OURS: Final = generate_private_key(public_exponent=65537, key_size=2048)
OTHER: Final = generate_private_key(public_exponent=65537, key_size=2048)
ED: Final = Ed25519PrivateKey.generate()
SIGN_IN: Final = SignIn(
    ISSUER, "gateway", None, {"case": Role.CASEWORKER, "audit": Role.AUDITOR}, "roles", "sub"
)
PENDING: Final = Pending("riverside-pd", "s" * 32, "n" * 32, "v" * 64, AT + 600.0, fresh=False)
CLAIMS: Final[dict[str, Any]] = {
    "iss": ISSUER,
    "aud": "gateway",
    "sub": "badge-1",
    "name": "B. One",
    "roles": ["audit", "case"],
    "nonce": PENDING.nonce,
    "iat": AT,
    "exp": AT + 300,
    "auth_time": AT - 20,
}


def jwks() -> dict[str, Any]:
    rsa = {**json.loads(RSAAlgorithm.to_jwk(OURS.public_key())), "kid": "rsa", "use": "sig"}
    ed = {**json.loads(OKPAlgorithm.to_jwk(ED.public_key())), "kid": "ed", "use": "sig"}
    return {"keys": [rsa, ed]}


CONFIGURATION: Final = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}


class Answering(Provider):
    """The provider with its network answered here."""

    def __init__(self, token: object, configuration: Mapping[str, Any] = CONFIGURATION) -> None:
        super().__init__(SIGN_IN, "https://gateway.example/back", Path())
        self._answers = {
            f"{ISSUER}/.well-known/openid-configuration": configuration,
            f"{ISSUER}/token": {"id_token": token},
            f"{ISSUER}/jwks": jwks(),
        }

    async def _call(self, url: str, form: Any = None, headers: Any = None) -> Mapping[str, Any]:  # noqa: ARG002 -- as it is there
        return self._answers[url]


def signed(key: Any = OURS, alg: str = "RS256", kid: str | None = "rsa", **claims: Any) -> str:
    body = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(body, key, algorithm=alg, headers={"kid": kid} if kid else {})


async def person(token: object, pending: Pending = PENDING) -> Person:
    return await Answering(token).person(pending, "code", NOW)


async def test_a_good_token_names_a_person_with_roles_in_a_fixed_order() -> None:
    found = await person(signed())
    assert found == Person(
        "badge-1", "B. One", ("caseworker", "auditor"), datetime.fromtimestamp(AT - 20, UTC)
    )
    assert await person(signed(ED, "EdDSA", "ed")) == found
    assert (await person(signed(aud=["gateway"]))).id == "badge-1"


PUBLIC: Final = OURS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
REFUSED: Final[dict[str, Any]] = {
    "another issuer": lambda: signed(iss="https://evil.example"),
    "another audience": lambda: signed(aud="another"),
    "two audiences, made for the other": lambda: signed(aud=["gateway", "another"], azp="another"),
    "another nonce": lambda: signed(nonce="x" * 32),
    "no nonce": lambda: signed(nonce=None),
    "expired": lambda: signed(exp=AT - 11),
    "no expiry": lambda: signed(exp=None),
    "issued in the future": lambda: signed(iat=AT + 60),
    "not valid yet": lambda: signed(nbf=AT + 60),
    "another key": lambda: signed(OTHER),
    "a key nobody has": lambda: signed(kid="nobody"),
    "no key named where there are two": lambda: signed(kid=None),
    "no signature": lambda: jwt.encode(CLAIMS, "", algorithm="none", headers={"kid": "rsa"}),
    "a key of another kind": lambda: signed(OURS, "RS256", "ed"),
    "a shared secret": lambda: jwt.encode(CLAIMS, b"k" * 32, algorithm="HS256", headers={"kid": "rsa"}),
    "cut short": lambda: signed()[:-4],
    "not a token": lambda: "x",
    "none at all": lambda: None,
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
async def test_a_token_that_proves_less_is_refused(make: Any) -> None:
    with pytest.raises(Problem) as caught:
        await person(make())
    assert caught.value.code == "forbidden"


async def test_a_fresh_sign_in_needs_the_time_the_person_was_seen() -> None:
    fresh = replace(PENDING, fresh=True)
    assert (await person(signed(), fresh)).id == "badge-1"
    with pytest.raises(Problem):
        await person(signed(auth_time=None), fresh)


async def test_without_that_time_a_person_was_not_seen_lately() -> None:
    assert (await person(signed(auth_time=None))).authenticated_at < NOW.replace(year=1971)


@pytest.mark.parametrize("roles", [None, [], ["janitor"], {"case": True}, 7])
async def test_no_role_is_no_entrance(roles: object) -> None:
    with pytest.raises(Problem, match="forbidden"):
        await person(signed(roles=roles))


@pytest.mark.parametrize("wrong", [{"issuer": "https://evil.example"}, {"token_endpoint": None}])
async def test_a_configuration_of_somebody_else_is_not_used(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(Problem) as caught:
        await Answering(signed(), {**CONFIGURATION, **wrong}).address(PENDING)
    assert caught.value.code == "conflict"
