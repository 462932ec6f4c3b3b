"""The result of every layer, told from the same values that decided."""

from __future__ import annotations

from agreements.terms import Level
from policies.circumstances import circumstances
from policies.decision import Layer, LayerResult, Outcome
from policies.evidence import Evidence, Shortfall
from policies.facts import Facts
from policies.rules import Rule

_ORDER = tuple(Layer)


def refused_layers(shortfall: Shortfall) -> tuple[LayerResult, ...]:
    """Passed up to the layer that refused, with its reason there, and not reached beyond it."""
    where = shortfall.depth
    results = []
    for number, layer in enumerate(_ORDER):
        if number == where:
            results.append(LayerResult(layer, Outcome.FAILED, shortfall.text))
        else:
            results.append(LayerResult(layer, Outcome.PASSED if number < where else Outcome.NOT_REACHED, ""))
    return tuple(results)


def permitted_layers(facts: Facts, rule: Rule, evidence: Evidence, level: Level) -> tuple[LayerResult, ...]:
    """Every layer passed, each with what made it pass."""
    agreement, clause, chosen = rule.agreement, rule.clause, evidence.chosen
    laws = "; ".join(f"{law.id} by {opening.citation}" for law, opening in evidence.openings)
    duties = ", ".join(duty.code.value for duty in evidence.obligations)
    exception = chosen.exception.ground.value if chosen.exception else ""
    process = chosen.process.kind.value if chosen.process else ""
    detail = {
        Layer.AGREEMENT: f"{agreement.id} version {agreement.version} is in force",
        Layer.PARTY: f"{facts.requester} and {facts.custodian} are party to it",
        Layer.CLAUSE: f"clause {clause.id}: {clause.text}",
        Layer.PURPOSE: f"{facts.purpose.value} is among its purposes",
        Layer.ROLE: f"{facts.role.value} is among its roles",
        Layer.CASE: circumstances(clause.conditions),
        Layer.LEVEL: f"asked {facts.level.word}, allowed {level.word}",
        Layer.LAW: laws or "no law declared for this category, on purpose",
        Layer.CONSENT: f"consent {chosen.consent.id}" if chosen.consent else "not needed here",
        Layer.EXCEPTION: " and ".join(filter(None, (exception, process))) or "not needed here",
        Layer.OBLIGATIONS: duties or "none",
    }
    return tuple(LayerResult(layer, Outcome.PASSED, detail[layer]) for layer in _ORDER)
