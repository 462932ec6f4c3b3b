"""What a database holds about a subject in one category, and no column more than the permit allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from adapters.mapping import CategoryTable, Link
from adapters.partner import Fault, SourceError
from adapters.sql_labels import label_columns, leaves_as, may_leave_as, read_labels
from adapters.sql_tables import Tables
from agreements.permit import FieldValue, Holding, Permit, minimise
from agreements.terms import Category, Level

MAX_ROWS: Final = 1000
_BETWEEN: Final = ", "
_HELD: Final = "held!"
"""A label that no column of a mapping can have."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows stand that can leave as a permitted category: the table of the category `home`."""

    home: Category
    table: CategoryTable
    link: Link


def holdings(
    connection: sa.Connection, tables: Tables, place: Place, keys: Sequence[object], permit: Permit
) -> tuple[Holding, ...]:
    """Read the rows of the subject with these keys that leave as the permit's category.

    Below `summary` only whether there is such a row is read; then the summary's columns; at `record` the
    permitted fields' columns too; and always the labels that say whether a row may leave.

    Raises:
        SourceError: more than `MAX_ROWS` rows (`OVERSIZED`), or a value that is not a scalar (`MALFORMED`).
    """
    table = place.table
    source = tables.column(table.table, place.link.column).table
    held = (
        sa.select(sa.literal(1).label(_HELD))
        .select_from(source)
        .where(_belongs(tables, table, place.link, keys), tables.rows(table.table, table.where))
    )
    if table.withhold:
        held = held.where(may_leave_as(tables, place.home, table, permit.category))
        labels = label_columns(tables, table)
        held = held.add_columns(*(each.label(_label(n)) for n, each in enumerate(labels)))
    if permit.level < Level.SUMMARY:
        # Without labels one row says it; with them, one row of each kind.
        query = held.distinct().limit(MAX_ROWS + 1) if table.withhold else held.limit(1)
        return (Holding(permit.category),) if _leaving(connection, query, tables, place, permit) else ()
    wanted = {name: column for name, column in table.fields.items() if name in permit.fields}
    fields = wanted if permit.level >= Level.RECORD else {}
    used = dict.fromkeys([*table.summary, *fields.values()])
    columns = [tables.column(table.table, name).label(name) for name in used]
    query = held.add_columns(*columns).limit(MAX_ROWS + 1)
    rows = _leaving(connection, query, tables, place, permit)
    told = [
        Holding(
            permit.category,
            _summary([value_of(row[name]) for name in table.summary]),
            {field: value_of(row[name]) for field, name in fields.items()},
        )
        for row in rows
    ]
    return minimise(permit, told)


def _leaving(
    connection: sa.Connection, query: sa.Select[Any], tables: Tables, place: Place, permit: Permit
) -> list[sa.RowMapping]:
    """The rows of a query whose labels, read once more here, let them leave as the permit's category."""
    rows = connection.execute(query).mappings().all()
    if len(rows) > MAX_ROWS:
        raise SourceError(Fault.OVERSIZED)
    rules = place.table.withhold
    names = [_label(n) for n in range(len(rules))]
    labelled = ((row, read_labels(tables, place.table, [row[name] for name in names])) for row in rows)
    return [row for row, labels in labelled if leaves_as(place.home, rules, labels) is permit.category]


def _label(number: int) -> str:
    return f"label!{number}"


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
