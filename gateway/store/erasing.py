"""Deleting for good what the store keeps about queries and subjects, and finding what is old enough to go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, exists, select

from audit.tables import entries, payloads
from gateway.store.tables import (
    account_suspensions,
    answers,
    consents,
    emergencies,
    idempotency,
    notices,
    queries,
    reviews,
    subject_keys,
    subjects,
)

_AT_ONCE: Final = 500
_OF_QUERY: Final = (answers, idempotency, reviews, emergencies)


def queries_about(connection: Connection, kept: Collection[str]) -> list[str]:
    """The queries about some kept subjects."""
    found = select(queries.c.id).where(queries.c.subject.in_(list(kept)))
    return list(connection.execute(found).scalars())


def consents_about(connection: Connection, kept: Collection[str]) -> list[str]:
    """The consents about some kept subjects."""
    found = select(consents.c.id).where(consents.c.subject.in_(list(kept)))
    return list(connection.execute(found).scalars())


def old_queries(connection: Connection, before: datetime) -> list[str]:
    """Queries asked before an instant, oldest first."""
    found = select(queries.c.id).where(queries.c.asked_at < before).order_by(queries.c.asked_at)
    return list(connection.execute(found).scalars())


def old_payloads(connection: Connection, before: datetime) -> list[int]:
    """Indices of ledger entries from before an instant whose payload is still there."""
    found = (
        select(entries.c.entry_index)
        .join_from(entries, payloads, entries.c.entry_index == payloads.c.entry_index)
        .where(entries.c.at_minute < f"{before:%Y-%m-%dT%H:%M}Z")
        .order_by(entries.c.entry_index)
    )
    return list(connection.execute(found).scalars())


def erase_queries(connection: Connection, ids: Collection[str]) -> None:
    """Delete queries with their answers, keys, reviews, emergencies, and the notices about any of these."""
    for some in _portions(ids):
        for table in (reviews, emergencies):
            about = select(table.c.id).where(table.c.query.in_(some))
            connection.execute(delete(notices).where(notices.c.about.in_(about)))
        connection.execute(delete(notices).where(notices.c.about.in_(some)))
        for table in _OF_QUERY:
            connection.execute(delete(table).where(table.c.query.in_(some)))
        connection.execute(delete(queries).where(queries.c.id.in_(some)))


def erase_consents(connection: Connection, ids: Collection[str]) -> None:
    for some in _portions(ids):
        connection.execute(delete(notices).where(notices.c.about.in_(some)))
        connection.execute(delete(consents).where(consents.c.id.in_(some)))


def erase_subjects(connection: Connection, ids: Collection[str]) -> None:
    """Delete kept subjects with the keys that tag their ledger entries: nobody can tell which those were."""
    for some in _portions(ids):
        connection.execute(delete(account_suspensions).where(account_suspensions.c.subject.in_(some)))
        connection.execute(delete(subject_keys).where(subject_keys.c.subject.in_(some)))
        connection.execute(delete(subjects).where(subjects.c.id.in_(some)))


def erase_left_over(connection: Connection) -> int:
    """Delete what stands without what it belongs to: answers that came after their query was erased, and
    subjects that no query, consent or suspension names any more. How many subjects.
    """
    query_stands = exists().where(queries.c.id == answers.c.query)
    connection.execute(delete(answers).where(~query_stands))
    alone = select(subjects.c.id).where(
        ~exists().where(queries.c.subject == subjects.c.id),
        ~exists().where(consents.c.subject == subjects.c.id),
        ~exists().where(account_suspensions.c.subject == subjects.c.id),
    )
    ids = list(connection.execute(alone).scalars())
    erase_subjects(connection, ids)
    return len(ids)


def _portions(ids: Iterable[str]) -> Iterator[list[str]]:
    listed = list(ids)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]
