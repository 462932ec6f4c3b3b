"""Layers only narrow: what forbids, withdraws, lowers or adds a law never lets out more (design 5.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements.agreement import Agreement, Clause, Obligation, PartySelector
from agreements.consents import Consent, ConsentStatus
from agreements.terms import ConsentNeed, Effect, FindingBy, Level, ObligationCode, Review, Role
from policies.decision import Decision, Permitted
from tests.properties.decision_strategies import CLAUSES, worlds
from tests.properties.decision_words import LAWS, LOST, NOW
from tests.properties.decision_world import World

# Other tests run beside these, so the time of one example says nothing.
untimed = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Narrowing = Callable[[World], Iterator[World]]


def released(decision: Decision) -> tuple[int, bool, int]:
    """How much a decision lets out: refused, else the level, whether at once, and how many fields."""
    if not isinstance(decision, Permitted):
        return (0, False, 0)
    return (decision.permit.level, not decision.awaits, len(decision.permit.fields))


def _clauses(change: Callable[[Clause], Iterable[Clause]]) -> Narrowing:
    """Each permitting clause in turn as each of its changes."""

    def narrowed(world: World) -> Iterator[World]:
        for place, agreement in enumerate(world.agreements):
            for number, clause in enumerate(agreement.clauses):
                for changed in change(clause) if clause.effect is Effect.PERMIT else ():
                    clauses = (*agreement.clauses[:number], changed, *agreement.clauses[number + 1 :])
                    yield _with(world, place, replace(agreement, clauses=clauses))

    return narrowed


def _with(world: World, place: int, agreement: Agreement) -> World:
    return replace(world, agreements=(*world.agreements[:place], agreement, *world.agreements[place + 1 :]))


def _under(**conditions: Any) -> Narrowing:
    return _clauses(lambda clause: [replace(clause, conditions=replace(clause.conditions, **conditions))])


def _without(name: str) -> Narrowing:
    """Each word taken from what a permitting clause lists under a name."""
    return _clauses(
        lambda clause: [
            replace(clause, **{name: getattr(clause, name) - {word}})
            for word in sorted(getattr(clause, name))
        ]
    )


def _lowered(clause: Clause) -> Iterable[Clause]:
    return [replace(clause, level=level) for level in Level if level < clause.level]


def _for_a_concern(clause: Clause) -> Iterable[Clause]:
    if clause.conditions.concern_at_least is None:
        yield replace(clause, conditions=replace(clause.conditions, concern_at_least="middle"))


def _for_a_flag(clause: Clause) -> Iterable[Clause]:
    flags = clause.conditions.case_flags | {"minor"}
    yield replace(clause, conditions=replace(clause.conditions, case_flags=flags))


def _unless_flagged(clause: Clause) -> Iterable[Clause]:
    flags = clause.conditions.case_flags_absent | {"level-2"}
    yield replace(clause, conditions=replace(clause.conditions, case_flags_absent=flags))


def _for_some_days(clause: Clause) -> Iterable[Clause]:
    most = clause.conditions.workdays_since_opening
    for fewer in (1, 5):
        if most is None or fewer < most:
            yield replace(clause, conditions=replace(clause.conditions, workdays_since_opening=fewer))


def _for_the_invited(clause: Clause) -> Iterable[Clause]:
    roles = clause.conditions.invited_by
    fewer = [roles - {role} for role in sorted(roles)] if roles else [frozenset({Role.LIAISON})]
    for inviters in filter(None, fewer):
        yield replace(clause, conditions=replace(clause.conditions, invited_by=inviters))


def _more_withheld(world: World) -> Iterator[World]:
    """Each prohibition that withholds fields withholds more; with none named it forbids all."""
    for place, agreement in enumerate(world.agreements):
        for number, clause in enumerate(agreement.clauses):
            if clause.effect is Effect.PROHIBIT and clause.withholds:
                for more in (clause.withholds | {"a", "b"}, frozenset[str]()):
                    changed = replace(clause, withholds=more)
                    clauses = (*agreement.clauses[:number], changed, *agreement.clauses[number + 1 :])
                    yield _with(world, place, replace(agreement, clauses=clauses))


def _with_a_duty(clause: Clause) -> Iterable[Clause]:
    yield replace(clause, obligations=(*clause.obligations, Obligation(ObligationCode.TELL_PARENTS)))


def _asked(**changes: Any) -> Narrowing:
    return lambda world: iter([replace(world, facts=replace(world.facts, **changes))])


def _consents(change: Callable[[Consent], Iterable[Consent]]) -> Narrowing:
    """Each consent that was given, in turn, as what it becomes."""

    def narrowed(world: World) -> Iterator[World]:
        consents = world.facts.consents
        for number, consent in enumerate(consents):
            if consent.status is ConsentStatus.GIVEN:
                left = (*consents[:number], *change(consent), *consents[number + 1 :])
                yield replace(world, facts=replace(world.facts, consents=left))

    return narrowed


def _then_refused(consent: Consent) -> Iterable[Consent]:
    return consent, replace(consent, id="no", status=ConsentStatus.REFUSED, start=NOW)


def _another_law(world: World) -> Iterator[World]:
    """Each of the world's laws, and one that nobody can read, is declared as well."""
    declared = world.facts.regimes
    for law in (*LAWS, LOST):
        if declared is not None and law not in declared:
            for regimes in ((*declared, law), (law, *declared)):
                yield replace(world, facts=replace(world.facts, regimes=regimes))


