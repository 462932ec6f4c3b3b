"""What became of an offer, as its teller is told it and as its recipient reads it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from agreements.permit import Holding, minimise
from agreements.terms import Level
from audit.receipt import Receipt
from gateway.answers import Cause, Outcome, answer_json, answers_of, basis_json, contact_json, obligation_json
from gateway.policy import PolicySet
from gateway.processes.offer import OFFER
from gateway.processes.table import NEW
from gateway.release import Sealed
from gateway.site import Site
from gateway.store.offers import StoredOffer, StoredTelling, TellingState
from gateway.wire.subject import subject_json
from gateway.wire.times import instant
from policies.decision import Await, Decision, Denied, Permitted, Reason

_UNTIL_READ: Final = timedelta(hours=24)
"""How long content may wait to be read where the agreement keeps nothing after the answer."""
_GONE: Final = Reason("content-expired", "The content was kept as long as agreed; ask for it to see it.")
_AWAITS: Final = Reason("awaits", "For this reader a person at the agency that tells must decide first.")


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer and every recipient's part of it."""

    offer: StoredOffer
    parts: tuple[StoredTelling, ...]


def told_json(offered: Offered, receipts: Iterable[Receipt], site: Site) -> dict[str, Any]:
    """An offer as its teller is told of it, each part under the receipt of the entry that records it."""
    by_index = {receipt.index: receipt for receipt in receipts}
    released = [
        Sealed(teller_answers(part, site), part.ledger_index).release(by_index[part.ledger_index])
        for part in offered.parts
    ]
    return {
        "id": offered.offer.id,
        "case": offered.offer.body.case,
        "state": sent_state(offered.parts),
        "answers": [answer for part in released for answer in part.answers],
    }


def state_after(before: str, settled: Iterable[Outcome]) -> TellingState:
    """How a part stands once these of its categories were settled, as the process has it."""
    causes = {outcome.cause for outcome in settled}
    if Cause.HELD in causes:
        return TellingState(OFFER.after(before, "deliver"))
    if before not in {NEW, TellingState.PENDING}:
        return TellingState(before)
    move = "wait" if Cause.PENDING in causes else "decline" if Cause.DECLINED in causes else "refuse"
    return TellingState(OFFER.after(before, move))


def outcome_of(decision: Decision, told: Holding, signed: Collection[str]) -> Outcome:
    """What one category comes to when it is offered: kept for the recipient, waiting, or refused."""
    category = told.category
    if isinstance(decision, Denied):
        return Outcome(category, decision, Cause.REFUSED, reasons=decision.reasons)
    kept = minimise(decision.permit, [told])
    names = frozenset(name for holding in kept for name in holding.fields)
    decision = replace(decision, permit=replace(decision.permit, fields=names))
    return Outcome(category, decision, Cause.HELD if stood_for(decision, signed) else Cause.PENDING, kept)


def stood_for(decision: Permitted, signed: Collection[str]) -> bool:
    """Whether as many persons at the teller stand for it as the decision awaits: none, one or two."""
    needed = 2 if Await.SECOND_REVIEW in decision.awaits else 1 if decision.awaits else 0
    return len(set(signed)) >= needed


def kept_until(policy: PolicySet, outcomes: Iterable[Outcome], at: datetime) -> datetime | None:
    """Until when the content of a part may wait in the inbox: the shortest time of what it rests on."""
    times: list[datetime] = []
    for outcome in outcomes:
        if isinstance(outcome.decision, Denied) or outcome.cause not in {Cause.HELD, Cause.PENDING}:
            continue
        permit = outcome.decision.permit
        agreement = policy.agreement(permit.basis.agreement, permit.basis.version)
        retained = agreement is not None and not agreement.retain.is_zero
        times.append(agreement.retain.after(at) if agreement and retained else at + _UNTIL_READ)
        times += [permit.expires] if permit.expires else []
    return min(times, default=None)


def as_read(outcome: Outcome, now: Decision, signed: Collection[str], *, kept: bool) -> Outcome:
    """What a reader may be shown of a category that was delivered: never more than was, nor than they may."""
    told = outcome.decision
    if not isinstance(told, Permitted):
        raise TypeError("only what was permitted is delivered")
    masked = told.masked or now.masked
    if not isinstance(now, Permitted) or not stood_for(now, signed):
        reasons = now.reasons if isinstance(now, Denied) else (_AWAITS,)
        return Outcome(outcome.category, Denied(reasons, masked), Cause.WITHHELD, reasons=reasons)
    if not kept:
        return Outcome(outcome.category, Denied((_GONE,), masked), Cause.WITHHELD, reasons=(_GONE,))
    permit = replace(now.permit, level=min(now.permit.level, told.permit.level))
    decision = replace(now, permit=permit, masked=masked)
    return Outcome(outcome.category, decision, Cause.HELD, minimise(permit, outcome.holdings))


