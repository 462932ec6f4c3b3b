"""The file a `file` source is: subjects and what is held about each, read one way only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from adapters.partner import SourceError
from adapters.source_json import Json, parse_json
from agreements.fault import Fault, InvalidDocument, MisfitError, nameable
from agreements.permit import FieldValue, Holding
from agreements.subject import (
    Address,
    CommunicationIdentity,
    Identifier,
    Identity,
    PersonIdentity,
    VenueIdentity,
)
from agreements.terms import Category

T = TypeVar("T")
_Object = dict[str, Json]

_KINDS: Final = ("person", "venue", "communication")
_CATEGORIES: Final = {category.value: category for category in Category}


@dataclass(frozen=True, slots=True)
class HeldSubject:
    identity: Identity
    holdings: tuple[Holding, ...]


def read_content(body: bytes, file: str) -> tuple[HeldSubject, ...]:
    """Read the JSON document `{"subjects": [...]}`; `file` is only named in errors.

    A null counts as an absent key where the key is optional.

    Raises:
        InvalidDocument: not JSON, or a value or key that has no place; the key is named, no value is.
    """
    try:
        root = _object(parse_json(body), {"subjects"})
        return _list(root, "subjects", _subject, needed=True)
    except SourceError:
        raise InvalidDocument.of(file, [Fault(None, "well-formed JSON, each key once")]) from None
    except MisfitError as misfit:
        raise InvalidDocument.of(file, misfit.faults) from None


def _subject(value: Json) -> HeldSubject:
    entry = _object(value, {*_KINDS, "holdings"})
    kinds = [kind for kind in _KINDS if kind in entry]
    if len(kinds) != 1:
        raise _misfit("exactly one of person, venue, communication")
    identity = _under(kinds[0], _IDENTITIES[kinds[0]], entry[kinds[0]])
    return HeldSubject(identity, _list(entry, "holdings", _holding))


def _person(value: Json) -> PersonIdentity:
    names = {"family_name", "given_name", "birth_date", "identifiers", "address", "other_names"}
    entry = _object(value, names)
    person = PersonIdentity(
        _text(entry, "family_name"),
        _text(entry, "given_name"),
        _optional(entry, "birth_date", _date),
        _list(entry, "identifiers", _identifier),
        _optional(entry, "address", _address),
        _list(entry, "other_names", _name),
    )
    if not (person.family_name or person.given_name or person.identifiers):
        raise _misfit("a name or an identifier")
    return person


def _venue(value: Json) -> VenueIdentity:
    entry = _object(value, {"name", "address"})
    return VenueIdentity(_text(entry, "name", needed=True), _optional(entry, "address", _address))


def _communication(value: Json) -> CommunicationIdentity:
    entry = _object(value, {"channel", "handle", "text"})
    channel = _text(entry, "channel", needed=True)
    handle, text = _text(entry, "handle"), _text(entry, "text")
    if not handle and not text:
        raise _misfit("a handle or a text")
    return CommunicationIdentity(channel, handle, text)


_IDENTITIES: Final[Mapping[str, Callable[[Json], Identity]]] = {
    "person": _person,
    "venue": _venue,
    "communication": _communication,
}


def _identifier(value: Json) -> Identifier:
    entry = _object(value, {"system", "value"})
    return Identifier(_text(entry, "system", needed=True), _text(entry, "value", needed=True))


def _name(value: Json) -> tuple[str, str]:
    entry = _object(value, {"family_name", "given_name"})
    return _text(entry, "family_name"), _text(entry, "given_name")


def _address(value: Json) -> Address:
    entry = _object(value, {"line", "city", "region", "postal_code", "country"})
    parts = (_text(entry, key) for key in ("line", "city", "region", "postal_code", "country"))
    return Address(*parts)


def _date(value: Json) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _misfit("a date such as 2008-04-17")


def _holding(value: Json) -> Holding:
    entry = _object(value, {"category", "summary", "fields"})
    category = _CATEGORIES.get(_text(entry, "category", needed=True))
    if category is None:
        raise MisfitError(Fault(None, "a category of the vocabulary", ("category",)))
    return Holding(category, _text(entry, "summary") or None, _optional(entry, "fields", _fields) or {})


def _fields(value: Json) -> dict[str, FieldValue]:
    if not isinstance(value, dict):
        raise _misfit("an object")
    return {name: _under(nameable(name), _field, each) for name, each in value.items()}


def _field(value: Json) -> FieldValue:
    if isinstance(value, list):
        members = [each for each in value if not isinstance(each, list | dict)]
        if len(members) == len(value):
            return members
    elif not isinstance(value, dict):
        return value
    raise _misfit("a text, number, truth value, null, or a list of them")


def _object(value: Json, known: set[str]) -> _Object:
    if not isinstance(value, dict):
        raise _misfit("an object")
    unknown = [key for key in value if key not in known]
    if unknown:
        expected = f"no such key; known are {', '.join(sorted(known))}"
        raise MisfitError(*(Fault(None, expected, (nameable(key),)) for key in unknown))
    return value


def _text(entry: _Object, key: str, *, needed: bool = False) -> str:
    value = entry.get(key)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value.strip()):
        raise MisfitError(Fault(None, "text", (key,)))
    return value


def _list(entry: _Object, key: str, read: Callable[[Json], T], *, needed: bool = False) -> tuple[T, ...]:
    value = entry.get(key)
    if value is None and not needed:
        return ()
    if not isinstance(value, list):
        raise MisfitError(Fault(None, "a list", (key,)))
    return _under(key, lambda _: tuple(_under(i, read, each) for i, each in enumerate(value)), None)


def _optional(entry: _Object, key: str, read: Callable[[Json], T]) -> T | None:
    value = entry.get(key)
    return None if value is None else _under(key, read, value)


def _under(step: str | int, read: Callable[[Json], T], value: Json) -> T:
    try:
        return read(value)
    except MisfitError as misfit:
        raise MisfitError(*misfit.under(step)) from None


def _misfit(expected: str) -> MisfitError:
    return MisfitError(Fault(None, expected))
