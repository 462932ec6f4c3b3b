"""Whether two identities are of one person. Pure.

The weights are learnt (`adapters.weights`); above them stand rules nothing outweighs. Without an equal
identifier it takes an equal birth date, an agreeing given name, and an agreeing family name or street
address to release, and nobody is even asked about under a contradicting birth date or given name (twins). An
equal identifier does not carry another person's given name or birth date; identifiers of one system that
differ never release.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import product
from math import log2
from typing import Final, NamedTuple

from adapters.evidence import Evidence
from adapters.latin import consonants
from adapters.names import Likeness, crossable, family_likeness, full_name, given_likeness, parts
from adapters.partner import FieldWeight
from adapters.venues import address_likeness, postal_code
from adapters.weights import (
    ADDRESS,
    BIRTH_DATE,
    COMMON_FAMILY_NAMES,
    COMMON_GIVEN_NAMES,
    FAMILY_NAME,
    GIVEN_NAME,
    IDENTIFIERS,
    NAMES_SWAPPED,
    PRIOR,
    Shares,
)
from agreements.subject import Address, Identifier, PersonIdentity


def _bits(shares: Shares) -> dict[Likeness, float]:
    """Each outcome's weight; an absent value says nothing."""
    learnt = {Likeness(outcome): log2(same / apart) for outcome, (same, apart) in shares.items()}
    return {**learnt, Likeness.ABSENT: 0.0}


PRIOR_BITS: Final = log2(PRIOR / (1 - PRIOR))
FAMILY_BITS: Final = _bits(FAMILY_NAME)
GIVEN_BITS: Final = _bits(GIVEN_NAME)
BIRTH_DATE_BITS: Final = _bits(BIRTH_DATE)
ADDRESS_BITS: Final = _bits(ADDRESS)
IDENTIFIER_BITS: Final = {outcome: log2(same / apart) for outcome, (same, apart) in IDENTIFIERS.items()}
NAME_ORDER_BITS: Final = log2(NAMES_SWAPPED / (1 - NAMES_SWAPPED))

SAME_NAME: Final = frozenset(
    {Likeness.EQUAL, Likeness.PART, Likeness.NICKNAME, Likeness.SOUND, Likeness.SPELLING, Likeness.SHARED}
)
_SAME_HOUSE: Final = frozenset({Likeness.EQUAL, Likeness.SPELLING})
"""An equal postal code alone is a thousand houses, some with somebody of this given name and birth date."""


class NameLikeness(NamedTuple):
    """How two names agree; the commonness of an equal one, in bits, lowers what its equality says."""

    family: Likeness
    given: Likeness
    crossed: bool
    family_commonness: float = 0.0
    given_commonness: float = 0.0

    @property
    def same(self) -> bool:
        return self.family in SAME_NAME and self.given in SAME_NAME

    @property
    def bits(self) -> float:
        names = FAMILY_BITS[self.family] + GIVEN_BITS[self.given] + self.crossed * NAME_ORDER_BITS
        return names - self.family_commonness - self.given_commonness


def compare_people(one: PersonIdentity, other: PersonIdentity) -> Evidence:
    """Weigh every field both identities have."""
    names = name_likeness(one, other)
    born = birth_date_likeness(one.birth_date, other.birth_date)
    address = address_likeness(one.address, other.address)
    equal, conflict = identifier_agreement(one.identifiers, other.identifiers)
    weights = [
        FieldWeight("prior", "one-in-the-county", PRIOR_BITS),
        *_name_weights(names),
        FieldWeight("birth_date", born.value, BIRTH_DATE_BITS[born]),
        FieldWeight("address", address.value, ADDRESS_BITS[address]),
    ]
    if equal:
        weights.append(FieldWeight("identifiers", "equal", IDENTIFIER_BITS["equal"]))
    if conflict:
        weights.append(FieldWeight("identifiers", "conflicting", IDENTIFIER_BITS["conflicting"]))
    if equal:
        releasable = not conflict and _identifier_carries(names, born)
        askable = born is not Likeness.DIFFERENT or names.same
    else:
        releasable = not conflict and _name_carries(names, born, address)
        askable = Likeness.DIFFERENT not in (born, names.given)
    return Evidence.of(weights, releasable=releasable, askable=askable)


def _name_weights(names: NameLikeness) -> list[FieldWeight]:
    weights = [
        FieldWeight("family_name", names.family.value, FAMILY_BITS[names.family]),
        FieldWeight("given_name", names.given.value, GIVEN_BITS[names.given]),
    ]
    if names.family_commonness:
        weights.append(FieldWeight("family_name", "common", -names.family_commonness))
    if names.given_commonness:
        weights.append(FieldWeight("given_name", "common", -names.given_commonness))
    if names.crossed:
        weights.append(FieldWeight("name_order", "swapped", NAME_ORDER_BITS))
    return weights


def _identifier_carries(names: NameLikeness, born: Likeness) -> bool:
    if Likeness.DIFFERENT in (born, names.given):
        return False
    return names.family is not Likeness.DIFFERENT or born is Likeness.EQUAL


