"""A step in the life of an agreement version: what allows it, its ledger entry, and who is told of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from agreements.agreement import Agreement
from agreements.life import STEPS, State, Step
from audit.encoding import Json
from audit.record import Entry
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.signatures import signed_form
from gateway.store.agreements import take_step
from gateway.store.reviews import notify
from gateway.store.transaction import Transaction


def check_step(step: Step, state: State) -> None:
    """Hold a step against the table.

    Raises:
        Problem: `conflict`; a version in that state does not take it.
    """
    before = STEPS[step].before
    if state not in before:
        words = " or ".join(one.value for one in State if one in before)
        raise Problem("conflict", f"This version is {state.value}; to {step.value} it must be {words}.")


def record_step(
    transaction: Transaction, step: Step, agreement: Agreement, officer: Requester, at: datetime,
    *, others: Iterable[str] = (), **more: Json,
) -> None:  # fmt: skip
    """Write a step down, record it in the ledger, and leave a notice with every other party.

    `others` are agencies to be told though the version no longer names them.
    """
    kind = STEPS[step].recorded_as
    told = {*agreement.parties, *others}
    take_step(transaction.connection, (agreement.id, agreement.version), step, officer.agency, at)
    body: dict[str, Json] = {
        "agreement": agreement.id,
        "version": agreement.version,
        "digest": sha256(signed_form(agreement)).hexdigest(),
        "by": officer.agency,
        "user": officer.actor.id,
        "custodians": sorted(told),
        **more,
    }
    transaction.record(Entry(kind, at, None, body))
    for party in sorted(told - {officer.agency}):
        notify(transaction.connection, party, "privacy-officer", kind, agreement.id, at)
