"""Every obligation of something told becomes a duty, in the commit that records the telling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from agreements.agreement import Obligation
from gateway.answers import Outcome
from gateway.processes.duty import DUTY
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.store.duties import Duty
from gateway.store.reviews import new_id
from gateway.store.transaction import Transaction
from policies.decision import Permitted


def owe(
    records: Records,
    transaction: Transaction,
    about: str,
    bound: str,
    owner: str,
    outcomes: Iterable[Outcome],
    at: datetime,
) -> None:
    """Keep the duties of what was told in these outcomes; one that several categories bring stands once."""
    brought = {
        duty: None
        for outcome in outcomes
        if outcome.disclosed is not None and isinstance(outcome.decision, Permitted)
        for duty in outcome.decision.permit.obligations
    }
    for duty in brought:
        records.duties.add(transaction, _duty(duty, about, bound, owner, at))


def _duty(duty: Obligation, about: str, bound: str, owner: str, at: datetime) -> Duty:
    return Duty(
        id=new_id("dty"),
        about=about,
        agency=bound,
        owner=owner,
        duty=replace(duty, within=None),
        state=DUTY.after(NEW, "owe"),
        since=at,
        due_at=duty.within.after(at) if duty.within else None,
    )
