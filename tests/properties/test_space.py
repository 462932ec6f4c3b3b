"""Every request is of exactly one class, and comes to what its class says; held against `decide` itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings

from agreements.agreement import Clause
from agreements.consents import Consent
from agreements.terms import GrantorKind, ProcessKind
from policies.brought import (
    AGE,
    CONSENT,
    EXCEPTION,
    FORM,
    NONE,
    PROCESS,
    UNKNOWN_AGE,
    Brought,
    Offers,
    Style,
    form_of,
)
from policies.cells import Calendar, Key, Relation, Setting
from policies.decide import decide
from policies.facts import Facts
from policies.guards import BLINDED, Circumstances
from policies.ladder import Outcome, outcome_of
from policies.offered import offered
from policies.regions import Box, meet
from policies.rules import Rule, RuleBook
from policies.space import RequestClass, Space, example
from policies.statute import Law, Opening
from tests.properties.decision_strategies import worlds
from tests.properties.decision_words import KNOWN
from tests.properties.decision_world import World
from tests.unit.decision_case import (
    agreement,
    by_consent,
    by_process,
    clause,
    consent,
    needing,
    opening,
    process,
    question,
)

FOUND = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Agency:
    """An agency of a generated world."""

    def __init__(self, name: str, facts: Facts) -> None:
        self.sector = KNOWN[name]
        declared = facts.regimes is not None and name == facts.custodian
        self.regimes = MappingProxyType({facts.category: facts.regimes or ()} if declared else {})
        self.understands = facts.understands if name == facts.requester else None


def setting_of(world: World) -> Setting:
    agencies = {name: Agency(name, world.facts) for name in KNOWN}
    return Setting(
        RuleBook(world.agreements, KNOWN), {law.id: _numbered(law) for law in world.laws}, agencies
    )


def _numbered(law: Law) -> Law:
    """No two openings of a law that was read have one id."""
    openings = (replace(opening, id=str(number)) for number, opening in enumerate(law.openings))
    return replace(law, openings=tuple(openings))


def classes_of(world: World, setting: Setting) -> tuple[Key, list[RequestClass]]:
    """All classes of the pair and category asked about, at the instant of asking."""
    facts = world.facts
    key = Key(facts.requester, facts.custodian, facts.category)
    about = Relation(
        facts.requester_sector, facts.custodian_sector, facts.category, facts.regimes, facts.understands
    )
    rules = Calendar(setting.rules).in_force(key, facts.at)
    return key, list(Space(setting.laws).classes([rules], about))


def brought_by(facts: Facts, consent: Consent | None, offers: Offers) -> Mapping[str, Hashable]:
    """What a request brings, one of its consents alone, as values of the dimensions that matter."""
    claim, process = facts.representation, facts.legal_process
    made_out = claim is not None and not claim.missing()
    consent = consent if consent is not None and counts(consent, facts, offers) else None
    values: dict[str, Hashable] = {
        CONSENT: consent.grantor.value if consent else NONE,
        EXCEPTION: claim.ground.value if claim is not None and made_out else NONE,
        PROCESS: process.kind.value if process else NONE,
    }
    if EXCEPTION in offers.universe and values[EXCEPTION] not in offers.universe[EXCEPTION]:
        values[EXCEPTION] = NONE
    if consent is not None:
        style = Style(consent.form(), consent.categories == {facts.category})
        values[FORM] = form_of(offers.openings, style)
        ages = [age for age in offers.universe.get(AGE, ()) if isinstance(age, tuple)]
        known = (age for age in ages if facts.age is not None and age[0] <= facts.age <= age[1])
        values[AGE] = next(known, UNKNOWN_AGE)
    return values


def counts(consent: Consent, facts: Facts, offers: Offers) -> bool:
    """Whether a clause asks for this grantor's consent or a law accepts it."""
    return consent.grantor in offers.asked.consent_from or any(
        opening.consent.accepts(consent, facts.category, age=facts.age, adult_age=law.adult_age)
        for _, law, found in offers.openings
        for opening in found
        if law is not None and opening.consent is not None
    )


def allows(box: Box, values: Mapping[str, Hashable]) -> bool:
    """A dimension of which the request says nothing is one its class may not limit."""
    return all(name in values and values[name] in allowed for name, allowed in box.items())


