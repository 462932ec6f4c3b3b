"""What a site says beside a OneRoster source: whose identifiers stand where, and where the rest is held.

OneRoster 1.2 has no discipline, threat or safeguarding reports, so the mapping names for each category a
file or a table of the student information system whose rows carry a `sourcedId`. It is the allow-list: a
column or property that it does not name is never read into an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from typing import Final

from adapters.mapping import AddressColumns, Where
from agreements.form import Complaint, Form, from_yaml, list_of, mapping_of
from agreements.record import Key, optional, record, required, tagged
from agreements.scalar import integer, number_like, text, word_of
from agreements.terms import Category, SubjectKind


class People(StrEnum):
    """Who of a roster is somebody to be asked about."""

    STUDENTS = "students"
    USERS = "users"


class Search(StrEnum):
    """How a server is searched: by its filters, or read whole so that no identity stands in an address."""

    FILTER = "filter"
    SCAN = "scan"


class RosterWord(StrEnum):
    """What OneRoster itself holds about a person and an answer may carry."""

    GRADES = "grades"
    SCHOOLS = "schools"
    ENABLED = "enabled"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class VenueMapping:
    """Which organisations are venues, and the metadata properties or columns their address stands in."""

    types: tuple[str, ...] = ("school",)
    address: AddressColumns = field(default_factory=AddressColumns)


@dataclass(frozen=True, slots=True)
class FromRoster:
    """A category that OneRoster itself holds: what makes the summary, and for each field its word.

    It is held about whomever the roster says something of that the summary is made of.
    """

    summary: tuple[RosterWord, ...]
    fields: Mapping[str, RosterWord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows keyed by `sourcedId`: the columns of a person's and a venue's, and which columns say what."""

    person: str | None = None
    venue: str | None = None
    where: Where = field(default_factory=dict)
    summary: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def key(self, kind: SubjectKind) -> str | None:
        """The column that holds the `sourcedId` of a subject of this kind."""
        return {SubjectKind.PERSON: self.person, SubjectKind.VENUE: self.venue}.get(kind)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        keys = (name for name in (self.person, self.venue) if name is not None)
        return tuple(dict.fromkeys([*keys, *self.where, *self.summary, *self.fields.values()]))


@dataclass(frozen=True, slots=True)
class FromFile:
    """Rows of a CSV or JSON Lines file, its path relative to the site."""

    path: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class FromDatabase:
    """Rows of a table of an SQLite database, its path relative to the site."""

    url: str
    table: str
    rows: Rows


CategorySource = FromRoster | FromFile | FromDatabase


@dataclass(frozen=True, slots=True)
class OneRosterMapping:
    """A whole mapping. `identifiers` gives for each system the OneRoster property its values stand in."""

    categories: Mapping[Category, CategorySource]
    identifiers: Mapping[str, str] = field(default_factory=dict)
    people: People = People.STUDENTS
    search: Search = Search.FILTER
    venue: VenueMapping | None = None


def read_oneroster_mapping(source: bytes | str, file: str) -> OneRosterMapping:
    """Read a mapping file; `file` is only named in errors.

    Raises:
        InvalidDocument: with file, line, key and what was expected, for every error found.
    """
    return from_yaml(source, file, oneroster_mapping_form())


_COLUMN: Final = text(maximum=128, pattern=r"[^\x00-\x1f]+", expected="the name of a column or property")
_TABLE: Final = text(maximum=128, pattern=r"[A-Za-z_][A-Za-z0-9_$ ]*", expected="the name of a table")
_VALUE: Final = number_like(text(maximum=200))
_FIELD: Final = text(maximum=64, pattern="[a-z][a-z0-9_]*", expected="a field name such as incident_date")
_PATH: Final = text(maximum=500)
_PROPERTY: Final = text(
    maximum=128,
    pattern=r"identifier|userMasterIdentifier|sourcedId|username|userIds\.[^\x00-\x1f{},:]+",
    expected="identifier, userMasterIdentifier, sourcedId, username or userIds. and a type",
)
_FILE_SUFFIXES: Final = frozenset({".csv", ".jsonl", ".ndjson"})


