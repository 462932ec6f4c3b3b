"""Signing in by an agency's own OpenID Connect provider, held to PKCE."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.site import InvalidSiteError, read_site
from tests import county_terms as terms
from tests.conftest import ACountyOf
from tests.console_county import Browser, Console, console_in_process
from tests.county import StandingClock, as_yaml, make_folder
from tests.county_terms import HEALTH, ISSUER, PD
from tests.servers.oidc import oidc_provider, sign_in_at

PEOPLE: Final[dict[str, dict[str, Any]]] = {
    "badge-4411": {"name": "Sgt A. Reyes", "roles": ["gw-case", "gw-privacy", "canteen"]},
    "badge-0032": {"name": "Capt. Adler", "roles": "gw-privacy"},
    "badge-9": {"name": "Nobody Here", "roles": ["canteen"]},
    "badge 9": {"name": "An id with a space", "roles": ["gw-case"]},
}
ROLES: Final = {"gw-case": "caseworker", "gw-privacy": "privacy-officer"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc_provider(PEOPLE) as running:
        yield running


def agencies(issuer: str, **more: Any) -> list[dict[str, Any]]:
    sign_in = {"issuer": issuer, "client_id": "gateway", "roles": ROLES, **more}
    return [{**one, "sign_in": sign_in} if one["id"] == PD else one for one in terms.agencies()]


@pytest.fixture
def console(tmp_path: Path, issuer: str) -> Iterator[Console]:
    secret = tmp_path / "county" / "keys" / "console.secret"
    secret.parent.mkdir(parents=True)
    secret.write_text("a secret: with+signs\n")
    found = agencies(issuer, client_secret_file="keys/console.secret")
    folder = make_folder(tmp_path / "county", agencies=found)
    # The provider's clock is the machine's.
    with console_in_process(folder, StandingClock(datetime.now(UTC))) as opened:
        yield opened


async def sent_to_provider(browser: Browser, query: str = "") -> str:
    answer = await browser.get(f"/console/sign-in/{PD}{query}")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def signs_in(browser: Browser, sub: str, query: str = "") -> int:
    back = sign_in_at(await sent_to_provider(browser, query), sub)
    assert back.startswith(f"{ISSUER}/console/sign-in/{PD}/back?")
    return (await browser.get(back)).status_code


async def test_a_person_signs_in_with_the_roles_their_agency_gives_and_acts_in_one_at_a_time(
    console: Console,
) -> None:
    browser = console.browser()
    assert "Riverside Pd" in (await browser.get("/console/sign-in")).text
    assert await signs_in(browser, "badge-4411") == 200
    assert (await browser.get("/console")).headers["location"] == "/console/cases"
    page = await browser.get("/console/cases")
    assert "Sgt A. Reyes" in page.text
    assert "canteen" not in page.text
    assert (await browser.get("/console/emergencies")).status_code == 403
    assert (await browser.sends("/console/role", {"role": "privacy-officer"})).status_code == 303
    assert (await browser.get("/console/emergencies")).status_code == 200
    assert (await browser.get("/console/cases")).status_code == 403
    assert (await browser.sends("/console/role", {"role": "auditor"})).status_code == 403


async def test_a_claim_may_be_one_word(console: Console) -> None:
    browser = console.browser()
    assert await signs_in(browser, "badge-0032") == 200
    assert (await browser.get("/console")).headers["location"] == "/console/agreements"


@pytest.mark.parametrize(("sub", "status"), [("badge-9", 403), ("badge 9", 422), ("stranger", 403)])
async def test_whoever_has_no_role_or_no_usable_id_stays_outside(
    console: Console, sub: str, status: int
) -> None:
    browser = console.browser()
    assert await signs_in(browser, sub) == status
    assert (await browser.get("/console/cases")).status_code == 303


async def test_the_way_there_carries_state_nonce_and_a_challenge(console: Console) -> None:
    asked = parse_qs(urlsplit(await sent_to_provider(console.browser())).query)
    again = parse_qs(urlsplit(await sent_to_provider(console.browser())).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name][0]) >= 32
        assert asked[name] != again[name]


async def test_an_answer_is_taken_from_the_browser_that_asked_and_once(console: Console) -> None:
    browser, victim = console.browser(), console.browser()
    back = sign_in_at(await sent_to_provider(browser), "badge-4411")
    assert (await victim.get(back)).status_code == 403
    await sent_to_provider(victim)
    assert (await victim.get(back)).status_code == 403
    assert (await browser.get(back)).status_code == 200
    assert (await browser.get(back)).status_code == 403


async def test_a_sign_in_that_took_too_long_or_names_another_agency_is_refused(console: Console) -> None:
    browser = console.browser()
    back = sign_in_at(await sent_to_provider(browser), "badge-4411")
    assert (await browser.get(back.replace(PD, HEALTH))).status_code == 403
    browser = console.browser()
    back = sign_in_at(await sent_to_provider(browser), "badge-4411")
    console.county.clock.advance(minutes=11)
    assert (await browser.get(back)).status_code == 403


async def test_a_provider_that_refuses_is_believed(console: Console) -> None:
    browser = console.browser()
    state = parse_qs(urlsplit(await sent_to_provider(browser)).query)["state"][0]
    answer = await browser.get(f"/console/sign-in/{PD}/back?error=access_denied&state={state}")
    assert answer.status_code == 403
    assert "access_denied" not in answer.text


async def test_emergency_access_has_the_person_prove_who_they_are_anew(console: Console) -> None:
    browser = console.browser()
    await signs_in(browser, "badge-4411")
    assert "What is the ground?" in (await browser.get("/console/emergency")).text
    console.county.clock.advance(minutes=6)
    page = await browser.get("/console/emergency")
    assert f"/console/sign-in/{PD}?fresh=1" in page.text
    asked = parse_qs(urlsplit(await sent_to_provider(browser, "?fresh=1")).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])


async def test_signing_in_anew_ends_the_session_before(console: Console) -> None:
    browser = console.browser()
    await signs_in(browser, "badge-4411")
    before = dict(browser.client.cookies)
    assert await signs_in(browser, "badge-4411", "?fresh=1") == 200
    assert (await browser.get("/console/cases")).status_code == 200
    old = console.browser()
    old.client.cookies.update(before)
    assert (await old.get("/console/cases")).status_code == 303


@pytest.mark.parametrize("agency", ["nobody", HEALTH])
async def test_an_agency_without_a_provider_leads_nowhere(console: Console, agency: str) -> None:
    assert (await console.browser().get(f"/console/sign-in/{agency}")).status_code == 404


async def test_a_provider_that_is_down_is_told_in_words(a_county: ACountyOf) -> None:
    county = a_county(agencies=agencies("http://127.0.0.1:9"))
    async with county.connect() as client:
        answer = await client.get(f"/console/sign-in/{PD}")
    assert answer.status_code == 409
    assert "cannot be used at this moment" in answer.text


FAULTY: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "no role": ({"roles": {}}, "roles: expected at least one claim value"),
    "an unknown role": ({"roles": {"x": "sheriff"}}, "roles.x: expected one of"),
    "plain HTTP elsewhere": ({"issuer": "http://idp.example"}, "issuer: expected an https URL"),
    "a key nobody knows": ({"client_secret": "x"}, "client_secret: expected"),
}


@pytest.mark.parametrize(("given", "told"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_entry_is_named(tmp_path: Path, given: dict[str, Any], told: str) -> None:
    path = make_folder(tmp_path).path
    site = {
        "name": "X",
        "issuer": ISSUER,
        "jurisdiction": "us-or",
        "agencies": agencies(**{"issuer": "https://idp", **given}),
    }
    (path / "site.yaml").write_text(as_yaml(site))
    with pytest.raises(InvalidSiteError) as caught:
        read_site(path)
    assert told in str(caught.value)
