"""A mapping held against the database it is for: every table and column it names, found there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchTableError

from adapters.mapping import CategoryTable, IdentifierColumn, Link, Mapped, PersonTable, Where
from agreements.fault import Fault, InvalidDocument, Path

_Named = tuple[Path, str, str]
"""Where in the mapping, the table, and the column it names."""


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
    for path, table_name, column_name in _named(mapped):
        if table_name not in found:
            found[table_name] = _table(connection, table_name)
        table = found[table_name]
        if table is None:
            faults.append(Fault(None, "a table of the database", (*path[:-1], "table")))
        elif column_name not in table.columns:
            faults.append(Fault(None, "a column of that table in the database", path))
        else:
            columns[table_name, column_name] = table.columns[column_name]
    faults += _unfit_values(mapped, columns)
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
    return as_text(column).in_(values)


def _unfit_values(mapped: Mapped, columns: Mapping[tuple[str, str], sa.Column[object]]) -> Iterator[Fault]:
    for path, table, where in _wheres(mapped):
        for name, values in where.items():
            try:
                _one_of(columns[table, name], values)
            except KeyError:
                continue
            except ValueError:
                yield Fault(None, "values of the column's type", (*path, name))


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
        named = {"key": venue.key, "name": venue.name}
        yield from ((("venue", key), venue.table, name) for key, name in named.items())
        for key, name in venue.address.named().items():
            yield ("venue", "address", key), venue.table, name
    if mapped.communication is not None:
        said = mapped.communication
        maybe = {"key": said.key, "channel": said.channel, "handle": said.handle, "text": said.text}
        for key, column in maybe.items():
            if column is not None:
                yield ("communication", key), said.table, column
    for category, table in mapped.categories.items():
        yield from _category(("categories", category.value), table)


def _person(person: PersonTable) -> Iterator[_Named]:
    for key in ("key", "family_name", "given_name", "birth_date"):
        yield ("person", key), person.table, str(getattr(person, key))
    for key, name in person.address.named().items():
        yield ("person", "address", key), person.table, name
    for index, each in enumerate(person.identifiers):
        top: Path = ("person", "identifiers", index)
        if isinstance(each, IdentifierColumn):
            yield (*top, "column"), person.table, each.column
            continue
        for key in ("person", "system", "value"):
            yield (*top, key), each.table, str(getattr(each, key))
    if person.other_names is not None:
        for key in ("person", "family_name", "given_name"):
            name = str(getattr(person.other_names, key))
            yield ("person", "other_names", key), person.other_names.table, name


def _category(top: Path, table: CategoryTable) -> Iterator[_Named]:
    for kind, link in _links(table):
        yield (*top, kind, "column"), table.table, link.column
        if link.through is not None:
            for key in ("subject", "row"):
                yield (*top, kind, key), link.through, str(getattr(link, key))
            for name in link.where:
                yield (*top, kind, "where", name), link.through, name
    for name in table.where:
        yield (*top, "where", name), table.table, name
    for index, name in enumerate(table.summary):
        yield (*top, "summary", index), table.table, name
    for field, name in table.fields.items():
        yield (*top, "fields", field), table.table, name


def _links(table: CategoryTable) -> Iterator[tuple[str, Link]]:
    kinds = {"person": table.person, "venue": table.venue, "communication": table.communication}
    return ((kind, link) for kind, link in kinds.items() if link is not None)