def oneroster_mapping_form() -> Form[OneRosterMapping]:
    """The form of the file, which also yields its JSON Schema."""
    return record(
        _mapping,
        {
            "schema": required(integer(1, 1), "Version of this form."),
            "people": optional(word_of(People), People.STUDENTS, "Whose records are looked through."),
            "search": optional(word_of(Search), Search.FILTER, "Whether the server's filters are used."),
            "identifiers": optional(
                mapping_of(text(maximum=200), _PROPERTY), {}, "For each system the property it stands in."
            ),
            "venue": optional(_venue_form(), None, "Which organisations can be asked about as venues."),
            "categories": required(
                mapping_of(word_of(Category), _category_form(), minimum=1), "What is held, by category."
            ),
        },
    ).also(_venues_are_mapped)


def _mapping(
    schema: int,  # noqa: ARG001 - the form has already held it to 1
    people: People,
    search: Search,
    identifiers: Mapping[str, str],
    venue: VenueMapping | None,
    categories: Mapping[Category, CategorySource],
) -> OneRosterMapping:
    return OneRosterMapping(categories, identifiers, people, search, venue)


def _venues_are_mapped(mapping: OneRosterMapping) -> Iterable[Complaint]:
    for category, source in mapping.categories.items():
        if not isinstance(source, FromRoster) and source.rows.venue is not None and mapping.venue is None:
            yield Complaint(("categories", category.value, "venue"), "a venue in this mapping")


def _venue_form() -> Form[VenueMapping]:
    parts = {
        name: optional(_COLUMN, None, f"Metadata property or column of the {name.replace('_', ' ')}.")
        for name in ("line", "city", "region", "postal_code", "country")
    }
    return record(
        VenueMapping,
        {
            "types": optional(list_of(text(maximum=64), minimum=1), ("school",), "Types of organisation."),
            "address": optional(record(AddressColumns, parts), AddressColumns(), "Where addresses stand."),
        },
    )


def _category_form() -> Form[CategorySource]:
    rows = {
        "person": optional(_COLUMN, None, "Column with the sourcedId of a person."),
        "venue": optional(_COLUMN, None, "Column with the sourcedId of an organisation."),
        "where": optional(
            mapping_of(_COLUMN, list_of(_VALUE, minimum=1)), {}, "Only rows with one of these values."
        ),
        "summary": optional(list_of(_COLUMN), (), "Columns that make the summary, in this order."),
        "fields": optional(mapping_of(_FIELD, _COLUMN), {}, "For each field the column it stands in."),
    }
    roster: dict[str, Key] = {
        "summary": required(
            list_of(word_of(RosterWord), minimum=1), "What makes the summary, in this order."
        ),
        "fields": optional(mapping_of(_FIELD, word_of(RosterWord)), {}, "For each field its word."),
    }
    file = {"path": required(_PATH, "A .csv or .jsonl file, relative to the site."), **rows}
    database = {
        "url": required(_PATH, "sqlite:/// and a path, relative to the site."),
        "table": required(_TABLE, "Table with one row for each holding."),
        **rows,
    }
    return tagged(
        "from",
        {
            "roster": record(_from_roster, roster),
            "file": record(_from_file, file).also(_file_is_usable),
            "database": record(_from_database, database).also(_keyed),
        },
    )


def _from_roster(summary: tuple[RosterWord, ...], fields: Mapping[str, RosterWord]) -> CategorySource:
    return FromRoster(summary, fields)


def _from_file(
    path: str,
    person: str | None,
    venue: str | None,
    where: Where,
    summary: tuple[str, ...],
    fields: Mapping[str, str],
) -> CategorySource:
    return FromFile(path, Rows(person, venue, where, summary, fields))


def _from_database(
    url: str,
    table: str,
    person: str | None,
    venue: str | None,
    where: Where,
    summary: tuple[str, ...],
    fields: Mapping[str, str],
) -> CategorySource:
    return FromDatabase(url, table, Rows(person, venue, where, summary, fields))


def _keyed(source: CategorySource) -> Iterable[Complaint]:
    if not isinstance(source, FromRoster) and source.rows.person is None and source.rows.venue is None:
        yield Complaint((), "a person or a venue column")


def _file_is_usable(source: CategorySource) -> Iterable[Complaint]:
    yield from _keyed(source)
    if isinstance(source, FromFile) and PurePath(source.path).suffix not in _FILE_SUFFIXES:
        yield Complaint(("path",), "a path that ends in .csv, .jsonl or .ndjson")
