"""Several clauses and agreements at once: what forbids, and which of those that allow is the basis."""

from __future__ import annotations

import pytest

from agreements.agreement import PartySelector
from agreements.terms import (
    Category,
    FindingBy,
    GrantorKind,
    Ground,
    Level,
    Purpose,
    Review,
    Role,
    Sector,
    SubjectKind,
)
from policies.decision import Denied, Layer
from tests.unit.decision_case import (
    NOW,
    Case,
    agencies,
    agreement,
    asked,
    claim,
    clause,
    consent,
    needing,
    needing_consent,
    process,
    prohibition,
    question,
    sectors,
)

OPENS = "summary by agreement under county 1:1"
FORBIDDEN = "refused at clause: prohibited"
THREAT = Ground.SERIOUS_IMMINENT_THREAT


PROHIBITIONS = {
    "before the clause that allows": (asked(prohibition(), clause()), FORBIDDEN),
    "after the clause that allows": (asked(clause(), prohibition()), FORBIDDEN),
    "in another agreement": (
        Case(agreements=(agreement(clause()), agreement(prohibition(), id="other"))),
        FORBIDDEN,
    ),
    "in another agreement that comes first": (
        Case(agreements=(agreement(prohibition(), id="a-first"), agreement(clause()))),
        FORBIDDEN,
    ),
    "written at existence, asked the summary": (
        asked(clause(), prohibition(level=Level.EXISTENCE)),
        FORBIDDEN,
    ),
    "written at the record, asked existence": (
        asked(clause(), prohibition(level=Level.RECORD), level=Level.EXISTENCE),
        FORBIDDEN,
    ),
    "two clauses allow and one forbids": (asked(clause(), clause(id="2"), prohibition()), FORBIDDEN),
    "consent does not overcome it": (
        asked(needing_consent(), prohibition(), consents=(consent(),)),
        FORBIDDEN,
    ),
    "consent does not overcome it even where it asks for consent": (
        asked(clause(), prohibition(conditions=needing_consent().conditions), consents=(consent(),)),
        FORBIDDEN,
    ),
    "an exception does not overcome it": (
        asked(needing_consent(exceptions=(THREAT,)), prohibition(), representation=claim()),
        FORBIDDEN,
    ),
    "an exception that it lists does not overcome it": (
        asked(
            clause(),
            prohibition(conditions=needing(exceptions=(THREAT,)).conditions),
            representation=claim(),
        ),
        FORBIDDEN,
    ),
    "legal process does not overcome it": (
        asked(needing(legal_process=True), prohibition(), legal_process=process()),
        FORBIDDEN,
    ),
    "a person's finding does not overcome it": (asked(clause(), prohibition(), person_found=True), FORBIDDEN),
    "alone it is no leave for anything": (asked(prohibition()), "refused at party: no-clause-for-party"),
    "beside a clause about something else": (
        asked(clause(categories=frozenset({Category.HOUSING})), prohibition()),
        "refused at clause: no-clause",
    ),
    "beside a clause that is not met": (
        asked(needing(concern_at_least="high"), prohibition()),
        FORBIDDEN,
    ),
    "for another requester": (asked(clause(), prohibition(requester=agencies("school"))), OPENS),
    "for nobody": (asked(clause(), prohibition(requester=PartySelector())), OPENS),
    "for the requester's sector": (
        asked(clause(), prohibition(requester=sectors(Sector.LAW_ENFORCEMENT))),
        FORBIDDEN,
    ),
    "for another custodian": (asked(clause(), prohibition(custodian=agencies("school"))), OPENS),
    "for another role": (asked(clause(), prohibition(roles=frozenset({Role.LIAISON}))), OPENS),
    "for no role": (asked(clause(), prohibition(roles=frozenset())), OPENS),
    "for another purpose": (asked(clause(), prohibition(purposes=frozenset({Purpose.TREATMENT}))), OPENS),
    "for another kind of subject": (
        asked(clause(), prohibition(subjects=frozenset({SubjectKind.VENUE}))),
        OPENS,
    ),
    "for another category": (
        asked(clause(), prohibition(categories=frozenset({Category.HOUSING}))),
        OPENS,
    ),
    "in an agreement between others": (
        Case(
            agreements=(agreement(clause()), agreement(prohibition(), id="b", parties=("school", "health")))
        ),
        OPENS,
    ),
    "in a suspended agreement": (
        Case(agreements=(agreement(clause()), agreement(prohibition(), id="b", suspended=True))),
        OPENS,
    ),
    "in an agreement that has expired": (
        Case(question(at=NOW), (agreement(clause()), agreement(prohibition(), id="b", expires=NOW))),
        OPENS,
    ),
    "in an agreement that takes effect now": (
        Case(question(at=NOW), (agreement(clause()), agreement(prohibition(), id="b", effective=NOW))),
        FORBIDDEN,
    ),
    "in a version that was superseded": (
        Case(question(at=NOW), (agreement(prohibition()), agreement(clause(), version=2, effective=NOW))),
        "summary by agreement under county 2:1",
    ),
    "its concern is reached": (
        asked(clause(), prohibition(conditions=needing(concern_at_least="moderate").conditions)),
        FORBIDDEN,
    ),
    "its concern is not reached": (
        asked(clause(), prohibition(conditions=needing(concern_at_least="high").conditions)),
        OPENS,
    ),
    "its concern cannot be judged": (
        asked(
            clause(),
            prohibition(conditions=needing(concern_at_least="high").conditions),
            concern="on no scale",
        ),
        FORBIDDEN,
    ),
    "its case flag is present": (
        asked(
            clause(),
            prohibition(conditions=needing(case_flags=frozenset({"sealed"})).conditions),
            case_flags=frozenset({"sealed"}),
        ),
        FORBIDDEN,
    ),
    "its case flag is absent": (
        asked(clause(), prohibition(conditions=needing(case_flags=frozenset({"sealed"})).conditions)),
        OPENS,
    ),
    "its concern is reached and its flag is absent": (
        asked(
            clause(),
            prohibition(
                conditions=needing(concern_at_least="low", case_flags=frozenset({"sealed"})).conditions
            ),
        ),
        OPENS,
    ),
}

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

TABLE = PROHIBITIONS | BASIS | NEVER_COMBINE


@pytest.mark.parametrize(("case", "verdict"), TABLE.values(), ids=TABLE.keys())
def test_a_prohibition_wins_and_else_the_one_clause_that_allows_most(case: Case, verdict: str) -> None:
    assert case.verdict() == verdict


@pytest.mark.parametrize("level", list(Level), ids=lambda level: level.word)
@pytest.mark.parametrize("forbidden", list(Level), ids=lambda level: f"forbidden at {level.word}")
def test_a_prohibition_forbids_at_every_level(level: Level, forbidden: Level) -> None:
    case = asked(clause(level=Level.RECORD), prohibition(level=forbidden), level=level)
    assert case.verdict() == FORBIDDEN


def test_a_refusal_by_prohibition_names_its_clause_and_nothing_that_would_overcome_it() -> None:
    refused = asked(clause(), prohibition(), prohibition(id="10")).decision()
    assert isinstance(refused, Denied)
    (reason,) = refused.reasons
    assert "county version 1 clause 9 forbids it" in reason.text
    assert refused.layers[2].layer is Layer.CLAUSE
