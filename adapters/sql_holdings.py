"""What a database holds about a subject in one category, and no column more than the permit allows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from adapters.mapping import CategoryTable, Link
from adapters.partner import Fault, SourceError
from adapters.sql_tables import Tables
from agreements.permit import FieldValue, Holding, Permit, minimise
from agreements.terms import Level

MAX_ROWS: Final = 1000
_BETWEEN: Final = ", "
_HELD: Final = "held!"
"""A label that no column of a mapping can have."""


def holdings(
    connection: sa.Connection,
    tables: Tables,
    table: CategoryTable,
    link: Link,
    keys: Sequence[object],
    permit: Permit,
) -> tuple[Holding, ...]:
    """Read a category's rows of the subject with these keys.

    Below `summary` only whether there is a row is read; then the summary's columns; at `record` the
    permitted fields' columns too.

    Raises:
        SourceError: more than `MAX_ROWS` rows (`OVERSIZED`), or a value that is not a scalar (`MALFORMED`).
    """
    source = tables.column(table.table, link.column).table
    condition = sa.and_(_belongs(tables, table, link, keys), tables.rows(table.table, table.where))
    held = sa.select(sa.literal(1).label(_HELD)).select_from(source).where(condition)
    if permit.level < Level.SUMMARY:
        return () if connection.execute(held.limit(1)).first() is None else (Holding(permit.category),)
    wanted = {name: column for name, column in table.fields.items() if name in permit.fields}
    fields = wanted if permit.level >= Level.RECORD else {}
    used = dict.fromkeys([*table.summary, *fields.values()])
    columns = [tables.column(table.table, name).label(name) for name in used]
    rows = connection.execute(held.add_columns(*columns).limit(MAX_ROWS + 1)).mappings().all()
    if len(rows) > MAX_ROWS:
        raise SourceError(Fault.OVERSIZED)
    found = [
        Holding(
            permit.category,
            _summary([value_of(row[name]) for name in table.summary]),
            {field: value_of(row[name]) for field, name in fields.items()},
        )
        for row in rows
    ]
    return minimise(permit, found)


def _belongs(
    tables: Tables, table: CategoryTable, link: Link, keys: Sequence[object]
) -> sa.ColumnElement[bool]:
    column = tables.column(table.table, link.column)
    if link.through is None or link.subject is None or link.row is None:
        return column.in_(keys)
    subject, row = (tables.column(link.through, name) for name in (link.subject, link.row))
    rows = sa.select(row).where(subject.in_(keys), tables.rows(link.through, link.where))
    return column.in_(rows)


def _summary(values: list[FieldValue]) -> str | None:
    return _BETWEEN.join(str(value) for value in values if value is not None) or None


def value_of(value: object) -> FieldValue:
    """A column's value as a scalar: dates and times as ISO 8601, decimals as numbers.

    Raises:
        SourceError: a value of another type (`MALFORMED`).
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise SourceError(Fault.MALFORMED)
