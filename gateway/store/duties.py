"""Duties that came with what was told: who owes what to whom until when, and what was said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from agreements.agreement import Obligation
from agreements.terms import ObligationCode
from gateway.store.hot import Hot
from gateway.store.process_tables import duties, timers
from gateway.store.reviews import new_id
from gateway.store.transaction import Transaction
from gateway.vault import Vault

DUTY_DUE: Final = "duty-due"
"""The timer of a duty that has a time."""
_ADD: Final = Hot(insert(duties))
_ADD_TIMER: Final = Hot(insert(timers))


@dataclass(frozen=True, slots=True)
class Duty:
    """`about` is the query, offer or disclosure it came with; `owner` is the agency it is owed to."""

    id: str
    about: str
    agency: str
    owner: str
    duty: Obligation
    state: str
    since: datetime
    due_at: datetime | None
    statement: str = ""
    said_by: str = ""


class Duties:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, transaction: Transaction, duty: Duty) -> None:
        """Keep a new duty and, where it has a time, the timer that watches it."""
        transaction.defer(_ADD, self._row(duty))
        if duty.due_at is not None:
            timer = {
                "id": new_id("tmr"),
                "kind": DUTY_DUE,
                "about": duty.id,
                "agency": duty.agency,
                "due_at": duty.due_at,
                "claimed_until": None,
                "tries": 0,
            }
            transaction.defer(_ADD_TIMER, timer)

    def get(self, connection: Connection, id: str) -> Duty | None:
        row = connection.execute(select(duties).where(duties.c.id == id)).mappings().first()
        return None if row is None else self._read(row)

    def of(self, connection: Connection, agency: str, state: str | None) -> list[Duty]:
        """What an agency owes and what is owed to it, the soonest due first."""
        mine = or_(duties.c.agency == agency, duties.c.owner == agency)
        found = select(duties).where(mine)
        if state is not None:
            found = found.where(duties.c.state == state)
        rows = connection.execute(found.order_by(duties.c.due_at.is_(None), duties.c.due_at, duties.c.id))
        return [self._read(row) for row in rows.mappings()]

    def change(self, connection: Connection, duty: Duty) -> None:
        connection.execute(update(duties).where(duties.c.id == duty.id).values(**self._row(duty)))

    def _row(self, duty: Duty) -> dict[str, Any]:
        owed = duty.duty
        sealed = {
            "code": owed.code.value,
            "places": sorted(owed.places),
            "never_in": sorted(owed.never_in),
            "whom": sorted(owed.whom),
            "statement": duty.statement,
            "said_by": duty.said_by,
        }
        return {
            "id": duty.id,
            "about": duty.about,
            "agency": duty.agency,
            "owner": duty.owner,
            "state": duty.state,
            "since": duty.since,
            "due_at": duty.due_at,
            "sealed": self._vault.seal(f"duty/{duty.id}", sealed),
        }

    def _read(self, row: RowMapping) -> Duty:
        opened: dict[str, Any] = self._vault.open(f"duty/{row['id']}", row["sealed"])
        tokens = (frozenset(opened[key]) for key in ("places", "never_in", "whom"))
        return Duty(
            id=row["id"],
            about=row["about"],
            agency=row["agency"],
            owner=row["owner"],
            duty=Obligation(ObligationCode(opened["code"]), None, *tokens),
            state=row["state"],
            since=row["since"],
            due_at=row["due_at"],
            statement=opened["statement"],
            said_by=opened["said_by"],
        )
