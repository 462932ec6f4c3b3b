"""A prohibition of any agreement wins at every level, and nothing overcomes it."""

from __future__ import annotations

import pytest

from agreements.agreement import PartySelector
from agreements.terms import (
    Category,
    Ground,
    Level,
    Purpose,
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
    "it asks for no concern and the word is on no scale": (
        asked(clause(), prohibition(), concern="on no scale"),
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


@pytest.mark.parametrize(("case", "verdict"), PROHIBITIONS.values(), ids=PROHIBITIONS.keys())
def test_a_prohibition_forbids_what_it_names_and_nothing_else(case: Case, verdict: str) -> None:
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