def received_json(
    offer: StoredOffer, part: StoredTelling, outcomes: Collection[Outcome], site: Site
) -> dict[str, Any]:
    """A part as it is read. Who it is about is shown with something that is told of them, and not else."""
    shown = any(outcome.disclosed for outcome in outcomes)
    teller = site.agencies[part.teller]
    answers = [answer_json(answer, teller, part.told_at) for answer in answers_of(part.teller, outcomes)]
    return {
        **inbox_json(offer, part),
        "case": offer.body.case if shown else None,
        "subject": subject_json(offer.body.subject) if shown else None,
        "contact": contact_json(teller),
        "answers": answers,
    }


def inbox_json(offer: StoredOffer, part: StoredTelling) -> dict[str, Any]:
    """A part as an inbox lists it: nothing of anybody."""
    return {
        "id": part.offer,
        "direction": "received",
        "state": part.state.value,
        "custodian": part.teller,
        "recipient": part.recipient,
        "purpose": offer.body.purpose.value,
        "offered_at": instant(part.told_at),
        "until": part.content_until and instant(part.content_until),
        "acknowledged_by": part.acknowledged_by or None,
    }


def sent_json(offer: StoredOffer, parts: Collection[StoredTelling]) -> dict[str, Any]:
    """An offer as its teller's list has it."""
    return {
        "id": offer.id,
        "direction": "sent",
        "state": sent_state(parts),
        "case": offer.body.case,
        "purpose": offer.body.purpose.value,
        "offered_at": instant(offer.offered_at),
        "to": [{"recipient": part.recipient, "state": part.state.value} for part in parts],
    }


def sent_state(parts: Iterable[StoredTelling]) -> str:
    """`pending` while a person must decide about any of it, else `answered`."""
    return "pending" if any(part.waits for part in parts) else "answered"


def teller_answers(part: StoredTelling, site: Site) -> list[dict[str, Any]]:
    """What one recipient was told, category by category joined where they came out alike."""
    groups: dict[str, tuple[dict[str, Any], list[Outcome]]] = {}
    for outcome in part.outcomes:
        shape = _shape(outcome, part.told_at)
        groups.setdefault(repr(shape), (shape, []))[1].append(outcome)
    return [_teller_answer(part, shape, group, site) for shape, group in groups.values()]


_RESULTS: Final = {
    Cause.HELD: "delivered",
    Cause.REFUSED: "refused",
    Cause.DECLINED: "declined",
    Cause.WITHHELD: "refused",
    Cause.PENDING: None,
}


def _shape(outcome: Outcome, at: datetime) -> dict[str, Any]:
    pending = outcome.cause is Cause.PENDING
    permitted = outcome.decision if isinstance(outcome.decision, Permitted) else None
    open_ = permitted if outcome.cause in {Cause.HELD, Cause.PENDING} else None
    return {
        "state": "pending" if pending else "answered",
        "result": _RESULTS[outcome.cause],
        "level": open_.permit.level.word if open_ else None,
        "basis": basis_json(open_.permit.basis) if open_ else None,
        "obligations": [obligation_json(duty, at) for duty in open_.permit.obligations] if open_ else [],
        "reasons": [{"code": reason.code, "text": reason.text} for reason in outcome.reasons],
        "awaits": sorted(step.value for step in open_.awaits) if open_ and pending else [],
    }


def _teller_answer(
    part: StoredTelling, shape: dict[str, Any], outcomes: list[Outcome], site: Site
) -> dict[str, Any]:
    fields = {
        outcome.category.value: sorted(outcome.decision.permit.fields)
        for outcome in outcomes
        if isinstance(outcome.decision, Permitted) and shape["level"] == Level.RECORD.word
    }
    told = shape["result"] == "delivered"
    return {
        "recipient": part.recipient,
        "custodian": part.teller,
        "categories": [outcome.category.value for outcome in outcomes],
        **shape,
        "fields": fields,
        "readers": {"roles": list(part.roles), "contacts_only": part.contacts_only} if told else None,
        "inbox": part.state.value if told else None,
        "acknowledged_by": part.acknowledged_by or None,
        "until": part.content_until and instant(part.content_until),
        "contact": contact_json(site.agencies[part.recipient]),
    }
