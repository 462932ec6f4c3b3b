"""From what each category came to, to the answers a requester sees. Pure.

Wherever a clause or a law masks, *nothing held*, *refused*, *withheld* and *throttled* become one and the
same answer here, before anything is rendered, grouped or counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from agreements.agreement import Obligation
from agreements.duties import named_tokens
from agreements.permit import Basis, Holding
from agreements.terms import Category, Level
from agreements.vocabulary import duty_text
from gateway.site import Agency
from gateway.wire.times import instant
from policies.decision import Decision, Denied, Permitted, Reason


class State(StrEnum):
    ANSWERED = "answered"
    PENDING = "pending"
    UNAVAILABLE = "unavailable"
    ESCALATED = "escalated"
    """Of a whole query: something of it has waited too long, and the case manager has been told."""


class Result(StrEnum):
    INFORMATION_HELD = "information-held"
    NO_INFORMATION = "no-information-available"
    NEEDS_MORE = "needs-more-identifiers"
    REFUSED = "refused"


class Cause(StrEnum):
    """What truly became of a category; the ledger keeps it, a masked answer does not say it."""

    HELD = "held"
    NOTHING_HELD = "nothing-held"
    UNCLEAR = "unclear"
    REFUSED = "refused"
    WITHHELD = "withheld"
    THROTTLED = "throttled"
    DECLINED = "declined"
    PENDING = "pending"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one category came to at one custodian."""

    category: Category
    decision: Decision
    cause: Cause
    holdings: tuple[Holding, ...] = ()
    reasons: tuple[Reason, ...] = ()
    call_back: str = ""
    """Of what a custodian's person released: the number at which they can be rung about it."""
    due: datetime | None = None
    """Of what waits for a person: when it should have been decided, where the agreement says so."""
    escalated: datetime | None = None
    """Of what waits: when its case manager was told that it has waited too long."""

    @property
    def masked_negative(self) -> bool:
        return self.decision.masked and self.cause not in {Cause.HELD, Cause.PENDING, Cause.UNAVAILABLE}

    @property
    def disclosed(self) -> Level | None:
        """The level at which something held was told, if it was."""
        if self.cause is Cause.HELD and isinstance(self.decision, Permitted):
            return self.decision.permit.level
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """One custodian's answer for the categories that came out alike."""

    custodian: str
    state: State
    result: Result | None
    level: Level | None
    basis: Basis | None
    obligations: tuple[Obligation, ...]
    reasons: tuple[Reason, ...]
    categories: tuple[Category, ...] = ()
    holdings: tuple[Holding, ...] = ()
    due: datetime | None = None
    escalated: datetime | None = None
    call_back: str = ""


_RESULTS = {
    Cause.HELD: Result.INFORMATION_HELD,
    Cause.NOTHING_HELD: Result.NO_INFORMATION,
    Cause.UNCLEAR: Result.NEEDS_MORE,
    Cause.REFUSED: Result.REFUSED,
    Cause.WITHHELD: Result.REFUSED,
    Cause.THROTTLED: Result.REFUSED,
    Cause.DECLINED: Result.REFUSED,
}


def refused(category: Category, decision: Denied) -> Outcome:
    return Outcome(category, decision, Cause.REFUSED, reasons=decision.reasons)


