"""A decision lets out nothing its clause, law, consent or exception does not, however the rules are ordered.

`objections` reads a permit against the world again, field by field and without the decision's own code: it
says everything that would be wrong with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from hypothesis import HealthCheck, given, settings

from agreements.agreement import Agreement, Clause
from agreements.consents import Consent, ConsentStatus
from agreements.terms import (
    BasisKind,
    ConsentNeed,
    Effect,
    FindingBy,
    GrantorKind,
    Level,
    Review,
    SubjectKind,
)
from policies.decide import decide
from policies.decision import Await, Denied, Outcome, Permitted
from policies.facts import Facts
from policies.rules import RuleBook
from policies.statute import Law, Opening
from tests.properties.decision_strategies import worlds
from tests.properties.decision_words import KNOWN, SECRET
from tests.properties.decision_world import World
from tests.properties.test_decide_narrowing import released

untimed = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def objections(world: World, decision: Permitted) -> Iterator[str]:
    facts, permit = world.facts, decision.permit
    found = [
        (agreement, clause)
        for agreement in world.agreements
        for clause in agreement.clauses
        if (agreement.id, agreement.version, clause.id)
        == (permit.basis.agreement, permit.basis.version, permit.basis.clause)
    ]
    ((agreement, clause),) = found
    codes = {duty.code for duty in permit.obligations}
    wrong = {
        "other parties": (permit.requester, permit.custodian) != (facts.requester, facts.custodian),
        "another subject": permit.subject_kind is not facts.subject_kind,
        "another category": permit.category is not facts.category,
        "a level above what is asked or allowed": permit.level > min(facts.level, clause.level),
        "other fields": permit.fields != _told(world, clause, permit.level),
        "a life that is over": permit.expires is None or permit.expires <= facts.at,
        "a life beyond the agreement's": permit.expires is None or permit.expires > agreement.expires,
        "a clause that does not allow this": not _speaks_to(world, agreement, clause)
        or clause.effect is not Effect.PERMIT,
        "a case that does not reach the clause": not _case_fits(facts, agreement, clause, otherwise=False),
        "a prohibition": any(not each.withholds for each in _prohibitions(world)),
        "a duty left out": not {duty.code for duty in clause.obligations} <= codes,
        "a duty not understood": facts.understands is not None and not codes <= facts.understands,
    }
    yield from (text for text, holds in wrong.items() if holds)
    yield from _evidence(world, clause, decision)
    yield from _laws(world, decision)


def _told(world: World, clause: Clause, level: Level) -> frozenset[str]:
    """At level record, the clause's fields but those a prohibition withholds."""
    if level is not Level.RECORD:
        return frozenset()
    return frozenset(
        name for name in clause.fields if not any(name in each.withholds for each in _prohibitions(world))
    )


def _speaks_to(world: World, agreement: Agreement, clause: Clause) -> bool:
    facts = world.facts
    later = [
        other.effective
        for other in world.agreements
        if other.id == agreement.id and other.version > agreement.version
    ]
    return (
        agreement.effective <= facts.at < agreement.expires
        and not agreement.suspended
        and all(facts.at < effective for effective in later)
        and {facts.requester, facts.custodian} <= {*agreement.parties} & {*KNOWN}
        and facts.requester != facts.custodian
        and (
            facts.requester in clause.requester.agencies or KNOWN[facts.requester] in clause.requester.sectors
        )
        and (
            facts.custodian in clause.custodian.agencies or KNOWN[facts.custodian] in clause.custodian.sectors
        )
        and facts.role in clause.roles
        and facts.purpose in clause.purposes
        and facts.subject_kind in clause.subjects
        and facts.category in clause.categories
        and facts.act in clause.acts
        and (facts.contact or not clause.contacts_only)
    )


def _case_fits(facts: Facts, agreement: Agreement, clause: Clause, *, otherwise: bool) -> bool:
    """The case is as the clause wants it; `otherwise` where concern or opening cannot be judged."""
    needs, scale = clause.conditions, agreement.concern_scale
    least, most, days = needs.concern_at_least, needs.workdays_since_opening, facts.workdays_open
    wrong = (
        any(flag not in facts.case_flags for flag in needs.case_flags),
        any(flag in facts.case_flags for flag in needs.case_flags_absent),
        most is not None and not (otherwise if days is None else days <= most),
        bool(needs.invited_by) and not any(role in needs.invited_by for role in facts.invited_by),
        needs.unblinded and facts.blinded,
    )
    if any(wrong) or facts.concern not in scale:
        return otherwise and not any(wrong)
    return least is None or facts.concern in scale[scale.index(least) :]


