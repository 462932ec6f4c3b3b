"""People of a database as candidates: fetched by blocks, graded elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from adapters.mapping import IdentifierColumn, IdentifierTable, NameTable, PersonTable
from adapters.names import fold
from adapters.people import by_system
from adapters.sql_tables import Tables, as_text
from agreements.subject import Address, Identifier, PersonIdentity

MAX_CANDIDATES: Final = 500
"""More rows than this of one block are not read; then nobody can be said to stand out."""

Found = dict[object, PersonIdentity]
_Condition = sa.ColumnElement[bool]


class People:
    """The person table and its side tables."""

    def __init__(self, tables: Tables, person: PersonTable) -> None:
        self._tables = tables
        self._person = person
        self._key = self._column(person.key)
        self._columns: dict[str, sa.ColumnElement[Any]] = {
            "key": self._key,
            "family_name": self._column(person.family_name),
            "given_name": self._column(person.given_name),
            # Read as text, so that one unreadable date does not spoil the whole block.
            "birth_date": as_text(self._column(person.birth_date)),
            **{f"address.{part}": self._column(name) for part, name in person.address.named().items()},
            **{f"identifier.{n}": self._column(each.column) for n, each in self._identifier_columns()},
        }

    def likely(self, connection: sa.Connection, identity: PersonIdentity) -> tuple[Found, bool]:
        """People with an equal identifier or birth date, and whether there were too many to read."""
        found, crowded = self._read(connection, self._with_identifier(identity.identifiers, spelt=False))
        if identity.birth_date is None:
            return found, crowded
        born = self._born_on(identity.birth_date)
        others, many = self._read(connection, born)
        if many:
            others, many = self._read(connection, sa.and_(born, self._begins_like(identity)))
        return found | others, crowded or many

    def doubtful(self, connection: sa.Connection, identity: PersonIdentity) -> tuple[Found, bool]:
        """People with an identifier that differs in spelling, or the same name.

        Only the identifiers can make a person found, so only their rows say that there were too many.
        """
        found, many = self._read(connection, self._with_identifier(identity.identifiers, spelt=True))
        others, _ = self._read(connection, self._named(identity))
        return found | others, many

    def _column(self, name: str) -> sa.Column[object]:
        return self._tables.column(self._person.table, name)

    def _identifier_columns(self) -> list[tuple[int, IdentifierColumn]]:
        each = enumerate(self._person.identifiers)
        return [(n, column) for n, column in each if isinstance(column, IdentifierColumn)]

    def _born_on(self, day: date) -> _Condition:
        text = self._columns["birth_date"]
        following = day.toordinal() + 1
        if following > date.max.toordinal():
            return text == day.isoformat()
        return sa.and_(text >= day.isoformat(), text < date.fromordinal(following).isoformat())

    def _with_identifier(self, identifiers: Iterable[Identifier], *, spelt: bool) -> _Condition:
        """Identifiers as written or in a usual variant; or, slowly, in whatever way they are `spelt`."""
        conditions: list[_Condition] = []
        for system, values in _by_system(identifiers).items():
            for each in self._person.identifiers:
                if isinstance(each, IdentifierTable):
                    conditions += self._in_table(each, system, values, spelt=spelt)
                elif each.system.strip().casefold() == system:
                    conditions.append(_equals(self._column(each.column), values, spelt=spelt))
        return sa.or_(sa.false(), *conditions)

    def _in_table(
        self, table: IdentifierTable, system: str, values: set[str], *, spelt: bool
    ) -> list[_Condition]:
        codes = [code for name, code in table.systems.items() if name.strip().casefold() == system]
        column = {name: self._tables.column(table.table, getattr(table, name)) for name in _SIDE_COLUMNS}
        owners = sa.select(column["person"]).where(
            as_text(column["system"]).in_(codes), _equals(column["value"], values, spelt=spelt)
        )
        return [self._key.in_(owners)] if codes else []

    def _named(self, identity: PersonIdentity) -> _Condition:
        """The name asked about, in either order."""
        family, given = _forms(identity.family_name), _forms(identity.given_name)
        # Compared without case by SQLite itself: calling lower() on every row takes three times as long.
        names = (as_text(self._column(name)) for name in (self._person.family_name, self._person.given_name))
        held_family, held_given = (sa.collate(name, "NOCASE") for name in names)
        straight = sa.and_(held_family.in_(family), held_given.in_(given))
        swapped = sa.and_(held_family.in_(given), held_given.in_(family))
        return sa.or_(straight, swapped) if family and given else sa.false()

    def _begins_like(self, identity: PersonIdentity) -> _Condition:
        """Names of which one half begins as one asked about does."""
        forms = (*_forms(identity.family_name), *_forms(identity.given_name))
        prefixes = {form[:3].lower() for form in forms}
        columns = [sa.func.lower(self._columns[name]) for name in ("family_name", "given_name")]
        alike = (c.startswith(each, autoescape=True) for c in columns for each in sorted(prefixes))
        return sa.or_(sa.false(), *alike)

    def _read(self, connection: sa.Connection, condition: _Condition) -> tuple[Found, bool]:
        columns = [column.label(label) for label, column in self._columns.items()]
        query = sa.select(*columns).where(condition).limit(MAX_CANDIDATES + 1)
        rows = connection.execute(query).mappings().all()
        kept = rows[:MAX_CANDIDATES]
        keys = [row["key"] for row in kept]
        identifiers = self._identifiers(connection, keys)
        names = self._other_names(connection, keys)
        found = {
            row["key"]: self._identity(row, identifiers.get(row["key"], []), names.get(row["key"], []))
            for row in kept
        }
        return found, len(rows) > len(kept)

    def _identity(
        self, row: sa.RowMapping, identifiers: list[Identifier], names: list[tuple[str, str]]
    ) -> PersonIdentity:
        in_columns = [
            Identifier(each.system, string(row[f"identifier.{n}"])) for n, each in self._identifier_columns()
        ]
        parts = {part: string(row[f"address.{part}"]) for part in self._person.address.named()}
        return PersonIdentity(
            string(row["family_name"]),
            string(row["given_name"]),
            _date(row["birth_date"]),
            (*in_columns, *identifiers),
            Address(**parts) if any(parts.values()) else None,
            tuple(names),
        )

    def _identifiers(
        self, connection: sa.Connection, keys: Sequence[object]
    ) -> dict[object, list[Identifier]]:
        found: dict[object, list[Identifier]] = {}
        for table in self._person.identifiers:
            if isinstance(table, IdentifierTable):
                systems = {code: system for system, code in table.systems.items()}
                for key, code, value in self._side_rows(connection, table, _SIDE_COLUMNS, keys):
                    if code in systems:
                        found.setdefault(key, []).append(Identifier(systems[code], value))
        return found

    def _other_names(
        self, connection: sa.Connection, keys: Sequence[object]
    ) -> dict[object, list[tuple[str, str]]]:
        found: dict[object, list[tuple[str, str]]] = {}
        table = self._person.other_names
        if table is not None:
            for key, family, given in self._side_rows(connection, table, _NAME_COLUMNS, keys):
                found.setdefault(key, []).append((family, given))
        return found

    def _side_rows(
        self,
        connection: sa.Connection,
        table: IdentifierTable | NameTable,
        names: tuple[str, str, str],
        keys: Sequence[object],
    ) -> Iterable[tuple[object, str, str]]:
        if not keys:
            return []
        owner, first, second = (self._tables.column(table.table, getattr(table, name)) for name in names)
        rows = connection.execute(sa.select(owner, first, second).where(owner.in_(keys)))
        return [(row[0], string(row[1]), string(row[2])) for row in rows]


_SIDE_COLUMNS: Final = ("person", "system", "value")
_NAME_COLUMNS: Final = ("person", "family_name", "given_name")
_DIGITS: Final = re.compile("[0-9]{1,18}")


def string(value: object) -> str:
    """A column's value as text; nothing for NULL."""
    return "" if value is None else str(value)


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(string(value)[:10])
    except ValueError:
        return None


