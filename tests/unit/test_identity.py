"""Callers, actors and requesters."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity import ASSERTION_TYPE, ROLES, Actor, Caller, Identity, Requester, requester_from
from gateway.identity_keys import AgencyKeys, TokenKeys, client_assertion, new_signing_key
from gateway.problems import Problem
from gateway.wire.strict_json import JSON
from tests.faults.edge_county import MemoryReplay, jwks_of

NOW = datetime(2026, 3, 2, 12, 0, 0, 500_000, tzinfo=UTC)
ISSUER = "https://gateway.riverside.example"
CALLER = Caller("riverside-pd", "t", NOW, NOW + timedelta(seconds=300))
REYES: dict[str, JSON] = {"id": "badge-4411", "name": "Sgt A. Reyes", "role": "caseworker"}
AGENCY_KEY = new_signing_key("EdDSA")


def identity(signer: TokenKeys, revoked: set[str] | None = None) -> Identity:
    keys = {"riverside-pd": AgencyKeys.parse(jwks_of(AGENCY_KEY))}
    return Identity(ISSUER, keys, signer, MemoryReplay(), (revoked or set()).__contains__)


async def token_from(gateway: Identity) -> str:
    assertion = client_assertion(AGENCY_KEY.private, AGENCY_KEY.kid, "riverside-pd", ISSUER, NOW)
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    return (await gateway.exchange({**form, "client_assertion": assertion}, NOW)).token


def problem(user: JSON, headers: Mapping[str, str] | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        requester_from(CALLER, user, headers or {})
    return caught.value


async def test_a_token_says_who_and_from_when_to_when() -> None:
    gateway = identity(TokenKeys(new_signing_key()))
    caller = gateway.authenticate(await token_from(gateway), NOW)
    start = NOW.replace(microsecond=0)
    assert (caller.agency, caller.issued_at) == ("riverside-pd", start)
    assert caller.expires_at == start + timedelta(seconds=300)
    assert len(caller.token_id) >= 16


@pytest.mark.parametrize(
    ("seconds", "good"), [(0, True), (309, True), (310, False), (-9, True), (-11, False)]
)
async def test_a_token_lives_300_seconds_and_the_skew(seconds: int, good: bool) -> None:
    gateway = identity(TokenKeys(new_signing_key()))
    token = await token_from(gateway)
    moment = NOW.replace(microsecond=0) + timedelta(seconds=seconds)
    if good:
        assert gateway.authenticate(token, moment).agency == "riverside-pd"
    else:
        with pytest.raises(Problem, match="invalid-token"):
            gateway.authenticate(token, moment)


async def test_a_token_outlives_the_rotation_of_the_gateways_key_only_where_the_old_one_is_kept() -> None:
    old, new = new_signing_key("ES256"), new_signing_key("EdDSA")
    token = await token_from(identity(TokenKeys(old)))
    assert identity(TokenKeys(new, (old.public,))).authenticate(token, NOW).agency == "riverside-pd"
    with pytest.raises(Problem) as caught:
        identity(TokenKeys(new)).authenticate(token, NOW)
    assert caught.value.reason == "key-unknown"


async def test_a_time_without_zone_is_a_fault_of_ours() -> None:
    gateway = identity(TokenKeys(new_signing_key()))
    token = await token_from(gateway)
    with pytest.raises(ValueError, match="time zone"):
        gateway.authenticate(token, NOW.replace(tzinfo=None))


async def test_two_assertions_of_one_second_differ() -> None:
    gateway = identity(TokenKeys(new_signing_key()))
    assert await token_from(gateway) != await token_from(gateway)


@pytest.mark.parametrize("role", ROLES)
def test_the_body_names_the_person(role: str) -> None:
    assert requester_from(CALLER, {**REYES, "role": role}, {}) == Requester(
        "riverside-pd", Actor("badge-4411", "Sgt A. Reyes", role)
    )


def test_headers_name_the_person_where_the_body_does_not() -> None:
    headers = {"acting-user": "badge-17", "acting-role": "auditor"}
    assert requester_from(CALLER, None, headers).actor == Actor("badge-17", "badge-17", "auditor")
    assert requester_from(CALLER, REYES, headers).actor.id == "badge-4411"


@pytest.mark.parametrize(
    ("headers"),
    [{}, {"acting-user": "badge-17"}, {"acting-role": "auditor"}],
    ids=["neither", "no-role", "no-user"],
)
def test_a_call_that_names_nobody_is_refused_naming_user(headers: dict[str, str]) -> None:
    refusal = problem(None, headers)
    assert refusal.code == "unprocessable"
    assert refusal.detail.startswith("user must name the person acting")


BAD_USERS: dict[str, tuple[JSON, str]] = {
    "a-string": ("badge-4411", "user must"),
    "a-list": ([REYES], "user must"),
    "empty": ({}, "user.id must"),
    "id-missing": ({"name": "A", "role": "auditor"}, "user.id must"),
    "id-a-number": ({**REYES, "id": 7}, "user.id must"),
    "id-empty": ({**REYES, "id": ""}, "user.id must"),
    "id-too-long": ({**REYES, "id": "x" * 129}, "user.id must"),
    "id-with-line-feed-behind": ({**REYES, "id": "badge-4411\n"}, "user.id must"),
    "id-with-space-behind": ({**REYES, "id": "badge-4411 "}, "user.id must"),
    "id-homoglyph": ({**REYES, "id": "b\u0430dge-4411"}, "user.id must"),
    "name-missing": ({"id": "x", "role": "auditor"}, "user.name must"),
    "name-empty": ({**REYES, "name": ""}, "user.name must"),
    "name-blank": ({**REYES, "name": " "}, "user.name must"),
    "name-too-long": ({**REYES, "name": "x" * 201}, "user.name must"),
    "name-on-two-lines": ({**REYES, "name": "A\nFAKE level=info"}, "user.name must"),
    "name-with-paragraph-separator": ({**REYES, "name": "A\u2029B"}, "user.name must"),
    "name-with-soft-hyphen": ({**REYES, "name": "A\u00adB"}, "user.name must"),
    "name-with-escape": ({**REYES, "name": "A\x1b[31m"}, "user.name must"),
    "name-not-NFC": ({**REYES, "name": "Zoe\u0308"}, "user.name must"),
    "role-missing": ({"id": "x", "name": "A"}, "user.role must"),
    "role-unknown": ({**REYES, "role": "admin"}, "user.role must"),
    "role-in-capitals": ({**REYES, "role": "Auditor"}, "user.role must"),
    "role-a-list": ({**REYES, "role": ["auditor"]}, "user.role must"),
    "key-unknown": ({**REYES, "agency": "riverside-health"}, "user.agency is not"),
    "key-unknown-and-not-nameable": ({**REYES, "Okafor!": 1}, "user.(unnamed key) is not"),
}


@pytest.mark.parametrize(("user", "detail"), BAD_USERS.values(), ids=BAD_USERS.keys())
def test_a_person_who_is_not_clearly_named_is_refused(user: JSON, detail: str) -> None:
    refusal = problem(user, {"acting-user": "badge-17", "acting-role": "auditor"})
    assert refusal.code == "unprocessable"
    assert refusal.detail.startswith(detail)


@given(st.dictionaries(st.sampled_from(["id", "name", "role"]), st.text(min_size=8), min_size=1))
def test_a_refusal_never_repeats_what_was_sent(user: dict[str, JSON]) -> None:
    refusal = problem(user)
    assert not any(str(value) in refusal.detail for value in user.values())
