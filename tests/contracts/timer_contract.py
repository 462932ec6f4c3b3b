"""What timers must do on whatever database they stand. Subclass, give one fixture `url`, run."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from gateway.problems import Problem
from gateway.processes import runner as runner_module
from gateway.processes.runner import STUCK_AFTER, Runner, Work
from gateway.store.process_tables import timers
from gateway.store.store import Store
from gateway.store.tables import notices, suspensions
from gateway.store.timers import Timer, drop_timer, set_timer, timer_of
from gateway.store.transaction import Transaction
from tests.audit_site import START, entry
from tests.contracts.store_contract import opened
from tests.county import StandingClock

KIND = "test"
KILLED = """
import asyncio, os, signal, sys
from datetime import datetime
from pathlib import Path
from gateway.processes.runner import Runner, Work
from tests.contracts.store_contract import opened
from tests.contracts.timer_contract import Worked
url, folder, when, at = sys.argv[1:]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def before(timer):
    if when == "before-its-commit":
        die()

def finish(transaction, timer, found, at):
    Worked().finish(transaction, timer, found, at)
    if when == "inside-its-commit":
        die()

with opened(url, Path(folder)) as store:
    asyncio.run(Runner(store, {"test": Work(finish, before)}, lambda: datetime.fromisoformat(at)).turn())
    die()
