"""What a mapping file says of an `sql` source: which tables and columns say what in our terms.

It is the allow-list: a table or column that it does not name is never read. Names are those of the
database, compared as written; nothing in the file is ever put into a statement as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agreements.terms import Category

Where = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class AddressColumns:
    line: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None

    def named(self) -> dict[str, str]:
        parts = ("line", "city", "region", "postal_code", "country")
        return {part: name for part in parts if (name := getattr(self, part)) is not None}


@dataclass(frozen=True, slots=True)
class IdentifierColumn:
    """Identifiers of one system in a column of the person table."""

    system: str
    column: str


@dataclass(frozen=True, slots=True)
class IdentifierTable:
    """Identifiers in rows of their own; `systems` gives for each system the code the table has for it."""

    table: str
    person: str
    system: str
    value: str
    systems: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NameTable:
    """Further names of a person in rows of their own."""

    table: str
    person: str
    family_name: str
    given_name: str


@dataclass(frozen=True, slots=True)
class PersonTable:
    table: str
    key: str
    family_name: str
    given_name: str
    birth_date: str
    identifiers: tuple[IdentifierColumn | IdentifierTable, ...] = ()
    address: AddressColumns = AddressColumns()
    other_names: NameTable | None = None


@dataclass(frozen=True, slots=True)
class VenueTable:
    table: str
    key: str
    name: str
    address: AddressColumns = AddressColumns()


@dataclass(frozen=True, slots=True)
class CommunicationTable:
    """`channel` is a column; a table of one channel only gives its name as `channel_is` instead."""

    table: str
    key: str
    channel: str | None = None
    channel_is: str | None = None
    handle: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """How a category's rows belong to a subject.

    Directly, by the category's `column` that holds the subject's key; or `through` a table whose
    `subject` column holds the subject's key and whose `row` column equals `column` of the category.
    """

    column: str
    through: str | None = None
    subject: str | None = None
    row: str | None = None
    where: Where = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabelRule:
    """What a sharing label in a row's `column` does to the row; labels compare without case and outer space.

    A row labelled with one of `values` leaves as `reclassify` or, without that, not at all. Where `clear`
    says which labels do no harm, a row with any other one does not leave either; and neither does one
    without a label, unless `unlabelled_leaves`.
    """

    column: str
    values: tuple[str, ...]
    clear: tuple[str, ...] | None = None
    unlabelled_leaves: bool = False
    reclassify: Category | None = None


@dataclass(frozen=True, slots=True)
class CategoryTable:
    table: str
    person: Link | None = None
    venue: Link | None = None
    communication: Link | None = None
    where: Where = field(default_factory=dict)
    withhold: tuple[LabelRule, ...] = ()
    summary: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A whole mapping."""

    person: PersonTable
    venue: VenueTable | None
    communication: CommunicationTable | None
    categories: Mapping[Category, CategoryTable]

    def tables_of(self, category: Category) -> tuple[tuple[Category, CategoryTable], ...]:
        """The tables with rows that can leave as a category: its own, and those that reclassify into it."""
        return tuple(
            (home, table)
            for home, table in self.categories.items()
            if home is category or any(rule.reclassify is category for rule in table.withhold)
        )

    def fields(self) -> Mapping[Category, frozenset[str]]:
        """The fields that can leave under each category."""
        found: dict[Category, frozenset[str]] = {}
        for home, table in self.categories.items():
            for category in {home, *(rule.reclassify for rule in table.withhold if rule.reclassify)}:
                found[category] = found.get(category, frozenset()) | frozenset(table.fields)
        return found
