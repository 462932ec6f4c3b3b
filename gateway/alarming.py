"""Alarms raised about how people ask, and looked at by their agency's privacy officer.

What was asked is looked over by a timer that sets itself anew, never on the way of a query, so that whoever
is suspected is answered like everybody else. The timer says up to when it has looked, so that a gateway that
was down looks over what it missed, up to a day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from audit.record import Entry
from gateway.fishing import Day, Question, Sign, signs
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.processes.alarm import ALARM
from gateway.processes.runner import Work
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.site import Site
from gateway.store.alarms import Alarm
from gateway.store.asked import Turn, asked_since
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.timers import Timer, set_timer, timer_of
from gateway.store.transaction import Transaction
from gateway.wire.times import instant

LOOK_OVER: Final = "alarm-sweep"
"""The timer that has what was asked looked over, of which a store has one."""
_ALL: Final = "site"
_EVERY: Final = timedelta(seconds=20)
_OVERLAP: Final = timedelta(seconds=60)
"""How long a question may have taken from its clock reading to its commit."""
_FURTHEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One person's day with what it shows."""

    turn: Turn
    user: str
    shown: Mapping[Sign, tuple[str, ...]]


class Alarming:
    def __init__(self, site: Site, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._records = records
        self._store = store
        self._clock = clock

    def works(self) -> dict[str, Work]:
        """What the timer does."""
        return {LOOK_OVER: Work(self._raise, self._look)}

    async def begin(self) -> None:
        """Set the timer where a store has none yet: it looks over the last day first."""
        since = self._clock() - _FURTHEST

        def write(transaction: Transaction) -> None:
            if timer_of(transaction.additive, LOOK_OVER, _ALL, _ALL) is None:
                set_timer(transaction.additive, LOOK_OVER, _ALL, _ALL, since)

        await self._store.write(write)

    async def of(self, officer: Requester, state: str | None) -> list[dict[str, Any]]:
        """The agency's alarms; nobody sees those about themselves."""
        found = await self._store.read(partial(self._records.alarms.of, agency=officer.agency, state=state))
        return [_json(alarm) for alarm in found if alarm.user != officer.actor.id]

    async def close(self, officer: Requester, id: str, statement: str) -> dict[str, Any]:
        """Record that somebody else has looked at it, and what they say.

        Raises:
            Problem: `not-found` for another agency's or one about oneself, `conflict` when it is closed.
        """

        def write(transaction: Transaction) -> dict[str, Any]:
            alarm = self._records.alarms.get(transaction.additive, id)
            if alarm is None or alarm.agency != officer.agency or alarm.user == officer.actor.id:
                raise Problem("not-found")
            if not ALARM.allows(alarm.state, "close"):
                raise Problem("conflict", "This alarm has been closed.")
            closed = replace(
                alarm,
                state=ALARM.after(alarm.state, "close"),
                closed_by=officer.actor.id,
                statement=statement,
            )
            self._records.alarms.change(transaction.additive, closed)
            body = {
                "alarm": id, "sign": alarm.sign, "person": alarm.user,
                "by": officer.agency, "user": officer.actor.id,
            }  # fmt: skip
            transaction.record(Entry("alarm-closed", self._clock(), None, body))
            return _json(closed)

        return (await self._store.write(write)).value

    async def _look(self, timer: Timer) -> Sequence[_Seen]:
        looked_at = timer.due_at - _EVERY - _OVERLAP
        since = max(looked_at, self._clock() - _FURTHEST)
        return await self._store.read(partial(self._seen, since=since))

    def _seen(self, connection: Connection, since: datetime) -> Sequence[_Seen]:
        turns = asked_since(connection, since)
        days = [(turn, self._records.asked.of(connection, turn)) for turn in turns]
        names: dict[str, set[tuple[str, str]]] = {}
        for turn, rows in days:
            names.setdefault(turn.agency, set()).update((row.user, row.name) for row in rows)
        seen = []
        for turn, rows in days:
            if not rows:
                continue
            subjects = {
                kept.id: kept.subject
                for kept in self._records.subjects.get_all(connection, {row.subject for row in rows})
            }
            questions = [
                Question(
                    row.id, row.case, row.subject, subjects[row.subject], row.at, row.throttled, row.claimed
                )
                for row in rows
            ]
            user = rows[-1].user
            others = {name for id, name in names[turn.agency] if id != user}
            hours = self._site.agencies[turn.agency].office_hours if self._knows(turn.agency) else None
            seen.append(_Seen(turn, user, signs(Day(questions, rows[-1].name, others, hours))))
        return seen

    def _knows(self, agency: str) -> bool:
        return agency in self._site.agencies

    def _raise(
        self, transaction: Transaction, _: Timer, seen: Sequence[_Seen], at: datetime
    ) -> datetime | None:
        for one in seen:
            for sign, queries in one.shown.items():
                self._raise_one(transaction, one, sign, queries, at)
        return at + _EVERY

    def _raise_one(
        self, transaction: Transaction, seen: _Seen, sign: Sign, queries: tuple[str, ...], at: datetime
    ) -> None:
        connection, alarms, turn = transaction.additive, self._records.alarms, seen.turn
        known = alarms.known(connection, turn, sign.value)
        if set(queries) <= {query for alarm in known for query in alarm.queries}:
            return
        for alarm in known:
            if ALARM.allows(alarm.state, "add"):
                alarms.change(connection, replace(alarm, queries=queries))
                return
        state = ALARM.after(NEW, "raise")
        raised = Alarm(
            new_id("alm"), turn.agency, turn.actor, turn.day, sign.value, state, at, seen.user, queries
        )
        alarms.add(connection, raised)
        notify(connection, turn.agency, "privacy-officer", "alarm-raised", raised.id, at)


def _json(alarm: Alarm) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "sign": alarm.sign,
        "user": alarm.user,
        "day": alarm.day,
        "queries": list(alarm.queries),
        "state": alarm.state,
        "raised_at": instant(alarm.at),
        "closed_by": alarm.closed_by or None,
        "statement": alarm.statement or None,
    }
