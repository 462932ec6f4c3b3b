"""The lawful routes there are to what a refusal hides: what would have to come about for it to be told. Pure.

Each is found by deciding the same facts with one thing more, so that a route that a law or a prohibition
closes is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from agreements.consents import Consent, ConsentStatus, Evidence
from agreements.exceptions import ELEMENTS, ElementKind, LegalProcess, Representation
from agreements.terms import GrantorKind, Ground, ProcessKind
from gateway.ages import AgeRules
from policies.decide import decide
from policies.decision import Permitted
from policies.facts import Facts
from policies.lawbook import LawBook
from policies.rules import RuleBook

_SOME_DIGEST: Final = "sha-256:" + "0" * 64
_MADE_OUT: Final = "as it would be stated"


def lawful_routes(facts: Facts, rules: RuleBook, laws: LawBook, ages: AgeRules) -> list[dict[str, Any]]:
    """What would open it, as far as which level; a call is always one, and comes last."""
    found = []
    for route, supposed in _supposed(facts, ages):
        decision = decide(replace(supposed, person_found=True), rules, laws)
        if isinstance(decision, Permitted):
            found.append({**route, "level": decision.permit.level.word})
    return [*found, {"kind": "call"}]


def _supposed(facts: Facts, ages: AgeRules) -> Iterator[tuple[dict[str, Any], Facts]]:
    yield {"kind": "release"}, facts
    too_young = facts.age is not None and facts.age < ages.rule(facts.category).age
    for grantor in GrantorKind:
        if not (too_young and grantor is GrantorKind.SUBJECT):
            consents = (_consent(facts, grantor), *facts.consents)
            yield {"kind": "consent", "from": grantor.value}, replace(facts, consents=consents)
    for ground in Ground:
        elements = {
            name: True if kind is ElementKind.TRUE else _MADE_OUT for name, kind in ELEMENTS[ground].items()
        }
        claim = Representation(ground, elements, _MADE_OUT)
        route = {"kind": "exception", "ground": ground.value, "elements": sorted(elements)}
        yield route, replace(facts, representation=claim)
    for process in ProcessKind:
        order = LegalProcess(process, "", "", _SOME_DIGEST)
        yield {"kind": "legal-process", "process": process.value}, replace(facts, legal_process=order)


def _consent(facts: Facts, grantor: GrantorKind) -> Consent:
    """A consent that fits the question in every way."""
    return Consent(
        id="con_supposed",
        status=ConsentStatus.GIVEN,
        grantor=grantor,
        purposes=frozenset({facts.purpose}),
        categories=frozenset({facts.category}),
        custodians=frozenset({facts.custodian}),
        recipients=frozenset({facts.requester}),
        start=facts.at,
        end=facts.at + timedelta(days=1),
        grantor_named=True,
        evidence=Evidence("signed-form", _SOME_DIGEST, facts.at),
    )
