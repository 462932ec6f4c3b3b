"""The console from outside: who gets in, for how long, and what a form must bring with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import httpx
import pytest

from gateway.console.page import static_digest, static_files, templates
from gateway.console.routes import PAGES
from gateway.identity import ROLES, Actor, Requester
from tests.console_county import Browser, Console, console_in_process
from tests.county import InProcess, is_problem, make_folder
from tests.county_terms import HEALTH, ISSUER, OUTSIDER, PD, SOCIAL


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with console_in_process(make_folder(tmp_path / "county")) as opened:
        yield opened


CASE: Final = {
    "reference": "CON-1",
    "kind": "threat-assessment",
    "concern": "moderate",
    "next_review": "2026-12-01",
    "manager.id": "badge-4411",
    "manager.name": "Sgt A. Reyes",
}
DANIEL: Final = {
    "subject.kind": "person",
    "subject.family_name": "Okafor",
    "subject.given_name": "Daniel",
    "subject.birth_date": "2008-04-17",
}
QUESTION: Final = {"case": "CON-1", "purpose": "threat-assessment", "level": "record", **DANIEL}


async def opens_case(browser: Browser, **more: str) -> None:
    answer = await browser.sends("/console/cases/new", {**CASE, **more})
    assert answer.status_code == 303, answer.text


async def asks(browser: Browser, *categories: str, **more: str) -> httpx.Response:
    return await browser.sends("/console/ask", {**QUESTION, "categories": list(categories), **more})


async def test_every_page_leads_to_signing_in_until_somebody_is(console: Console) -> None:
    browser = console.browser()
    for page in PAGES:
        path = re.sub(r"{\w+}", "x", page.path)
        answer = await (browser.sends(path) if page.method == "POST" else browser.get(path))
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in"), path


@pytest.mark.parametrize("role", ROLES)
async def test_a_page_opens_for_its_roles_alone(console: Console, role: str) -> None:
    browser = await console.signed_in(role)
    for page in PAGES:
        path = re.sub(r"{\w+}", "x", page.path)
        answer = await (browser.sends(path) if page.method == "POST" else browser.get(path))
        refused = answer.status_code == 403 and "The role of the person acting" in answer.text
        assert refused is (role not in page.roles), (path, answer.status_code)
        assert answer.status_code < 500, (path, answer.text)


async def test_a_link_of_a_demonstration_opens_once_and_makes_a_cookie_no_script_reads(
    console: Console,
) -> None:
    browser = await console.signed_in("auditor")
    cookie = next(iter(browser.client.cookies.jar))
    assert (cookie.name, cookie.secure, cookie.path) == ("__Host-console", True, "/")
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") in {"strict", "Strict"}
    link = console.door.link(Requester(PD, Actor("badge-1", "B. Once", "auditor")))
    assert [(await console.browser().get(link)).status_code for _ in range(2)] == [200, 404]


async def test_a_site_by_itself_has_no_links(county: InProcess) -> None:
    async with county.connect() as client:
        assert (await client.get("/console/demo/anything")).status_code == 404
        assert "set up how its people sign in" in (await client.get("/console/sign-in")).text


async def test_a_session_ends_when_idle_and_after_its_longest(console: Console) -> None:
    browser, clock = await console.signed_in("caseworker"), console.county.clock
    for _ in range(2):
        clock.advance(minutes=14)
        assert (await browser.get("/console/cases")).status_code == 200
    clock.advance(minutes=15)
    assert (await browser.get("/console/cases")).status_code == 303
    browser = await console.signed_in("caseworker")
    for _ in range(12 * 6 - 1):
        clock.advance(minutes=10)
        assert (await browser.get("/console/cases")).status_code == 200
    clock.advance(minutes=10)
    assert (await browser.get("/console/cases")).status_code == 303


async def test_what_a_pages_script_asks_by_itself_keeps_no_session_alive(console: Console) -> None:
    browser, clock = await console.signed_in("caseworker"), console.county.clock
    await opens_case(browser)
    where = (await asks(browser, "safeguarding")).headers["location"]
    for _ in range(3):
        clock.advance(minutes=4)
        part = await browser.get(f"{where}/answers", **{"HX-Request": "true"})
        assert "<main" not in part.text
        assert "hx-trigger" in part.text
    clock.advance(minutes=4)
    gone = await browser.get(f"{where}/answers", **{"HX-Request": "true"})
    assert gone.headers["hx-redirect"] == "/console/sign-in"


async def test_signing_out_ends_it_everywhere(console: Console) -> None:
    browser = await console.signed_in("caseworker")
    stolen = dict(browser.client.cookies)
    assert (await browser.sends("/console/sign-out")).status_code == 303
    thief = console.browser()
    thief.client.cookies.update(stolen)
    assert (await thief.get("/console/cases")).status_code == 303


async def test_no_secret_of_a_session_is_in_the_store(console: Console) -> None:
    browser = await console.signed_in("caseworker", name="Quentin Unmistakable")
    secret = next(iter(browser.client.cookies.jar)).value
    assert secret
    folder = console.county.folder.path
    for path in folder.glob("gateway.db*"):
        content = path.read_bytes()
        for hidden in (secret, browser.csrf, "Quentin", "badge-4411"):
            assert hidden.encode() not in content


FORGED: Final[dict[str, Mapping[str, str]]] = {
    "another site": {"Origin": "https://evil.example"},
    "no origin to tell": {"Origin": "null"},
    "another scheme": {"Origin": ISSUER.replace("https", "http")},
    "the browser says so": {"Sec-Fetch-Site": "cross-site"},
    "a sibling of this host": {"Sec-Fetch-Site": "same-site"},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
async def test_a_form_from_elsewhere_is_refused(console: Console, headers: Mapping[str, str]) -> None:
    browser = await console.signed_in("caseworker")
    answer = await browser.sends("/console/cases/new", CASE, **headers)
    assert answer.status_code == 403
    assert "did not come from this console" in answer.text
    assert (await browser.get("/console/cases/CON-1")).status_code == 404


async def test_a_form_without_its_own_sessions_token_is_refused(console: Console) -> None:
    first, second = await console.signed_in("caseworker"), await console.signed_in("caseworker")
    for token in ("", second.csrf, first.csrf[:-1]):
        answer = await first.sends("/console/cases/new", {**CASE, "csrf": token})
        assert answer.status_code == 403
        assert "out of date" in answer.text


async def test_a_form_without_an_origin_is_refused(console: Console) -> None:
    browser = await console.signed_in("caseworker")
    answer = await browser.client.post("/console/role", data={"csrf": browser.csrf, "role": "auditor"})
    assert answer.status_code == 403


@pytest.mark.parametrize("media", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
async def test_the_console_takes_forms_alone(console: Console, media: str) -> None:
    browser = await console.signed_in("caseworker")
    answer = await browser.client.post(
        "/console/cases/new", content=b"{}", headers={"Content-Type": media, "Origin": ISSUER}
    )
    is_problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("path", ["/v1/queries", "/v1/cases", "/consoles", "/consolex/cases"])
async def test_forms_are_taken_nowhere_but_in_the_console(county: InProcess, path: str) -> None:
    async with county.connect() as client:
        is_problem(await client.post(path, data={"a": "b"}), 415, "unsupported-media-type")


async def test_pages_have_the_consoles_headers_and_other_answers_their_own(console: Console) -> None:
    browser = await console.signed_in("caseworker")
    page = await browser.get("/console/cases")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert "content-encoding" not in page.headers
    other = await browser.get("/healthz")
    assert other.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_nobody_reads_another_agencys_case_question_or_review(console: Console) -> None:
    browser = await console.signed_in("caseworker")
    await opens_case(browser)
    where = (await asks(browser, "safeguarding")).headers["location"]
    assert (await browser.get(where)).status_code == 200
    stranger = await console.signed_in("caseworker", OUTSIDER, "o-1", "O. Stranger")
    for path in ("/console/cases/CON-1", where, f"{where}/answers", f"{where}/explanation"):
        assert (await stranger.get(path)).status_code == 404, path
    liaison = await console.signed_in("liaison", SOCIAL, "sw-1", "M. Brandt")
    found = re.search(r"/console/reviews/rev_\w+", (await liaison.get("/console/reviews")).text)
    assert found is not None
    assert (await liaison.get(found[0])).status_code == 200
    assert (await (await console.signed_in("liaison", HEALTH)).get(found[0])).status_code == 404


async def test_a_form_sent_twice_asks_once(console: Console) -> None:
    browser = await console.signed_in("caseworker")
    await opens_case(browser)
    first = await asks(browser, "school-discipline", once="same")
    again = await asks(browser, "school-discipline", once="same")
    assert first.headers["location"] == again.headers["location"]
    assert (await browser.get("/console/cases/CON-1")).text.count("/console/queries/qry_") == 2
    other = await asks(browser, "threat-report", once="same")
    assert other.status_code == 409


async def test_what_may_not_be_read_again_is_shown_at_once(console: Console) -> None:
    browser = await console.signed_in("caseworker")
    await opens_case(browser)
    told = await asks(browser, "protective-order", level="summary")
    assert told.status_code == 200
    assert "order of January" in told.text


async def test_a_faulty_form_comes_back_as_it_was_filled_in_with_each_fault_in_its_place(
    console: Console,
) -> None:
    browser = await console.signed_in("caseworker")
    await opens_case(browser)
    answer = await asks(browser, "school-discipline", **{"subject.birth_date": "2008-13-40"})
    assert answer.status_code == 422
    assert 'value="Okafor"' in answer.text
    assert 'href="#subject.birth_date"' in answer.text
    assert 'id="subject.birth_date-fault"' in answer.text
    nobody = await asks(browser, **{"subject.family_name": ""})
    assert nobody.status_code == 422
    assert "Categories" in nobody.text


async def test_the_preview_asks_nobody_and_records_nothing(console: Console) -> None:
    browser = await console.signed_in("caseworker")
    await opens_case(browser)
    before = (await browser.get("/ledger/checkpoint")).text
    fields = {**QUESTION, "categories": ["mental-health", "school-discipline"]}
    told = await browser.sends("/console/ask/preview", fields, **{"HX-Request": "true"})
    assert told.text.index("does not mean that nothing is held") < told.text.index("<h3>")
    assert "may answer" in told.text
    nobody_named = {name: value for name, value in fields.items() if name not in DANIEL}
    again = await browser.sends("/console/ask/preview", nobody_named, **{"HX-Request": "true"})
    assert again.text == told.text
    assert (await browser.get("/ledger/checkpoint")).text == before


async def test_masked_negatives_are_one_page_but_for_their_receipts(console: Console) -> None:
    browser = await console.signed_in("caseworker")
    await opens_case(browser)
    pages = set()
    for name in ({}, {"subject.family_name": "Lund", "subject.given_name": "Maria"}):
        answer = await asks(browser, "mental-health", level="existence", **name)
        text = (await browser.get(answer.headers["location"])).text
        part = text[text.index("<article") : text.index("<details")]
        assert part.index("This does not mean that nothing is held") < part.index("No information available")
        assert "tel:+15550100" in part
        pages.add(part)
    assert len(pages) == 1


EMERGENCY: Final = {
    **QUESTION,
    "level": "summary",
    "categories": ["health"],
    "exception.ground": "serious-imminent-threat",
    "exception.statement": "A classmate heard him say it at noon today",
    "exception.elements.threat": "He said he will shoot at the school",
    "exception.elements.imminence": "Tomorrow morning at the first bell",
    "exception.elements.recipient_able_to_prevent": "true",
}


async def test_emergency_access_takes_somebody_who_signed_in_just_now(console: Console) -> None:
    browser = await console.signed_in("caseworker")
    await opens_case(browser)
    console.county.clock.advance(minutes=5, seconds=1)
    assert "Sign in again first" in (await browser.get("/console/emergency")).text
    stale = await browser.sends("/console/emergency", EMERGENCY)
    assert stale.status_code == 403
    fresh = await console.signed_in("caseworker")
    answer = await fresh.sends("/console/emergency", EMERGENCY)
    assert "asthma" in (await fresh.get(answer.headers["location"])).text


async def test_the_asking_page_knows_no_exception(console: Console) -> None:
    """What only the page for emergencies may do cannot be smuggled into the other."""
    browser = await console.signed_in("caseworker")
    await opens_case(browser)
    answer = await browser.sends("/console/ask", EMERGENCY)
    assert "asthma" not in (await browser.get(answer.headers["location"])).text
    officer = await console.signed_in("privacy-officer", HEALTH, "npi-1", "Dr Lam")
    assert "No emergency access was used" in (await officer.get("/console/emergencies")).text


async def test_a_case_keeps_a_blinded_person_out(console: Console) -> None:
    desk = console.county.desk(PD, "badge-1")
    reference = await desk.opens(blinded=["badge-4411"], manager={"id": "badge-4411", "name": "A. Reyes"})
    kept_out = await console.signed_in("caseworker")
    assert (await kept_out.get(f"/console/cases/{reference}")).status_code == 404
    assert reference not in (await kept_out.get("/console/cases")).text
    other = await console.signed_in("caseworker", PD, "badge-2", "B. Other")
    assert (await other.get(f"/console/cases/{reference}")).status_code == 200


def test_every_template_escapes_and_none_holds_script_or_style() -> None:
    environment = templates()
    assert environment.autoescape is True
    names = environment.list_templates()
    assert len(names) > 20
    loader = environment.loader
    assert loader is not None
    for name in names:
        source = loader.get_source(environment, name)[0]
        for forbidden in ("|safe", "| safe", "autoescape", "style=", "<style", " onclick", "hx-on", "Markup"):
            assert forbidden not in source, (name, forbidden)
        assert not re.search(r"<script(?! src=)", source), name
        assert not re.search(r"\son\w+=", source), name
        for address in re.findall(r'(?:href|action|src)="([^"]*)"', source):
            ours = address.startswith(("/", "#", "{{ static(", "{{ address", "{{ entry.path", "{{ kind_path"))
            given = name == "bits.html" and address in {"{{ path }}", "#{{ fault.field }}"}
            assert ours or given or "| dialled" in address, (name, address)


def test_what_is_put_into_a_template_is_escaped() -> None:
    shown = templates().from_string("{{ words }}").render(words="<b>&\"'")
    assert shown == "&lt;b&gt;&amp;&#34;&#39;"


async def test_static_files_are_kept_for_good_and_packed_where_they_may_be(console: Console) -> None:
    browser = console.browser()
    for path, file in static_files().items():
        packed = await browser.get(f"/console/static/{static_digest()}/{path}")
        assert packed.status_code == 200
        assert packed.content == file.content
        assert "immutable" in packed.headers["cache-control"]
    for wrong in ("0" * 12 + "/console.css", f"{static_digest()}/VENDORED.md", f"{static_digest()}/x.css"):
        assert (await browser.get(f"/console/static/{wrong}")).status_code == 404


def test_files_of_others_are_as_they_were_taken() -> None:
    folder = Path(__file__).parents[2] / "gateway" / "console" / "static"
    told = (folder / "VENDORED.md").read_text()
    listed = dict(re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", told, re.MULTILINE))
    there = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for kind in ("uswds", "htmx")
        for path in (folder / kind).rglob("*")
        if path.is_file()
    }
    assert listed == there