"""


@dataclass(slots=True)
class Worked:
    """Work that leaves one row and one ledger entry each time it is done."""

    again: datetime | None = None
    faults: int = 0
    before: list[str] = field(default_factory=list)

    def finish(self, transaction: Transaction, timer: Timer, _: Any, at: datetime) -> datetime | None:
        if self.faults:
            self.faults -= 1
            raise Problem("conflict")
        done = len(rows(transaction.connection, timer.about))
        row = {"agreement": timer.about, "version": done, "by": "health", "at": at}
        transaction.connection.execute(insert(suspensions).values(**row))
        transaction.record(entry(done))
        return self.again

    async def ask(self, timer: Timer) -> None:
        self.before.append(timer.about)

    @property
    def work(self) -> Work:
        return Work(self.finish, self.ask)


def rows(connection: Connection, about: str) -> list[datetime]:
    """When the work about something was done."""
    found = select(suspensions.c.at).where(suspensions.c.agreement == about)
    return list(connection.execute(found).scalars())


def left(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(timers)).scalar_one())


async def arm(store: Store, about: str, due: datetime, kind: str = KIND) -> None:
    await store.write(lambda each: set_timer(each.additive, kind, about, "health", due))


class TimerContract:
    @pytest.fixture
    def store(self, url: str, tmp_path: Path) -> Iterator[Store]:
        with opened(url, tmp_path) as store:
            yield store

    @pytest.fixture
    def clock(self) -> StandingClock:
        return StandingClock(START)

    async def test_a_timer_is_worked_once_and_not_before_it_is_due(
        self, store: Store, clock: StandingClock
    ) -> None:
        worked = Worked()
        runner = Runner(store, {KIND: worked.work}, clock)
        await arm(store, "one", START + timedelta(hours=1))
        assert await runner.turn() == 0
        clock.advance(hours=1)
        assert [await runner.turn(), await runner.turn()] == [1, 0]
        assert await store.read(partial(rows, about="one")) == [clock()]
        assert await store.read(left) == 0

    async def test_a_timer_that_goes_on_is_due_again(self, store: Store, clock: StandingClock) -> None:
        worked = Worked(again=START + timedelta(days=1))
        runner = Runner(store, {KIND: worked.work}, clock)
        await arm(store, "one", START)
        assert [await runner.turn(), await runner.turn()] == [1, 0]
        clock.advance(days=1)
        worked.again = None
        assert [await runner.turn(), await runner.turn()] == [1, 0]
        assert len(await store.read(partial(rows, about="one"))) == 2

    async def test_setting_again_moves_and_dropping_ends(self, store: Store, clock: StandingClock) -> None:
        runner = Runner(store, {KIND: Worked().work}, clock)
        await arm(store, "moved", START)
        await arm(store, "moved", START + timedelta(days=1))
        await arm(store, "dropped", START)
        await store.write(lambda each: drop_timer(each.additive, KIND, "dropped", "health"))
        assert await runner.turn() == 0
        assert await store.read(left) == 1

    async def test_work_that_sets_its_own_timer_anew_keeps_it(
        self, store: Store, clock: StandingClock
    ) -> None:
        def finish(transaction: Transaction, timer: Timer, _: Any, at: datetime) -> None:
            set_timer(transaction.additive, timer.kind, timer.about, timer.agency, at + timedelta(days=3))

        await arm(store, "one", START)
        assert await Runner(store, {KIND: Work(finish)}, clock).turn() == 1
        found = await store.read(partial(timer_of, kind=KIND, about="one", agency="health"))
        assert found is not None
        assert (found.due_at, found.claimed_until, found.tries) == (START + timedelta(days=3), None, 0)

    async def test_a_timer_and_what_it_watches_are_one_commit(self, store: Store) -> None:
        def fails(transaction: Transaction) -> None:
            set_timer(transaction.additive, KIND, "one", "health", START)
            raise Problem("conflict")

        with pytest.raises(Problem):
            await store.write(fails)
        assert await store.read(left) == 0

    async def test_a_kind_that_nobody_here_works_waits_for_who_does(
        self, store: Store, clock: StandingClock
    ) -> None:
        await arm(store, "one", START, kind="of-a-later-gateway")
        assert await Runner(store, {KIND: Worked().work}, clock).turn() == 0
        assert await Runner(store, {"of-a-later-gateway": Worked().work}, clock).turn() == 1

    async def test_work_that_fails_rests_longer_each_time_and_stops_no_other(
        self, store: Store, clock: StandingClock
    ) -> None:
        failing, fine = Worked(faults=99), Worked()
        runner = Runner(store, {KIND: failing.work, "fine": fine.work}, clock)
        await arm(store, "one", START)
        await arm(store, "two", START, kind="fine")
        assert [await runner.turn(), await runner.turn()] == [1, 0]
        assert failing.before == ["one"]
        clock.advance(minutes=1)
        await runner.turn()
        clock.advance(minutes=1)
        await runner.turn()
        assert failing.before == ["one", "one"], "the second rest is twice as long"
        failing.faults = 0
        clock.advance(minutes=1)
        assert await runner.turn() == 1
        assert len(await store.read(partial(rows, about="one"))) == 1

    async def test_what_keeps_failing_is_told_to_an_administrator_once(
        self, store: Store, clock: StandingClock
    ) -> None:
        runner = Runner(store, {KIND: Worked(faults=99).work}, clock)
        await arm(store, "one", START)
        for _ in range(STUCK_AFTER + 3):
            await runner.turn()
            clock.advance(hours=1)
        told = await store.read(lambda each: each.execute(select(notices.c.role, notices.c.kind)).all())
        assert [tuple(row) for row in told] == [("administrator", "timer-stuck")]

    async def test_replicas_share_the_timers_and_do_each_once(
        self, url: str, tmp_path: Path, clock: StandingClock
    ) -> None:
        counted = await self.by_replicas(url, tmp_path, clock)
        assert counted == dict.fromkeys(counted, 1)
        assert len(counted) == 40

    async def test_without_claims_that_would_be_noticed(
        self, url: str, tmp_path: Path, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The planted bug: a claim is neither taken nor checked."""

        def look(connection: Connection, kinds: Any, at: datetime, most: int) -> list[Timer]:
            found = select(timers).where(timers.c.due_at <= at).limit(most)
            return [Timer(**row) for row in connection.execute(found).mappings()]

        monkeypatch.setattr(runner_module, "claim_due", look)
        monkeypatch.setattr(runner_module, "still_claimed", lambda *_: True)
        counted = await self.by_replicas(url, tmp_path, clock)
        assert max(counted.values()) > 1

    async def by_replicas(self, url: str, folder: Path, clock: StandingClock) -> dict[str, int]:
        """How often each of forty timers was worked by two replicas at once."""
        names = [f"timer-{number}" for number in range(40)]
        with opened(url, folder) as one, opened(url, folder) as other:
            for name in names:
                await arm(one, name, START)
            slow = Work(Worked().finish, lambda _: asyncio.sleep(0.01))
            await asyncio.gather(*(Runner(store, {KIND: slow}, clock).turn() for store in (one, other)))
            return {name: len(await one.read(partial(rows, about=name))) for name in names}

    @pytest.mark.parametrize("when", ["before-its-commit", "inside-its-commit", "after-its-commit"])
    async def test_a_kill_loses_nothing_and_does_nothing_twice(
        self, url: str, tmp_path: Path, clock: StandingClock, when: str
    ) -> None:
        with opened(url, tmp_path) as store:
            await arm(store, "one", START)
        command = [sys.executable, "-c", KILLED, url, str(tmp_path), when, START.isoformat()]
        died = await asyncio.to_thread(subprocess.run, command, check=False, timeout=60)
        assert died.returncode == -9
        with opened(url, tmp_path) as store:
            runner = Runner(store, {KIND: Worked().work}, clock)
            before = len(await store.read(partial(rows, about="one")))
            assert before == (1 if when == "after-its-commit" else 0)
            await runner.turn()
            assert len(await store.read(partial(rows, about="one"))) == before, "the claim still stands"
            clock.advance(minutes=2)
            await runner.turn()
            assert len(await store.read(partial(rows, about="one"))) == 1
            assert await store.read(left) == 0
            assert await store.read(store.ledger.size) == 1
