"""Engines for the store: one connection that writes, a few that only read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

_BUSY_SECONDS = 5


def writing_engine(url: str) -> Engine:
    """An engine for the one writer: durable commits, and transactions that lock from their start."""
    engine = create_engine(url, hide_parameters=True, pool_size=1, max_overflow=0)
    _prepare(
        engine,
        "BEGIN IMMEDIATE",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA secure_delete=ON",
        "PRAGMA foreign_keys=ON",
    )
    return engine


def reading_engine(url: str) -> Engine:
    """An engine whose connections cannot write."""
    engine = create_engine(url, hide_parameters=True, pool_size=4, max_overflow=4)
    _prepare(engine, "BEGIN", "PRAGMA query_only=ON")
    return engine


def _prepare(engine: Engine, begin: str, *pragmas: str) -> None:
    """Take the transaction out of the driver's hands (it would begin late) and set each new connection up."""
    if make_url(engine.url).get_backend_name() != "sqlite":
        raise ValueError("storage: expected sqlite:///…")

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
