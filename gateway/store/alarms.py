"""Alarms about how somebody asks: one for each sign, person and day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from gateway.store.asked import Turn
from gateway.store.oversight_tables import alarms
from gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class Alarm:
    """A sign in one person's day, with the questions that show it."""

    id: str
    agency: str
    actor: bytes
    day: str
    sign: str
    state: str
    at: datetime
    user: str
    queries: tuple[str, ...]
    closed_by: str = ""
    statement: str = ""


class Alarms:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, connection: Connection, alarm: Alarm) -> None:
        connection.execute(insert(alarms).values(**self._row(alarm)))

    def change(self, connection: Connection, alarm: Alarm) -> None:
        connection.execute(update(alarms).where(alarms.c.id == alarm.id).values(**self._row(alarm)))

    def get(self, connection: Connection, id: str) -> Alarm | None:
        row = connection.execute(select(alarms).where(alarms.c.id == id)).mappings().first()
        return None if row is None else self._read(row)

    def known(self, connection: Connection, turn: Turn, sign: str) -> Sequence[Alarm]:
        """The alarms of a sign in one person's day, of which at most one is open."""
        found = select(alarms).where(
            alarms.c.agency == turn.agency,
            alarms.c.actor == turn.actor,
            alarms.c.day == turn.day,
            alarms.c.sign == sign,
        )
        return [self._read(row) for row in connection.execute(found).mappings()]

    def of(self, connection: Connection, agency: str, state: str | None) -> Sequence[Alarm]:
        """An agency's alarms, the newest first."""
        found = select(alarms).where(alarms.c.agency == agency)
        if state is not None:
            found = found.where(alarms.c.state == state)
        rows = connection.execute(found.order_by(alarms.c.at.desc(), alarms.c.id)).mappings()
        return [self._read(row) for row in rows]

    def _row(self, alarm: Alarm) -> dict[str, Any]:
        sealed = {
            "user": alarm.user,
            "queries": list(alarm.queries),
            "closed_by": alarm.closed_by,
            "statement": alarm.statement,
        }
        return {
            "id": alarm.id,
            "agency": alarm.agency,
            "actor": alarm.actor,
            "day": alarm.day,
            "sign": alarm.sign,
            "state": alarm.state,
            "at": alarm.at,
            "sealed": self._vault.seal(f"alarm/{alarm.id}", sealed),
        }

    def _read(self, row: RowMapping) -> Alarm:
        opened: dict[str, Any] = self._vault.open(f"alarm/{row['id']}", row["sealed"])
        return Alarm(
            id=row["id"],
            agency=row["agency"],
            actor=row["actor"],
            day=row["day"],
            sign=row["sign"],
            state=row["state"],
            at=row["at"],
            user=opened["user"],
            queries=tuple(opened["queries"]),
            closed_by=opened["closed_by"],
            statement=opened["statement"],
        )
