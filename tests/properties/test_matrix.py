"""The matrix, held against deciding: whatever is answered stands in it, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from agreements.terms import Level
from policies.cells import Key
from policies.decide import decide
from policies.ladder import outcome_of
from policies.matrix import matrix
from policies.offered import offered
from tests.properties.decision_strategies import worlds
from tests.properties.decision_words import KNOWN
from tests.properties.decision_world import World
from tests.properties.test_space import classes_of, setting_of

FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(worlds())
@FEW
def test_whatever_is_answered_stands_in_the_matrix(world: World) -> None:
    setting, facts = setting_of(world), replace(world.facts, person_found=False)
    if facts.requester not in KNOWN or len(offered(facts).consents) > 1:
        return
    told = outcome_of(decide(facts, setting.rules, setting.laws))
    key = Key(facts.requester, facts.custodian, facts.category)
    offers = [row.offer for row in matrix(setting, facts.at) if row.key == key]
    if told is not None:
        assert any(
            offer.level >= told.level
            and (offer.basis, offer.awaits, offer.duties) == (told.basis, told.awaits, told.duties)
            and (told.level is not Level.RECORD or offer.fields >= told.fields)
            for offer in offers
        )


@given(worlds())
@FEW
def test_what_stands_in_the_matrix_is_answered(world: World) -> None:
    setting, facts = setting_of(world), world.facts
    if facts.requester not in KNOWN or facts.requester == facts.custodian:
        return
    key, classes = classes_of(world, setting)
    outcomes = {each.outcomes[0] for each in classes}
    for row in matrix(setting, facts.at):
        if row.key == key:
            offer = row.offer
            assert any(
                each is not None
                and (each.level, each.fields, each.awaits, each.duties, each.basis)
                == (offer.level, offer.fields, offer.awaits, offer.duties, offer.basis)
                for each in outcomes
            )