def is_of(found: RequestClass, facts: Facts, consent: Consent | None) -> bool:
    who: dict[str, Hashable] = {
        "subject": facts.subject_kind,
        "purpose": facts.purpose,
        "role": facts.role,
        "act": facts.act,
        "contact": facts.contact,
    }
    case = found.circumstances.point(facts)
    return (
        found.level is facts.level
        and any(allows(box, who) for box in found.scope.boxes)
        and any(allows(box, brought_by(facts, consent, found.offers)) for box in found.evidence)
        and meet(found.region.box, case) is not None
        and not any(meet(other, case) for other in found.region.without)
    )


def misses(world: World) -> str:
    """How a world contradicts its classes; empty where it does not."""
    setting = setting_of(world)
    facts = replace(world.facts, person_found=False)
    decided = outcome_of(decide(facts, setting.rules, setting.laws))
    if facts.requester not in KNOWN or facts.custodian not in KNOWN or facts.requester == facts.custodian:
        return "" if decided is None else "an agency that is not known got an answer"
    _, found = classes_of(world, setting)
    expected: set[Outcome | None] = set()
    for each_consent in offered(facts).consents or (None,):
        fitting = [each for each in found if is_of(each, facts, each_consent)]
        if len(fitting) > 1:
            return "a request is of two classes"
        expected.add(fitting[0].outcomes[0] if fitting else None)
    return "" if decided in expected else "a request does not come to what its class says"


@given(worlds())
@FOUND
def test_every_request_is_of_one_class_and_comes_to_what_it_says(world: World) -> None:
    assert misses(world) == ""


@given(worlds())
@FOUND
def test_the_example_of_every_class_comes_to_what_the_class_says(world: World) -> None:
    setting = setting_of(world)
    if world.facts.requester not in KNOWN or world.facts.requester == world.facts.custodian:
        return
    key, found = classes_of(world, setting)
    for each in found:
        facts = example(setting, key, world.facts.at, each)
        assert is_of(each, facts, facts.consents[0] if facts.consents else None)
        decision = decide(facts, setting.rules, setting.laws)
        assert outcome_of(decision) == each.outcomes[0]


def a_world(clause: Clause, *openings: Opening, **asked: Any) -> World:
    """The county's clause under a law of these openings, and a question put to it."""
    law = Law("act", "An act", "us", "section 1", "All of it.", openings)
    return World(question(regimes=("act",), **asked), (agreement(clause),), (law,))


def _without_age(method: Callable[[Offers, Brought], Hashable]) -> Callable[[Offers, Brought], Hashable]:
    return lambda self, brought: method(self, replace(brought, age=UNKNOWN_AGE))


def _without_process(method: Callable[[Offers, Brought], Hashable]) -> Callable[[Offers, Brought], Hashable]:
    return lambda self, brought: method(self, replace(brought, process=NONE))


def _without_blinding(
    method: Callable[[Circumstances, Rule], tuple[Box, ...]],
) -> Callable[[Circumstances, Rule], tuple[Box, ...]]:
    def loose(self: Circumstances, rule: Rule) -> tuple[Box, ...]:
        boxes = method(self, rule)
        return tuple({name: values for name, values in box.items() if name != BLINDED} for box in boxes)

    return loose


_BY_AGE: Final = by_consent(minor=frozenset({GrantorKind.GUARDIAN}), adult=frozenset({GrantorKind.SUBJECT}))


@pytest.mark.parametrize(
    ("owner", "method", "bug", "world"),
    [
        pytest.param(
            Offers, "pattern", _without_age,
            a_world(clause(), _BY_AGE, age=15, consents=(consent(grantor=GrantorKind.GUARDIAN),)),
            id="age",
        ),
        pytest.param(
            Offers, "pattern", _without_process,
            a_world(
                needing(legal_process=True), by_process(ProcessKind.WARRANT),
                legal_process=process(ProcessKind.WARRANT),
            ),
            id="legal process",
        ),
        pytest.param(
            Circumstances, "guard", _without_blinding,
            a_world(needing(unblinded=True), opening(), blinded=True),
            id="blinding",
        ),
    ],
)  # fmt: skip
def test_a_difference_that_is_overlooked_would_be_found(
    owner: type, method: str, bug: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert misses(world) == ""
    monkeypatch.setattr(owner, method, bug(getattr(owner, method)))
    assert misses(world) != ""
