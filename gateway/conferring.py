"""Case conferences: called under a case, each seat shown only what its agency may be told, all recorded.

What is shown at the table is an offer under the case of who called the meeting, decided for the persons who
sit there, so that reading, withdrawal and the ledger are those of every offer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from agreements.terms import Category, Level, Role
from audit.record import Entry
from gateway.conference_views import conference_json, listed_json
from gateway.deciding import consents_about, decide_all
from gateway.identity import Actor, Requester
from gateway.offering import Offering
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.processes.conference import CONFERENCE
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.retention import Retention
from gateway.seat_guide import BySeat, guide_json
from gateway.site import Site
from gateway.store.conferences import Conference, Shown, Task
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.telling import Telling, decided_for
from gateway.wire.conference import Attendance, ConferenceBody, Seated, Showing, TaskBody
from gateway.wire.offer import OfferBody
from policies.decision import Permitted

_LIAISON: Final = Role.LIAISON.value


class Conferring:
    def __init__(
        self,
        site: Site,
        policies: Policies,
        records: Records,
        store: Store,
        offering: Offering,
        retention: Retention,
        clock: Callable[[], datetime],
    ) -> None:
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._offering = offering
        self._retention = retention
        self._clock = clock

    async def call(self, convener: Requester, body: ConferenceBody) -> dict[str, Any]:
        """Call a meeting under an open case of the convener's agency.

        Raises:
            Problem: `case-not-open`; `unprocessable` for a seat of no agency of the site.
        """
        if not self._site.agencies.keys() >= {seat.agency for seat in body.seats}:
            raise Problem("unprocessable", "seats: expected agencies of this site.")

        def write(transaction: Transaction) -> Conference:
            connection = transaction.connection
            self._open_case(connection, convener.agency, body.case)
            subject = self._records.subjects.keep(connection, body.subject)
            state = CONFERENCE.after(NEW, "call")
            made = Conference(new_id("cnf"), convener.agency, convener.actor, body, subject.id, state)
            self._records.conferences.add(connection, made)
            for agency in dict.fromkeys(seat.agency for seat in body.seats):
                self._record(transaction, "conference-called", made, convener, agency)
                if agency != convener.agency:
                    notify(
                        connection, agency, Role.LIAISON.value, "conference-called", made.id, self._clock()
                    )
            return made

        made = (await self._store.write(write)).value
        return await self.one(convener, made.id)

    async def listed(self, agency: str) -> list[dict[str, Any]]:
        """The meetings an agency has called or has a seat at; nothing of anybody."""
        found = await self._store.read(partial(self._records.conferences.of, agency=agency))
        at = self._clock()
        return [listed_json(one) for one in found if not self._retention.record_is_past(one, at)]

    async def one(self, person: Requester, id: str) -> dict[str, Any]:
        """A meeting as one of its agencies may see it.

        Raises:
            Problem: `not-found` for an agency that neither called it nor has a seat.
        """

        def look(connection: Connection) -> dict[str, Any]:
            conference = self._seen_by(connection, person.agency, id)
            informed = self._informed(connection, conference, person.agency)
            return conference_json(conference, person.agency, informed=informed)

        return await self._store.read(look)

    async def guide(self, person: Requester, id: str, number: int) -> dict[str, Any]:
        """What a seat's agency may say at the table, to each other seat.

        Raises:
            Problem: `not-found` for a seat of another agency.
        """

        def look(connection: Connection) -> dict[str, Any]:
            conference = self._seen_by(connection, person.agency, id)
            if number not in conference.seats_of(person.agency):
                raise Problem("not-found")
            informed = self._informed(connection, conference, person.agency)
            decided = self._may_say(connection, conference, person.agency)
            return guide_json(conference, number, decided, self._site, self._clock(), informed=informed)

        return await self._store.read(look)

    async def show(self, person: Requester, id: str, showing: Showing) -> dict[str, Any]:
        """Show something at the table: an offer to the agencies of the seats named, read by who sits there.

        Raises:
            Problem: `not-found`, `conflict` for a meeting that is closed, `unprocessable` for a seat that is
                not the agency's own or is none; and as an offer.
        """
        conference = await self._store.read(partial(self._seen_by, agency=person.agency, id=id))
        if conference.state == "closed":
            raise Problem("conflict", "The conference is closed.")
        if showing.seat not in conference.seats_of(person.agency):
            raise Problem("unprocessable", "seat: expected a seat of the agency that calls.")
        body = _offer(conference, showing)
        made = await self._offering.make(person, body, case_of=conference.agency)
        if not isinstance(made, dict):
            raise TypeError("an offer without a key is never a repetition")
        shown = Shown(made["id"], showing.seat, showing.to)
        await self._edit(
            person, id, None, lambda found: replace(found, shown=(*found.shown, shown)), "conference-shown"
        )
        return made

    async def attend(self, convener: Requester, id: str, attendance: Attendance) -> dict[str, Any]:
        """Record who was present."""
        present = attendance.present
        edited = partial(replace, present=present)
        await self._edit(convener, id, "attend", edited, "conference-held", set(present))
        return await self.one(convener, id)

    async def plan(self, convener: Requester, id: str, task: TaskBody) -> dict[str, Any]:
        """Record a task of the plan; the agency that has it is told."""
        made = Task(task.seat, task.task, task.due)
        await self._edit(
            convener, id, None, lambda found: replace(found, tasks=(*found.tasks, made)), "conference-task",
            {task.seat},
        )  # fmt: skip
        return await self.one(convener, id)

    async def close(self, convener: Requester, id: str) -> dict[str, Any]:
        await self._edit(convener, id, "close", lambda found: found, "conference-closed")
        return await self.one(convener, id)

    async def _edit(
        self, person: Requester, id: str, move: str | None, edited: Callable[[Conference], Conference],
        kind: str, seats: set[int] | None = None,
    ) -> None:  # fmt: skip
        """Change a meeting and record that. All but showing is the convener's."""

        def write(transaction: Transaction) -> None:
            connection = transaction.connection
            found = self._seen_by(connection, person.agency, id)
            if kind != "conference-shown" and found.agency != person.agency:
                raise Problem("forbidden", "This is for the agency that called the conference.")
            if found.state == "closed":
                raise Problem("conflict", "The conference is closed.")
            if seats is not None and not seats <= set(range(1, len(found.body.seats) + 1)):
                raise Problem("unprocessable", "seat: expected the number of a seat of this conference.")
            state = CONFERENCE.after(found.state, move) if move else found.state
            changed = replace(edited(found), state=state, version=found.version + 1)
            self._records.conferences.change(connection, changed)
            agencies = {found.body.seats[number - 1].agency for number in seats or ()}
            self._record(transaction, kind, changed, person, None, sorted(seats or ()))
            if kind == "conference-task":
                for agency in agencies:
                    notify(connection, agency, _LIAISON, kind, id, self._clock())

        await self._store.write(write)

    def _record(
        self, transaction: Transaction, kind: str, conference: Conference, by: Requester,
        custodian: str | None, seats: list[int] | None = None,
    ) -> None:  # fmt: skip
        """Calling somebody to a meeting tells them of the interest: an entry for each agency."""
        body = {
            "query": conference.id,
            "requester": conference.agency,
            "custodian": custodian or by.agency,
            "by": by.agency,
            "user": by.actor.id,
            "role": by.actor.role,
            "case": conference.body.case,
            "purpose": conference.body.purpose.value,
            "seats": seats or [],
        }
        subject = self._records.subjects.get(transaction.connection, conference.subject)
        transaction.record(Entry(kind, self._clock(), subject.ledger_key, body))

    def _open_case(self, connection: Connection, agency: str, reference: str) -> None:
        case = self._records.cases.find(connection, agency, reference)
        if case is None or not case.open:
            raise Problem("case-not-open")

    def _seen_by(self, connection: Connection, agency: str, id: str) -> Conference:
        found = self._records.conferences.get(connection, id)
        if found is None or (found.agency != agency and not found.seats_of(agency)):
            raise Problem("not-found")
        if self._retention.record_is_past(found, self._clock()):
            raise Problem("not-found")
        return found

    def _informed(self, connection: Connection, conference: Conference, agency: str) -> bool:
        """Whether an agency may know whom it is about: the convener may ask it, or tell it, something."""
        if agency == conference.agency:
            return True
        asked = self._site.agencies[agency].regimes
        told = self._telling(connection, conference, conference.agency)
        grounds = told.to(conference.agency, conference.convened_by)
        query = replace(grounds.query, categories=tuple(asked), level=Level.EXISTENCE)
        policy, at = self._policies.current, self._clock()
        answers = decide_all(self._site, policy, replace(grounds, query=query), [agency], at)[agency]
        found = [*answers.values()]
        for number in conference.seats_of(agency):
            person = conference.body.seats[number - 1].person
            found += decided_for(self._site, policy, told, agency, _actor(person), at).values()
        return any(isinstance(decision, Permitted) for decision in found)

    def _may_say(self, connection: Connection, conference: Conference, agency: str) -> BySeat:
        telling = self._telling(connection, conference, agency)
        policy, at = self._policies.current, self._clock()
        return {
            number: decided_for(self._site, policy, telling, seat.agency, _actor(seat.person), at)
            for number, seat in enumerate(conference.body.seats, 1)
            if seat.agency != agency
        }

    def _telling(self, connection: Connection, conference: Conference, teller: str) -> Telling:
        """Everything the teller holds by kind, as far as it could be told at the table."""
        body = conference.body
        case = self._records.cases.find(connection, conference.agency, body.case)
        if case is None:
            raise Problem("not-found")
        subject = self._records.subjects.get(connection, conference.subject)
        levels: dict[Category, Level] = dict.fromkeys(self._site.agencies[teller].regimes, Level.RECORD)
        offer = OfferBody(body.case, body.purpose, body.subject, (), {}, {}, None, None, None, None)
        consents = consents_about(self._records, connection, subject)
        return Telling.of(teller, offer, levels, case, consents, self._clock())


def _offer(conference: Conference, showing: Showing) -> OfferBody:
    if not set(showing.to) <= set(range(1, len(conference.body.seats) + 1)):
        raise Problem("unprocessable", "to: expected numbers of seats of this conference.")
    seats = [conference.body.seats[number - 1] for number in showing.to]
    people: dict[str, set[str]] = {}
    for seat in seats:
        people.setdefault(seat.agency, set()).add(seat.person.id)
    return OfferBody(
        case=conference.body.case,
        purpose=conference.body.purpose,
        subject=conference.body.subject,
        to=tuple(people),
        information=showing.information,
        reader={agency: next(iter(ids)) for agency, ids in people.items() if len(ids) == 1},
        user=None,
        consent=showing.consent,
        exception=showing.exception,
        legal_process=showing.legal_process,
    )


def _actor(person: Seated) -> Actor:
    return Actor(person.id, person.name, person.role.value)
