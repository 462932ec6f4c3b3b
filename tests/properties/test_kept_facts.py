"""Facts that were kept decide the same and hold nobody's words; laws come back as they were."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.exceptions import ELEMENTS, LegalProcess, Representation
from agreements.plain import UnreadableValue, from_plain, plain
from agreements.terms import Category, ProcessKind
from policies.facts import Facts
from policies.kept import facts_read, facts_stored, places_kept
from policies.lawbook import load_laws
from policies.statute import Law
from tests.properties.decision_strategies import worlds
from tests.properties.decision_world import World
from tests.unit.decision_case import consent, question

SECRET = "Daniel Okafor of 12 Elm Street"


def kept(facts: Facts) -> Facts:
    (read,) = facts_read(json.loads(json.dumps(facts_stored([facts]))))
    return read


@given(worlds())
def test_what_was_kept_decides_the_same_to_the_last_word(world: World) -> None:
    again = replace(world, facts=kept(world.facts))
    assert again.decide() == world.decide()


@given(worlds(), st.lists(st.sampled_from(list(Category)), min_size=1, max_size=4))
def test_several_decisions_of_a_question_come_back_in_order(world: World, others: list[Category]) -> None:
    facts = [world.facts, *(replace(world.facts, category=one) for one in others)]
    stored = facts_stored(facts)
    assert facts_read(stored) == tuple(map(kept, facts))
    assert places_kept(stored) == [(one.custodian, one.category) for one in facts]


@given(worlds())
def test_keeping_twice_keeps_the_same(world: World) -> None:
    assert kept(kept(world.facts)) == kept(world.facts)


def named() -> Facts:
    """A question whose every free text names somebody."""
    given_now = consent()
    assert given_now.evidence is not None
    ground = next(iter(ELEMENTS))
    return question(
        consents=(replace(given_now, evidence=replace(given_now.evidence, kind=SECRET, digest=SECRET)),),
        representation=Representation(ground, dict.fromkeys(ELEMENTS[ground], SECRET), SECRET),
        legal_process=LegalProcess(ProcessKind.WARRANT, SECRET, SECRET, SECRET),
    )


def test_no_word_that_somebody_wrote_is_kept() -> None:
    assert SECRET in repr(named())
    assert "Okafor" not in json.dumps(facts_stored([named()]))


def test_every_field_of_the_facts_is_kept_or_left_at_its_default() -> None:
    stored = facts_stored([named()])
    assert isinstance(stored, dict)
    shared = stored["all"]
    assert isinstance(shared, dict)
    assert shared.keys() <= {part.name for part in fields(Facts)}
    assert kept(named()).representation is not None


def test_a_field_that_was_dropped_would_be_noticed() -> None:
    world = World(question(case_flags=frozenset({"level-2"})), (), ())
    stored = facts_stored([world.facts])
    assert isinstance(stored, dict)
    assert isinstance(stored["all"], dict)
    del stored["all"]["concern"]
    with pytest.raises(UnreadableValue):
        facts_read(stored)


@pytest.mark.parametrize("law", load_laws().laws.values(), ids=lambda law: law.id)
def test_a_law_comes_back_as_it_was(law: Law) -> None:
    assert from_plain(Law, json.loads(json.dumps(plain(law)))) == law


@pytest.mark.parametrize("value", [None, [], "x", {"colour": "red"}, {"id": 3}], ids=str)
def test_what_is_no_law_is_refused(value: object) -> None:
    with pytest.raises(UnreadableValue):
        from_plain(Law, value)  # type: ignore[arg-type]
