"""A custodian's database as the `sql` adapter reaches it: read-only, bounded in time, silent in logs."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import exc

from adapters.partner import Fault, SourceError

T = TypeVar("T")

DEADLINE_SECONDS: Final = 2.0
CONNECTIONS: Final = 4

_STEPS_BETWEEN_CHECKS: Final = 10_000
_LOG_NAME: Final = "custodian"
_FAULTS: Final = {
    sqlite3.SQLITE_INTERRUPT: Fault.TIMEOUT,
    sqlite3.SQLITE_BUSY: Fault.TIMEOUT,
    sqlite3.SQLITE_LOCKED: Fault.TIMEOUT,
    sqlite3.SQLITE_CANTOPEN: Fault.UNREACHABLE,
    sqlite3.SQLITE_IOERR: Fault.UNREACHABLE,
    sqlite3.SQLITE_PERM: Fault.REFUSED,
    sqlite3.SQLITE_AUTH: Fault.REFUSED,
    sqlite3.SQLITE_READONLY: Fault.REFUSED,
}


class SqlSource:
    """A pool of read-only connections, and threads of their own to use them in."""

    def __init__(self, url: str) -> None:
        """Prepare; nothing is opened yet.

        Raises:
            ValueError: the address is not of an SQLite file; the message does not repeat it.
        """
        self.engine = _engine(url)
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="sql-source")

    async def call(self, work: Callable[[sa.Connection], T]) -> T:
        """Do work on a connection in a thread.

        Raises:
            SourceError: the database gave no usable answer within `DEADLINE_SECONDS`.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.run, work)

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Do work on a connection, here.

        Raises:
            SourceError: as for `call`.
        """
        try:
            with self.engine.connect() as connection, _deadline(connection):
                return work(connection)
        except exc.TimeoutError:
            raise SourceError(Fault.TIMEOUT) from None
        except exc.DBAPIError as error:
            raise SourceError(fault_of(error.orig)) from None
        except (exc.SQLAlchemyError, ValueError, TypeError):
            # A value that does not fit its column's type fails in SQLAlchemy's own conversion.
            raise SourceError(Fault.MALFORMED) from None

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        self.engine.dispose()


def fault_of(error: BaseException | None) -> Fault:
    """Why the database driver failed; anything unknown is `MALFORMED`."""
    code = getattr(error, "sqlite_errorcode", None)
    return _FAULTS.get(code & 0xFF, Fault.MALFORMED) if isinstance(code, int) else Fault.MALFORMED


def _engine(url: str) -> sa.Engine:
    try:
        given = sa.make_url(url)
    except exc.ArgumentError:
        raise ValueError("url: expected sqlite:/// and a path") from None
    path = given.database
    if given.drivername != "sqlite" or not path or path == ":memory:" or given.query:
        raise ValueError("url: expected sqlite:/// and a path")
    address = sa.URL.create("sqlite", database=f"file:{quote(path)}", query={"mode": "ro", "uri": "true"})
    # At debug level SQLAlchemy logs every row it reads.
    logging.getLogger(f"sqlalchemy.engine.Engine.{_LOG_NAME}").setLevel(logging.WARNING)
    return sa.create_engine(
        address,
        hide_parameters=True,
        logging_name=_LOG_NAME,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=DEADLINE_SECONDS,
        connect_args={"timeout": DEADLINE_SECONDS},
    )


@contextmanager
def _deadline(connection: sa.Connection) -> Iterator[None]:
    """Interrupt whatever statement still runs when the time is over."""
    driver = connection.connection.driver_connection
    end = time.monotonic() + DEADLINE_SECONDS
    if not isinstance(driver, sqlite3.Connection):
        raise SourceError(Fault.UNREACHABLE)
    driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS_BETWEEN_CHECKS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)
