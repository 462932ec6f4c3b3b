"""Whether two identities are of one person. Pure.

Beyond the weights, four rules decide what may release at all: a birth date that contradicts never
does; without an equal identifier it takes an equal birth date, an agreeing given name, and an agreeing
family name or address; an equal identifier does not carry another person's given name; identifiers of
one system that differ need an equal birth date, and then weigh against.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from itertools import product
from typing import Final

from adapters.evidence import Evidence
from adapters.names import Likeness, distance, family_likeness, full_name, given_likeness
from adapters.partner import FieldWeight
from adapters.venues import address_likeness
from agreements.subject import Identifier, PersonIdentity

PRIOR_BITS: Final = -15.0
IDENTIFIER_EQUAL_BITS: Final = 40.0
IDENTIFIER_CONFLICT_BITS: Final = -13.0
NAME_ORDER_BITS: Final = -1.0

FAMILY_BITS: Final = {
    Likeness.EQUAL: 8.0,
    Likeness.PART: 5.0,
    Likeness.SPELLING: 4.0,
    Likeness.SHARED: 3.0,
    Likeness.SLIGHT: -3.0,
    Likeness.DIFFERENT: -4.0,
    Likeness.ABSENT: 0.0,
}
GIVEN_BITS: Final = {
    Likeness.EQUAL: 7.0,
    Likeness.PART: 5.0,
    Likeness.NICKNAME: 4.0,
    Likeness.SPELLING: 3.0,
    Likeness.SLIGHT: -4.0,
    Likeness.INITIAL: -4.0,
    Likeness.DIFFERENT: -18.0,
    Likeness.ABSENT: 0.0,
}
BIRTH_DATE_BITS: Final = {
    Likeness.EQUAL: 13.0,
    Likeness.SWAPPED: 2.0,
    Likeness.DIGIT: 0.0,
    Likeness.DIFFERENT: -30.0,
    Likeness.ABSENT: 0.0,
}
ADDRESS_BITS: Final = {
    Likeness.EQUAL: 8.0,
    Likeness.SPELLING: 7.0,
    Likeness.PART: 6.0,
    Likeness.SHARED: 1.0,
    Likeness.DIFFERENT: -1.0,
    Likeness.ABSENT: 0.0,
}
SAME_NAME: Final = frozenset(
    {Likeness.EQUAL, Likeness.PART, Likeness.NICKNAME, Likeness.SPELLING, Likeness.SHARED}
)
_SAME_ADDRESS: Final = frozenset({Likeness.EQUAL, Likeness.SPELLING, Likeness.PART})

_Names = tuple[Likeness, Likeness, bool]


def compare_people(one: PersonIdentity, other: PersonIdentity) -> Evidence:
    """Weigh every field both identities have."""
    family, given, crossed = name_likeness(one, other)
    born = birth_date_likeness(one.birth_date, other.birth_date)
    address = address_likeness(one.address, other.address)
    equal, conflict = identifier_agreement(one.identifiers, other.identifiers)
    weights = [
        FieldWeight("prior", "one-in-the-county", PRIOR_BITS),
        FieldWeight("family_name", family.value, FAMILY_BITS[family]),
        FieldWeight("given_name", given.value, GIVEN_BITS[given]),
        FieldWeight("birth_date", born.value, BIRTH_DATE_BITS[born]),
        FieldWeight("address", address.value, ADDRESS_BITS[address]),
    ]
    if crossed:
        weights.append(FieldWeight("name_order", "swapped", NAME_ORDER_BITS))
    if equal:
        weights.append(FieldWeight("identifiers", "equal", IDENTIFIER_EQUAL_BITS))
    if conflict:
        weights.append(FieldWeight("identifiers", "conflicting", IDENTIFIER_CONFLICT_BITS))
    if conflict and born is not Likeness.EQUAL:
        releasable = False
    elif equal:
        releasable = _identifier_carries(family, given, born)
    else:
        releasable = not conflict and _name_carries(family, given, born, address)
    return Evidence.of(weights, releasable=releasable)


def _identifier_carries(family: Likeness, given: Likeness, born: Likeness) -> bool:
    if born is Likeness.DIFFERENT or given is Likeness.DIFFERENT:
        return False
    return family is not Likeness.DIFFERENT or born is Likeness.EQUAL


def _name_carries(family: Likeness, given: Likeness, born: Likeness, address: Likeness) -> bool:
    named = given in SAME_NAME and (family in SAME_NAME or address in _SAME_ADDRESS)
    return named and born is Likeness.EQUAL


def name_likeness(one: PersonIdentity, other: PersonIdentity) -> _Names:
    """Family and given likeness of the two names that agree best, and whether their order is swapped."""
    pairs = product(known_names(one), known_names(other))
    return max((_either_order(a, b) for a, b in pairs), key=_name_bits)


def known_names(person: PersonIdentity) -> tuple[tuple[str, str], ...]:
    """Every (family, given) name of a person, the first one first."""
    return ((person.family_name, person.given_name), *person.other_names)


def _either_order(one: tuple[str, str], other: tuple[str, str]) -> _Names:
    straight = (family_likeness(one[0], other[0]), given_likeness(one[1], other[1]), False)
    if straight[0] in SAME_NAME and straight[1] in SAME_NAME:
        return straight
    crossed = (family_likeness(one[0], other[1]), given_likeness(one[1], other[0]), True)
    whole = crossed[0] in SAME_NAME and crossed[1] in SAME_NAME
    return crossed if whole else straight


def _name_bits(names: _Names) -> float:
    family, given, crossed = names
    return FAMILY_BITS[family] + GIVEN_BITS[given] + crossed * NAME_ORDER_BITS


def birth_date_likeness(one: date | None, other: date | None) -> Likeness:
    """Equal, day and month swapped, one digit wrong or two neighbouring digits turned, or different."""
    if one is None or other is None:
        return Likeness.ABSENT
    if one == other:
        return Likeness.EQUAL
    if swapped(one) == other:
        return Likeness.SWAPPED
    return Likeness.DIGIT if distance(one.isoformat(), other.isoformat()) == 1 else Likeness.DIFFERENT


def swapped(day: date) -> date | None:
    """The date with day and month exchanged, where there is one and it is another."""
    return day.replace(month=day.day, day=day.month) if day.day <= 12 and day.day != day.month else None


def identifier_agreement(one: Iterable[Identifier], other: Iterable[Identifier]) -> tuple[bool, bool]:
    """Whether some identifier is equal, and whether some system has values on both sides but none equal."""
    ours, theirs = by_system(one), by_system(other)
    shared = ours.keys() & theirs.keys()
    equal = {system for system in shared if not ours[system].isdisjoint(theirs[system])}
    return bool(equal), bool(shared - equal)


def by_system(identifiers: Iterable[Identifier]) -> dict[str, set[str]]:
    """Normal values by normal system: case, spaces and hyphens do not count; empty ones are left out."""
    found: dict[str, set[str]] = {}
    for each in identifiers:
        value = "".join(c for c in unicodedata.normalize("NFKC", each.value).casefold() if c.isalnum())
        if value:
            found.setdefault(each.system.strip().casefold(), set()).add(value)
    return found


def identifier_keys(person: PersonIdentity) -> tuple[str, ...]:
    """One normal form for each identifier."""
    found = by_system(person.identifiers)
    return tuple(f"id|{system}|{value}" for system in sorted(found) for value in sorted(found[system]))


def name_keys(person: PersonIdentity) -> tuple[str, ...]:
    """One normal form for each full name a person is known by."""
    names = (full_name(family, given) for family, given in known_names(person))
    return tuple(dict.fromkeys(name for name in names if name))
