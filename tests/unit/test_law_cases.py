"""Every law against the table of cases, and the duties and masks that each attaches."""

from __future__ import annotations

import pytest

from agreements.agreement import Obligation
from agreements.duration import Duration
from agreements.terms import Category, Ground, ObligationCode, ProcessKind, Sector
from policies.lawbook import load_laws
from policies.statute import Law, Opening
from tests.unit.law_case import Row, rows

LAWS = load_laws()
ROWS = tuple(rows())
OPENINGS = [(law, opening) for law in LAWS.laws.values() for opening in law.openings]


def law_of(name: str) -> Law:
    law = LAWS.get(name)
    assert law is not None
    return law


def opening_of(name: str, opening: str) -> Opening:
    (found,) = (item for item in law_of(name).openings if item.id == opening)
    return found


def codes(obligations: tuple[Obligation, ...]) -> set[str]:
    return {duty.code.value for duty in obligations}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_law_opens_as_the_table_says(row: Row) -> None:
    widest = row.case.widest(law_of(row.law))
    if row.opens == "closed":
        assert widest is None
        assert row.by == ""
    else:
        assert widest is not None
        assert (widest.id, widest.ceiling.word) == (row.by, row.opens)


def test_no_row_stands_twice() -> None:
    assert len({row.title for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("law", "opening"), OPENINGS, ids=lambda item: item.id)
def test_every_opening_has_its_row(law: Law, opening: Opening) -> None:
    assert any(row.law == law.id and row.by == opening.id for row in ROWS)


@pytest.mark.parametrize("ground", Ground)
def test_every_ground_is_shown_to_open_somewhere_and_to_stay_closed_elsewhere(ground: Ground) -> None:
    assert {row.opens == "closed" for row in ROWS if row.case.shown is ground} == {True, False}


@pytest.mark.parametrize("kind", ProcessKind)
def test_every_process_is_shown_to_open_somewhere_and_to_stay_closed_elsewhere(kind: ProcessKind) -> None:
    assert {row.opens == "closed" for row in ROWS if row.case.shown is kind} == {True, False}


MASKS = {
    "us-part2": frozenset(),
    "us-vawa": frozenset(),
    "us-28cfr20": frozenset({Sector.LAW_ENFORCEMENT, Sector.JUSTICE}),
    "us-28cfr23": frozenset({Sector.LAW_ENFORCEMENT}),
}


@pytest.mark.parametrize("sector", Sector)
@pytest.mark.parametrize("law", LAWS.laws.values(), ids=lambda law: law.id)
def test_law_masks_refusals_except_to_those_who_may_know(law: Law, sector: Sector) -> None:
    masked = law.id in MASKS and sector not in MASKS[law.id]
    assert law.masks(sector) is masked


ATTACHED = {
    "de": {"purpose-only"},
    "us-hipaa": set(),
    "us-part2": {"part2-notice"},
    "us-ferpa": set(),
    "us-28cfr20": {"purpose-only", "no-redisclosure"},
    "us-28cfr23": {"review-or-purge", "no-redisclosure"},
    "us-ada-medical": set(),
    "us-vawa": {"no-redisclosure"},
    "us-child-welfare": {"no-redisclosure"},
    "us-or-juvenile": {"no-redisclosure"},
    "uk-gdpr": {"purpose-only", "confidence-notice"},
    "uk-dpa3": {"purpose-only"},
    "eu-gdpr": {"purpose-only"},
    "eu-led": {"purpose-only"},
    "ch-zh": {"purpose-only", "confidence-notice"},
    "au-qld": {"purpose-only"},
    "au-vic": {"purpose-only", "confidence-notice"},
    "nl": {"purpose-only"},
    "us-ca-records": {"purpose-only"},
}


@pytest.mark.parametrize("law", LAWS.laws.values(), ids=lambda law: law.id)
def test_law_attaches_its_duties_to_every_answer(law: Law) -> None:
    assert codes(law.obligations) == ATTACHED[law.id]


def test_intelligence_is_reviewed_or_purged_within_five_years() -> None:
    (duty,) = (item for item in law_of("us-28cfr23").obligations if item.within)
    assert duty == Obligation(ObligationCode.REVIEW_OR_PURGE, Duration.parse("P5Y"))


@pytest.mark.parametrize(
    ("law", "opening", "duties"),
    [
        pytest.param("de", "school-to-police", {"prosecution-notice"}, id="stpo-163-police-must-prosecute"),
        pytest.param("de", "school-task", set(), id="stpo-163-schools-need-not"),
        pytest.param(
            "us-part2", "consent", {"part2-consent-copy", "no-redisclosure"}, id="part2-2.32-copy-of-consent"
        ),
        pytest.param("us-part2", "medical-emergency", {"account-for-disclosure"}, id="part2-2.51-documented"),
        pytest.param(
            "us-hipaa",
            "serious-threat",
            {"account-for-disclosure", "purpose-only"},
            id="hipaa-512j-accounted",
        ),
        pytest.param("us-hipaa", "child-abuse-report", {"account-for-disclosure"}, id="hipaa-512b-accounted"),
        pytest.param(
            "us-hipaa", "law-enforcement-process", {"account-for-disclosure"}, id="hipaa-512f-accounted"
        ),
        pytest.param("us-hipaa", "authorisation", set(), id="hipaa-528-authorisation-not-accounted"),
        pytest.param("us-hipaa", "treatment", set(), id="hipaa-528-treatment-not-accounted"),
        pytest.param("us-ferpa", "consent", {"ferpa-notice"}, id="ferpa-99.33-notice"),
        pytest.param(
            "us-ferpa",
            "health-safety-emergency",
            {"ferpa-notice", "account-for-disclosure"},
            id="ferpa-99.32-threat-recorded",
        ),
        pytest.param(
            "us-ferpa",
            "order-or-subpoena",
            {"tell-parents", "account-for-disclosure"},
            id="ferpa-99.31-parents-told",
        ),
        pytest.param("us-ferpa", "grand-jury", set(), id="ferpa-grand-jury-nobody-told"),
        pytest.param(
            "us-ada-medical", "work-restrictions", {"store-apart", "purpose-only"}, id="ada-separate-files"
        ),
        pytest.param("us-vawa", "court-mandate", {"victim-notice", "purpose-only"}, id="vawa-victim-told"),
        pytest.param("us-vawa", "mandated-report", {"victim-notice"}, id="vawa-victim-told-of-report"),
        pytest.param(
            "au-qld",
            "serious-risk",
            {"no-redisclosure", "account-for-disclosure"},
            id="qld-151-nobody-else-is-told",
        ),
        pytest.param(
            "au-qld", "enforcement-activities", {"account-for-disclosure"}, id="qld-qpp-6.5-written-note"
        ),
        pytest.param("nl", "partnership-report", {"no-redisclosure"}, id="wpg-20-stays-in-the-partnership"),
    ],
)
def test_opening_attaches_its_duties(law: str, opening: str, duties: set[str]) -> None:
    assert codes(opening_of(law, opening).obligations) == duties


FOUND_BY_A_PERSON = {
    ("de", "present-danger"),
    ("us-ferpa", "health-safety-emergency"),
    ("us-part2", "crime-on-premises"),
    ("us-part2", "child-abuse-report"),
    ("us-vawa", "mandated-report"),
    ("ch-zh", "danger-to-life"),
    ("ch-zh", "protection-authority"),
    ("au-qld", "serious-risk"),
    ("au-qld", "child-protection"),
    ("au-vic", "serious-threat-health"),
    ("au-vic", "child-report"),
    ("nl", "conflict-of-duties"),
    ("nl", "abuse-report"),
    ("us-ca-records", "communications-emergency"),
}


@pytest.mark.parametrize(("law", "opening"), OPENINGS, ids=lambda item: item.id)
def test_who_must_find_the_ground_met(law: Law, opening: Opening) -> None:
    assert opening.person_finds is ((law.id, opening.id) in FOUND_BY_A_PERSON)


def test_psychotherapy_notes_stand_apart_where_us_health_law_binds_them() -> None:
    for law in (law_of("us-hipaa"), law_of("us-part2")):
        assert Category.PSYCHOTHERAPY_NOTES in law.apart
