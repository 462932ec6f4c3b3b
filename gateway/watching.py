"""Standing watch: a case hears of what a partner learns about its subject, while both case and watch last.

Each look is a query like any other, so that consent, agreement, case and budgets are those of the moment, and
asking and answering are in the ledger. What is compared is what the requester was shown: a masked answer that
changes behind its mask is no news.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from audit.record import Entry
from gateway.exchange import Exchange, View
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.processes.runner import Work
from gateway.processes.table import NEW
from gateway.processes.watch import WATCH
from gateway.records import Records
from gateway.retention import Retention
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.timers import Timer, drop_timer, set_timer
from gateway.store.transaction import Transaction
from gateway.store.watches import Watch
from gateway.wire.subject import subject_json
from gateway.wire.times import instant
from gateway.wire.watch import WatchBody

WATCH_LOOK: Final = "watch-look"
"""The timer of the next look."""
_EVERY: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=92)
_COMPARED: Final = ("state", "result", "level", "summary", "record")
_OVER: Final = "its time is over"
_CASE_CLOSED: Final = "its case is closed"


class Watching:
    def __init__(
        self, records: Records, store: Store, exchange: Exchange, retention: Retention,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._records = records
        self._store = store
        self._exchange = exchange
        self._retention = retention
        self._clock = clock

    @property
    def work(self) -> Work:
        return Work(self._finish, self._look)

    async def open(self, requester: Requester, body: WatchBody) -> dict[str, Any]:
        """Ask now, and again every day until the watch ends.

        Raises:
            Problem: as the question itself; `unprocessable` for an end that is past or too far off,
                `conflict` where a person at every custodian has to decide each time.
        """
        if not self._clock() < body.until <= self._clock() + LONGEST:
            raise Problem("unprocessable", f"until: expected an instant within {LONGEST.days} days from now.")
        first = await self._exchange.ask(requester, body.query)
        if not isinstance(first, View):
            raise TypeError("a question without a key is never a repetition")
        waiting = {answer["custodian"] for answer in first.answers if answer["state"] == "pending"}
        asked = tuple(dict.fromkeys(answer["custodian"] for answer in first.answers))
        custodians = tuple(custodian for custodian in asked if custodian not in waiting)
        if not custodians:
            raise Problem("conflict", "A person at the custodian decides each time; ask instead of watching.")
        query = replace(body.query, custodians=custodians)
        told = {key: mark for key, mark in _marks(first, {}).items() if key.split("/")[0] in custodians}
        state = WATCH.after(NEW, "watch")

        def add(transaction: Transaction) -> Watch:
            subject = self._records.subjects.keep(transaction.connection, query.subject)
            watch = Watch(new_id("wat"), requester, query, subject.id, state, body.until, told, (first.id,))
            self._records.watches.add(transaction.connection, watch)
            due = min(self._clock() + _EVERY, body.until)
            set_timer(transaction.connection, WATCH_LOOK, watch.id, requester.agency, due)
            self._record(transaction, "watch-opened", watch, requester.actor.id)
            return watch

        return watch_json((await self._store.write(add)).value)

    async def listed(self, agency: str) -> list[dict[str, Any]]:
        """The agency's watches; nothing of anybody."""
        found = await self._store.read(partial(self._records.watches.of, agency=agency))
        at = self._clock()
        return [watch_json(watch) for watch in found if not self._retention.record_is_past(watch, at)]

    async def one(self, agency: str, id: str) -> dict[str, Any]:
        """A watch of the agency, with whom it is about.

        Raises:
            Problem: `not-found` for another agency's.
        """
        watch = await self._store.read(partial(self._find, agency=agency, id=id))
        return {**watch_json(watch), "subject": subject_json(watch.query.subject)}

    async def end(self, person: Requester, id: str, reason: str) -> dict[str, Any]:
        """End a watch before its time.

        Raises:
            Problem: `not-found`, `conflict` when it has ended.
        """

        def write(transaction: Transaction) -> Watch:
            watch = self._find(transaction.connection, person.agency, id)
            if not WATCH.allows(watch.state, "end"):
                raise Problem("conflict", "This watch has ended.")
            return self._end(transaction, watch, "end", reason, person.actor.id)

        return watch_json((await self._store.write(write)).value)

    async def _look(self, timer: Timer) -> View | str | None:
        """Ask once more; a text says why the watch is over, None that it is asked another day."""
        watch = await self._store.read(partial(self._records.watches.get, id=timer.about))
        if watch is None or not WATCH.allows(watch.state, "look"):
            return None
        if self._clock() >= watch.until:
            return _OVER
        try:
            looked = await self._exchange.ask(watch.requester, watch.query)
        except Problem as problem:
            if problem.code == "case-not-open":
                return _CASE_CLOSED
            if problem.code == "not-recorded":
                raise
            return None
        return looked if isinstance(looked, View) else None

    def _finish(
        self, transaction: Transaction, timer: Timer, looked: View | str | None, at: datetime
    ) -> datetime | None:
        watch = self._records.watches.get(transaction.connection, timer.about)
        if watch is None or not WATCH.allows(watch.state, "look"):
            return None
        if isinstance(looked, str):
            self._end(transaction, watch, "lapse", looked, None)
            return None
        if looked is not None:
            told = _marks(looked, watch.told)
            queries = (*watch.queries, looked.id)
            state = WATCH.after(watch.state, "look")
            self._records.watches.change(
                transaction.connection, replace(watch, state=state, told=told, queries=queries)
            )
            if _news(looked, watch.told, told):
                agency, role = watch.requester.agency, watch.requester.actor.role
                notify(transaction.connection, agency, role, "watch-news", looked.id, at)
        return min(at + _EVERY, watch.until) if at < watch.until else at

    def _end(self, transaction: Transaction, watch: Watch, move: str, reason: str, by: str | None) -> Watch:
        ended = replace(watch, state=WATCH.after(watch.state, move), ended_for=reason)
        agency, role = watch.requester.agency, watch.requester.actor.role
        self._records.watches.change(transaction.connection, ended)
        self._record(transaction, "watch-ended", ended, by)
        if by is None:
            notify(transaction.connection, agency, role, "watch-ended", watch.id, self._clock())
        else:
            drop_timer(transaction.connection, WATCH_LOOK, watch.id, agency)
        return ended

    def _find(self, connection: Connection, agency: str, id: str) -> Watch:
        watch = self._records.watches.get(connection, id)
        if watch is None or watch.requester.agency != agency:
            raise Problem("not-found")
        if self._retention.record_is_past(watch, self._clock()):
            raise Problem("not-found")
        return watch

    def _record(self, transaction: Transaction, kind: str, watch: Watch, by: str | None) -> None:
        body = {
            "watch": watch.id,
            "requester": watch.requester.agency,
            "custodians": [],
            "watched": sorted(watch.query.custodians or ()),
            "user": by,
            "case": watch.query.case,
            "purpose": watch.query.purpose.value,
        }
        subject = self._records.subjects.get(transaction.connection, watch.subject)
        transaction.record(Entry(kind, self._clock(), subject.ledger_key, body))


def _marks(view: View, before: Mapping[str, str]) -> dict[str, str]:
    """A mark of what each custodian says of each category; one that is unavailable says nothing new."""
    marks = dict(before)
    for answer in view.answers:
        for category in answer["categories"]:
            key = f"{answer['custodian']}/{category}"
            if answer["state"] != "unavailable":
                said = json.dumps([answer[part] for part in _COMPARED], sort_keys=True, default=str)
                marks[key] = hashlib.sha256(said.encode()).hexdigest()
    return marks


def _news(view: View, before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether an answer that tells something says other than it did."""
    return any(
        answer["result"] == "information-held"
        and now.get(f"{answer['custodian']}/{category}") != before.get(f"{answer['custodian']}/{category}")
        for answer in view.answers
        for category in answer["categories"]
    )


def watch_json(watch: Watch) -> dict[str, Any]:
    query = watch.query
    return {
        "id": watch.id,
        "state": watch.state,
        "case": query.case,
        "purpose": query.purpose.value,
        "level": query.level.word,
        "categories": [category.value for category in query.categories],
        "custodians": list(query.custodians or ()),
        "until": instant(watch.until),
        "queries": list(watch.queries),
        "ended_for": watch.ended_for or None,
    }
