"""The people of Riverside County, and how each agency that knows them has written them down.

All made up, and the same for the same seed and day: households by culture, two thousand people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import resources
from itertools import chain
from random import Random
from typing import Final

import yaml

from agreements.subject import Address, Identifier, PersonIdentity
from gateway.demo.spelling import write_name

POPULATION: Final = 2000
POLICE: Final = "riverside-pd"
HEALTH: Final = "riverside-health"
SCHOOLS: Final = "riverside-schools"
SOCIAL: Final = "riverside-social"
HOUSING: Final = "riverside-housing"

STUDENT_ID: Final = "urn:us-or:state-student-id"
LICENCE: Final = "urn:us-or:driver-licence"
MRN: Final = "urn:riverside-health:mrn"

_STREETS: Final = (
    "Alder",
    "Bramble",
    "Canyon",
    "Dogwood",
    "Elkhorn",
    "Fir Grove",
    "Granite",
    "Heron",
    "Juniper",
)
_WAYS: Final = ("Street", "Avenue", "Drive", "Lane", "Court")
_TOWNS: Final = (
    ("Riverside", "97917"),
    ("Millbrook", "97921"),
    ("Cedar Flat", "97924"),
    ("Oak Landing", "97930"),
)


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    family: str
    given: str
    born: date
    address: Address
    age: int


@dataclass(frozen=True, slots=True)
class Known:
    """A person as one agency has written them down."""

    person: Person
    identity: PersonIdentity


@dataclass(frozen=True, slots=True)
class Population:
    people: tuple[Person, ...]
    known: dict[str, tuple[Known, ...]]
    """By agency."""

    def in_several(self) -> tuple[int, int]:
        """How many people several agencies know, and how many of those under names that differ."""
        names: dict[int, list[tuple[str, str]]] = {}
        for each in chain.from_iterable(self.known.values()):
            who = each.identity
            names.setdefault(each.person.number, []).append((who.family_name, who.given_name))
        several = [written for written in names.values() if len(written) > 1]
        return len(several), sum(len(set(written)) > 1 for written in several)


def populate(seed: int, today: date) -> Population:
    """Two thousand different people and, for each agency, whom it knows and how it has written them."""
    chance = Random(seed)
    people = tuple(_different_people(chance, today))
    known: dict[str, list[Known]] = {agency: [] for agency in (POLICE, HEALTH, SCHOOLS, SOCIAL, HOUSING)}
    for person in people:
        for agency in _agencies_of(chance, person):
            known[agency].append(Known(person, _as_written(chance, person, agency)))
    return Population(people, {agency: tuple(them) for agency, them in known.items()})


def _different_people(chance: Random, today: date) -> Iterator[Person]:
    cultures = _cultures()
    seen: set[tuple[str, str, date]] = set()
    while len(seen) < POPULATION:
        for person in _household(chance, chance.choice(cultures), today, len(seen)):
            key = (person.family, person.given, person.born)
            if key not in seen and len(seen) < POPULATION:
                seen.add(key)
                yield person


def _household(chance: Random, names: dict[str, list[str]], today: date, first: int) -> Iterator[Person]:
    town, code = chance.choice(_TOWNS)
    line = f"{chance.randrange(100, 2400)} {chance.choice(_STREETS)} {chance.choice(_WAYS)}"
    address = Address(line, town, "OR", code, "US")
    family = chance.choice(names["family"])
    adults = chance.choice((1, 2, 2, 2))
    grown_up = chance.randrange(24, 70)
    ages = [max(19, grown_up + chance.randrange(-4, 5)) for _ in range(adults)]
    ages += [chance.randrange(1, 19) for _ in range(chance.choice((0, 1, 1, 2, 3)) if grown_up < 56 else 0)]
    given = chance.sample(names["given"], len(ages))
    for number, (name, age) in enumerate(zip(given, ages, strict=True), first):
        born = today - timedelta(days=round(age * 365.25) + chance.randrange(365))
        yield Person(number, family, name, born, address, age)


def _cultures() -> list[dict[str, list[str]]]:
    text = resources.files("gateway.demo").joinpath("data", "names.yaml").read_text("utf-8")
    cultures: list[dict[str, list[str]]] = yaml.safe_load(text)
    return cultures


def _agencies_of(chance: Random, person: Person) -> list[str]:
    """Who knows somebody of that age, at least one of them."""
    child = 5 <= person.age <= 18
    odds = {
        POLICE: 0.34 if person.age >= 18 else 0.16 if person.age >= 12 else 0.05,
        HEALTH: 0.72,
        SCHOOLS: 0.94 if child else 0.0,
        SOCIAL: 0.22 if person.age <= 18 else 0.12,
        HOUSING: 0.0 if person.age < 18 else 0.15,
    }
    return [agency for agency, odd in odds.items() if chance.random() < odd] or [HEALTH]


def _as_written(chance: Random, person: Person, agency: str) -> PersonIdentity:
    written = write_name(chance, person.family, person.given)
    moved = chance.random() < 0.12
    address = replace(person.address, line=f"{chance.randrange(100, 2400)} Old Mill Road") if moved else None
    return PersonIdentity(
        written.family,
        written.given,
        person.born,
        tuple(identifiers_of(person, agency)),
        address or person.address,
        written.former,
    )


def identifiers_of(person: Person, agency: str) -> Iterator[Identifier]:
    """The identifiers an agency has of somebody."""
    if agency == SCHOOLS:
        yield Identifier(STUDENT_ID, f"S-{300000 + 7 * person.number}")
    if agency == HEALTH:
        yield Identifier(MRN, f"RH{1000000 + 13 * person.number}")
    if person.age >= 16 and agency in {POLICE, HOUSING} and person.number % 5:
        yield Identifier(LICENCE, f"D{4000000 + 11 * person.number}")
