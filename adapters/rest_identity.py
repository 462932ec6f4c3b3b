"""Identities as a `rest` source has them: what to fill into a search, and how to read its records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import product
from typing import Final

from adapters.partner import Fault, SourceError
from adapters.people import known_names
from adapters.rest_mapping import (
    AddressPicks,
    CommunicationPicks,
    Dates,
    IdentityPicks,
    NamePicks,
    PersonPicks,
    Search,
    VenuePicks,
)
from adapters.rest_pick import Pick, word_of
from adapters.rest_source import Record
from adapters.source_json import Json
from agreements.subject import (
    Address,
    CommunicationIdentity,
    Identifier,
    Identity,
    PersonIdentity,
    VenueIdentity,
)

MAX_FILLINGS: Final = 8
"""So many ways of filling one search are tried at most."""

_FORMATS: Final = {
    Dates.ISO: "%Y-%m-%d",
    Dates.BASIC: "%Y%m%d",
    Dates.DAY_FIRST: "%d/%m/%Y",
    Dates.MONTH_FIRST: "%m/%d/%Y",
    Dates.DOTTED: "%d.%m.%Y",
}


def fillings(search: Search, identity: Identity, picks: IdentityPicks) -> list[dict[str, str]]:
    """The ways to fill a search's slots from an identity; none where a part it needs is missing."""
    needed = frozenset().union(*(each.slots for each in search.request.templates()))
    used = needed.union(*(each.slots for each in search.narrower.values()))
    found: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for values in _values(search, identity, picks):
        if all(values.get(slot) for slot in needed):
            kept = {slot: value for slot, value in values.items() if slot in used}
            found[tuple(sorted(kept.items()))] = kept
    return list(found.values())[:MAX_FILLINGS]


def _values(search: Search, identity: Identity, picks: IdentityPicks) -> Iterable[dict[str, str]]:
    if isinstance(identity, PersonIdentity) and isinstance(picks, PersonPicks):
        return _person_values(search.system, identity, picks.dates)
    if isinstance(identity, VenueIdentity):
        address = identity.address or Address()
        parts = {"line": address.line, "city": address.city, "postal_code": address.postal_code}
        return [{"name": identity.name, **parts}]
    if isinstance(identity, CommunicationIdentity):
        said = {"channel": identity.channel, "handle": identity.handle, "text": identity.text}
        return [{name: value.strip() for name, value in said.items()}]
    return []


def _person_values(system: str | None, person: PersonIdentity, dates: Dates) -> Iterable[dict[str, str]]:
    wanted = (system or "").strip().casefold()
    identifiers = [each.value for each in person.identifiers if each.system.strip().casefold() == wanted]
    born = "" if person.birth_date is None else person.birth_date.strftime(_FORMATS[dates])
    postal_code = "" if person.address is None else person.address.postal_code
    for (family, given), identifier in product(known_names(person), identifiers or [""]):
        names = {"family_name": family, "given_name": given}
        fixed = {"birth_date": born, "postal_code": postal_code, "identifier": identifier}
        yield {name: value.strip() for name, value in {**names, **fixed}.items()}


def read_identity(record: Record, picks: IdentityPicks) -> Identity:
    """Who or what a record is about.

    Raises:
        SourceError: a part of it is of the wrong kind or contradicts itself (`MALFORMED`).
    """
    if isinstance(picks, PersonPicks):
        return _person(record, picks)
    if isinstance(picks, VenuePicks):
        return VenueIdentity(_one(picks.name, record), _address(record, picks.address))
    return _communication(record, picks)


def identity_picks(picks: IdentityPicks) -> Iterable[Pick]:
    """Every pick that reading an identity uses."""
    if isinstance(picks, CommunicationPicks):
        return [each for each in (picks.channel, picks.handle, picks.text) if each is not None]
    address = [pick for _, pick in _address_parts(picks.address)]
    if isinstance(picks, VenuePicks):
        return [picks.name, *address]
    others = [pick for each in picks.other_names for pick in _outer(each)]
    identifiers = [each.value for each in picks.identifiers]
    return [*picks.family_name, *picks.given_name, picks.birth_date, *identifiers, *address, *others]


def _outer(names: NamePicks) -> Sequence[Pick]:
    return (*names.family_name, *names.given_name) if names.each is None else (names.each,)


def _person(record: Record, picks: PersonPicks) -> PersonIdentity:
    family, given = _joined(picks.family_name, record), _joined(picks.given_name, record)
    identifiers = tuple(
        Identifier(each.system, value) for each in picks.identifiers for value in _texts(each.value, record)
    )
    return PersonIdentity(
        family,
        given,
        _date(_one(picks.birth_date, record), picks.dates),
        identifiers,
        _address(record, picks.address),
        tuple(dict.fromkeys(_other_names(record, picks.other_names, (family, given)))),
    )


def _other_names(
    record: Record, names: Iterable[NamePicks], first: tuple[str, str]
) -> Iterable[tuple[str, str]]:
    for each in names:
        holders: list[Json] = [record] if each.each is None else each.each.find(record)
        for holder in holders:
            family, given = _joined(each.family_name, holder), _joined(each.given_name, holder)
            if family or given:
                yield family or first[0], given or first[1]


def _communication(record: Record, picks: CommunicationPicks) -> CommunicationIdentity:
    channel, handle, text = (
        "" if pick is None else _one(pick, record) for pick in (picks.channel, picks.handle, picks.text)
    )
    return CommunicationIdentity(picks.channel_is or channel, handle, text)


def _address(record: Record, picks: AddressPicks) -> Address | None:
    parts = {name: _one(pick, record) for name, pick in _address_parts(picks)}
    return Address(**parts) if any(parts.values()) else None


def _address_parts(picks: AddressPicks) -> Iterable[tuple[str, Pick]]:
    for name in ("line", "city", "region", "postal_code", "country"):
        if (pick := getattr(picks, name)) is not None:
            yield name, pick


def _joined(picks: Iterable[Pick], holder: Json) -> str:
    return " ".join(filter(None, (_one(pick, holder) for pick in picks)))


def _one(pick: Pick, holder: Json) -> str:
    """The one text at a place; two different ones contradict each other."""
    found = list(dict.fromkeys(_texts(pick, holder)))
    if len(found) > 1:
        raise SourceError(Fault.MALFORMED)
    return found[0] if found else ""


def _texts(pick: Pick, holder: Json) -> Iterable[str]:
    for value in pick.find(holder):
        word = None if isinstance(value, bool) else word_of(value)
        if word is None:
            raise SourceError(Fault.MALFORMED)
        if word.strip():
            yield word.strip()


def _date(text: str, dates: Dates) -> date | None:
    """A date as the source writes it, an ISO one also as the start of a time; else nothing is known."""
    written = text.partition("T")[0] if dates is Dates.ISO else text
    try:
        day = datetime.strptime(written, _FORMATS[dates]).date()  # noqa: DTZ007 -- a day has no zone
    except ValueError:
        return None
    return day if day.strftime(_FORMATS[dates]) == written else None
