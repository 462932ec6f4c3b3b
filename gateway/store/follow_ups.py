"""What questions wait for: one row for each custodian and kind, gone when it is settled. Names ids only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from gateway.store.process_tables import follow_ups


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One wait. `about` is the review's id, or the query's where a system does not answer."""

    query: str
    custodian: str
    kind: str
    requester: str
    case_reference: bytes
    """The tag that stands for the case's reference."""
    about: str
    state: str
    since: datetime
    due_at: datetime
    """When the next to be told is told, and while `waiting`, when it was to be answered."""
    escalated_at: datetime | None = None


def add_follow_up(connection: Connection, follow_up: FollowUp) -> None:
    row = {name: getattr(follow_up, name) for name in FollowUp.__dataclass_fields__}
    connection.execute(insert(follow_ups).values(**row))


def change_follow_up(connection: Connection, follow_up: FollowUp) -> None:
    """Write its state, when it is due next and when it was escalated."""
    values = {name: getattr(follow_up, name) for name in ("state", "due_at", "escalated_at")}
    same = _is(follow_up.query, follow_up.custodian, follow_up.kind)
    connection.execute(update(follow_ups).where(same).values(**values))


def drop_follow_up(connection: Connection, follow_up: FollowUp) -> None:
    same = _is(follow_up.query, follow_up.custodian, follow_up.kind)
    connection.execute(delete(follow_ups).where(same))


def follow_up(connection: Connection, query: str, custodian: str, kind: str) -> FollowUp | None:
    found = _found(connection, _is(query, custodian, kind))
    return found[0] if found else None


def follow_ups_of_query(connection: Connection, query: str) -> Sequence[FollowUp]:
    return _found(connection, follow_ups.c.query == query)


def follow_ups_of_case(connection: Connection, requester: str, tag: bytes) -> Sequence[FollowUp]:
    return _found(connection, (follow_ups.c.requester == requester) & (follow_ups.c.case_reference == tag))


def follow_ups_of(connection: Connection, requester: str) -> Sequence[FollowUp]:
    """Everything an agency's questions wait for, the longest first."""
    return _found(connection, follow_ups.c.requester == requester)


def _is(query: str, custodian: str, kind: str) -> ColumnElement[bool]:
    columns = follow_ups.c
    return (columns.query == query) & (columns.custodian == custodian) & (columns.kind == kind)


def _found(connection: Connection, condition: ColumnElement[bool]) -> Sequence[FollowUp]:
    found = select(follow_ups).where(condition).order_by(follow_ups.c.since, follow_ups.c.query)
    return [FollowUp(**row) for row in connection.execute(found).mappings()]
