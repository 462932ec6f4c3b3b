"""Looking over what was asked, off the way of a query: by whom, when, about which kept subjects."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select

from gateway.store.questions import CaseTally
from gateway.store.tables import queries
from gateway.store.transaction import Transaction
from gateway.vault import Vault

_LATEST: Final = 500
"""Of one person's day, so many questions are opened to be looked over."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One person's day of asking at one agency; `actor` stands for the person."""

    agency: str
    actor: bytes
    day: str


@dataclass(frozen=True, slots=True)
class AskedRow:
    """One query as it is looked over: by whom, under which case, about whom."""

    id: str
    case: bytes
    subject: str
    at: datetime
    user: str
    name: str
    throttled: bool
    claimed: bool


def asked_about(
    connection: Connection, subjects: Collection[str], agencies: Collection[str]
) -> Sequence[tuple[str, str]]:
    """Queries of these agencies about these kept subjects: the id of each and who asked it."""
    found = select(queries.c.id, queries.c.agency).where(
        queries.c.agency.in_(agencies), queries.c.subject.in_(subjects)
    )
    return [(id, agency) for id, agency in connection.execute(found.order_by(queries.c.asked_at))]


def asked_since(connection: Connection, since: datetime) -> Sequence[Turn]:
    """Whose days have questions asked from an instant on."""
    found = select(queries.c.agency, queries.c.actor, queries.c.day).where(queries.c.asked_at >= since)
    return [Turn(agency, actor, day) for agency, actor, day in connection.execute(found.distinct())]


class Asked:
    """Queries opened to be looked over."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def of(self, connection: Connection, turn: Turn) -> Sequence[AskedRow]:
        """What one person asked on a day, the latest of it, oldest first."""
        found = (
            select(queries)
            .where(queries.c.agency == turn.agency, queries.c.actor == turn.actor, queries.c.day == turn.day)
            .order_by(queries.c.asked_at.desc(), queries.c.id.desc())
            .limit(_LATEST)
        )
        return [
            _read(row, self._vault.open(f"query/{row['id']}", row["sealed"]))
            for row in reversed(connection.execute(found).mappings().all())
        ]


def asked_by_agency(transaction: Transaction, agency: str, at: datetime, most: int) -> CaseTally:
    """How many queries an agency has asked today (UTC), counted no further than `most`."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)

    def counted(connection: Connection) -> CaseTally:
        today = (
            select(queries.c.id)
            .where(queries.c.asked_at >= midnight, queries.c.agency == agency)
            .limit(most)
            .subquery()
        )
        return CaseTally(b"", int(connection.execute(select(func.count()).select_from(today)).scalar_one()))

    return transaction.recall_all(("queries-of-agency", agency, midnight), counted)


def _read(row: Any, opened: dict[str, Any]) -> AskedRow:
    return AskedRow(
        id=row["id"],
        case=row["case_reference"],
        subject=row["subject"],
        at=row["asked_at"],
        user=opened["user"]["id"],
        name=opened["user"]["name"],
        throttled=opened["throttled"],
        claimed="exception" in opened["query"],
    )
