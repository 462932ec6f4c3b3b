"""Outcomes in sealed storage: what must be known to answer again, and apart from it the content."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from agreements.agreement import Obligation
from agreements.duration import Duration
from agreements.permit import Basis, Holding, Permit
from agreements.terms import BasisKind, Category, Level, ObligationCode, SubjectKind
from gateway.answers import Cause, Outcome, basis_json
from policies.decision import Decision, Denied, Permitted, Reason


def outcome_stored(outcome: Outcome) -> dict[str, Any]:
    """An outcome without content and without its explanation."""
    decision = outcome.decision
    return {
        "category": outcome.category.value,
        "cause": outcome.cause.value,
        "masked": decision.masked,
        "reasons": [[reason.code, reason.text] for reason in outcome.reasons],
        "permit": _permit_stored(decision) if isinstance(decision, Permitted) else None,
        "due": outcome.due and outcome.due.isoformat(),
        **({"call_back": outcome.call_back} if outcome.call_back else {}),
    }


def outcome_read(stored: dict[str, Any], holdings: Iterable[Holding]) -> Outcome:
    category = Category(stored["category"])
    reasons = tuple(Reason(code, text) for code, text in stored["reasons"])
    decision: Decision
    if stored["permit"] is None:
        decision = Denied(reasons, stored["masked"])
    else:
        decision = _permitted(stored["permit"], category, masked=stored["masked"])
    own = tuple(holding for holding in holdings if holding.category is category)
    due = datetime.fromisoformat(stored["due"]) if stored.get("due") else None
    return Outcome(
        category,
        decision,
        Cause(stored["cause"]),
        own,
        reasons,
        call_back=stored.get("call_back", ""),
        due=due,
    )


def holdings_stored(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    return [
        {"category": holding.category.value, "summary": holding.summary, "fields": dict(holding.fields)}
        for outcome in outcomes
        for holding in outcome.holdings
    ]


def holdings_read(stored: Iterable[dict[str, Any]]) -> tuple[Holding, ...]:
    return tuple(Holding(Category(item["category"]), item["summary"], item["fields"]) for item in stored)


def _permit_stored(decision: Permitted) -> dict[str, Any]:
    permit = decision.permit
    return {
        "requester": permit.requester,
        "custodian": permit.custodian,
        "subject_kind": permit.subject_kind.value,
        "level": permit.level.word,
        "fields": sorted(permit.fields),
        "basis": basis_json(permit.basis),
        "obligations": [_duty_stored(duty) for duty in permit.obligations],
        "consent": decision.consent,
    }


def _duty_stored(duty: Obligation) -> list[Any]:
    """Code and time, and after them the tokens where there are any."""
    tokens = [sorted(named) for named in (duty.places, duty.never_in, duty.whom)]
    return [duty.code.value, duty.within and str(duty.within), *(tokens if any(tokens) else [])]


def _duty_read(code: str, within: str | None, *tokens: list[str]) -> Obligation:
    length = Duration.parse(within) if within else None
    return Obligation(ObligationCode(code), length, *(frozenset(named) for named in tokens))


def _permitted(stored: dict[str, Any], category: Category, *, masked: bool) -> Permitted:
    basis = stored["basis"]
    permit = Permit(
        requester=stored["requester"],
        custodian=stored["custodian"],
        subject_kind=SubjectKind(stored["subject_kind"]),
        category=category,
        level=Level.from_word(stored["level"]),
        fields=frozenset(stored["fields"]),
        basis=Basis(BasisKind(basis["kind"]), basis["agreement"], basis["version"], basis["clause"]),
        obligations=tuple(_duty_read(*duty) for duty in stored["obligations"]),
    )
    return Permitted(permit, frozenset(), stored["consent"], masked)
