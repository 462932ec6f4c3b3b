"""How two decisions differ, and a decision traced clause by clause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agreements.agreement import Agreement, Conditions, Obligation
from agreements.terms import Level, ObligationCode, Review, SubjectKind
from policies.decide import decide
from policies.decision import Decision
from policies.replay import Change, change, in_place_of
from policies.rules import RuleBook
from policies.trace import Effected, clauses_traced, laws_traced
from tests.unit.decision_case import (
    END,
    NOW,
    SECTORS,
    agreement,
    clause,
    needing,
    needing_consent,
    prohibition,
    question,
)  # fmt: skip

NO_LAWS: dict[str, Any] = {}
REVIEWED = clause(conditions=Conditions(review=Review.CUSTODIAN))
OWING = clause(obligations=(Obligation(ObligationCode.NO_REDISCLOSURE),))


def decided(*agreements: Agreement) -> Decision:
    return decide(question(), RuleBook(agreements, SECTORS), NO_LAWS)


def under(*clauses: Any) -> Decision:
    return decided(agreement(*clauses))


CHANGES = {
    "nothing": (under(clause()), under(clause()), None),
    "another version and clause": (under(clause()), decided(agreement(clause(id="7"), version=2)), None),
    "opened": (under(), under(clause()), Change.NEWLY_RELEASED),
    "closed": (under(clause()), under(), Change.NEWLY_REFUSED),
    "forbidden": (under(clause()), under(clause(), prohibition()), Change.NEWLY_REFUSED),
    "further": (under(clause(level=Level.CONTACT)), under(clause()), Change.RELEASED_FURTHER),
    "less": (under(clause()), under(clause(level=Level.CONTACT)), Change.RELEASED_LESS),
    "no person asked any more": (under(REVIEWED), under(clause()), Change.RELEASED_FURTHER),
    "a person asked first": (under(clause()), under(REVIEWED), Change.RELEASED_LESS),
    "a duty": (under(clause()), under(OWING), Change.OTHER_TERMS),
    "masked": (under(clause()), under(clause(masked=True)), Change.OTHER_TERMS),
    "refused, masked": (
        under(needing_consent()),
        under(replace(needing_consent(), masked=True)),
        Change.OTHER_TERMS,
    ),
    "refused otherwise": (under(needing_consent()), under(needing(concern_at_least="high")), None),
    "refused alike": (under(needing_consent()), under(needing_consent()), None),
}


@pytest.mark.parametrize("named", CHANGES)
def test_two_decisions_differ(named: str) -> None:
    before, after, expected = CHANGES[named]
    assert change(before, after) is expected


def test_a_draft_stands_for_every_version_of_its_agreement_and_for_no_other() -> None:
    one, two, other = agreement(clause()), agreement(version=2), agreement(id="board")
    draft = agreement(prohibition(), version=3, effective=END)
    after = in_place_of(draft, (one, two, other))
    assert [(item.id, item.version) for item in after] == [("board", 1), ("county", 3)]
    assert all(item.in_force(NOW) for item in after)


TRACED = {
    "opens": (clause(), question(), Effected.OPENS, None),
    "not for this subject": (clause(), question(subject_kind=SubjectKind.VENUE), Effected.SHORT, "no-clause"),
    "consent missing": (needing_consent(), question(), Effected.SHORT, None),
    "concern too low": (needing(concern_at_least="high"), question(), Effected.SHORT, "concern-too-low"),
    "forbids": (prohibition(), question(), Effected.FORBIDS, None),
    "forbids at a higher concern": (
        prohibition(conditions=Conditions(concern_at_least="high")), question(), Effected.SILENT, None,
    ),
    "forbids another subject": (
        prohibition(), question(subject_kind=SubjectKind.VENUE), Effected.SILENT, None,
    ),
    "forbids where the concern cannot be judged": (
        prohibition(), question(concern="odd"), Effected.FORBIDS, None,
    ),
    "takes fields away": (prohibition(withholds=frozenset({"x"})), question(), Effected.WITHHOLDS, None),
}  # fmt: skip


@pytest.mark.parametrize("named", TRACED)
def test_a_clause_is_traced_by_what_it_alone_does(named: str) -> None:
    written, facts, effected, code = TRACED[named]
    (one,) = clauses_traced(facts, RuleBook([agreement(written)], SECTORS), NO_LAWS)
    assert (one.clause, one.in_force, one.effected) == (written, True, effected)
    assert code is None or (one.reason is not None and one.reason.code == code)


def test_a_version_that_is_not_in_force_is_traced_and_does_nothing() -> None:
    rules = RuleBook([agreement(clause(), suspended=True)], SECTORS)
    (one,) = clauses_traced(question(), rules, NO_LAWS)
    assert (one.in_force, one.effected) == (False, Effected.SILENT)


def test_a_law_that_cannot_be_read_is_named_without_a_title() -> None:
    (one,) = laws_traced(question(regimes=("us-nothing",)), NO_LAWS)
    assert (one.id, one.title, one.openings) == ("us-nothing", None, ())
