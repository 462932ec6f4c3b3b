"""Engines for the store: one connection that writes, a few that only read, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gateway.site import InvalidSiteError
from gateway.store import postgres

_BUSY_SECONDS: Final = 5
_DRIVERS: Final = frozenset({"sqlite", "sqlite+pysqlite", "postgresql+psycopg"})


def storage_address(storage: str) -> URL:
    """The parts of a site's `storage`.

    Raises:
        InvalidSiteError: it is not the address of a database that can be the store.
    """
    try:
        url = make_url(storage)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in _DRIVERS:
        raise InvalidSiteError(["storage: expected sqlite:///… or postgresql+psycopg://…"])
    return url


def writing_engine(storage: str, *, allow_unsafe: bool = False) -> Engine:
    """An engine for the one writer: durable commits, and transactions that are ordered from their start.

    On SQLite they lock the store as they begin; on PostgreSQL the ledger's head is locked by its reader.
    Connecting raises `InvalidSiteError` where the server could lose a commit, unless `allow_unsafe`.
    """
    url = storage_address(storage)
    if postgres.is_postgres(url):
        return postgres.writing_engine(url, allow_unsafe=allow_unsafe)
    engine = create_engine(url, hide_parameters=True, pool_size=1, max_overflow=0)
    _prepare(
        engine,
        "BEGIN IMMEDIATE",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA secure_delete=ON",
        "PRAGMA foreign_keys=ON",
        # Without it a REPLACE deletes the row it takes the place of unseen by the triggers on the ledger.
        "PRAGMA recursive_triggers=ON",
    )
    return engine


def reading_engine(storage: str, *, allow_unsafe: bool = False) -> Engine:
    """An engine whose connections cannot write and see one state of the store for a whole transaction."""
    url = storage_address(storage)
    if postgres.is_postgres(url):
        return postgres.reading_engine(url, allow_unsafe=allow_unsafe)
    engine = create_engine(url, hide_parameters=True, pool_size=4, max_overflow=4)
    _prepare(engine, "BEGIN", "PRAGMA query_only=ON")
    return engine


def migrating_engine(storage: str, *, allow_unsafe: bool = False) -> Engine:
    """An engine for a change of the schema, which may take as long as it takes."""
    url = storage_address(storage)
    if postgres.is_postgres(url):
        return postgres.migrating_engine(url, allow_unsafe=allow_unsafe)
    return writing_engine(storage)


def rewrite_log(engine: Engine) -> bool:
    """Carry SQLite's write-ahead log over and empty it, so that nothing deleted stays in it.

    Returns whether it is empty now; a reader in the middle of a long look keeps it for a while. PostgreSQL
    has no such file of the store's own.
    """
    if engine.dialect.name != "sqlite":
        return True
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = cursor.fetchone()
        return busy is None or busy[0] == 0
    finally:
        raw.close()


def lock_schema(connection: Connection) -> None:
    """Let one process at a time change the schema, until the transaction ends."""
    if connection.dialect.name == "postgresql":
        postgres.lock_schema(connection)


def _prepare(engine: Engine, begin: str, *pragmas: str) -> None:
    """Take the transaction out of the driver's hands (it would begin late) and set each new connection up."""

    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for statement in (f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}", *pragmas):
            connection.execute(statement)

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    _listen(engine, "connect", connected)
    _listen(engine, "begin", begun)


def _listen(engine: Engine, name: str, listener: Callable[..., None]) -> None:
    event.listen(engine, name, listener)
