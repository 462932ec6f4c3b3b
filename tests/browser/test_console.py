"""The console in a real browser: every role's journey, each page without a fault, nothing hostile runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.people import CHROMIUM, Person, Town, town
from tests.county import make_folder
from tests.county_terms import HEALTH, PD, SOCIAL

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed; apt-get install chromium"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    path = tmp_path_factory.mktemp("console")
    folder = make_folder(path / "county", datetime.now(UTC))
    with town(folder, path / "pictures") as opened:
        yield opened


def caseworker(place: Town, id: str = "badge-4411", **options: object) -> Person:
    return place.signed_in("caseworker", PD, id, "Sgt A. Reyes", **options)


def opens_case(person: Person, reference: str, concern: str = "moderate") -> None:
    person.goes("/console/cases/new")
    page = person.page
    page.get_by_label("Reference").fill(reference)
    page.get_by_label("Concern").select_option(concern)
    page.get_by_label("Next review").fill(f"{datetime.now(UTC).year + 1}-01-01")
    person.presses("Open the case")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Case {reference}")


def ticks(person: Person, id: str) -> None:
    """Tick a box by its label, as a person does: the box itself is drawn by it."""
    person.page.locator(f"label[for='{id}']").click()


def fills_daniel(person: Person) -> None:
    page = person.page
    page.get_by_label("Family name").fill("Okafor")
    page.get_by_label("Given name").fill("Daniel")
    page.get_by_label("Birth date").fill("2008-04-17")


def test_a_caseworker_opens_a_case_sees_what_would_be_answered_and_asks(place: Town) -> None:
    person = caseworker(place)
    page = person.page
    person.looked_at("cases-none")
    person.goes("/console/cases/new")
    person.looked_at("case-new")
    opens_case(person, "BRW-1")
    person.looked_at("case")
    page.get_by_role("link", name="Ask partners").click()
    fills_daniel(person)
    ticks(person, "categories-mental-health")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("that does not mean that nothing is held")
    expect(preview).to_contain_text("would refuse")
    ticks(person, "categories-school-discipline")
    ticks(person, "categories-safeguarding")
    page.get_by_label("How much").select_option("record")
    expect(preview).to_contain_text("may answer")
    expect(preview).to_contain_text("A person there decides first")
    person.looked_at("ask")
    person.presses("Ask")
    first = page.locator("article").first
    expect(first).to_contain_text("This does not mean that nothing is held")
    assert first.inner_text().startswith("This does not mean that nothing is held")
    answers = page.locator("#answers")
    expect(answers).to_contain_text("fight in the yard")
    expect(answers).to_contain_text("clause 1.1")
    expect(answers).to_contain_text("Destroy this information")
    expect(answers).to_contain_text("Receipt: entry")
    person.looked_at("answers")
    page.get_by_role("link", name="Why it was answered so").click()
    person.looked_at("explanation")
    page.go_back()
    expect(answers).to_contain_text("A person at a partner must still decide")
    _released_by_a_liaison(place)
    expect(answers).to_contain_text("plan one", timeout=9000)
    expect(answers).not_to_contain_text("14 Elm St")
    expect(answers).not_to_have_attribute("hx-get", "")
    page.reload()
    expect(answers).to_contain_text("plan one")
    person.goes("/console/cases/BRW-1")
    person.looked_at("case-with-duties")
    page.get_by_text("Say that it is done").first.click()
    page.get_by_label("What was done, and when").first.fill("Shredded today")
    person.presses("It is done")
    expect(page.get_by_text("Duties to do")).to_have_count(0)
    person.goes("/console/cases")
    person.looked_at("cases")
    assert not person.seen.failed


def _released_by_a_liaison(place: Town) -> None:
    person = place.signed_in("liaison", SOCIAL, "sw-9", "Mara Brandt")
    page = person.page
    expect(page.get_by_role("heading", level=1)).to_have_text("In-tray")
    person.looked_at("reviews")
    page.get_by_role("row").filter(has_text="Daniel Okafor").get_by_role("link").first.click()
    person.looked_at("review")
    page.get_by_text("plan one").click()
    page.get_by_text("Worker: P. Lindqvist").click()
    person.presses("Preview what leaves")
    leaving = page.get_by_role("region", name="Exactly this would leave")
    expect(leaving).to_contain_text("plan one")
    expect(leaving).not_to_contain_text("P. Lindqvist")
    person.looked_at("review-preview")
    person.presses("Release exactly this")
    expect(page.get_by_role("heading", level=1)).to_have_text("In-tray")
    assert not person.seen.failed


def test_consent_is_recorded_with_its_limits_shown_and_opens_an_answer_until_it_is_withdrawn(
    place: Town,
) -> None:
    person = caseworker(place)
    page = person.page
    opens_case(person, "BRW-2")
    person.goes("/console/consents")
    page.get_by_role("link", name="Record a consent").click()
    fills_daniel(person)
    page.get_by_label("Their name").fill("Daniel Okafor")
    ticks(person, "custodians-riverside-health")
    ticks(person, "categories-mental-health")
    ticks(person, "purposes-threat-assessment")
    expect(page.locator("#limits")).to_contain_text("Riverside Health tell Riverside Pd about")
    page.get_by_label("Until the end of").fill("2099-12-31")
    page.get_by_label("Evidence").fill("signed-form")
    page.get_by_label("Digest of the document").fill("sha-256:" + "a" * 64)
    page.get_by_label("Signed on").fill("2026-01-02")
    person.looked_at("consent-new")
    person.presses("Record it")
    person.looked_at("consents")
    assert _asked_about_mental_health(person, "BRW-2") == "Information is held"
    person.goes("/console/consents")
    page.get_by_role("link", name="Daniel Okafor").first.click()
    person.looked_at("consent")
    page.get_by_label("Why").fill("He took it back")
    person.presses("Withdraw")
    expect(page.locator("main")).to_contain_text("He took it back")
    assert _asked_about_mental_health(person, "BRW-2") == "No information available"


def _asked_about_mental_health(person: Person, case: str) -> str:
    person.goes(f"/console/ask?case={case}")
    fills_daniel(person)
    ticks(person, "categories-mental-health")
    person.presses("Ask")
    return person.page.locator("article .console-result").first.inner_text()


def test_emergency_access_is_a_page_of_its_own_and_is_reviewed_by_somebody_else(place: Town) -> None:
    person = caseworker(place)
    page = person.page
    opens_case(person, "BRW-3")
    page.get_by_role("link", name="Emergency access").first.click()
    person.looked_at("emergency")
    page.get_by_role("link", name="Serious imminent threat").click()
    page.get_by_label("What happened, in this case").fill("A classmate heard him say it at noon today")
    page.get_by_label("Threat", exact=True).fill("He said he will shoot at the school")
    page.get_by_label("Imminence").fill("Tomorrow morning at the first bell")
    page.get_by_text("I affirm: recipient able to prevent").click()
    fills_daniel(person)
    ticks(person, "categories-health")
    page.get_by_label("How much").select_option("summary")
    expect(page.locator("#preview")).to_contain_text("may answer")
    person.looked_at("emergency-ask")
    person.presses("Use emergency access")
    expect(page.locator("#answers")).to_contain_text("asthma")
    officer = place.signed_in("privacy-officer", HEALTH, "npi-1", "Dr Lam")
    officer.goes("/console/emergencies")
    officer.looked_at("emergencies")
    officer.page.get_by_text("Justified", exact=True).first.click()
    officer.page.get_by_label("Why").first.fill("The school confirmed it")
    officer.presses("Record the finding")
    expect(officer.page.locator("main")).to_contain_text("The school confirmed it")


def test_a_privacy_officer_reads_clauses_checks_a_draft_and_suspends(place: Town) -> None:
    person = place.signed_in("privacy-officer", PD, "badge-0032", "Capt. Adler")
    page = person.page
    person.looked_at("agreements")
    page.get_by_role("link", name="The riverside-brief agreement").click()
    person.looked_at("agreement")
    page.get_by_role("link", name="Start a draft from it").click()
    source = page.get_by_label("The draft")
    person.presses("Check it")
    expect(page.get_by_role("status")).to_contain_text("It reads without a fault")
    source.fill(source.input_value().replace("level: summary", "level: sumary", 1))
    person.presses("Check it")
    expect(page.locator("li.is-faulty")).to_contain_text("level: sumary")
    person.looked_at("check")
    person.goes("/console/agreements/riverside-brief/2")
    page.get_by_label("Why").fill("The other party was breached")
    person.presses("Suspend it now")
    expect(page.locator("main")).to_contain_text("suspended")
    assert not person.seen.failed


def test_an_auditor_filters_follows_a_story_and_has_the_ledger_verified(place: Town) -> None:
    asked = caseworker(place)
    opens_case(asked, "BRW-4")
    _asked_about_mental_health(asked, "BRW-4")
    person = place.signed_in("auditor", HEALTH, "emp-9031", "Iris Soto")
    page = person.page
    page.get_by_label("Kind").select_option("answered")
    page.get_by_label("Case").fill("BRW-4")
    person.presses("Filter")
    assert "case=BRW-4" in page.url
    assert "kind=answered" in page.url
    expect(page.get_by_role("status")).to_contain_text("1 entry")
    person.looked_at("disclosures")
    page.get_by_role("link", name="Answered").click()
    expect(page.locator("main")).to_contain_text("Every clause and law")
    person.looked_at("story")
    person.goes("/console/ledger")
    person.presses("Rehash everything now")
    expect(page.get_by_role("status")).to_contain_text("All that was checked holds")
    person.looked_at("ledger")
    assert not person.seen.failed


def test_the_first_tab_stop_is_the_skip_link_and_a_case_is_opened_by_keyboard_alone(place: Town) -> None:
    person = caseworker(place, "badge-77")
    page = person.page
    page.keyboard.press("Tab")
    assert _focused(person) == "Skip to main content"
    page.keyboard.press("Enter")
    _tab_to(person, "Open a case")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/new")
    for label, typed in (("reference", "BRW-5"), ("next_review", "01012030")):
        _tab_to_field(person, label)
        page.keyboard.type(typed)
    _tab_to(person, "Open the case")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Case BRW-5")


def _focused(person: Person) -> str:
    return str(person.page.evaluate("document.activeElement.innerText || document.activeElement.id"))


def _tab_to(person: Person, text: str) -> None:
    for _ in range(40):
        person.page.keyboard.press("Tab")
        if _focused(person) == text:
            return
    pytest.fail(f"{text} was not reached by keyboard")


def _tab_to_field(person: Person, id: str) -> None:
    for _ in range(40):
        if person.page.evaluate("document.activeElement.id") == id:
            return
        person.page.keyboard.press("Tab")
    pytest.fail(f"{id} was not reached by keyboard")


def test_asking_works_without_any_script(place: Town) -> None:
    person = caseworker(place, "badge-78", java_script_enabled=False)
    page = person.page
    opens_case(person, "BRW-6")
    person.goes("/console/ask?case=BRW-6")
    fills_daniel(person)
    ticks(person, "categories-school-discipline")
    person.presses("See what each would answer")
    expect(page.locator("#preview")).to_contain_text("may answer")
    person.presses("Ask")
    expect(page.locator("#answers")).to_contain_text("Information is held")


def test_the_first_page_weighs_less_than_200_kb(place: Town) -> None:
    context = place.browser.new_context()
    page = context.new_page()
    link = context.new_cdp_session(page)
    link.send("Network.enable")
    sizes: list[float] = []
    link.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(place.url + "/console/sign-in", wait_until="networkidle")
    assert len(sizes) >= 4
    assert sum(sizes) < 200_000
    context.close()


def test_a_fault_of_a_page_would_be_noticed(place: Town) -> None:
    """Planted: words too pale to read, a page too wide, a script that runs."""
    person = caseworker(place, "badge-80")
    page = person.page
    page.evaluate("document.querySelector('h1').style.color = '#eee'")
    with pytest.raises(AssertionError, match="color-contrast"):
        person.looked_at("planted-pale")
    page.evaluate("document.querySelector('h1').style.cssText = 'width: 3000px'")
    with pytest.raises(AssertionError, match="too wide"):
        person.looked_at("planted-wide")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    page.wait_for_timeout(300)
    assert any("Content Security Policy" in one for one in person.seen.complaints)
    page.evaluate("alert(1)")
    assert person.seen.dialogs == ["1"]


PAYLOADS: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "javascript:alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<math><mtext></table><mglyph><style><img src onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}<b>",
    "<a href=javascript:alert(1)>press</a>",
    "<details open ontoggle=alert(1)>",
    "<style>@import 'http://127.0.0.1:9/x.css'</style>",
    "<base href='http://127.0.0.1:9/'>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<form action='http://127.0.0.1:9/'><button>x",
    "<div hx-get='/console/sign-out' hx-trigger=load>",
    "<div hx-on:load=alert(1)>",
    "--><script>alert(1)</script><!--",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)


def test_hostile_words_stay_words_on_every_page_that_shows_them(place: Town) -> None:
    """Every payload in the free-text fields of each journey; nothing runs, and all of it is shown."""
    words = "\n".join(PAYLOADS)
    line = "".join(PAYLOADS[:3])[:180]
    person = caseworker(place, "badge-79")
    page = person.page
    person.goes("/console/cases/new")
    page.get_by_label("Reference").fill("BRW-7")
    page.get_by_label("Manager: name").fill(line)
    page.get_by_label("Next review").fill("2030-01-01")
    person.presses("Open the case")
    expect(page.locator("main")).to_contain_text(line)
    person.goes("/console/ask?case=BRW-7")
    page.get_by_label("Family name").fill(line)
    ticks(person, "categories-safeguarding")
    person.presses("Ask")
    expect(page.locator("main")).to_contain_text(line)
    person.goes("/console/cases/BRW-7")
    expect(page.locator("main")).to_contain_text(line)
    person.goes("/console/emergency?ground=serious-imminent-threat&case=BRW-7")
    page.get_by_label("What happened, in this case").fill(words)
    page.get_by_label("Threat", exact=True).fill(words)
    fills_daniel(person)
    ticks(person, "categories-safeguarding")
    person.presses("Use emergency access")
    liaison = place.signed_in("liaison", SOCIAL, "sw-10", line)
    expect(liaison.page.locator("main")).to_contain_text(line)
    liaison.page.get_by_role("link", name="Safeguarding").last.click()
    expect(liaison.page.locator("main")).to_contain_text(PAYLOADS[0])
    liaison.page.get_by_label("Why").fill(words)
    liaison.presses("Decline")
    officer = place.signed_in("privacy-officer", SOCIAL, "sw-11", line)
    officer.goes("/console/emergencies")
    officer.page.get_by_text("Unjustified", exact=True).first.click()
    officer.page.get_by_label("Why").first.fill(words)
    officer.presses("Record the finding")
    expect(officer.page.locator("main")).to_contain_text(PAYLOADS[-2])
    officer.goes("/console/check")
    officer.page.get_by_label("The draft").fill(words)
    officer.presses("Check it")
    for one in (person, liaison, officer):
        assert one.seen.dialogs == []
        assert one.seen.complaints == []
        one.page.close()
