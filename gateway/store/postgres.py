"""PostgreSQL as the store: sessions that cannot stall one another, on servers that lose no commit.

The address is libpq's in SQLAlchemy's form, `postgresql+psycopg://role@host/database?sslmode=verify-full`. A
password belongs in a file, which `passfile=` in the address or PGPASSFILE names; where several hosts are
named, `target_session_attrs=read-write` finds the primary among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from psycopg import Connection as ServerConnection
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from gateway.site import InvalidSiteError

_MILLISECONDS_WRITING: Final = {
    "lock_timeout": 3000,
    "statement_timeout": 5000,
    # Shorter than the wait for a lock: a process frozen while it holds the ledger's head is put out
    # before those who wait for it give up.
    "idle_in_transaction_session_timeout": 2500,
}
_MILLISECONDS_READING: Final = {
    "lock_timeout": 3000,
    "statement_timeout": 5000,
    "idle_in_transaction_session_timeout": 30_000,
}
_MILLISECONDS_MIGRATING: Final = {"lock_timeout": 60_000}

_PATIENCE: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_SCHEMA_LOCK: Final = 0x6761746577617900
"""What advisory lock stands for the schema; the bytes spell the product's name."""

_NEVER_OFF: Final = {
    "fsync": "what was committed may be gone after the machine stops",
    "full_page_writes": "a page half written when the machine stops stays damaged",
    "synchronous_commit": "an answer could leave before its entry in the ledger is durable",
}


def is_postgres(url: URL) -> bool:
    return url.get_backend_name() == "postgresql"


def writing_engine(url: URL, *, allow_unsafe: bool) -> Engine:
    """READ COMMITTED: what follows the lock on the ledger's head sees all that was committed before it."""
    return _engine(
        url,
        "gateway-writer",
        _MILLISECONDS_WRITING,
        allow_unsafe=allow_unsafe,
        isolation_level="READ COMMITTED",
        pool_size=1,
        max_overflow=0,
    )


def reading_engine(url: URL, *, allow_unsafe: bool) -> Engine:
    """REPEATABLE READ and READ ONLY: one state of the store for a whole transaction."""
    return _engine(
        url,
        "gateway-reader",
        _MILLISECONDS_READING,
        allow_unsafe=allow_unsafe,
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
        pool_size=4,
        max_overflow=4,
    )


def migrating_engine(url: URL, *, allow_unsafe: bool) -> Engine:
    return _engine(
        url,
        "gateway-migration",
        _MILLISECONDS_MIGRATING,
        allow_unsafe=allow_unsafe,
        isolation_level="READ COMMITTED",
        poolclass=NullPool,
    )


def lock_schema(connection: Connection) -> None:
    """Wait for whoever changes the schema now, and keep others waiting until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SCHEMA_LOCK})


def patience(url: URL) -> dict[str, int]:
    """How long, in libpq's words, a connection waits for a server that is gone; the address may say other."""
    return {word: value for word, value in _PATIENCE.items() if word not in url.query}


def faults(connection: ServerConnection[Any]) -> list[str]:
    """Why a server cannot be the store of a site that must not lose a commit; empty where it can."""
    return [*_refusals_to_write(connection), *_losses(connection)]


def _engine(
    url: URL, name: str, milliseconds: Mapping[str, int], *, allow_unsafe: bool, **more: Any
) -> Engine:
    ours = " ".join(f"-c {setting}={value}" for setting, value in milliseconds.items())
    theirs = url.query.get("options", "")
    options = f"{theirs if isinstance(theirs, str) else ' '.join(theirs)} {ours}".strip()
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={**patience(url), "application_name": name, "options": options},
        **more,
    )

    def connected(connection: ServerConnection[Any], _record: object) -> None:
        """Every new connection, not the first alone: a server may be set anew, or another take its place."""
        found = list(_refusals_to_write(connection)) if allow_unsafe else faults(connection)
        connection.rollback()
        if found:
            connection.close()
            raise InvalidSiteError(found)

    event.listen(engine, "connect", connected)
    return engine


def _losses(connection: ServerConnection[Any]) -> Iterator[str]:
    asked = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
    settings = dict(connection.execute(asked, [list(_NEVER_OFF)]).fetchall())
    for name, why in _NEVER_OFF.items():
        if settings.get(name) == "off":
            yield f"storage: the server's {name} is off: {why}; set it to on"


def _refusals_to_write(connection: ServerConnection[Any]) -> Iterator[str]:
    asked = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
    standby, read_only = connection.execute(asked).fetchall()[0]
    if standby:
        yield "storage: the server is a standby (pg_is_in_recovery): name the primary"
    elif read_only == "on":
        yield "storage: the server's default_transaction_read_only is on: nothing could be recorded"