def _equals(column: sa.Column[object], values: set[str], *, spelt: bool) -> _Condition:
    if spelt:
        normal = sorted({form for value in values for form in _normal(value)})
        text = as_text(column)
        # The pattern spares most rows the slower comparison.
        return sa.or_(sa.false(), *(sa.and_(text.like("%".join(f)), _stripped(text) == f) for f in normal))
    if isinstance(column.type, sa.Integer):
        return column.in_([int(value) for value in sorted(values) if _DIGITS.fullmatch(value)])
    return as_text(column).in_(sorted({form for value in values for form in _variants(value)}))


def _forms(name: str) -> list[str]:
    written = name.strip()
    return sorted({written, written.lower(), written.upper(), written.title(), fold(name)} - {""})


def _by_system(identifiers: Iterable[Identifier]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in identifiers:
        if by_system([each]):
            found.setdefault(each.system.strip().casefold(), set()).add(each.value.strip())
    return found


def _variants(value: str) -> list[str]:
    """The usual spellings of one identifier, each of which an index can look up."""
    bare = value.replace(" ", "").replace("-", "")
    return [value, value.upper(), value.lower(), bare, bare.upper(), bare.lower()]


def _normal(value: str) -> list[str]:
    return [form for values in by_system([Identifier("", value)]).values() for form in values]


def _stripped(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    bare: sa.ColumnElement[str] = sa.func.lower(column)
    for mark in (" ", "-"):
        bare = sa.func.replace(bare, mark, "")
    return bare
