"""What looking at a store tells: what makes it unfit, and what its operator would do better otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final, cast

from psycopg import Connection as ServerConnection
from sqlalchemy import URL, Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from gateway.store import postgres
from gateway.store.database import reading_engine, storage_address

_GROWS: Final = ("ledger_entries", "ledger_nodes", "ledger_checkpoints")
_GUARDS: Final = frozenset(f"{table}_no_{action}" for table in _GROWS for action in ("update", "delete"))
_VERIFIED: Final = frozenset({"verify-ca", "verify-full"})

_TRIGGERS: Final = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A' AND pg_table_is_visible(tgrelid)",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}
_MAY_REWRITE: Final = text(
    "SELECT bool_or(has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE')) FROM pg_class"
    " WHERE relname = ANY(:tables) AND pg_table_is_visible(oid)"
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """`faults` keep a site from being served; `risks` are for its operator to weigh."""

    faults: tuple[str, ...]
    risks: tuple[str, ...]


def inspect_storage(storage: str) -> Inspection:
    """Look at a store without changing it.

    Raises:
        InvalidSiteError: the address is none of a store.
        SQLAlchemyError: it cannot be connected to.
    """
    url = storage_address(storage)
    if not postgres.is_postgres(url):
        engine = reading_engine(storage)
        with engine.connect() as connection:
            found = Inspection(tuple(_unguarded(connection)), ())
        engine.dispose()
        return found
    engine = create_engine(url, hide_parameters=True, poolclass=NullPool, connect_args=postgres.patience(url))
    with engine.connect() as connection:
        driver = cast("ServerConnection[Any]", connection.connection.dbapi_connection)
        faults = (*postgres.faults(driver), *_unguarded(connection))
        return Inspection(faults, tuple(_risks(url, driver, connection)))


def _unguarded(connection: Connection) -> Iterator[str]:
    if not inspect(connection).has_table(_GROWS[0]):
        return
    triggers = set(connection.execute(text(_TRIGGERS[connection.dialect.name])).scalars())
    if not triggers >= _GUARDS:
        yield "the database would let the ledger be changed: its triggers are missing; run gateway migrate"


def _risks(url: URL, driver: ServerConnection[Any], connection: Connection) -> Iterator[str]:
    if url.password is not None:
        yield "the password stands in site.yaml; put it in a file that passfile= or PGPASSFILE names"
    options = {each.keyword: each.val for each in driver.pgconn.info}
    if not _is_near(driver) and (options.get(b"sslmode") or b"").decode() not in _VERIFIED:
        yield "the server is reached over a network without being verified; add sslmode=verify-full"
    if connection.execute(_MAY_REWRITE, {"tables": list(_GROWS)}).scalar():
        yield (
            "the gateway's role may change what the ledger holds; let another role own the tables and run "
            "gateway migrate, and grant this one no more than SELECT and INSERT on them"
        )


def _is_near(driver: ServerConnection[Any]) -> bool:
    """Whether the server is reached over a socket file or loopback."""
    address = driver.info.hostaddr
    return not address or ip_address(address).is_loopback
