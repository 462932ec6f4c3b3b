"""Notices as an agency's people find them, and what becomes of those that are sent out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from gateway.store.process_tables import deliveries
from gateway.store.tables import notices


@dataclass(frozen=True, slots=True)
class Notice:
    """What a role of an agency is told: a kind, and the id of what it is about."""

    id: str
    agency: str
    role: str
    kind: str
    about: str
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way by one channel; `next_at` is None once it has ended."""

    id: str
    notice: str
    agency: str
    channel: str
    state: str
    tries: int = 0
    next_at: datetime | None = None
    fault: str | None = None
    """Why the last attempt failed, in a fixed word."""


def notices_of(
    connection: Connection, agency: str, role: str, *, read: bool | None, most: int
) -> Sequence[Notice]:
    """The newest notices of a role of an agency; `read` None is all of them."""
    found = select(notices).where(notices.c.agency == agency, notices.c.role == role)
    if read is not None:
        found = found.where(notices.c.read_at.is_not(None) if read else notices.c.read_at.is_(None))
    found = found.order_by(notices.c.at.desc(), notices.c.id).limit(most)
    return [_notice(row) for row in connection.execute(found).mappings()]


def notice(connection: Connection, id: str) -> Notice | None:
    row = connection.execute(select(notices).where(notices.c.id == id)).mappings().first()
    return None if row is None else _notice(row)


def mark_read(connection: Connection, id: str, at: datetime) -> None:
    """Mark a notice read; one that was keeps its time."""
    unread = (notices.c.id == id) & notices.c.read_at.is_(None)
    connection.execute(update(notices).where(unread).values(read_at=at))


def to_relay(connection: Connection, most: int) -> Sequence[Notice]:
    """Notices that nobody has looked at for sending out, the oldest first."""
    found = select(notices).where(notices.c.relayed_at.is_(None)).order_by(notices.c.at).limit(most)
    return [_notice(row) for row in connection.execute(found.with_for_update(skip_locked=True)).mappings()]


def any_to_relay(connection: Connection) -> bool:
    found = select(notices.c.id).where(notices.c.relayed_at.is_(None)).limit(1)
    return connection.execute(found).first() is not None


def mark_relayed(connection: Connection, ids: Sequence[str], at: datetime) -> None:
    connection.execute(update(notices).where(notices.c.id.in_(ids)).values(relayed_at=at))


def add_delivery(connection: Connection, delivery: Delivery) -> None:
    connection.execute(insert(deliveries).values(**_delivery_row(delivery)))


def change_delivery(connection: Connection, delivery: Delivery) -> None:
    row = _delivery_row(delivery)
    connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(**row))


def delivery(connection: Connection, id: str) -> Delivery | None:
    row = connection.execute(select(deliveries).where(deliveries.c.id == id)).mappings().first()
    return None if row is None else Delivery(**row)


def deliveries_of(
    connection: Connection, agency: str, state: str | None, most: int
) -> Sequence[tuple[Delivery, Notice]]:
    """An agency's deliveries with their notices, the newest first."""
    found = select(deliveries.c.id).join(notices, notices.c.id == deliveries.c.notice)
    found = found.where(deliveries.c.agency == agency)
    if state is not None:
        found = found.where(deliveries.c.state == state)
    ids = connection.execute(found.order_by(notices.c.at.desc(), deliveries.c.id).limit(most)).scalars().all()
    pairs = []
    for id in ids:
        sent = delivery(connection, id)
        told = notice(connection, sent.notice) if sent is not None else None
        if sent is not None and told is not None:
            pairs.append((sent, told))
    return pairs


def _notice(row: RowMapping) -> Notice:
    return Notice(**{name: row[name] for name in Notice.__dataclass_fields__})


def _delivery_row(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in Delivery.__dataclass_fields__}
