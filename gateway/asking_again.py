"""A custodian's system that did not answer is asked again with back-off, whether or not anybody looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from gateway.answers import Cause
from gateway.exchange import Exchange
from gateway.following import UNAVAILABLE, Following, asked_again_after
from gateway.processes.runner import Work
from gateway.records import Records
from gateway.store.follow_ups import follow_up
from gateway.store.questions import StoredAnswer, StoredQuery
from gateway.store.store import Store
from gateway.store.timers import Timer
from gateway.store.transaction import Transaction
from gateway.unanswered import places, unanswered

_SURELY_LOST: Final = timedelta(seconds=15)
"""How long after it was asked a question without any answer is no longer under way."""


class AskingAgain:
    def __init__(
        self,
        records: Records,
        store: Store,
        exchange: Exchange,
        following: Following,
        clock: Callable[[], datetime],
    ) -> None:
        self._records = records
        self._store = store
        self._exchange = exchange
        self._following = following
        self._clock = clock

    @property
    def work(self) -> Work:
        """What the timer of a custodian that was unavailable does."""
        return Work(self._finish, self._ask)

    async def take_up_lost(self) -> int:
        """Follow every question that was asked and never answered, as after a crash; how many there were."""
        lost = await self._store.read(self._lost)
        for query in lost:
            await self._store.write(partial(self._follow, query=query))
        return len(lost)

    def _lost(self, connection: Connection) -> list[str]:
        return self._records.questions.without_answers(connection, self._clock() - _SURELY_LOST)

    def _follow(self, transaction: Transaction, query: str) -> None:
        stored = self._records.questions.get(transaction.connection, query)
        at = self._clock()
        if stored is None or self._records.questions.answers(transaction.connection, query, at):
            return
        case = self._records.cases.find(transaction.connection, stored.requester.agency, stored.query.case)
        if case is not None and case.open:
            parties = (query, stored.requester.agency, stored.query.case)
            for custodian in sorted({custodian for custodian, _ in places(stored)}):
                self._following.lost(transaction, parties, custodian, at)

    async def _ask(self, timer: Timer) -> None:
        found = await self._store.read(partial(self._late, timer=timer))
        if found is not None:
            await self._exchange.again(*found)

    def _late(self, connection: Connection, timer: Timer) -> tuple[StoredQuery, list[StoredAnswer]] | None:
        """The query, and the custodian's part if it is still without an answer."""
        stored = self._records.questions.get(connection, timer.about)
        if stored is None:
            return None
        answers = self._records.questions.answers(connection, stored.id, self._clock())
        parts = [*answers, *unanswered(stored, answers)]
        late = [part for part in parts if part.custodian == timer.agency and _waits(part)]
        return (stored, late) if late else None

    def _finish(self, transaction: Transaction, timer: Timer, _: Any, at: datetime) -> datetime | None:
        """Again later, for as long as it is waited for."""
        one = follow_up(transaction.additive, timer.about, timer.agency, UNAVAILABLE)
        return None if one is None else asked_again_after(one.since, at)


def _waits(part: StoredAnswer) -> bool:
    return any(outcome.cause is Cause.UNAVAILABLE for outcome in part.outcomes)