def _prohibitions(world: World) -> list[Clause]:
    return [
        clause
        for agreement in world.agreements
        for clause in agreement.clauses
        if clause.effect is Effect.PROHIBIT
        and _speaks_to(world, agreement, clause)
        and _case_fits(world.facts, agreement, clause, otherwise=True)
    ]


def _evidence(world: World, clause: Clause, decision: Permitted) -> Iterator[str]:
    facts, needs, kind = world.facts, clause.conditions, decision.permit.basis.kind
    used = [consent for consent in facts.consents if consent.id == decision.consent]
    claim = facts.representation
    made_out = claim is not None and claim.ground in needs.exceptions and "tbd" not in claim.elements.values()
    agreed = made_out or any(consent.grantor is needs.consent_from for consent in used)
    wrong = {
        "an exception that is not made out": kind is BasisKind.EXCEPTION and not made_out,
        "no consent, and nothing in its stead": needs.consent is ConsentNeed.REQUIRED and not agreed,
        "no legal process": needs.legal_process
        and (kind is not BasisKind.LEGAL_PROCESS or facts.legal_process is None),
        "a consent that does not stand": not all(_stands(facts, consent) for consent in used),
        "a consent that is not there": (decision.consent is None) is bool(used),
    }
    yield from (text for text, holds in wrong.items() if holds)
    expected = {
        Await.REVIEW: needs.review is Review.CUSTODIAN or facts.subject_kind is SubjectKind.GENERAL,
        Await.SECOND_REVIEW: needs.review is Review.TWO_PERSON,
        Await.LEGAL_PROCESS: kind is BasisKind.LEGAL_PROCESS,
        Await.FINDING: kind is BasisKind.EXCEPTION and needs.finding is FindingBy.CUSTODIAN,
    }
    due = {step for step, needed in expected.items() if needed and not facts.person_found}
    if not due <= decision.awaits:
        yield "a person who was not asked"


def _stands(facts: Facts, consent: Consent) -> bool:
    names = (
        facts.custodian in consent.custodians
        and facts.requester in consent.recipients
        and facts.category in consent.categories
        and facts.purpose in consent.purposes
    )
    refusals = [
        other
        for other in facts.consents
        if other.status is ConsentStatus.REFUSED
        and other.start <= facts.at
        and other.grantor is consent.grantor
        and (other.start >= consent.start or consent.grantor is GrantorKind.GUARDIAN)
        and facts.custodian in other.custodians
        and facts.requester in other.recipients
        and facts.category in other.categories
        and facts.purpose in other.purposes
        and (other.end is None or facts.at < other.end)
    ]
    in_period = consent.start <= facts.at and (consent.end is None or facts.at < consent.end)
    about_somebody = facts.subject_kind is not SubjectKind.GENERAL
    given = consent.status is ConsentStatus.GIVEN
    return about_somebody and given and names and in_period and not refusals


def _laws(world: World, decision: Permitted) -> Iterator[str]:
    facts = world.facts
    known = {law.id: law for law in world.laws}
    if facts.regimes is None:
        yield "a category that is not declared"
    for name in facts.regimes or ():
        if name not in known:
            yield "a law nobody can read"
        elif not any(_opens(facts, known[name], opening, decision) for opening in known[name].openings):
            yield "a law that does not open so far"
        elif not {duty.code for duty in known[name].obligations} <= {
            duty.code for duty in decision.permit.obligations
        }:
            yield "a duty of the law left out"


