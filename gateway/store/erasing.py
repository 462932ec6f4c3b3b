"""Deleting for good what the store keeps about subjects, and finding what is old enough to go.

Every table of the store is named here or in `KEPT`, with the reason why erasing passes it by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, exists, select, union_all, update

from audit.tables import entries, payloads
from gateway.store.concerning import ABOUT_SUBJECTS
from gateway.store.oversight_tables import closures, emergency_words, review_views, second_looks
from gateway.store.process_tables import (
    conference_seats,
    conferences,
    correction_notices,
    corrections,
    deliveries,
    disclosures,
    duties,
    follow_ups,
    offers,
    onward,
    tellings,
    timers,
    watches,
)
from gateway.store.tables import (
    answers,
    emergencies,
    idempotency,
    notices,
    queries,
    reviews,
    subject_keys,
    subjects,
)

_AT_ONCE: Final = 500
PARTS: Final = {
    answers.c.query: (queries,),
    idempotency.c.query: (queries, offers),
    reviews.c.query: (queries,),
    emergencies.c.query: (queries, offers),
    emergency_words.c.query: (queries, offers),
    second_looks.c.query: (queries,),
    review_views.c.review: (reviews,),
    follow_ups.c.query: (queries,),
    tellings.c.offer: (offers,),
    conference_seats.c.conference: (conferences,),
    correction_notices.c.correction: (corrections,),
    duties.c.about: (queries, offers, onward),
}
"""What goes with a record, by the column that names it, and the tables that record may be in."""
_WITH_IDS: Final = (reviews.c.query, emergencies.c.query, second_looks.c.query, duties.c.about)
"""Parts that have an id of their own, by which notices, timers and further parts name them."""
NEWS: Final = (notices, deliveries, timers)
_SINCE: Final = (
    queries.c.asked_at,
    offers.c.offered_at,
    conferences.c.meets_at,
    onward.c.asked_at,
    corrections.c.sent_at,
    watches.c.until,
    disclosures.c.entered_at,
)
"""From when on the time of each record runs for which it is kept."""
KEPT: Final[Mapping[str, str]] = {
    "cases": "an agency's own, and names no subject",
    "erasures": "holds its subject only until it is decided",
    "closures": "of whom emergency access is closed to; forgets for what",
    "alarms": "of how somebody asks: day, sign and the ids of questions",
    "used_assertions": "of programs",
    "suspensions": "of agreements",
    "terminations": "of agreements",
    "agreement_versions": "of agreements",
    "agreement_signatures": "of agreements",
    "agreement_steps": "of agreements",
    "policy_sets": "of agreements",
    "policy_documents": "of agreements",
}
"""Tables with nothing about a subject to erase, and why."""


def records_about(connection: Connection, kept: Collection[str]) -> list[str]:
    """The ids of every record about some kept subjects, of whatever kind."""
    found = union_all(
        *(select(table.c.id).where(table.c.subject.in_(list(kept))) for table in ABOUT_SUBJECTS)
    )
    return list(connection.execute(found).scalars())


def old_records(connection: Connection, before: datetime) -> dict[str, list[str]]:
    """Ids of records from before an instant, oldest first, by the name of their table."""
    found = {}
    for since in _SINCE:
        table = since.table
        old = select(table.c.id).where(since < before).order_by(since)
        found[table.name] = list(connection.execute(old).scalars())
    return found


def old_payloads(connection: Connection, before: datetime) -> list[int]:
    """Indices of ledger entries from before an instant whose payload is still there."""
    found = (
        select(entries.c.entry_index)
        .join_from(entries, payloads, entries.c.entry_index == payloads.c.entry_index)
        .where(entries.c.at_minute < f"{before:%Y-%m-%dT%H:%M}Z")
        .order_by(entries.c.entry_index)
    )
    return list(connection.execute(found).scalars())


def erase_records(connection: Connection, ids: Collection[str]) -> None:
    """Delete records with everything that belongs to them, and the notices, deliveries and timers about any
    of it.
    """
    for some in _portions(ids):
        own = union_all(*(select(column.table.c.id).where(column.in_(some)) for column in _WITH_IDS))
        all_of_it = [*some, *connection.execute(own).scalars()]
        _erase_news(connection, all_of_it)
        for portion in _portions(all_of_it):
            _leave_closures(connection, portion)
            for column in PARTS:
                connection.execute(delete(column.table).where(column.in_(portion)))
        for table in ABOUT_SUBJECTS:
            connection.execute(delete(table).where(table.c.id.in_(some)))


def erase_subjects(connection: Connection, ids: Collection[str]) -> None:
    """Delete kept subjects with the keys that tag their ledger entries: nobody can tell which those were."""
    for some in _portions(ids):
        connection.execute(delete(subject_keys).where(subject_keys.c.subject.in_(some)))
        connection.execute(delete(subjects).where(subjects.c.id.in_(some)))


def erase_left_over(connection: Connection) -> int:
    """Delete what stands without what it belongs to: parts that came after their record was erased, and
    subjects that no record names any more. How many subjects.
    """
    for column, owners in PARTS.items():
        lost = select(column).distinct().where(*(~exists().where(table.c.id == column) for table in owners))
        erase_records(connection, list(connection.execute(lost).scalars()))
    named = (~exists().where(table.c.subject == subjects.c.id) for table in ABOUT_SUBJECTS)
    ids = list(connection.execute(select(subjects.c.id).where(*named)).scalars())
    erase_subjects(connection, ids)
    return len(ids)


def _leave_closures(connection: Connection, gone: Collection[str]) -> None:
    """Emergency access stays closed to a person, though nobody can tell any more for what."""
    of_gone = update(closures).where(closures.c.emergency.in_(gone))
    connection.execute(of_gone.values(emergency=closures.c.id))


def _erase_news(connection: Connection, about: Collection[str]) -> None:
    """Delete notices and timers about some ids, the deliveries of those notices, and what is about these."""
    further: list[str] = []
    for some in _portions(about):
        told = list(connection.execute(select(notices.c.id).where(notices.c.about.in_(some))).scalars())
        due = select(timers.c.id).where(timers.c.about.in_(some))
        sent = [
            id
            for portion in _portions(told)
            for id in connection.execute(
                select(deliveries.c.id).where(deliveries.c.notice.in_(portion))
            ).scalars()
        ]
        further += [*sent, *connection.execute(due).scalars()]
        for portion in _portions(sent):
            connection.execute(delete(deliveries).where(deliveries.c.id.in_(portion)))
        connection.execute(delete(notices).where(notices.c.about.in_(some)))
        connection.execute(delete(timers).where(timers.c.about.in_(some)))
    if further:
        _erase_news(connection, further)


def _portions(ids: Iterable[str]) -> Iterator[list[str]]:
    listed = list(ids)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]
