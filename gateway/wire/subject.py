"""Subjects on the wire and in sealed storage: JSON ⇄ the opaque `Subject`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date
from typing import Any, Final

from agreements.form import Complaint, Form, list_of
from agreements.record import optional, record, required, tagged
from agreements.scalar import text
from agreements.subject import (
    Address,
    AskedAbout,
    CommunicationIdentity,
    GeneralQuestion,
    Identifier,
    PersonIdentity,
    Subject,
    VenueIdentity,
)
from gateway.wire.body import DAY, LINE, PROSE

_ADDRESS: Final = record(
    Address,
    {
        "line": optional(LINE, "", "street and number"),
        "city": optional(LINE, "", "town"),
        "region": optional(LINE, "", "state or county"),
        "postal_code": optional(text(maximum=16), "", "postal code"),
        "country": optional(text(maximum=64), "", "country"),
    },
)

_IDENTIFIER: Final = record(
    Identifier, {"system": required(LINE, "who issues it"), "value": required(LINE, "the identifier")}
)

_NAME: Final = record(
    lambda family_name, given_name: (family_name, given_name),
    {"family_name": required(LINE, "family name"), "given_name": optional(LINE, "", "given name")},
)

_PERSON: Final[Form[PersonIdentity]] = record(
    PersonIdentity,
    {
        "family_name": optional(LINE, "", "family name"),
        "given_name": optional(LINE, "", "given name"),
        "birth_date": optional(DAY, None, "birth date"),
        "identifiers": optional(list_of(_IDENTIFIER, maximum=16), (), "identifiers"),
        "address": optional(_ADDRESS, None, "last known address"),
        "other_names": optional(list_of(_NAME, maximum=16), (), "other names"),
    },
)

_VENUE: Final = record(
    VenueIdentity,
    {"name": required(LINE, "name of the place"), "address": optional(_ADDRESS, None, "address")},
)

_COMMUNICATION: Final = record(
    CommunicationIdentity,
    {
        "channel": required(text(maximum=64), "such as email, phone, or the name of a service"),
        "handle": optional(LINE, "", "handle, number or address"),
        "text": optional(PROSE, "", "the text itself"),
    },
)


_GENERAL: Final = record(
    GeneralQuestion,
    {"question": required(text(maximum=2000, lines=True), "the question, in words that name nobody")},
)


def _names_somebody(identity: AskedAbout) -> Iterable[Complaint]:
    if isinstance(identity, PersonIdentity):
        if not (identity.family_name or identity.identifiers):
            yield Complaint((), "a family_name or at least one of identifiers")
    elif isinstance(identity, CommunicationIdentity) and bool(identity.handle) is bool(identity.text):
        yield Complaint((), "either a handle or a text")


_NAMED: Final[dict[str, Form[AskedAbout]]] = {
    "person": _PERSON,
    "venue": _VENUE,
    "communication": _COMMUNICATION,
}

NAMED_SUBJECT: Final[Form[Subject]] = tagged("kind", _NAMED).also(_names_somebody).into(Subject)
"""Somebody or something in particular: what a consent or an accounting can be about."""
SUBJECT: Final[Form[Subject]] = (
    tagged("kind", {**_NAMED, "general": _GENERAL}).also(_names_somebody).into(Subject)
)
"""What a query can be about."""


def family_name(subject: Subject) -> str:
    """A person's family name, to be compared and never shown; empty for anybody without."""
    return str(getattr(subject.reveal(), "family_name", ""))


def alike(subject: Subject) -> Hashable:
    """Something that is equal for subjects named in the very same words; to compare, not to read."""
    return subject.reveal()


def subject_json(subject: Subject) -> dict[str, Any]:
    """The subject as it came, for the custodian's own person and for sealed storage."""
    identity = subject.reveal()
    values = {name: _plain(getattr(identity, name)) for name in identity.__slots__ if getattr(identity, name)}
    return {"kind": subject.kind.value, **values}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_name_or_identifier(item) for item in value]
    if isinstance(value, Address):
        return {name: getattr(value, name) for name in value.__slots__ if getattr(value, name)}
    return value


def _name_or_identifier(item: Any) -> dict[str, str]:
    if isinstance(item, Identifier):
        return {"system": item.system, "value": item.value}
    family, given = item
    return {"family_name": family, "given_name": given} if given else {"family_name": family}
