"""Statements of the hot path: those of `audit.statement`, that take a datetime for an `Instant` too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from audit.statement import Statement
from gateway.store.tables import microseconds


class Hot(Statement):
    """A statement whose parameters may be instants."""

    __slots__ = ()

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        return super().rows(connection, _plain(values))

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        return super().run(connection, _plain(values))

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        super().run_many(connection, [_plain(row) for row in rows])


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: microseconds(value) if isinstance(value, datetime) else value for name, value in values.items()
    }
