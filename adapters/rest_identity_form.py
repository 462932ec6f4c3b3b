"""Forms of who or what a record of a `rest` source is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from adapters.rest_mapping import (
    AddressPicks,
    CommunicationPicks,
    Dates,
    IdentifierPick,
    IdentityPicks,
    NamePicks,
    PersonPicks,
    VenuePicks,
)
from adapters.rest_pick import Pick
from adapters.rest_request_form import PICK
from agreements.form import Complaint, Form, either, list_of
from agreements.record import optional, record, required
from agreements.scalar import text, word_of

_NAME: Final[Form[tuple[Pick, ...]]] = either(
    PICK.into(lambda pick: (pick,)), list_of(PICK, minimum=1, maximum=4)
)


def person_form() -> Form[IdentityPicks]:
    identifier = record(
        IdentifierPick,
        {
            "system": required(text(maximum=200), "System of these identifiers."),
            "value": required(PICK, "Where they stand."),
        },
    )
    other_name = record(
        NamePicks,
        {
            "each": optional(PICK, None, "Objects with a name in each; without it the record itself."),
            "family_name": optional(_NAME, (), "Family name."),
            "given_name": optional(_NAME, (), "Given name."),
        },
    ).also(_names_something)
    return record(
        PersonPicks,
        {
            "family_name": required(_NAME, "Family name, or its parts in order."),
            "given_name": required(_NAME, "Given name, or its parts in order."),
            "birth_date": required(PICK, "Date of birth."),
            "dates": optional(
                word_of(Dates), Dates.ISO, "How dates of birth are written, asked and answered."
            ),
            "identifiers": optional(list_of(identifier), (), "Where identifiers stand."),
            "address": optional(_address_form(), AddressPicks(), "The home address."),
            "other_names": optional(list_of(other_name), (), "Further names."),
        },
    )


def venue_form() -> Form[IdentityPicks]:
    return record(
        VenuePicks,
        {
            "name": required(PICK, "Name."),
            "address": optional(_address_form(), AddressPicks(), "Address."),
        },
    )


def communication_form() -> Form[IdentityPicks]:
    form: Form[CommunicationPicks] = record(
        CommunicationPicks,
        {
            "channel": optional(PICK, None, "Channel."),
            "channel_is": optional(text(maximum=64), None, "The one channel of this source."),
            "handle": optional(PICK, None, "Handle, number or address."),
            "text": optional(PICK, None, "Text."),
        },
    )
    return form.also(_channel_and_content)


def _names_something(names: NamePicks) -> Iterable[Complaint]:
    if not names.family_name and not names.given_name:
        yield Complaint((), "a family_name or a given_name")


def _channel_and_content(said: CommunicationPicks) -> Iterable[Complaint]:
    if (said.channel is None) == (said.channel_is is None):
        yield Complaint((), "either channel or channel_is")
    if said.handle is None and said.text is None:
        yield Complaint((), "a handle or a text")


def _address_form() -> Form[AddressPicks]:
    parts = {
        "line": "Street line.",
        "city": "City.",
        "region": "Region.",
        "postal_code": "Postal code.",
        "country": "Country.",
    }
    return record(AddressPicks, {name: optional(PICK, None, about) for name, about in parts.items()})
