"""Hostile tokens, rows 1 to 32 of the table of hostile inputs, over HTTP and under real keys.

Every row is tried twice: as a client assertion at the token endpoint and as an access token at a route.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from gateway.identity_keys import Algorithm
from tests.faults.edge_calls import ask_for_token, use_token
from tests.faults.edge_county import AGENCY, ISSUER, OTHER_AGENCY, County, MemoryReplay, county
from tests.faults.hostile_tokens import HOSTILE
from tests.faults.token_forge import (
    NOW_SECONDS,
    Mint,
    access_mint,
    assertion_mint,
    malleated,
)

AUDITED: list[list[str]] = []


def _listen(event: str, args: tuple[object, ...]) -> None:
    if AUDITED and event in ("open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"):
        AUDITED[-1].append(f"{event} {args[:1]}")


sys.addaudithook(_listen)


@contextmanager
def outside_world() -> Iterator[list[str]]:
    """Every file opened, name looked up and connection made inside the block, as the interpreter saw it."""
    AUDITED.append([])
    try:
        yield AUDITED[-1]
    finally:
        AUDITED.pop()


@pytest.fixture(scope="module", params=["ES256", "EdDSA"])
def site(request: pytest.FixtureRequest) -> County:
    alg: Algorithm = request.param
    return county(alg)


SIGNATURE_IS_WHAT_IS_WRONG = {
    "30-es256-with-p-384",
    "another-key-of-the-right-kind",
    "signature-cut",
    "claims-swapped-under-the-signature",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_assertion_is_refused(site: County, name: str) -> None:
    with capture_logs() as logs:
        answer = await ask_for_token(site, HOSTILE[name](assertion_mint(site)))
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert answer.json()["code"] == "invalid-client"
    assert answer.headers["cache-control"] == "no-store"
    assert logs[0]["reason"] != "signature-wrong" or name in SIGNATURE_IS_WHAT_IS_WRONG


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "23-line-feed-appended"])
async def test_a_hostile_access_token_is_refused(site: County, name: str) -> None:
    with capture_logs() as logs:
        answer = await use_token(site, HOSTILE[name](access_mint(site)))
    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid-token"
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert logs[0]["reason"] != "signature-wrong" or name in SIGNATURE_IS_WHAT_IS_WRONG


async def test_no_refusal_of_an_assertion_uses_up_its_jti_or_tells_more_than_another(site: County) -> None:
    answers = [await ask_for_token(site, forge(assertion_mint(site, "kept"))) for forge in HOSTILE.values()]
    assert len({answer.content for answer in answers}) == 1
    good = await ask_for_token(site, assertion_mint(site, "kept").token())
    assert good.status_code == 200


ACCEPTED: dict[str, Callable[[Mint], str]] = {
    "as-it-is": lambda m: m.token(),
    "13-iat-9-s-ahead": lambda m: m.token(iat=NOW_SECONDS + 9, exp=NOW_SECONDS + 309),
    "14-exp-9-s-ago": lambda m: m.token(iat=NOW_SECONDS - 100, exp=NOW_SECONDS - 9),
    "15-nbf-9-s-ahead": lambda m: m.token(nbf=NOW_SECONDS + 9),
    "aud-the-token-endpoint": lambda m: m.token(aud=f"{ISSUER}/oauth/token"),
    "iat-absent": lambda m: m.token(drop="iat"),
    "typ-absent": lambda m: m.token(drop="typ"),
    "typ-of-the-draft": lambda m: m.token(header={"typ": "client-authentication+jwt"}),
    "kid-absent-and-one-key": lambda m: m.token(drop="kid"),
    "claim-of-another-kind": lambda m: m.token(department="records"),
    "jti-of-128-characters": lambda m: m.token(jti="j" * 128),
}


@pytest.mark.parametrize("forge", ACCEPTED.values(), ids=ACCEPTED.keys())
@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
async def test_a_good_assertion_buys_a_token_that_works(alg: Algorithm, forge: Callable[[Mint], str]) -> None:
    site = county(alg)
    answer = await ask_for_token(site, forge(assertion_mint(site)))
    assert answer.status_code == 200
    assert answer.json() == {
        "access_token": answer.json()["access_token"],
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "gateway",
    }
    assert answer.headers["cache-control"] == "no-store"
    assert (await use_token(site, answer.json()["access_token"])).json() == {"agency": AGENCY}


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda m: m.token(), id="as-it-is"),
        pytest.param(lambda m: m.token(iat=NOW_SECONDS + 9, exp=NOW_SECONDS + 309), id="13-iat-9-s-ahead"),
        pytest.param(lambda m: m.token(iat=NOW_SECONDS - 100, exp=NOW_SECONDS - 9), id="14-exp-9-s-ago"),
    ],
)
async def test_an_access_token_within_the_skew_is_accepted(
    site: County, forge: Callable[[Mint], str]
) -> None:
    assert (await use_token(site, forge(access_mint(site)))).json() == {"agency": AGENCY}


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda m: m.token(header={"typ": "JWT"}), id="typ-JWT"),
        pytest.param(lambda m: m.token(header={"typ": "AT+JWT"}), id="typ-in-capitals"),
        pytest.param(lambda m: m.token(drop="typ"), id="typ-absent"),
        pytest.param(lambda m: m.token(drop="kid"), id="kid-absent"),
        pytest.param(lambda m: m.token(drop="iat"), id="iat-absent"),
        pytest.param(lambda m: m.token(drop="client_id"), id="client-id-absent"),
        pytest.param(lambda m: m.token(client_id=OTHER_AGENCY), id="client-id-of-another-agency"),
        pytest.param(lambda m: m.token(role="auditor"), id="a-claim-that-we-never-issue"),
        pytest.param(lambda m: m.token(sub="nobody", client_id="nobody"), id="an-agency-unknown"),
    ],
)
async def test_an_access_token_is_ours_in_every_part(site: County, forge: Callable[[Mint], str]) -> None:
    assert (await use_token(site, forge(access_mint(site)))).status_code == 401


async def test_an_assertion_is_no_access_token_and_the_reverse(site: County) -> None:
    assert (await use_token(site, assertion_mint(site).token())).status_code == 401
    assert (await ask_for_token(site, access_mint(site).token())).status_code == 401


@pytest.mark.parametrize("name", [name for name in HOSTILE if name[:2] in ("05", "28")])
async def test_05_28_nothing_is_fetched_looked_up_or_opened(site: County, name: str) -> None:
    # The framework reads a route's source file once, when the route first raises.
    await ask_for_token(site, assertion_mint(site).token(drop="exp"))
    await use_token(site, access_mint(site).token(drop="exp"))
    with outside_world() as touched:
        await ask_for_token(site, HOSTILE[name](assertion_mint(site)))
        await use_token(site, HOSTILE[name](access_mint(site)))
    assert touched == []


async def test_21_one_assertion_on_two_replicas_fifty_times_at_once_is_used_once() -> None:
    first = county(replay=(memory := MemoryReplay()))
    second = county(agency_key=first.agency_key, gateway_key=first.gateway_key, replay=memory)
    assertion = assertion_mint(first).token()
    answers = await asyncio.gather(*(ask_for_token((first, second)[n % 2], assertion) for n in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49


async def test_21_two_agencies_may_use_one_jti(site: County) -> None:
    for agency in (AGENCY, OTHER_AGENCY):
        answer = await ask_for_token(site, assertion_mint(site, "shared", agency).token())
        assert answer.status_code == 200


async def test_21_a_used_jti_is_remembered_until_the_assertion_has_died() -> None:
    site = county(replay=(memory := MemoryReplay()))
    await ask_for_token(site, assertion_mint(site).token())
    assert [until.timestamp() for until in memory.used.values()] == [NOW_SECONDS + 300 + 10]


async def test_22_a_malleated_signature_is_the_same_assertion() -> None:
    site = county("ES256")
    assertion = assertion_mint(site).token()
    other = malleated(assertion)
    assert other != assertion
    assert (await ask_for_token(county(agency_key=site.agency_key), other)).status_code == 200
    assert (await ask_for_token(site, assertion)).status_code == 200
    assert (await ask_for_token(site, other)).status_code == 401


async def test_23_the_last_character_has_no_second_spelling(site: County) -> None:
    token = access_mint(site).token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    statuses = [(await use_token(site, token[:-1] + last)).status_code for last in alphabet]
    assert (statuses.count(200), statuses.count(401)) == (1, 63)


async def test_27_a_token_of_1_mb_is_cut_off(site: County) -> None:
    assert (await use_token(site, "a" * 1_000_000)).status_code == 431
    assert (await ask_for_token(site, "a" * 1_000_000)).status_code == 413


async def test_31_two_authorization_headers(site: County) -> None:
    token = access_mint(site).token()
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    async with site.client() as client:
        answer = await client.get("/v1/whoami", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "key", ["access_token", "assertion", "client_assertion", "token", "ACCESS_TOKEN", "access%5Ftoken"]
)
async def test_32_a_token_in_the_query_string_is_refused_and_not_logged(site: County, key: str) -> None:
    token = access_mint(site).token()
    async with site.client() as client:
        with capture_logs() as logs:
            answer = await client.get(
                f"/v1/whoami?a=1&{key}={token}", headers={"Authorization": f"Bearer {token}"}
            )
    assert answer.status_code == 400
    assert token not in repr(logs)
    assert [entry["reason"] for entry in logs] == ["credential-in-query"]
