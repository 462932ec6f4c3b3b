"""Timers that have come due are claimed, worked and ended: each once, on whichever replica gets it.

The claim is a commit of its own, made behind the writer's lock. What a timer's work changes in the store, and
the end of the timer itself, are one commit: a process killed before it has changed nothing, and its claim
runs out; killed after it, nothing is left to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog

from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.timers import Timer, any_due, claim_due, finish_timer, still_claimed
from gateway.store.transaction import Transaction

_AT_ONCE: Final = 32
STUCK_AFTER: Final = 8
"""How many claims may come to nothing before an administrator is told."""
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Work:
    """What a kind of timer does.

    `finish` runs inside the commit that ends the timer and returns when it is due again, or None. `before`
    does what needs the world outside (asking a system, sending a letter), hands its result to `finish`, and
    may be done twice when the process dies in between: what it does must bear that.
    """

    finish: Callable[[Transaction, Timer, Any, datetime], datetime | None]
    before: Callable[[Timer], Awaitable[Any]] | None = None


class Runner:
    """Works through the timers of one store. A kind that nobody here knows is left to who does."""

    def __init__(self, store: Store, works: Mapping[str, Work], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._works = works
        self._clock = clock

    async def turn(self) -> int:
        """Work whatever is due now, and return how many timers were worked to their end.

        Raises:
            Problem: `not-recorded` when the store cannot be read or the claims cannot be committed.
        """
        done = 0
        while await self._store.read(partial(any_due, kinds=self._works.keys(), at=self._clock())):
            claimed = await self._claim()
            done += sum(await asyncio.gather(*map(self._work, claimed)))
            if len(claimed) < _AT_ONCE:
                break
        return done

    async def _claim(self) -> Sequence[Timer]:
        at = self._clock()

        def claim(transaction: Transaction) -> Sequence[Timer]:
            return claim_due(transaction.additive, self._works.keys(), at, _AT_ONCE)

        return (await self._store.write(claim)).value

    async def _work(self, timer: Timer) -> bool:
        """Work one timer; one that fails keeps its claim, so that it rests before the next try."""
        work = self._works[timer.kind]
        try:
            found = await work.before(timer) if work.before is not None else None
            end = partial(self._end, timer=timer, work=work, found=found)
            return (await self._store.write(end)).value
        except Exception as error:  # noqa: BLE001 -- one timer's fault must not stop the others; it is tried again
            _log.error("timer-failed", kind=timer.kind, tries=timer.tries, error=type(error).__name__)
            await self._tell_stuck(timer)
            return False

    def _end(self, transaction: Transaction, timer: Timer, work: Work, found: Any) -> bool:
        """The work and the timer's end in one commit, unless the claim is somebody else's by now."""
        if not still_claimed(transaction.additive, timer):
            return False
        next_due = work.finish(transaction, timer, found, self._clock())
        if still_claimed(transaction.additive, timer):
            finish_timer(transaction.additive, timer, next_due)
        return True

    async def _tell_stuck(self, timer: Timer) -> None:
        if timer.tries != STUCK_AFTER:
            return
        at = self._clock()

        def tell(transaction: Transaction) -> None:
            notify(transaction.additive, timer.agency, "administrator", "timer-stuck", timer.id, at)

        try:
            await self._store.write(tell)
        except Exception as error:  # noqa: BLE001 -- the store fails too; the log has it
            _log.error("timer-stuck-not-told", error=type(error).__name__)
