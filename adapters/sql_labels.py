"""Sharing labels in a database's rows: which category a row leaves as, if any.

Said twice, because SQL and Python read a column differently and neither may let a labelled row pass: as a
condition, so that the database does not give the row; and on the row itself, without three-valued logic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.types import NullType

from adapters.mapping import CategoryTable, LabelRule
from adapters.sql_tables import Tables
from agreements.terms import Category

_WHOLE: Final = re.compile(r"-?[0-9]+(\.0+)?")
_TRUTH: Final = {"true": "1", "false": "0"}
_UNREADABLE: Final = ""
"""A label that is no text or number, or no number in a column of numbers: nobody knows what it says."""


def label_columns(tables: Tables, table: CategoryTable) -> list[sa.ColumnElement[object]]:
    """The columns of a table's rules, in their order, as the database stores them."""
    columns = (tables.column(table.table, rule.column) for rule in table.withhold)
    return [sa.type_coerce(column, NullType()) for column in columns]


def read_labels(tables: Tables, table: CategoryTable, values: Iterable[object]) -> list[str | None]:
    """The labels of one row, read from `label_columns`; None where there is none."""
    columns = (tables.column(table.table, rule.column) for rule in table.withhold)
    return [_label(value, column) for value, column in zip(values, columns, strict=True)]


def leaves_as(home: Category, rules: Sequence[LabelRule], labels: Sequence[str | None]) -> Category | None:
    """The one category a row with these labels leaves as; None where they keep it back or disagree."""
    verdicts = {_verdict(home, rule, label) for rule, label in zip(rules, labels, strict=True)}
    elsewhere = verdicts - {home}
    if None in elsewhere or len(elsewhere) > 1:
        return None
    return next(iter(elsewhere), home)


def may_leave_as(
    tables: Tables, home: Category, table: CategoryTable, category: Category
) -> sa.ColumnElement[bool]:
    """The condition that a row of the category `home` can leave as a category."""
    columns = [tables.column(table.table, rule.column) for rule in table.withhold]
    harmless = [_clears(rule, column) for rule, column in zip(table.withhold, columns, strict=True)]
    if category is home:
        return sa.and_(sa.true(), *harmless)
    moved = [
        _spelt(column).in_(_spellings(rule.values)) if rule.reclassify is category else sa.false()
        for rule, column in zip(table.withhold, columns, strict=True)
    ]
    either = (sa.or_(one, other) for one, other in zip(harmless, moved, strict=True))
    return sa.and_(sa.or_(sa.false(), *moved), *either)


def _verdict(home: Category, rule: LabelRule, label: str | None) -> Category | None:
    if label is None:
        return home if rule.unlabelled_leaves else None
    if label == _UNREADABLE:
        return None
    if label in set(map(_normal, rule.values)):
        return rule.reclassify
    known = rule.clear is None or label in set(map(_normal, rule.clear))
    return home if known else None


def _label(value: object, column: sa.Column[object]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str | int | float):
        return _UNREADABLE
    label = _normal(str(value))
    if not label:
        return None
    numeric = isinstance(column.type, sa.Integer | sa.Boolean)
    return _UNREADABLE if numeric and not _WHOLE.fullmatch(label) else label


def _normal(text: str) -> str:
    label = text.strip().casefold()
    if _WHOLE.fullmatch(label):
        return label.partition(".")[0]
    return _TRUTH.get(label, label)


def _clears(rule: LabelRule, column: sa.Column[object]) -> sa.ColumnElement[bool]:
    text = _spelt(column)
    labelled = [column.is_not(None), text != "", text.not_in(_spellings(rule.values))]
    if rule.clear is not None:
        labelled.append(text.in_(_spellings(rule.clear)))
    clear = sa.and_(*labelled)
    return sa.or_(column.is_(None), text == "", clear) if rule.unlabelled_leaves else clear


def _spelt(column: sa.Column[object]) -> sa.ColumnElement[str]:
    return sa.func.lower(sa.func.trim(sa.cast(sa.type_coerce(column, NullType()), sa.Text)))


def _spellings(values: Iterable[str]) -> list[str]:
    """Labels in every way `_spelt` can give them; databases differ in which letters they lower."""
    found: set[str] = set()
    for value in values:
        normal, written = _normal(value), value.strip()
        ascii_lower = "".join(c.lower() if c.isascii() else c for c in written)
        found |= {normal, written.casefold(), written.lower(), ascii_lower}
        found |= {word for word, number in _TRUTH.items() if number == normal}
        if _WHOLE.fullmatch(normal):
            found.add(f"{normal}.0")
    return sorted(found)
