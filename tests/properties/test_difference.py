"""The difference of two sets, held against deciding one request by both: what changes is told, no more."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements.agreement import Clause, Obligation
from agreements.terms import Level, ObligationCode, ProcessKind
from policies import difference as comparison
from policies.cells import Calendar, Key, Period, Setting, relation
from policies.changes import Change, ChangeKind, Pairs, changes
from policies.decide import decide
from policies.difference import Changed, difference
from policies.facts import Facts
from policies.guards import DAYS, FLAG, INVITED, OFF_SCALE
from policies.ladder import outcome_of
from policies.offered import offered
from policies.regions import Box
from policies.space import RequestClass, Space
from policies.wording import PERIOD, periods_of
from tests.properties.decision_strategies import worlds
from tests.properties.decision_words import KNOWN
from tests.properties.decision_world import World
from tests.properties.test_space import brought_by, is_of, setting_of
from tests.unit.decision_case import (
    agreement,
    clause,
    needing,
    needing_consent,
    process,
    prohibition,
    question,
)

EXACT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def pairs_of_sets(draw: st.DrawFn) -> tuple[World, World]:
    """One question put to two sets of agreements under the same laws."""
    one, other = draw(worlds()), draw(worlds())
    kept = draw(st.booleans())
    agreements = one.agreements + other.agreements[:1] if kept else other.agreements
    numbered = {(each.id, each.version): each for each in agreements}
    return one, replace(one, agreements=tuple(numbered.values()))


def within(box: Box, facts: Facts, mine: RequestClass) -> bool:
    """Whether a request is in a box, its class telling which words and consents make a difference."""
    consent = next(iter(offered(facts).consents), None)
    values: dict[str, Hashable] = {
        **brought_by(facts, consent, mine.offers),
        "requester": facts.requester,
        "custodian": facts.custodian,
        "category": facts.category,
        "subject": facts.subject_kind,
        "purpose": facts.purpose,
        "role": facts.role,
        "act": facts.act,
        "contact": facts.contact,
        "blinded": facts.blinded,
        "concern": facts.concern if facts.concern in mine.circumstances.universe["concern"] else OFF_SCALE,
    }
    days = -1 if facts.workdays_open is None else facts.workdays_open
    for name, allowed in box.items():
        if name == PERIOD:
            fits = any(_during(period, facts.at) for period in periods_of(allowed))
        elif name == DAYS:
            fits = any(isinstance(each, tuple) and each[0] <= days <= each[1] for each in allowed)
        elif name.startswith(FLAG):
            fits = (name.removeprefix(FLAG) in facts.case_flags) in allowed
        elif name.startswith(INVITED):
            fits = (name.removeprefix(INVITED) in facts.invited_by) in allowed
        else:
            fits = name in values and values[name] in allowed
        if not fits:
            return False
    return True


def _during(period: Period, at: datetime) -> bool:
    return period.start <= at and (period.end is None or at < period.end)


def class_of(one: Setting, other: Setting, facts: Facts) -> RequestClass | None:
    """The class of a request that both sets together make; None where no clause speaks of it."""
    key = Key(facts.requester, facts.custodian, facts.category)
    rules = [Calendar(setting.rules).in_force(key, facts.at) for setting in (one, other)]
    consent = next(iter(offered(facts).consents), None)
    found = Space(one.laws).classes(rules, relation(one, key))
    return next((each for each in found if is_of(each, facts, consent)), None)


def told_of(found: list[Changed], facts: Facts, mine: RequestClass | None) -> set[ChangeKind]:
    """The kinds of change told of the very question."""
    kinds: set[ChangeKind] = set()
    for each in found:
        if each.change.kind is ChangeKind.MASKING:
            place = [each.box[name] for name in ("requester", "custodian", "category")]
            named = (facts.requester, facts.custodian, facts.category)
            there = all(value in values for value, values in zip(named, place, strict=True))
            if there and any(_during(period, facts.at) for period in periods_of(each.box[PERIOD])):
                kinds.add(each.change.kind)
        elif mine is not None and facts.level in each.change.asked and within(each.box, facts, mine):
            left_out = any(within(other, facts, mine) for other in each.without)
            kinds |= set() if left_out else {each.change.kind}
    return kinds


def misses(one: World, other: World) -> str:
    """How what is told contradicts what is decided; empty where it does not."""
    facts = replace(one.facts, person_found=False)
    known = facts.requester in KNOWN and facts.custodian in KNOWN and facts.requester != facts.custodian
    if not known or len(offered(facts).consents) > 1:
        return ""
    before, after = setting_of(one), setting_of(other)
    decided = [decide(facts, setting.rules, setting.laws) for setting in (before, after)]
    pair = (outcome_of(decided[0]), outcome_of(decided[1]))
    expected = {change.kind for change in changes({facts.level: pair})}
    if decided[0].masked != decided[1].masked:
        expected.add(ChangeKind.MASKING)
    told = told_of(difference(before, after), facts, class_of(before, after, facts))
    return "" if told == expected else f"told {sorted(told)}, decided {sorted(expected)}"


@given(pairs_of_sets())
@EXACT
def test_exactly_the_requests_that_change_are_told(sets: tuple[World, World]) -> None:
    assert misses(*sets) == ""


@given(pairs_of_sets())
@EXACT
def test_the_request_shown_with_a_change_changes_so(sets: tuple[World, World]) -> None:
    before, after = (setting_of(each) for each in sets)
    for found in difference(before, after):
        if found.request is not None and found.change.kind is not ChangeKind.MASKING:
            one, other = (
                outcome_of(decide(found.request, each.rules, each.laws)) for each in (before, after)
            )
            kinds = {change.kind for change in changes({found.request.level: (one, other)})}
            assert found.change.kind in kinds


@given(worlds())
@EXACT
def test_a_set_does_not_differ_from_itself_in_another_order(world: World) -> None:
    turned = replace(world, agreements=world.agreements[::-1])
    assert difference(setting_of(world), setting_of(turned)) == []


def test_a_refusal_of_every_kind_of_process_is_told() -> None:
    """Whatever is brought: consents that make no difference hide none of the processes."""
    asked = needing_consent(), replace(needing(legal_process=True), id="2")
    before, after = _of(clause()), _of(*asked, prohibition())
    for kind in ProcessKind:
        facts = replace(before.facts, legal_process=process(kind))
        assert misses(replace(before, facts=facts), replace(after, facts=facts)) == ""


def _of(*clauses: Clause) -> World:
    return World(question(level=Level.RECORD), (agreement(*clauses),), ())


def _without_duties(pairs: Pairs) -> Iterator[Change]:
    return (change for change in changes(pairs) if change.kind is not ChangeKind.DUTIES)


_DUTY: Final = clause(obligations=(Obligation(ObligationCode.REPORT_OUTCOME),))


@pytest.mark.parametrize(
    ("owner", "name", "bug", "other"),
    [
        pytest.param(
            comparison, "changes", _without_duties, _of(_DUTY), id="duties",
        ),
        pytest.param(
            comparison, "_differ", lambda outcomes: (outcomes[0] is None) != (outcomes[1] is None),
            _of(clause(level=Level.EXISTENCE)), id="levels",
        ),
        pytest.param(
            Calendar, "masks", lambda *_: False, _of(clause(masked=True)), id="masking",
        ),
    ],
)  # fmt: skip
def test_a_change_that_is_overlooked_would_be_found(
    owner: Any, name: str, bug: Any, other: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert misses(_of(clause()), other) == ""
    monkeypatch.setattr(owner, name, bug)
    assert misses(_of(clause()), other) != ""
