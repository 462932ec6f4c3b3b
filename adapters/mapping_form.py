"""The form of a mapping file: YAML read strictly, and the JSON Schema an editor checks it with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from adapters.mapping import (
    AddressColumns,
    CategoryTable,
    CommunicationTable,
    IdentifierColumn,
    IdentifierTable,
    Link,
    Mapped,
    NameTable,
    PersonTable,
    VenueTable,
    Where,
)
from adapters.mapping_labels import label_rules_form
from adapters.mapping_niem import system_form, with_niem
from adapters.niem import COMMUNICATION, FIELDS, NAME, PERSON, VENUE
from agreements.form import Complaint, Form, either, from_yaml, list_of, mapping_of
from agreements.record import Key, optional, record, required
from agreements.scalar import integer, number_like, text, word_of
from agreements.terms import Category


def read_mapping(source: bytes | str, file: str) -> Mapped:
    """Read a mapping file; `file` is only named in errors.

    Raises:
        InvalidDocument: with file, line, key and what was expected, for every error found.
    """
    return from_yaml(source, file, mapping_form())


_NAME: Final = text(
    maximum=128, pattern=r"[A-Za-z_][A-Za-z0-9_$ ]*", expected="the name of a table or column"
)
_VALUE: Final = number_like(text(maximum=200))
_SYSTEM: Final = system_form(text(maximum=200))
_FIELD: Final = text(maximum=64, pattern="[a-z][a-z0-9_]*", expected="a field name such as plan_date")


def mapping_form() -> Form[Mapped]:
    """The form of the file, which also yields its JSON Schema."""
    return record(
        _mapped,
        {
            "schema": required(integer(1, 1), "Version of this form."),
            "person": required(_person_form(), "Where people stand."),
            "venue": optional(_venue_form(), None, "Where venues stand."),
            "communication": optional(_communication_form(), None, "Where communications stand."),
            "categories": required(
                mapping_of(word_of(Category), _category_form(), minimum=1), "What is held, by category."
            ),
        },
    ).also(_fits_together)


def _mapped(
    schema: int,  # noqa: ARG001 - the form has already held it to 1
    person: PersonTable,
    venue: VenueTable | None,
    communication: CommunicationTable | None,
    categories: Mapping[Category, CategoryTable],
) -> Mapped:
    return Mapped(person, venue, communication, categories)


def _fits_together(mapped: Mapped) -> Iterable[Complaint]:
    for category, table in mapped.categories.items():
        for index, rule in enumerate(table.withhold):
            if rule.reclassify is category:
                path = ("categories", category.value, "withhold", index, "reclassify")
                yield Complaint(path, "another category")
        if table.venue is not None and mapped.venue is None:
            yield Complaint(("categories", category.value, "venue"), "a venue table in this mapping")
        if table.communication is not None and mapped.communication is None:
            expected = "a communication table in this mapping"
            yield Complaint(("categories", category.value, "communication"), expected)


def _column(about: str) -> Key:
    return required(_NAME, about)


def _maybe_column(about: str) -> Key:
    return optional(_NAME, None, about)


def _person_form() -> Form[PersonTable]:
    identifier = either(
        record(
            IdentifierColumn,
            {
                "system": required(_SYSTEM, "System of these identifiers."),
                "column": _column("Column that holds them."),
            },
        ),
        record(
            IdentifierTable,
            {
                "table": _column("Table with one row for each identifier."),
                "person": _column("Its column with the person's key."),
                "system": _column("Its column with the kind of identifier."),
                "value": _column("Its column with the identifier."),
                "systems": required(
                    mapping_of(_SYSTEM, _VALUE, minimum=1), "For each system the code in the system column."
                ),
            },
        ),
    )
    other_names = with_niem(
        record(
            NameTable,
            {
                "table": _column("Table with one row for each further name."),
                "person": _column("Its column with the person's key."),
                "family_name": _column("Column of family names."),
                "given_name": _column("Column of given names."),
            },
        ),
        NAME,
    )
    person = record(
        PersonTable,
        {
            "table": _column("Table with one row for each person."),
            "key": _column("Column that tells people apart."),
            "family_name": _column("Column of family names."),
            "given_name": _column("Column of given names."),
            "birth_date": _column("Column of birth dates, a date or text such as 2008-04-17."),
            "identifiers": optional(list_of(identifier, unique=False), (), "Where identifiers stand."),
            "address": optional(_address_form(), AddressColumns(), "Columns of the home address."),
            "other_names": optional(other_names, None, "Where further names stand."),
        },
    )
    return with_niem(person, PERSON, identifiers=True)


def _address_form() -> Form[AddressColumns]:
    return record(
        AddressColumns,
        {
            "line": _maybe_column("Column of the street line."),
            "city": _maybe_column("Column of the city."),
            "region": _maybe_column("Column of the region."),
            "postal_code": _maybe_column("Column of the postal code."),
            "country": _maybe_column("Column of the country."),
        },
    )


def _venue_form() -> Form[VenueTable]:
    venue = record(
        VenueTable,
        {
            "table": _column("Table with one row for each venue."),
            "key": _column("Column that tells venues apart."),
            "name": _column("Column of names."),
            "address": optional(_address_form(), AddressColumns(), "Columns of the address."),
        },
    )
    return with_niem(venue, VENUE)


def _communication_form() -> Form[CommunicationTable]:
    communication = record(
        CommunicationTable,
        {
            "table": _column("Table with one row for each handle or text."),
            "key": _column("Column that tells them apart."),
            "channel": _maybe_column("Column of the channel."),
            "channel_is": optional(text(maximum=64), None, "The one channel of this table."),
            "handle": _maybe_column("Column of handles, numbers or addresses."),
            "text": _maybe_column("Column of texts."),
        },
    )
    return with_niem(communication.also(_channel_and_content), COMMUNICATION)


def _channel_and_content(table: CommunicationTable) -> Iterable[Complaint]:
    if (table.channel is None) == (table.channel_is is None):
        yield Complaint((), "either channel or channel_is")
    if table.handle is None and table.text is None:
        yield Complaint((), "a handle or a text column")


def _category_form() -> Form[CategoryTable]:
    link = _link_form()
    return record(
        CategoryTable,
        {
            "table": _column("Table with one row for each holding."),
            "person": optional(link, None, "How a row belongs to a person."),
            "venue": optional(link, None, "How a row belongs to a venue."),
            "communication": optional(link, None, "How a row belongs to a communication."),
            "where": optional(_where_form(), {}, "Only rows with one of these values in each column."),
            "withhold": optional(label_rules_form(_NAME), (), "Sharing labels that keep a row back."),
            "summary": optional(list_of(_NAME), (), "Columns that make the summary, in this order."),
            "fields": optional(
                with_niem(mapping_of(_FIELD, _NAME), FIELDS), {}, "For each field the column it stands in."
            ),
        },
    ).also(_linked)


def _linked(table: CategoryTable) -> Iterable[Complaint]:
    if table.person is None and table.venue is None and table.communication is None:
        yield Complaint((), "at least one of person, venue, communication")


def _link_form() -> Form[Link]:
    return record(
        Link,
        {
            "column": _column("Column of the category's table that is joined."),
            "through": _maybe_column("Table between the category's and the subject's."),
            "subject": _maybe_column("Its column with the subject's key."),
            "row": _maybe_column("Its column with the value of `column`."),
            "where": optional(_where_form(), {}, "Only its rows with one of these values in each column."),
        },
    ).also(_whole_link)


def _whole_link(link: Link) -> Iterable[Complaint]:
    given = [link.through is not None, link.subject is not None, link.row is not None]
    if any(given) and not all(given):
        yield Complaint((), "through, subject and row together")
    if link.where and link.through is None:
        yield Complaint(("where",), "a table to go through")


def _where_form() -> Form[Where]:
    return mapping_of(_NAME, list_of(_VALUE, minimum=1))