def _opens(facts: Facts, law: Law, opening: Opening, decision: Permitted) -> bool:
    apart = opening.categories is None and facts.category in law.apart
    scoped = (
        not apart
        and facts.category in (opening.categories or {facts.category})
        and facts.purpose in (opening.purposes or {facts.purpose})
        and facts.subject_kind in (opening.subjects or {facts.subject_kind})
        and facts.requester_sector in (opening.recipients or {facts.requester_sector})
        and facts.custodian_sector in (opening.custodians or {facts.custodian_sector})
    )
    consents = [consent for consent in facts.consents if consent.id == decision.consent]
    claim, process = facts.representation, facts.legal_process
    shown = {
        BasisKind.AGREEMENT: True,
        BasisKind.CONSENT: opening.consent is not None
        and any(
            opening.consent.accepts(each, facts.category, age=facts.age, adult_age=law.adult_age)
            for each in consents
        ),
        BasisKind.EXCEPTION: claim is not None and claim.ground is opening.ground,
        BasisKind.LEGAL_PROCESS: process is not None and process.kind in opening.processes,
    }
    return scoped and shown[opening.basis] and opening.ceiling >= decision.permit.level


@settings(untimed, max_examples=100)
@given(worlds())
def test_what_is_let_out_is_within_clause_case_evidence_and_law_and_repeats_nobody(world: World) -> None:
    decision = world.decide()
    assert SECRET not in repr((decision, decision.layers))
    if isinstance(decision, Permitted):
        assert list(objections(world, decision)) == []
    else:
        assert [result.outcome for result in decision.layers].count(Outcome.FAILED) == 1
        assert len(decision.reasons) == 1


@settings(untimed)
@given(worlds())
def test_the_order_of_agreements_and_of_laws_changes_nothing(world: World) -> None:
    decision = world.decide()
    laws = {law.id: law for law in reversed(world.laws)}
    for agreements in permutations(world.agreements):
        rules = RuleBook(agreements, dict(reversed(KNOWN.items())))
        again = decide(world.facts, rules, laws)
        assert again == decision
        assert again.layers == decision.layers


@settings(untimed)
@given(worlds())
def test_the_order_of_clauses_changes_the_basis_but_not_how_much(world: World) -> None:
    reversed_clauses = [
        replace(agreement, clauses=tuple(reversed(agreement.clauses))) for agreement in world.agreements
    ]
    before, after = world.decide(), replace(world, agreements=tuple(reversed_clauses)).decide()
    assert released(before) == released(after)
    assert before.masked is after.masked


@settings(untimed)
@given(worlds())
def test_clauses_do_the_same_in_one_agreement_as_in_several(world: World) -> None:
    """A clause carries all of its conditions: what stands beside it in a file means nothing."""
    split = [
        replace(agreement, id=f"{agreement.id}-{number:02}", clauses=(clause,))
        for agreement in world.agreements
        if agreement.id != "county"
        for number, clause in enumerate(agreement.clauses)
    ]
    kept = [agreement for agreement in world.agreements if agreement.id == "county"]
    before, after = world.decide(), replace(world, agreements=(*kept, *split)).decide()
    assert released(before) == released(after)
    assert before.masked is after.masked


@settings(untimed)
@given(worlds())
def test_a_decision_is_made_again_the_same(world: World) -> None:
    laws = {law.id: law for law in world.laws}
    rules = RuleBook(world.agreements, KNOWN)
    first = decide(world.facts, rules, laws)
    told = first.layers
    again = decide(world.facts, rules, laws)
    assert again == first == world.decide()
    assert again.layers == told == first.layers


@settings(untimed)
@given(worlds())
def test_without_a_clause_in_force_everything_is_refused(world: World) -> None:
    expired = [replace(agreement, expires=world.facts.at) for agreement in world.agreements]
    suspended = [replace(agreement, suspended=True) for agreement in world.agreements]
    silent = [replace(agreement, clauses=()) for agreement in world.agreements]
    for agreements in ((), expired, suspended, silent):
        assert isinstance(replace(world, agreements=tuple(agreements)).decide(), Denied)


def test_the_worlds_reach_what_is_tested() -> None:
    """The properties above would hold of a decision that refuses everything; these worlds do not."""
    seen: Counter[str] = Counter()

    @settings(untimed, max_examples=150, derandomize=True, database=None)
    @given(worlds())
    def count(world: World) -> None:
        decision = world.decide()
        if isinstance(decision, Permitted):
            seen.update(["permitted", decision.permit.basis.kind, *decision.awaits])
            seen.update(["fields"] if decision.permit.fields else [])
        else:
            seen.update([decision.reasons[0].code])

    count()
    assert seen["permitted"] >= 20
    assert {*BasisKind, "fields", "law-forbids"} <= set(seen)
    assert len(seen) >= 14
