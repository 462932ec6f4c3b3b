"""A mapping held against the database it is for: every table and column it names, found there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.types import NullType

from adapters.mapping import AddressColumns, CategoryTable, IdentifierColumn, Link, Mapped, PersonTable, Where
from agreements.fault import Fault, InvalidDocument, Path

_DIGITS: Final = re.compile("-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class _Named:
    """A column that the mapping names at `path`, of the table that it names at `table_path`."""

    table_path: Path
    table: str
    path: Path
    column: str


class Tables:
    """The reflected columns of a mapping, by the names it uses."""

    def __init__(self, columns: Mapping[tuple[str, str], sa.Column[object]]) -> None:
        self._columns = columns

    def column(self, table: str, name: str) -> sa.Column[object]:
        return self._columns[table, name]

    def rows(self, table: str, where: Where) -> sa.ColumnElement[bool]:
        """The condition that a row of a table has one of the wanted values in each column."""
        wanted = (_one_of(self.column(table, name), values) for name, values in where.items())
        return sa.and_(sa.true(), *wanted)


def reflect(connection: sa.Connection, mapped: Mapped, file: str) -> Tables:
    """Find what a mapping names; `file` is only named in errors.

    Raises:
        InvalidDocument: a table or column is not in the database, or a value does not fit its column's
            type; names the mapping's key.
    """
    columns: dict[tuple[str, str], sa.Column[object]] = {}
    faults: list[Fault] = []
    found: dict[str, sa.Table | None] = {}
    for named in _named(mapped):
        if named.table not in found:
            found[named.table] = _table(connection, named.table)
        table = found[named.table]
        if table is None:
            faults.append(Fault(None, "a table of the database", named.table_path))
        elif named.column not in table.columns:
            faults.append(Fault(None, "a column of that table in the database", named.path))
        else:
            columns[named.table, named.column] = table.columns[named.column]
    faults += _unfit_values(mapped, columns)
    faults += _unfit_labels(mapped, columns)
    if faults:
        raise InvalidDocument.of(file, dict.fromkeys(faults))
    return Tables(columns)


def _table(connection: sa.Connection, name: str) -> sa.Table | None:
    try:
        return sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    except NoSuchTableError:
        return None


def as_text(column: sa.Column[object]) -> sa.ColumnElement[str]:
    """The column as the database stores it, without conversion to a date or number."""
    return sa.type_coerce(column, sa.String())


def _one_of(column: sa.Column[object], values: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """The condition that a column has one of the values a mapping writes.

    Raises:
        ValueError: one is not a whole number or truth value where the column has those.
    """
    if isinstance(column.type, sa.Boolean):
        if not set(values) <= {"true", "false"}:
            raise ValueError("expected true or false")
        return column.in_([value == "true" for value in values])
    if isinstance(column.type, sa.Integer):
        return column.in_([int(value) for value in values])
    # A view's computed column has no type, and SQLite then takes '0' and 0 for different values.
    numbers = [int(value) for value in values if _DIGITS.fullmatch(value)]
    untyped = isinstance(column.type, NullType) and bool(numbers)
    texts = as_text(column).in_(values)
    return sa.or_(texts, sa.type_coerce(column, sa.Integer).in_(numbers)) if untyped else texts


def _unfit_values(mapped: Mapped, columns: Mapping[tuple[str, str], sa.Column[object]]) -> Iterator[Fault]:
    for path, table, where in _wheres(mapped):
        for name, values in where.items():
            try:
                _one_of(columns[table, name], values)
            except KeyError:
                continue
            except ValueError:
                yield Fault(None, "values of the column's type", (*path, name))


def _unfit_labels(mapped: Mapped, columns: Mapping[tuple[str, str], sa.Column[object]]) -> Iterator[Fault]:
    """Labels that no row can have, so that their rule would never keep one back."""
    for category, table in mapped.categories.items():
        for n, rule in enumerate(table.withhold):
            column = columns.get((table.table, rule.column))
            if column is None or not isinstance(column.type, sa.Integer | sa.Boolean):
                continue
            path: Path = ("categories", category.value, "withhold", n)
            for key, labels in (("values", rule.values), ("clear", rule.clear or ())):
                if not all(_DIGITS.fullmatch(each) or each in ("true", "false") for each in labels):
                    yield Fault(None, "values of the column's type", (*path, key))


def _wheres(mapped: Mapped) -> Iterator[tuple[Path, str, Where]]:
    for category, table in mapped.categories.items():
        top: Path = ("categories", category.value)
        yield (*top, "where"), table.table, table.where
        for kind, link in _links(table):
            yield (*top, kind, "where"), link.through or table.table, link.where


def _named(mapped: Mapped) -> Iterator[_Named]:
    yield from _person(mapped.person)
    if mapped.venue is not None:
        venue = mapped.venue
        columns: dict[Path, str] = {("key",): venue.key, ("name",): venue.name, **_address(venue.address)}
        yield from _of_table(("venue",), venue.table, columns)
    if mapped.communication is not None:
        said = mapped.communication
        maybe = {("channel",): said.channel, ("handle",): said.handle, ("text",): said.text}
        columns = {path: name for path, name in maybe.items() if name is not None}
        yield from _of_table(("communication",), said.table, {**columns, ("key",): said.key})
    for category, table in mapped.categories.items():
        yield from _category(("categories", category.value), table)


def _of_table(
    top: Path, table: str, columns: Mapping[Path, str], named_at: str = "table"
) -> Iterator[_Named]:
    return (_Named((*top, named_at), table, (*top, *path), column) for path, column in columns.items())


def _address(address: AddressColumns) -> dict[Path, str]:
    return {("address", part): name for part, name in address.named().items()}


def _person(person: PersonTable) -> Iterator[_Named]:
    keys = ("key", "family_name", "given_name", "birth_date")
    columns: dict[Path, str] = {(key,): getattr(person, key) for key in keys}
    columns |= _address(person.address)
    for index, each in enumerate(person.identifiers):
        if isinstance(each, IdentifierColumn):
            columns["identifiers", index, "column"] = each.column
        else:
            side: dict[Path, str] = {(key,): getattr(each, key) for key in ("person", "system", "value")}
            yield from _of_table(("person", "identifiers", index), each.table, side)
    yield from _of_table(("person",), person.table, columns)
    names = person.other_names
    if names is not None:
        side = {(key,): getattr(names, key) for key in ("person", "family_name", "given_name")}
        yield from _of_table(("person", "other_names"), names.table, side)


def _category(top: Path, table: CategoryTable) -> Iterator[_Named]:
    columns: dict[Path, str] = {("where", name): name for name in table.where}
    columns |= {("withhold", n, "column"): rule.column for n, rule in enumerate(table.withhold)}
    columns |= {("summary", index): name for index, name in enumerate(table.summary)}
    columns |= {("fields", field): name for field, name in table.fields.items()}
    for kind, link in _links(table):
        columns[kind, "column"] = link.column
        if link.through is not None and link.subject is not None and link.row is not None:
            between: dict[Path, str] = {("subject",): link.subject, ("row",): link.row}
            between |= {("where", name): name for name in link.where}
            yield from _of_table((*top, kind), link.through, between, "through")
    yield from _of_table(top, table.table, columns)


def _links(table: CategoryTable) -> Iterator[tuple[str, Link]]:
    kinds = {"person": table.person, "venue": table.venue, "communication": table.communication}
    return ((kind, link) for kind, link in kinds.items() if link is not None)
