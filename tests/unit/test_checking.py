"""What a check finds, one row for each finding: what is written, and the code and grade it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import pytest

from agreements.agreement import Agreement
from agreements.terms import (
    Category,
    GrantorKind,
    Ground,
    Level,
    ObligationCode,
    Sector,
    SubjectKind,
)
from policies.cells import Setting
from policies.checking import check
from policies.decide import decide
from policies.decision import Denied, Permitted
from policies.findings import Finding, Grade
from policies.lawbook import load_laws
from policies.never import Statement
from policies.neverfile import builtin_statements
from policies.rules import RuleBook
from tests.unit.decision_case import (
    NOW,
    SECTORS,
    agencies,
    agreement,
    clause,
    needing,
    needing_consent,
    prohibition,
    sectors,
)

REGIMES: Final[Mapping[Category, tuple[str, ...]]] = {
    Category.MENTAL_HEALTH: ("us-hipaa",),
    Category.SUBSTANCE_USE: ("us-part2",),
    Category.CRIMINAL_HISTORY: ("us-28cfr20",),
    Category.INTELLIGENCE: ("us-28cfr23",),
    Category.HEALTH: (),
    Category.HOUSING: ("no-such-law",),
}
LAWS: Final = load_laws()


@dataclass(frozen=True, slots=True)
class Agency:
    sector: Sector
    regimes: Mapping[Category, tuple[str, ...]]
    understands: frozenset[ObligationCode] | None = None


def setting(*agreements: Agreement) -> Setting:
    known = {name: Agency(sector, REGIMES if name == "health" else {}) for name, sector in SECTORS.items()}
    return Setting(RuleBook(agreements, SECTORS), LAWS, known)


def found(*agreements: Agreement) -> list[Finding]:
    return check(setting(*agreements), builtin_statements(), NOW)


OPEN: Final = clause(categories=frozenset({Category.HEALTH}))
CONSENTED: Final = needing_consent()
NARROWER: Final = replace(OPEN, id="2", level=Level.EXISTENCE)

ROWS: Final = {
    "nothing wrong": (agreement(CONSENTED, review_by=datetime(2026, 10, 1, tzinfo=UTC)), None, None),
    "permission without a role": (agreement(replace(OPEN, roles=frozenset())), "matches-nobody", Grade.ERROR),
    "permission to a party that is none": (
        agreement(replace(OPEN, requester=agencies("elsewhere"))), "matches-nobody", Grade.ERROR,
    ),
    "prohibition of nobody": (
        agreement(OPEN, prohibition(requester=agencies("elsewhere"))), "matches-nobody", Grade.ERROR,
    ),
    "flag that must be and must not be": (
        agreement(needing(case_flags=frozenset({"a"}), case_flags_absent=frozenset({"a"}))),
        "never-satisfiable", Grade.ERROR,
    ),
    "consent about nobody": (
        agreement(replace(needing_consent(), categories=frozenset({Category.HEALTH}),
                          subjects=frozenset({SubjectKind.GENERAL}))),
        "never-satisfiable", Grade.ERROR,
    ),
    "category nobody declares": (
        agreement(replace(OPEN, categories=frozenset({Category.COURT}))), "category-undeclared", Grade.ERROR,
    ),
    "one category of two that nobody declares": (
        agreement(replace(OPEN, categories=frozenset({Category.COURT, Category.HEALTH}))),
        "category-undeclared", Grade.WARNING,
    ),
    "law that never lets it": (
        agreement(
            replace(OPEN, requester=agencies("school"), categories=frozenset({Category.CRIMINAL_HISTORY}))
        ),
        "law-always-refuses", Grade.ERROR,
    ),
    "consent of somebody the law does not ask": (
        agreement(replace(needing_consent(consent_from=GrantorKind.GUARDIAN),
                          categories=frozenset({Category.SUBSTANCE_USE}))),
        "never-satisfiable", Grade.ERROR,
    ),
    "law that cannot be read": (
        agreement(replace(OPEN, categories=frozenset({Category.HOUSING}))), "law-unreadable", Grade.ERROR,
    ),
    "wholly prohibited": (
        agreement(OPEN, prohibition(categories=OPEN.categories)), "contradictory", Grade.ERROR,
    ),
    "never first": (agreement(OPEN, NARROWER), "unreachable", Grade.WARNING),
    "level the law does not reach": (
        agreement(
            replace(
                OPEN, requester=agencies("school"), level=Level.RECORD, fields=frozenset({"ward"}),
                categories=frozenset({Category.INTELLIGENCE}),
                conditions=needing_consent(exceptions=(Ground.IMMINENT_DANGER_ASSESSMENT,)).conditions,
            )
        ),
        "level-not-reached", Grade.NOTE,
    ),
    "least concern": (
        agreement(replace(OPEN, conditions=replace(OPEN.conditions, concern_at_least="low"))),
        "concern-limits-nothing", Grade.NOTE,
    ),
    "record without fields": (
        agreement(replace(OPEN, level=Level.RECORD)), "record-without-fields", Grade.WARNING,
    ),
    "fields below record": (
        agreement(replace(OPEN, fields=frozenset({"ward"}))), "fields-never-released", Grade.WARNING,
    ),
    "expired": (agreement(OPEN, expires=NOW), "expired", Grade.WARNING),
    "suspended": (agreement(OPEN, suspended=True), "suspended", Grade.NOTE),
    "review overdue": (agreement(OPEN, review_by=NOW), "review-past", Grade.WARNING),
    "no review": (agreement(OPEN), "review-missing", Grade.WARNING),
    "party that only gives": (agreement(OPEN), "one-sided", Grade.WARNING),
    "party nobody names": (agreement(OPEN), "party-unnamed", Grade.WARNING),
    "party that is no agency": (
        agreement(OPEN, parties=("police", "health", "elsewhere")), "party-unknown", Grade.WARNING,
    ),
    "declared and never asked for": (agreement(OPEN), "category-unasked", Grade.NOTE),
    "duty of law": (
        agreement(replace(needing_consent(), categories=frozenset({Category.SUBSTANCE_USE}))),
        "duty-of-law-unnamed", Grade.NOTE,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("written", "code", "grade"), ROWS.values(), ids=ROWS.keys())
def test_a_check_finds_it(written: Agreement, code: str | None, grade: Grade | None) -> None:
    findings = found(written)
    if code is None:
        about_law = {"law-unreadable"}
        assert [each for each in findings if each.grade is Grade.ERROR and each.code not in about_law] == []
    else:
        assert (code, grade) in {(each.code, each.grade) for each in findings}


def test_a_finding_says_where_it_stands_and_shows_a_request() -> None:
    forbidden = agreement(OPEN, prohibition(categories=OPEN.categories))
    (only,) = [each for each in found(forbidden) if each.clause == "1"]
    assert (only.agreement, only.version, only.clause, only.key) == ("county", 1, "1", "clauses[0]")
    assert "clause 9 of county version 1" in only.text
    assert only.request is not None
    assert isinstance(decide(only.request, setting(forbidden).rules, LAWS), Denied)
    assert isinstance(decide(only.request, setting(agreement(OPEN)).rules, LAWS), Permitted)


def test_a_clause_that_is_prohibited_in_some_cases_only_is_no_contradiction() -> None:
    sometimes = prohibition(
        categories=OPEN.categories, conditions=needing(case_flags=frozenset({"sealed"})).conditions
    )
    assert "contradictory" not in {each.code for each in found(agreement(OPEN, sometimes))}


def test_a_clause_that_is_first_in_one_case_is_reached() -> None:
    first = replace(OPEN, conditions=needing(concern_at_least="high").conditions)
    assert "unreachable" not in {each.code for each in found(agreement(first, NARROWER))}


def test_an_earlier_version_is_not_looked_into() -> None:
    dead = agreement(replace(OPEN, roles=frozenset()))
    findings = found(dead, replace(agreement(OPEN), version=2, effective=NOW))
    assert [(each.code, each.version) for each in findings if each.version == 1] == [("superseded", 1)]


def test_agencies_that_stand_in_are_not_held_against_an_agreement() -> None:
    findings = check(setting(agreement(OPEN)), (), NOW, known=False)
    assert {each.code for each in findings} == {"review-missing"}


NEVER: Final = Statement(
    "no-health-to-police", "Police never learn of health.", frozenset({Category.HEALTH}),
    requester=sectors(Sector.LAW_ENFORCEMENT),
)  # fmt: skip


def test_a_broken_never_statement_is_an_error_with_the_request_that_breaks_it() -> None:
    findings = check(setting(agreement(OPEN)), [NEVER], NOW)
    (broken,) = [each for each in findings if each.code == "never-statement-broken"]
    assert (broken.grade, broken.clause) == (Grade.ERROR, "1")
    assert NEVER.text in broken.text
    assert broken.request is not None
    assert isinstance(decide(broken.request, setting(agreement(OPEN)).rules, LAWS), Permitted)