def _name_carries(names: NameLikeness, born: Likeness, address: Likeness) -> bool:
    housed = names.given in SAME_NAME and not names.crossed and address in _SAME_HOUSE
    return born is Likeness.EQUAL and (names.same or housed)


def name_likeness(one: PersonIdentity, other: PersonIdentity) -> NameLikeness:
    """Family and given likeness of the two names that agree best, in the order they agree best in."""
    pairs = product(known_names(one), known_names(other))
    return max((_either_order(a, b) for a, b in pairs), key=_rank)


def known_names(person: PersonIdentity) -> tuple[tuple[str, str], ...]:
    """Every (family, given) name of a person, the first one first."""
    return ((person.family_name, person.given_name), *person.other_names)


def _either_order(one: tuple[str, str], other: tuple[str, str]) -> NameLikeness:
    straight = _in_order(one, other, crossed=False)
    if straight.same or not all((*one, *other)):
        return straight
    if not crossable(one[0], other[1]) and not crossable(one[1], other[0]):
        return straight
    turned, turned_other = (one[1], one[0]), (other[1], other[0])
    crossed = (_in_order(turned, other, crossed=True), _in_order(one, turned_other, crossed=True))
    return max(straight, *crossed, key=_rank)


def _in_order(one: tuple[str, str], other: tuple[str, str], *, crossed: bool) -> NameLikeness:
    family, given = family_likeness(one[0], other[0]), given_likeness(one[1], other[1])
    return NameLikeness(
        family,
        given,
        crossed,
        _commonness(one[0], COMMON_FAMILY_NAMES, FAMILY_NAME) if family is Likeness.EQUAL else 0.0,
        _commonness(one[1], COMMON_GIVEN_NAMES, GIVEN_NAME) if given is Likeness.EQUAL else 0.0,
    )


def _commonness(name: str, common: Mapping[str, float], shares: Shares) -> float:
    share = common.get("".join(parts(name)))
    return 0.0 if share is None else max(0.0, log2(share / shares[Likeness.EQUAL.value][1]))


def _rank(names: NameLikeness) -> tuple[bool, float, str, str]:
    """Agreement in both halves first, then by weight; ties the same way from either side."""
    return names.same, names.bits, names.family.value, names.given.value


def birth_date_likeness(one: date | None, other: date | None) -> Likeness:
    """Equal, or how two dates differ.

    Day and month swapped; one digit wrong or two neighbouring digits turned; the first of the month (or
    year) standing for an unknown day; two of year, month and day equal; or different.
    """
    if one is None or other is None:
        return Likeness.ABSENT
    if one == other:
        return Likeness.EQUAL
    if swapped(one) == other:
        return Likeness.SWAPPED
    if _default_day(one, other) or _default_day(other, one):
        return Likeness.DEFAULT_DAY
    if _one_slip(one, other):
        return Likeness.DIGIT
    equal = (one.year == other.year) + (one.month == other.month) + (one.day == other.day)
    return Likeness.TWO_PARTS if equal == 2 else Likeness.DIFFERENT


def _default_day(rough: date, exact: date) -> bool:
    """Whether a date may stand for another of which only the year, or year and month, was known."""
    if rough.day != 1 or rough.year != exact.year:
        return False
    return rough.month in (1, exact.month)


def _one_slip(one: date, other: date) -> bool:
    ours, theirs = one.isoformat(), other.isoformat()
    apart = [i for i, digit in enumerate(ours) if digit != theirs[i]]
    if len(apart) == 1:
        return True
    if len(apart) != 2 or apart[1] != apart[0] + 1:
        return False
    first, second = apart
    return ours[first] == theirs[second] and ours[second] == theirs[first]


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


def like_forms(person: PersonIdentity) -> tuple[str, ...]:
    """Coarse forms of which two records of one person mostly share one.

    Both halves of a name, in either order; and each half with two parts of the birth date, or with the
    postal code.
    """
    forms: dict[str, None] = {}
    beside = (*_near_dates(person.birth_date), *_codes(person.address))
    for family, given in known_names(person):
        halves = [half for half in (_skeleton(family), _skeleton(given)) if half]
        if len(halves) == 2:
            forms[" ".join(sorted(halves))] = None
        forms.update(dict.fromkeys(f"{half}|{each}" for half in halves for each in beside))
    return tuple(forms)


@lru_cache(maxsize=8192)
def _skeleton(name: str) -> str:
    found = parts(name)
    return found[0][:1] + consonants(found[0][1:])[:3] if found else ""


def _near_dates(born: date | None) -> tuple[str, ...]:
    if born is None:
        return ()
    low, high = sorted((born.month, born.day))
    months = (f"{born.year}-{low}-{high}", f"{born.year}-{born.month}", f"{born.month}-{born.day}")
    return (*months, f"{born.year}--{born.day}")


def _codes(address: Address | None) -> tuple[str, ...]:
    code = postal_code(address.postal_code) if address else ""
    return (f"code {code}",) if code else ()
