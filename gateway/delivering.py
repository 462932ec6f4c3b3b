"""Recording what became of an offer at one recipient, and telling who must act on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from agreements.terms import Role
from audit.record import Entry
from gateway import entries
from gateway.answers import Outcome
from gateway.identity import Actor
from gateway.records import Records
from gateway.store.offers import OFFER_WAITS, RECEIVED, StoredTelling, TellingState
from gateway.store.reviews import notify
from gateway.store.subjects import KeptSubject
from gateway.store.timers import Timer, drop_timer, set_timer
from gateway.store.transaction import Transaction
from gateway.telling import DECIDING, Telling


def record_told(
    transaction: Transaction, telling: Telling, by: Actor, offer: str, recipient: str, turn: int,
    outcomes: Sequence[Outcome], subject: KeptSubject, policy: str, at: datetime,
) -> int:  # fmt: skip
    """The ledger index of the entry that says what a part came to in one round."""
    body = entries.told(telling, by, offer, recipient, turn, outcomes, policy)
    return transaction.record(Entry("answered", at, subject.ledger_key, body))


def tell_those_concerned(connection: Connection, part: StoredTelling, at: datetime) -> None:
    """A notice to who must act: the recipient's people once it was delivered, the teller's while it waits."""
    if part.state in RECEIVED:
        for role in part.roles:
            notify(connection, part.recipient, role, "offer-received", part.offer, at)
    if part.waits:
        notify(connection, part.teller, Role.LIAISON.value, "offer-waiting", part.offer, at)
    set_reminder(connection, part, at)


def set_reminder(connection: Connection, part: StoredTelling, at: datetime) -> None:
    """Half-way to the end of its content's time somebody is told again of what nobody has taken up."""
    if part.content_until is not None and (part.state is TellingState.OPEN or part.waits):
        due = at + (part.content_until - at) / 2
        set_timer(connection, OFFER_WAITS, part.offer, part.recipient, due)
    else:
        drop_timer(connection, OFFER_WAITS, part.offer, part.recipient)


def remind(records: Records, transaction: Transaction, timer: Timer, _: Any, at: datetime) -> None:
    """The work of the reminder: the recipient's readers, and at the teller whoever has not decided."""
    connection = transaction.additive
    part = records.offers.telling(connection, timer.about, timer.agency, at)
    if part is None:
        return
    if part.state is TellingState.OPEN:
        for role in part.roles:
            notify(connection, part.recipient, role, "offer-unread", part.offer, at)
    if part.waits:
        for role in DECIDING:
            notify(connection, part.teller, role.value, "offer-waiting", part.offer, at)