def _fewer_openings(world: World) -> Iterator[World]:
    for number, law in enumerate(world.laws):
        for openings in (law.openings[:-1], law.openings[1:]):
            fewer = replace(law, openings=openings)
            yield replace(world, laws=(*world.laws[:number], fewer, *world.laws[number + 1 :]))


def _less_understood(world: World) -> Iterator[World]:
    known = world.facts.understands
    known = frozenset(ObligationCode) if known is None else known
    for left in (frozenset[ObligationCode](), *(known - {code} for code in sorted(known))):
        yield replace(world, facts=replace(world.facts, understands=left))


def _lower_questions(world: World) -> Iterator[World]:
    for level in Level:
        if level < world.facts.level:
            yield replace(world, facts=replace(world.facts, level=level))


NARROWINGS: dict[str, Narrowing] = {
    "a clause's level is lowered": _clauses(_lowered),
    "a clause is for nobody": _clauses(lambda clause: [replace(clause, requester=PartySelector())]),
    "a clause lists one field less": _without("fields"),
    "a clause lists one role less": _without("roles"),
    "a clause lists one purpose less": _without("purposes"),
    "a clause lists one kind of subject less": _without("subjects"),
    "a clause lists one category less": _without("categories"),
    "a clause asks for a concern": _clauses(_for_a_concern),
    "a clause asks for a case flag": _clauses(_for_a_flag),
    "a clause closes while a flag is set": _clauses(_unless_flagged),
    "a clause is open for fewer days": _clauses(_for_some_days),
    "a clause asks for an invitation": _clauses(_for_the_invited),
    "a clause is closed to the blinded": _under(unblinded=True),
    "a clause is for named contacts": _clauses(lambda clause: [replace(clause, contacts_only=True)]),
    "a clause lists one act less": _without("acts"),
    "a prohibition withholds more": _more_withheld,
    "a clause asks for consent": _under(consent=ConsentNeed.REQUIRED),
    "a clause lists no exception": _under(exceptions=()),
    "a clause leaves the finding to a person": _under(finding=FindingBy.CUSTODIAN),
    "a clause asks for two persons": _under(review=Review.TWO_PERSON),
    "a clause asks for review": _under(review=Review.CUSTODIAN),
    "a clause has one duty more": _clauses(_with_a_duty),
    "a consent is withdrawn": _consents(lambda one: [replace(one, status=ConsentStatus.WITHDRAWN)]),
    "a consent expires": _consents(lambda one: [replace(one, end=NOW)]),
    "a consent is removed": _consents(lambda _: []),
    "a consent is refused afterwards": _consents(_then_refused),
    "no exception is claimed": _asked(representation=None),
    "no process is stated": _asked(legal_process=None),
    "the custodian declares nothing": _asked(regimes=None),
    "the custodian declares another law": _another_law,
    "a law has one opening less": _fewer_openings,
    "the requester's systems honour less": _less_understood,
    "the question asks for less": _lower_questions,
}


@settings(untimed, max_examples=60)
@given(worlds(), st.integers(0, 11))
def test_what_narrows_never_lets_out_more(world: World, turn: int) -> None:
    """Each kind of narrowing, at one of the places where the world has it."""
    before = released(world.decide())
    for name, narrow in NARROWINGS.items():
        narrowed = list(narrow(world))
        if narrowed:
            assert released(narrowed[turn % len(narrowed)].decide()) <= before, name


@settings(untimed)
@given(worlds(), CLAUSES, st.booleans())
def test_a_prohibition_added_never_lets_out_more(world: World, clause: Clause, alone: bool) -> None:
    """Whichever clause it is, wherever it stands, and whatever else it says."""
    forbids = replace(clause, id="0", effect=Effect.PROHIBIT)
    first, *others = world.agreements
    if alone:
        stricter = replace(
            world, agreements=(*world.agreements, replace(first, id="new", clauses=(forbids,)))
        )
    else:
        stricter = replace(world, agreements=(replace(first, clauses=(forbids, *first.clauses)), *others))
    assert released(stricter.decide()) <= released(world.decide())


@settings(untimed)
@given(worlds())
def test_masking_changes_what_is_masked_and_nothing_else(world: World) -> None:
    before = world.decide()
    for masked in _clauses(lambda clause: [replace(clause, masked=True)])(world):
        after = masked.decide()
        assert replace(after, masked=before.masked) == before
        assert after.layers == before.layers
        assert after.masked >= before.masked
