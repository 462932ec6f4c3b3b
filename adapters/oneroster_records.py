"""Categories that OneRoster does not have: rows of a file or table beside it, keyed by `sourcedId`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchTableError

from adapters.mapping import CategoryTable, Link
from adapters.oneroster_drop import Version, read_settled, version_of
from adapters.oneroster_mapping import FromDatabase, FromFile, Rows
from adapters.oneroster_table import Cell, Row, read_csv, read_json_lines
from adapters.partner import Fault, SourceError
from adapters.sql_holdings import MAX_ROWS, Place, holdings
from adapters.sql_source import SqlSource
from adapters.sql_tables import Tables
from agreements.permit import Holding, Permit, minimise
from agreements.terms import Level

_SQLITE: Final = "sqlite:///"


class Records(Protocol):
    """The rows of one category."""

    async def read(self, ids: Sequence[str], permit: Permit) -> tuple[Holding, ...]:
        """What the permit allows of the rows of a subject with these ids, already minimised.

        Raises:
            SourceError: the source gave no usable answer.
        """
        ...

    async def answers(self) -> None:
        """Raises:
        SourceError: the source cannot be read as mapped.
        """
        ...

    async def close(self) -> None: ...


class FileRecords:
    """Rows of a file, read again whenever it changes; of each only the mapped columns are kept."""

    def __init__(self, source: FromFile, folder: Path, clock: Callable[[], datetime]) -> None:
        self._rows = source.rows
        self._path = folder / source.path
        self._clock = clock
        self._lock = Lock()
        self._held: tuple[Version, tuple[Row, ...]] | None = None

    async def read(self, ids: Sequence[str], permit: Permit) -> tuple[Holding, ...]:
        key = self._rows.key(permit.subject_kind)
        if key is None:
            return ()
        wanted = set(ids)
        mine = [row for row in await asyncio.to_thread(self._current) if _written(row[key]) in wanted]
        if len(mine) > MAX_ROWS:
            raise SourceError(Fault.OVERSIZED)
        allowed = minimise(permit, [_holding(row, self._rows, permit) for row in mine])
        return allowed if permit.level >= Level.SUMMARY else allowed[:1]

    async def answers(self) -> None:
        await asyncio.to_thread(self._current)

    async def close(self) -> None:
        self._held = None

    def _current(self) -> tuple[Row, ...]:
        with self._lock:
            version = version_of(self._path)
            if self._held is None or self._held[0] != version:
                self._held = None
                self._held = (version, tuple(self._read()))
            return self._held[1]

    def _read(self) -> Iterable[Row]:
        body = read_settled(self._path, self._clock())
        columns = self._rows.columns
        if self._path.suffix == ".csv":
            table = read_csv(body)
            if not set(columns) <= set(table.header):
                raise SourceError(Fault.MALFORMED)
            rows: Iterable[Row] = table.rows
        else:
            rows = read_json_lines(body)
        kept = ({name: _cell(row.get(name)) for name in columns} for row in rows)
        return (row for row in kept if _chosen(row, self._rows))


class DatabaseRecords:
    """Rows of a table, the permitted columns selected there."""

    def __init__(self, source: FromDatabase, folder: Path) -> None:
        """Prepare; nothing is opened yet.

        Raises:
            ValueError: the address is not of an SQLite file.
        """
        rows = source.rows
        self._rows = rows
        self._table = CategoryTable(source.table, where=rows.where, summary=rows.summary, fields=rows.fields)
        path = source.url.removeprefix(_SQLITE)
        relative = source.url.startswith(_SQLITE) and not path.startswith("/")
        self._source = SqlSource(f"{_SQLITE}{folder / path}" if relative else source.url)
        self._tables: Tables | None = None

    async def read(self, ids: Sequence[str], permit: Permit) -> tuple[Holding, ...]:
        key = self._rows.key(permit.subject_kind)
        if key is None:
            return ()
        place = Place(permit.category, self._table, Link(key))
        return await self._source.call(
            lambda connection: holdings(connection, self._reflected(connection), place, list(ids), permit)
        )

    async def answers(self) -> None:
        await self._source.call(self._reflected)

    async def close(self) -> None:
        await self._source.close()

    def _reflected(self, connection: sa.Connection) -> Tables:
        """The mapped columns, once they have all been found; until then looked for on every use."""
        if self._tables is None:
            self._tables = _reflect(connection, self._table.table, self._rows.columns)
        return self._tables


def _reflect(connection: sa.Connection, name: str, columns: Collection[str]) -> Tables:
    try:
        table = sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    except NoSuchTableError:
        raise SourceError(Fault.MALFORMED) from None
    if not set(columns) <= set(table.columns.keys()):
        raise SourceError(Fault.MALFORMED)
    return Tables({(name, column): table.columns[column] for column in columns})


def _chosen(row: Row, rows: Rows) -> bool:
    return all(_written(row[name]) in values for name, values in rows.where.items())


def _holding(row: Row, rows: Rows, permit: Permit) -> Holding:
    summary = ", ".join(filter(None, (_written(row[name]) for name in rows.summary)))
    fields = {field: row[name] for field, name in rows.fields.items()}
    return Holding(permit.category, summary or None, fields)


def _cell(cell: Cell) -> Cell:
    """An empty cell says nothing."""
    return (cell.strip() or None) if isinstance(cell, str) else cell


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return ", ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
