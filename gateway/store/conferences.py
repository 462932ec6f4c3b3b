"""Case conferences, sealed; beside them in clear only which agencies have a seat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from gateway.identity import Actor
from gateway.problems import Problem
from gateway.store.process_tables import conference_seats, conferences
from gateway.store.subjects import Subjects
from gateway.vault import Vault
from gateway.wire.body import read_body
from gateway.wire.conference import CONFERENCE, ConferenceBody
from gateway.wire.subject import subject_json


@dataclass(frozen=True, slots=True)
class Task:
    """What a seat's agency does until a day."""

    seat: int
    task: str
    due: date


@dataclass(frozen=True, slots=True)
class Shown:
    """That one seat showed something to others, as the offer it became."""

    offer: str
    seat: int
    to: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conference:
    """A meeting. Seats are numbered from 1 in the order in which they were called; `version` counts edits."""

    id: str
    agency: str
    convened_by: Actor
    body: ConferenceBody
    subject: str
    state: str
    version: int = 1
    present: frozenset[int] | None = None
    """Seats that were taken; None: not recorded yet."""
    tasks: tuple[Task, ...] = ()
    shown: tuple[Shown, ...] = ()

    def seats_of(self, agency: str) -> tuple[int, ...]:
        return tuple(number for number, seat in enumerate(self.body.seats, 1) if seat.agency == agency)


class Conferences:
    def __init__(self, vault: Vault, subjects: Subjects) -> None:
        self._vault = vault
        self._subjects = subjects

    def add(self, connection: Connection, conference: Conference) -> None:
        connection.execute(insert(conferences), self._row(conference))
        agencies = {conference.agency, *(seat.agency for seat in conference.body.seats)}
        rows = [{"conference": conference.id, "agency": agency} for agency in sorted(agencies)]
        connection.execute(insert(conference_seats), rows)

    def get(self, connection: Connection, id: str) -> Conference | None:
        row = connection.execute(select(conferences).where(conferences.c.id == id)).mappings().first()
        return None if row is None else self._read(connection, row)

    def of(self, connection: Connection, agency: str) -> list[Conference]:
        """The conferences an agency has called or has a seat at, the earliest first."""
        mine = select(conference_seats.c.conference).where(conference_seats.c.agency == agency)
        found = select(conferences).where(conferences.c.id.in_(mine)).order_by(conferences.c.meets_at)
        return [self._read(connection, row) for row in connection.execute(found).mappings()]

    def change(self, connection: Connection, conference: Conference) -> None:
        """Write an edited conference, whose version is one above the one it was read with.

        Raises:
            Problem: `conflict` when somebody else edited it since.
        """
        before = (conferences.c.id == conference.id) & (conferences.c.version == conference.version - 1)
        changed = connection.execute(update(conferences).where(before).values(**self._row(conference)))
        if changed.rowcount != 1:
            raise Problem("conflict", "The conference was changed meanwhile; look at it again.")

    def _row(self, conference: Conference) -> dict[str, Any]:
        by = conference.convened_by
        sealed = {
            "body": _stored(conference.body),
            "convened_by": {"id": by.id, "name": by.name, "role": by.role},
            "present": None if conference.present is None else sorted(conference.present),
            "tasks": [[task.seat, task.task, task.due.isoformat()] for task in conference.tasks],
            "shown": [[one.offer, one.seat, list(one.to)] for one in conference.shown],
        }
        return {
            "id": conference.id,
            "agency": conference.agency,
            "subject": conference.subject,
            "state": conference.state,
            "meets_at": conference.body.at,
            "version": conference.version,
            "sealed": self._vault.seal(f"conference/{conference.id}", sealed),
        }

    def _read(self, connection: Connection, row: RowMapping) -> Conference:
        opened: Mapping[str, Any] = self._vault.open(f"conference/{row['id']}", row["sealed"])
        subject = self._subjects.get(connection, row["subject"]).subject
        return Conference(
            id=row["id"],
            agency=row["agency"],
            convened_by=Actor(**opened["convened_by"]),
            body=read_body({**opened["body"], "subject": subject_json(subject)}, CONFERENCE),
            subject=row["subject"],
            state=row["state"],
            version=row["version"],
            present=None if opened["present"] is None else frozenset(opened["present"]),
            tasks=tuple(Task(seat, task, date.fromisoformat(due)) for seat, task, due in opened["tasks"]),
            shown=tuple(Shown(offer, seat, tuple(to)) for offer, seat, to in opened["shown"]),
        )


def _stored(body: ConferenceBody) -> dict[str, Any]:
    return {
        "case": body.case,
        "purpose": body.purpose.value,
        "at": body.at.isoformat(),
        "seats": [
            {
                "agency": seat.agency,
                "user": {"id": seat.person.id, "name": seat.person.name, "role": seat.person.role.value},
            }
            for seat in body.seats
        ],
    }
