"""Users, demographics and organisations of OneRoster 1.1 and 1.2 as our terms. Pure.

Real servers and exports write one thing in many ways: `enabledUser` as a text, a number where a text
belongs, a role on the user or in a list. What can be read one way only is read; a record with a part that
cannot, or that contradicts another under the same `sourcedId`, can be found but never be a `Match`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from adapters.index import IdentityIndex
from adapters.oneroster_mapping import OneRosterMapping, RosterWord, VenueMapping
from adapters.partner import Fault, Lookup, Match, NoMatch, SourceError, Unclear
from adapters.source_json import Json
from agreements.permit import FieldValue
from agreements.subject import Address, Identifier, Identity, PersonIdentity, Subject, VenueIdentity
from agreements.terms import SubjectKind

Record = Mapping[str, Json]

# Visible ASCII without what means something in an address or a filter.
_SOURCED_ID: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~@:+=,;!$()*|{}\[\]-]{1,255}")
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T00:00:00(?:\.0+)?(?:Z|[+-]\d{2}:?\d{2})?)?")


@dataclass(frozen=True, slots=True)
class RosterIds:
    """The `sourcedId`s under which a roster holds one subject, the best known first."""

    kind: SubjectKind
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """What a roster says of one user beside who it is; `enabled` is None where not said."""

    sourced_id: str
    org_ids: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    enabled: bool | None = None
    email: str = ""
    phone: str = ""

    def value(self, word: RosterWord, schools: Mapping[str, str]) -> FieldValue:
        """The value of a word; None where the roster says nothing. `schools` gives names by `sourcedId`."""
        if word is RosterWord.GRADES:
            return list(self.grades) or None
        if word is RosterWord.SCHOOLS:
            return [schools[each] for each in self.org_ids if each in schools] or None
        if word is RosterWord.ENABLED:
            return self.enabled
        return (self.email if word is RosterWord.EMAIL else self.phone) or None


class Candidates:
    """Identities of a roster by `sourcedId`, ready to be searched.

    Those under a `doubtful` id are not fit to be released; `complete` says whether all were read that
    could be the one asked about.
    """

    def __init__(
        self, found: Iterable[tuple[str, Identity]], doubtful: frozenset[str], *, complete: bool = True
    ) -> None:
        held = list(found)
        self._ids = [sourced_id for sourced_id, _ in held]
        self._index = IdentityIndex([identity for _, identity in held])
        self._doubtful = doubtful
        self._complete = complete

    def find(self, subject: Subject) -> Lookup:
        """The one that stands out, as a `Match` with `RosterIds`."""
        lookup = self._index.find(subject)
        if isinstance(lookup, Match) and isinstance(lookup.reference, tuple):
            ids = tuple(dict.fromkeys(self._ids[position] for position in lookup.reference))
            if not self._complete or not self._doubtful.isdisjoint(ids):
                return Unclear(lookup.score)
            return replace(lookup, reference=RosterIds(subject.kind, ids))
        # Among those not read might be the one asked about.
        return Unclear(0.0) if isinstance(lookup, NoMatch) and not self._complete else lookup


def people(
    users: Iterable[Record], births: Iterable[Record], mapping: OneRosterMapping, *, complete: bool = True
) -> Candidates:
    """Users with the birth dates of their demographics. Records to be deleted do not count."""
    born, contradictory = _birth_dates(births)
    read = [_person(each, born, mapping.identifiers) for each in users if not is_deleted(each)]
    return _candidates(read, contradictory, complete=complete)


def venues(orgs: Iterable[Record], mapping: VenueMapping, *, complete: bool = True) -> Candidates:
    """Organisations of the mapped types."""
    read = [_venue(each, mapping) for each in _of_types(orgs, mapping.types)]
    return _candidates(read, set(), complete=complete)


def school_names(orgs: Iterable[Record]) -> dict[str, str]:
    """The names of schools by `sourcedId`."""
    read = map(Reading, _of_types(orgs, ("school",)))
    return {each.text("sourcedId"): each.text("name") for each in read}


def entry(record: Record, words: Iterable[RosterWord]) -> RosterEntry:
    """What a user's record says, as far as these words need it.

    Raises:
        SourceError: a part of it cannot be read (`MALFORMED`).
    """
    read = Reading(record)
    wanted = frozenset(words)
    found = RosterEntry(
        read.text("sourcedId"),
        org_ids=read.org_ids() if RosterWord.SCHOOLS in wanted else (),
        grades=read.texts("grades") if RosterWord.GRADES in wanted else (),
        enabled=read.truth("enabledUser") if RosterWord.ENABLED in wanted else None,
        email=read.text("email") if RosterWord.EMAIL in wanted else "",
        phone=read.text("phone") if RosterWord.PHONE in wanted else "",
    )
    if not read.sure:
        raise SourceError(Fault.MALFORMED)
    return found


def is_deleted(record: Record) -> bool:
    """Whether the source only keeps the record until everybody has deleted it (OneRoster `status`)."""
    return str(record.get("status", "")).strip().lower() == "tobedeleted"


def has_role(record: Record, role: str) -> bool:
    """Whether a user has a role, in the list of version 1.2 or the one property of 1.1."""
    read = Reading(record)
    roles = {read.text("role"), *(Reading(each).text("role") for each in read.objects("roles"))}
    return role in {each.lower() for each in roles}


def is_addressable(sourced_id: str) -> bool:
    """Whether an id can name one record of a source and nothing else in an address."""
    return _SOURCED_ID.fullmatch(sourced_id) is not None


def read_day(text: str) -> date | None:
    """A date, also as the midnight some servers make of it; None for any other spelling."""
    found = _DAY.fullmatch(text.strip())
    try:
        return None if found is None else date.fromisoformat(found[1])
    except ValueError:
        return None


class Reading:
    """Takes parts out of a record; `sure` turns false at the first one that is not of its kind."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.sure = True

    def text(self, name: str) -> str:
        """A text, or a whole number as one; empty where absent."""
        return self._as_text(self._record.get(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, or one alone; empty ones left out."""
        value = self._record.get(name)
        texts = map(self._as_text, value if isinstance(value, list) else [value])
        return tuple(each for each in texts if each)

    def objects(self, name: str) -> list[Record]:
        """A list of objects, or one alone."""
        value = self._record.get(name)
        items = value if isinstance(value, list) else [] if value in (None, "") else [value]
        found: list[Record] = [each for each in items if isinstance(each, dict)]
        self.sure = self.sure and len(found) == len(items)
        return found

    def truth(self, name: str) -> bool | None:
        """`true` and `false`, as such or as texts."""
        value = self._record.get(name)
        words: Mapping[str, bool | None] = {"true": True, "false": False, "": None, "none": None}
        word = str(value).strip().lower()
        self.sure = self.sure and word in words
        return words.get(word)

    def org_ids(self) -> tuple[str, ...]:
        """The organisations a user belongs to, the primary one first."""
        inside = [org for role in self.objects("roles") for org in self._inside(role, "org")]
        read = [self._inside(self._record, "primaryOrg"), inside, self.objects("orgs")]
        ids = [self._as_text(each.get("sourcedId")) for some in read for each in some]
        return tuple(dict.fromkeys(each for each in ids if each))

    def _inside(self, record: Record, name: str) -> list[Record]:
        inner = Reading(record)
        found = inner.objects(name)
        self.sure = self.sure and inner.sure
        return found

    def _as_text(self, value: Json) -> str:
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.sure = self.sure and value is None
        return ""


_Read = tuple[str, Identity, bool]


def _candidates(read: Iterable[_Read], doubtful: set[str], *, complete: bool = True) -> Candidates:
    found: dict[tuple[str, Identity], None] = {}
    seen: dict[str, Identity] = {}
    for sourced_id, identity, sure in read:
        if not sure or not is_addressable(sourced_id) or seen.setdefault(sourced_id, identity) != identity:
            doubtful.add(sourced_id)
        found[sourced_id, identity] = None
    return Candidates(found, frozenset(doubtful), complete=complete)


def _person(record: Record, born: Mapping[str, date | None], identifiers: Mapping[str, str]) -> _Read:
    read = Reading(record)
    sourced_id = read.text("sourcedId")
    family, first, middle = (read.text(each) for each in ("familyName", "givenName", "middleName"))
    preferred = (
        read.text("preferredLastName") or family,
        _joined(
            read.text("preferredFirstName") or first,
            read.text("preferredMiddleName"),
        ),
    )
    name = (family, _joined(first, middle))
    held = [
        Identifier(system, value) for system, path in identifiers.items() for value in values_at(read, path)
    ]
    others = (preferred,) if preferred not in {name, (family, first)} else ()
    person = PersonIdentity(*name, born.get(sourced_id), tuple(held), None, others)
    return sourced_id, person, read.sure


def values_at(read: Reading, path: str) -> list[str]:
    """The identifiers in a property of a mapping: one of the user's own, or `userIds.` and a type."""
    head, _, kind = path.partition(".")
    if not kind:
        return [value for value in [read.text(head)] if value]
    pairs = [Reading(each) for each in read.objects(head)]
    found = [each.text("identifier") for each in pairs if each.text("type").lower() == kind.lower()]
    read.sure = read.sure and all(each.sure for each in pairs)
    return [value for value in found if value]


def _joined(*names: str) -> str:
    return " ".join(filter(None, names))


def _birth_dates(births: Iterable[Record]) -> tuple[dict[str, date | None], set[str]]:
    """Birth dates by `sourcedId`, and those ids under which several stand."""
    born: dict[str, date | None] = {}
    contradictory: set[str] = set()
    for record in births:
        if is_deleted(record):
            continue
        read = Reading(record)
        sourced_id = read.text("sourcedId") or read.text("userSourcedId")
        day = read_day(read.text("birthDate"))
        if born.setdefault(sourced_id, day) != day:
            contradictory.add(sourced_id)
    return born | dict.fromkeys(contradictory, None), contradictory


def _venue(record: Record, mapping: VenueMapping) -> _Read:
    read = Reading(record)
    metadata = Reading(next(iter(read.objects("metadata")), {}))
    parts = {part: metadata.text(name) for part, name in mapping.address.named().items()}
    address = Address(**parts) if any(parts.values()) else None
    return read.text("sourcedId"), VenueIdentity(read.text("name"), address), read.sure and metadata.sure


def _of_types(orgs: Iterable[Record], types: Iterable[str]) -> list[Record]:
    wanted = {each.lower() for each in types}
    return [each for each in orgs if not is_deleted(each) and Reading(each).text("type").lower() in wanted]
