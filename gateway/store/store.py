"""The store: reads anywhere, writes through one thread that commits many transactions' work at once.

A write is a function on a `Transaction`. It runs under a savepoint of a shared database transaction, reads
whatever must still hold, and names the ledger entries that go with it; they are appended in the same commit.
Its result reaches the caller only after that commit is durable, together with one receipt for each entry.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from audit.faults import LedgerFault
from audit.ledger import Ledger
from audit.receipt import Receipt
from gateway.problems import Problem
from gateway.site import InvalidSiteError
from gateway.site_witnesses import Witnesses
from gateway.store.database import reading_engine, rewrite_log, writing_engine
from gateway.store.job import Committed, Job, tell
from gateway.store.published import Published
from gateway.store.recall import Recall
from gateway.store.transaction import Deferred, Transaction
from gateway.store.witnessing import Witnessing

T = TypeVar("T")

MAX_TOGETHER: Final = 256
_PUBLISH_EVERY: Final = 0.2
"""Seconds between two checkpoints left in the site's folder; the last of a burst follows when it is over."""
_log = structlog.get_logger()


class _UndoneError(Exception):
    """Some work of a commit failed by itself; nothing of the commit is kept."""


class Store:
    """The store of one site. `published` is the file that holds the last checkpoint given out."""

    def __init__(
        self,
        url: str,
        ledger: Ledger,
        published: Path,
        witnessing: Witnessing | None = None,
        *,
        allow_unsafe: bool = False,
    ) -> None:
        """`allow_unsafe` serves on a database server that may lose what it has committed: for tests only."""
        self.ledger = ledger
        self.witnessing = witnessing or Witnessing(ledger, Witnesses(), published.parent)
        self._published = Published(published)
        self._unpublished: str | None = None
        self._recall = Recall()
        self._left_at: int | None = None
        self._published_at = 0.0
        self._writing = writing_engine(url, allow_unsafe=allow_unsafe)
        self._reading = reading_engine(url, allow_unsafe=allow_unsafe)
        self._closed = threading.Event()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def open(self) -> None:
        """Check the ledger against the last published checkpoint and start the writer.

        Raises:
            LedgerBehind: the store was restored from before that checkpoint.
            LedgerFault: the ledger does not add up.
        """
        with self._reading.connect() as connection:
            self.ledger.check_not_behind(connection, self._published.read())
        self._thread.start()
        self.witnessing.start(self.read_now)

    def close(self) -> None:
        """Finish what was handed in, then stop; whoever comes later is told that nothing was recorded."""
        self._closed.set()
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()
        self.witnessing.stop()
        self._writing.dispose()
        self._reading.dispose()

    async def write(self, work: Callable[[Transaction], T]) -> Committed[T]:
        """Run work and commit it.

        Raises:
            Problem: what the work itself raised, or `not-recorded` when nothing could be committed.
        """
        return await self._handed_in(work, erases=False)

    async def erase(self, work: Callable[[Transaction], T]) -> Committed[T]:
        """Run work that deletes for good: once committed, what it deleted is in no file of the store.

        Raises:
            Problem: as `write`.
        """
        return await self._handed_in(work, erases=True)

    async def _handed_in(self, work: Callable[[Transaction], T], *, erases: bool) -> Committed[T]:
        if self._closed.is_set():
            raise Problem("not-recorded", reason="store-closed")
        loop = asyncio.get_running_loop()
        job = Job(work, loop, loop.create_future(), erases=erases)
        self._jobs.put(job)
        return await job.future

    async def read(self, look: Callable[[Connection], T]) -> T:
        """Run a read in a thread, on one consistent state of the store."""
        return await asyncio.to_thread(self.read_now, look)

    def read_now(self, look: Callable[[Connection], T]) -> T:
        """Run a read in this thread.

        Raises:
            Problem: `not-recorded` when the store cannot be read.
        """
        try:
            with self._reading.connect() as connection, connection.begin():
                return look(connection)
        except (SQLAlchemyError, LedgerFault, InvalidSiteError) as error:
            _log.error("store-unreadable", error=type(error).__name__)
            raise Problem("not-recorded", reason="store-unreadable") from error

    def _run(self) -> None:
        while True:
            try:
                first = self._jobs.get(timeout=_PUBLISH_EVERY if self._unpublished else None)
            except Empty:
                self._publish()
                continue
            if first is None:
                break
            jobs, stop = self._together(first)
            self._commit(jobs)
            if stop:
                break
        self._publish()
        self._turn_away()

    def _together(self, first: Job) -> tuple[list[Job], bool]:
        """Whatever else waits already joins the commit; nobody waits for company."""
        jobs = [first]
        while len(jobs) < MAX_TOGETHER:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _commit(self, jobs: list[Job]) -> None:
        """Commit all work together; if some fails by itself, once more with each under a savepoint."""
        receipts: tuple[Receipt, ...] = ()
        try:
            try:
                receipts = self._committed(jobs, apart=False)
            except _UndoneError:
                _undo(jobs)
                self._recall.forget()
                receipts = self._committed(jobs, apart=True)
        except Exception as error:  # noqa: BLE001 -- whatever went wrong, nothing was recorded and every caller must hear it
            self._recall.forget()
            _log.error("commit-failed", error=type(error).__name__, works=len(jobs))
            _undo(jobs)
            for job in jobs:
                job.failure = job.failure or Problem("not-recorded", reason=type(error).__name__)
        if any(job.erases and job.failure is None for job in jobs):
            self._rewrite_log()
        tell(jobs, receipts)

    def _rewrite_log(self) -> None:
        """Leave nothing of what was erased; a reader in the way leaves it to the next erasure."""
        try:
            if not rewrite_log(self._writing):
                _log.warning("log-not-rewritten", error="busy")
        except Exception as error:  # noqa: BLE001 -- what was erased is committed; the writer must go on
            _log.error("log-not-rewritten", error=type(error).__name__)

    def _committed(self, jobs: list[Job], *, apart: bool) -> tuple[Receipt, ...]:
        with self._writing.connect() as connection:
            with connection.begin():
                next_index = self._begin(connection)
                deferred = Deferred()
                for job in jobs:
                    self._perform(
                        job, Transaction(connection, next_index, self._recall, deferred), apart=apart
                    )
                    next_index += len(job.entries)
                self._write_deferred(deferred, connection)
                entries = [entry for job in jobs for entry in job.entries]
                batch = self.ledger.append(connection, entries) if entries else None
            self._left_at = next_index
            if batch is None:
                return ()
            self._unpublished = batch.checkpoint
            self.witnessing.announce()
            if time.monotonic() >= self._published_at + _PUBLISH_EVERY:
                self._publish()
            return self.ledger.confirm(batch)

    def _begin(self, connection: Connection) -> int:
        """The size of the ledger, locked; elsewhere than this writer left it, nothing is recalled."""
        size = self.ledger.begin(connection)
        if size != self._left_at:
            self._recall.forget()
        return size

    def _write_deferred(self, deferred: Deferred, connection: Connection) -> None:
        try:
            deferred.write(connection)
        except (IntegrityError, DataError) as error:
            # Whose row it was cannot be told here; apart, each work writes its own.
            raise _UndoneError from error

    def _perform(self, job: Job, transaction: Transaction, *, apart: bool) -> None:
        """Run one piece of work. Failing apart it is undone alone, else with the whole commit."""
        job.failure, job.entries = None, []
        job.undoing = transaction.undoing
        savepoint = transaction.nested() if apart else None
        try:
            job.value = job.work(transaction)
            if savepoint is not None:
                transaction.flush()
        except Exception as error:
            _undo([job])
            if isinstance(error, SQLAlchemyError) and not isinstance(error, IntegrityError | DataError):
                raise
            job.failure = _of_its_own(error)
            if savepoint is None:
                raise _UndoneError from error
            savepoint.rollback()
            transaction.abandon()
        else:
            job.entries = transaction.entries
            if savepoint is not None:
                savepoint.commit()
        if transaction.changed_anything or job.failure is not None:
            self._recall.forget()

    def _turn_away(self) -> None:
        """Tell those who came too late."""
        late = list(iter(self._next_late, None))
        for job in late:
            job.failure = Problem("not-recorded", reason="store-closed")
        tell(late, ())

    def _next_late(self) -> Job | None:
        try:
            return self._jobs.get_nowait()
        except Empty:
            return None

    def _publish(self) -> None:
        """Leave the latest checkpoint where a restored store will be held against it."""
        if self._unpublished is None:
            return
        try:
            self._published.write(self._unpublished)
        except OSError as error:
            _log.error("checkpoint-not-published", error=type(error).__name__)
        else:
            self._unpublished, self._published_at = None, time.monotonic()


def _undo(jobs: list[Job]) -> None:
    """Take back, the last first, what works did outside the store."""
    for job in reversed(jobs):
        while job.undoing:
            job.undoing.pop()()


def _of_its_own(error: Exception) -> Exception:
    """What the caller of a piece of work that failed by itself is told."""
    if isinstance(error, IntegrityError):
        return Problem("conflict", reason="IntegrityError")
    return Problem("not-recorded", reason="DataError") if isinstance(error, DataError) else error
