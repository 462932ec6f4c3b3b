"""Several clauses and agreements at once: which of those that allow is the basis; they never combine."""

from __future__ import annotations

import pytest

from agreements.terms import Category, FindingBy, GrantorKind, Ground, Level, Review
from tests.unit.decision_case import (
    Case,
    agencies,
    agreement,
    asked,
    claim,
    clause,
    consent,
    needing,
    needing_consent,
    question,
)

OPENS = "summary by agreement under county 1:1"
THREAT = Ground.SERIOUS_IMMINENT_THREAT

FIRST, SECOND = clause(), clause(id="2")
WAITS = needing(review=Review.CUSTODIAN)
BASIS = {
    "equal: the first of its agreement": (asked(FIRST, SECOND), OPENS),
    "equal: the first of its agreement, not the least id": (
        asked(SECOND, FIRST),
        "summary by agreement under county 1:2",
    ),
    "equal: the first agreement by id": (
        Case(agreements=(agreement(FIRST), agreement(SECOND, id="b-agreement"))),
        "summary by agreement under b-agreement 1:2",
    ),
    "equal: the first agreement by id, whatever order they come in": (
        Case(agreements=(agreement(SECOND, id="b-agreement"), agreement(FIRST))),
        "summary by agreement under b-agreement 1:2",
    ),
    "the higher level, though second": (
        asked(clause(level=Level.EXISTENCE), SECOND),
        "summary by agreement under county 1:2",
    ),
    "the higher level, though in the second agreement": (
        Case(agreements=(agreement(clause(level=Level.CONTACT), id="a-first"), agreement(SECOND))),
        "summary by agreement under county 1:2",
    ),
    "above what is asked, levels do not differ": (asked(FIRST, clause(id="2", level=Level.RECORD)), OPENS),
    "the higher level, though it waits": (
        asked(clause(level=Level.EXISTENCE), clause(id="2", conditions=WAITS.conditions)),
        "summary by agreement under county 1:2 awaiting review",
    ),
    "at equal level, the one that answers at once": (
        asked(WAITS, SECOND),
        "summary by agreement under county 1:2",
    ),
    "at equal level, the one with more fields": (
        asked(
            clause(level=Level.RECORD, fields=frozenset({"plan"})),
            clause(id="2", level=Level.RECORD, fields=frozenset({"plan", "clinician"})),
            level=Level.RECORD,
        ),
        "record of clinician, plan by agreement under county 1:2",
    ),
    "at equal level, the answer at once before the fields": (
        asked(
            clause(level=Level.RECORD, fields=frozenset({"plan"}), conditions=WAITS.conditions),
            clause(id="2", level=Level.RECORD),
            level=Level.RECORD,
        ),
        "record by agreement under county 1:2",
    ),
    "below the record, fields do not count": (
        asked(FIRST, clause(id="2", level=Level.RECORD, fields=frozenset({"plan"}))),
        OPENS,
    ),
    "the one that is met, of two": (
        asked(needing(concern_at_least="high"), SECOND),
        "summary by agreement under county 1:2",
    ),
    "the one whose parties fit, of two": (
        asked(clause(requester=agencies("school")), SECOND),
        "summary by agreement under county 1:2",
    ),
}

NEVER_COMBINE = {
    "the level of one, the condition of another": (
        asked(
            clause(level=Level.EXISTENCE),
            clause(id="2", level=Level.RECORD, conditions=needing(concern_at_least="high").conditions),
            level=Level.RECORD,
        ),
        "existence by agreement under county 1:1",
    ),
    "the fields of one, the level of another": (
        asked(
            clause(level=Level.CONTACT, fields=frozenset({"plan"})),
            clause(id="2", level=Level.RECORD, fields=frozenset({"clinician"})),
            level=Level.RECORD,
        ),
        "record of clinician by agreement under county 1:2",
    ),
    "the exceptions of one, the reliance of another": (
        asked(
            needing_consent(exceptions=(THREAT,)),
            clause(
                id="2",
                conditions=needing_consent(
                    exceptions=(Ground.MEDICAL_EMERGENCY,), finding=FindingBy.RELIANCE
                ).conditions,
            ),
            representation=claim(),
        ),
        "summary by exception under county 1:1 awaiting finding",
    ),
    "one lacks a flag, the other consent": (
        asked(
            needing(case_flags=frozenset({"level-2"})),
            clause(id="2", conditions=needing_consent().conditions),
        ),
        "refused at consent: consent-missing",
    ),
    "one lacks consent, the other the flag": (
        asked(
            needing_consent(case_flags=frozenset({"a"})),
            clause(
                id="2",
                conditions=needing_consent(
                    consent_from=GrantorKind.VICTIM, case_flags=frozenset({"b"})
                ).conditions,
            ),
            consents=(consent(),),
            case_flags=frozenset({"b"}),
        ),
        "refused at consent: consent-missing",
    ),
    "concern on the scale of the other agreement": (
        Case(
            question(concern="red"),
            (
                agreement(needing(concern_at_least="low"), id="a-first"),
                agreement(
                    clause(
                        level=Level.CONTACT,
                        conditions=needing(concern_at_least="amber").conditions,
                    ),
                    concern_scale=("green", "amber", "red"),
                ),
            ),
        ),
        "contact by agreement under county 1:1",
    ),
    "two clauses of which one opens the party and one the category": (
        asked(
            clause(requester=agencies("school")),
            clause(id="2", categories=frozenset({Category.HOUSING})),
        ),
        "refused at clause: no-clause",
    ),
    "every one refuses: told is the one that came furthest": (
        asked(needing_consent(), clause(id="2", conditions=needing(concern_at_least="high").conditions)),
        "refused at consent: consent-missing",
    ),
}

TABLE = BASIS | NEVER_COMBINE


@pytest.mark.parametrize(("case", "verdict"), TABLE.values(), ids=TABLE.keys())
def test_the_one_clause_that_allows_most_is_the_basis(case: Case, verdict: str) -> None:
    assert case.verdict() == verdict