def answers_of(custodian: str, outcomes: Iterable[Outcome]) -> tuple[Answer, ...]:
    """Group a custodian's outcomes: each answer covers the categories that came out the same."""
    groups: dict[Answer, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(_shape(custodian, outcome), []).append(outcome)
    return tuple(
        replace(
            shape,
            categories=tuple(outcome.category for outcome in group),
            holdings=tuple(holding for outcome in group for holding in outcome.holdings),
        )
        for shape, group in groups.items()
    )


def _shape(custodian: str, outcome: Outcome) -> Answer:
    """The answer without its categories and content: equal shapes are one answer."""
    if outcome.masked_negative:
        return Answer(custodian, State.ANSWERED, Result.NO_INFORMATION, None, None, (), ())
    if outcome.cause is Cause.UNAVAILABLE:
        escalated = outcome.escalated
        return Answer(custodian, State.UNAVAILABLE, None, None, None, (), (), escalated=escalated)
    state = State.PENDING if outcome.cause is Cause.PENDING else State.ANSWERED
    result = _RESULTS.get(outcome.cause)
    if not isinstance(outcome.decision, Permitted) or result is Result.REFUSED:
        return Answer(custodian, state, result, None, None, (), outcome.reasons)
    permit = outcome.decision.permit
    held = result is Result.INFORMATION_HELD
    return Answer(
        custodian,
        state,
        result,
        permit.level,
        permit.basis,
        permit.obligations if held else (),
        outcome.reasons,
        due=outcome.due if state is State.PENDING else None,
        escalated=outcome.escalated if state is State.PENDING else None,
        call_back=outcome.call_back if held else "",
    )


def advice(agency: Agency) -> str:
    """What a negative always says, word for word the same whatever stands behind it."""
    return (
        "This does not mean that nothing is held. If it matters, ring "
        f"{agency.name}: {agency.liaison.words()}."
    )


def answer_json(answer: Answer, agency: Agency, at: datetime) -> dict[str, Any]:
    """The answer as the contract shows it, without its receipt. Every answer has the same keys."""
    telling = answer.level if answer.result is Result.INFORMATION_HELD else None
    with_contact = answer.state is not State.ANSWERED or (telling or 0) >= Level.CONTACT
    return {
        "custodian": answer.custodian,
        "state": answer.state.value,
        "result": answer.result and answer.result.value,
        "level": answer.level and answer.level.word,
        "categories": [category.value for category in answer.categories],
        "contact": _contact(agency, answer.call_back) if with_contact else None,
        "due": answer.due and instant(answer.due),
        "escalated": answer.escalated and instant(answer.escalated),
        "summary": _summaries(answer.holdings) if (telling or 0) >= Level.SUMMARY else None,
        "record": _records(answer.holdings) if telling is Level.RECORD else None,
        "basis": answer.basis and basis_json(answer.basis),
        "obligations": [obligation_json(duty, at) for duty in answer.obligations],
        "reasons": [{"code": reason.code, "text": reason.text} for reason in answer.reasons],
        "advice": advice(agency) if answer.result is Result.NO_INFORMATION else None,
    }


def basis_json(basis: Basis) -> dict[str, Any]:
    return {
        "kind": basis.kind.value,
        "agreement": basis.agreement,
        "version": basis.version,
        "clause": basis.clause,
    }


def obligation_json(duty: Obligation, at: datetime) -> dict[str, Any]:
    due = duty.within and duty.within.after(at)
    told = {"code": duty.code.value, "text": duty_text(duty), "due": due and instant(due)}
    return told | named_tokens(duty)


def _contact(agency: Agency, call_back: str) -> dict[str, str]:
    """Whom to ring: the liaison, at the number that a custodian's person gave, where one did."""
    return contact_json(agency) | ({"phone": call_back} if call_back else {})


def contact_json(agency: Agency) -> dict[str, str]:
    return {
        "agency": agency.name,
        "name": agency.liaison.name,
        "phone": agency.liaison.phone,
        "email": agency.liaison.email,
    }


def _summaries(holdings: Sequence[Holding]) -> dict[str, str]:
    told: dict[str, list[str]] = {}
    for holding in holdings:
        if holding.summary:
            told.setdefault(holding.category.value, []).append(holding.summary)
    return {category: "; ".join(words) for category, words in told.items()}


def _records(holdings: Sequence[Holding]) -> dict[str, dict[str, Any]]:
    """Each category's permitted fields; where several holdings have a field, its values as a list."""
    records: dict[str, dict[str, list[Any]]] = {}
    for holding in holdings:
        fields = records.setdefault(holding.category.value, {})
        for name, value in holding.fields.items():
            values = fields.setdefault(name, [])
            if value not in values:
                values.append(value)
    return {
        category: {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
        for category, fields in records.items()
    }
