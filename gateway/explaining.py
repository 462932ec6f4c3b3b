"""Why something was decided as it was: one function for answers, for what would be decided, and for replay.

Everybody who may see a decision gets its codes and what would change it; those entitled to the whole get the
trace: every clause with its text, every law with its citation, and the versions of both. Nothing here is
anybody's identity.
"""

from __future__ import annotations

from typing import Any

from agreements.terms import Category
from gateway import entries
from gateway.policy import PolicySet
from policies.decision import Decision, Denied
from policies.facts import Facts
from policies.statute import Opening
from policies.trace import ClauseTrace, LawTrace, clauses_traced, laws_traced


def explained(custodian: str, category: Category, decision: Decision) -> dict[str, Any]:
    """Every layer's result, and of a refusal the codes and what would change it."""
    return {
        "custodian": custodian,
        **entries.decision_body(category.value, decision),
        "masked": decision.masked,
        "reasons": _reasons(decision),
        "layers": [
            {"layer": result.layer.value, "outcome": result.outcome.value, "detail": result.detail}
            for result in decision.layers
        ],
    }


def traced(facts: Facts, policy: PolicySet) -> dict[str, Any]:
    """The full trace, for those entitled to it: what each clause alone would have decided, and the laws."""
    return {
        "policy": policy.version,
        "clauses": [_clause(one) for one in clauses_traced(facts, policy.rules, policy.laws)],
        "laws": {
            "version": policy.laws.version,
            "declared": facts.regimes is not None,
            "binding": [_law(one) for one in laws_traced(facts, policy.laws)],
        },
    }


def veiled(part: dict[str, Any]) -> dict[str, Any]:
    """A masked negative as its requester may see it: why it is one is what is masked."""
    text = "The answer is masked: refused, withheld and nothing held are told alike."
    return {
        "custodian": part["custodian"],
        "category": part["category"],
        "decision": None,
        "masked": True,
        "reasons": [{"code": "masked", "text": text}],
        "layers": [],
    }


def _reasons(decision: Decision) -> list[dict[str, str]]:
    if isinstance(decision, Denied):
        return [{"code": reason.code, "text": reason.text} for reason in decision.reasons]
    return []


def _clause(one: ClauseTrace) -> dict[str, Any]:
    return {
        "agreement": one.agreement.id,
        "version": one.agreement.version,
        "in_force": one.in_force,
        "clause": one.clause.id,
        "text": one.clause.text,
        "effect": one.clause.effect.value,
        "outcome": one.effected.value,
        "level": one.level.word if one.level is not None else None,
        "reason": {"code": one.reason.code, "text": one.reason.text} if one.reason else None,
    }


def _law(one: LawTrace) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "citation": one.citation,
        "openings": [_opening(opening) for opening in one.openings],
    }


def _opening(opening: Opening) -> dict[str, Any]:
    return {
        "id": opening.id,
        "citation": opening.citation,
        "text": opening.text,
        "basis": opening.basis.value,
        "level": opening.ceiling.word,
    }
