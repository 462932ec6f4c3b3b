"""A generated county: households with namesakes, siblings and twins, and look-ups as people write them.

Names follow the United States census. What a look-up gets wrong, and how often, are assumptions, stated
in `SLIPS`; nobody's real data is in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from adapters.nicknames import GROUPS
from agreements.subject import Address, PersonIdentity
from tests.bench.census import family_names, given_names
from tests.bench.lookups import Asked, Lookups

TWINS: Final = 0.016
"""Births that are of twins; 3.2 % of people are one."""

NAMESAKES: Final = 0.04
"""Children who bear a parent's given name."""

DOUBLE_NAMES: Final = 0.06
"""Households with a double family name."""

_POSTCODES: Final = 40
_LETTERS: Final = "abcdefghijklmnoprstuvwyz"


def lookups(held: int, asked: int, *, seed: int, reported: bool) -> Lookups:
    """As many people held, and twice as many look-ups as `asked`: of people held, and of people not held.

    Those not held are of the same households as those held, twins among them.
    """
    chance = random.Random(seed)
    people = list(_people(held + held // 4 + asked, chance))
    kept = set(chance.sample(range(len(people)), held))
    inside = tuple(person for position, person in enumerate(people) if position in kept)
    outside = [person for position, person in enumerate(people) if position not in kept]
    wanted = [(inside[position], position) for position in chance.sample(range(held), asked)]
    strangers: list[tuple[PersonIdentity, int | None]] = [
        (each, None) for each in chance.sample(outside, asked)
    ]
    questions = tuple(
        _question(person, truth, chance, reported=reported) for person, truth in [*wanted, *strangers]
    )
    return Lookups(f"generated, {held:,} held", inside, tuple(map(_text, inside)), questions)


def _question(person: PersonIdentity, truth: int | None, chance: random.Random, *, reported: bool) -> Asked:
    for slip, share in SLIPS.items():
        if chance.random() < share:
            person = slip(person, chance)
    return Asked(person, _text(person), truth, reported)


def _text(person: PersonIdentity) -> str:
    return person.birth_date.strftime("%Y%m%d") if person.birth_date else ""


def _people(count: int, chance: random.Random) -> Iterator[PersonIdentity]:
    made = 0
    while made < count:
        for person in _household(chance)[: count - made]:
            made += 1
            yield person


def _household(chance: random.Random) -> list[PersonIdentity]:
    family = family_names().draw(chance)
    if chance.random() < DOUBLE_NAMES:
        family = f"{family}-{family_names().draw(chance)}"
    home = _address(chance)
    born = date(1935, 1, 1) + timedelta(days=chance.randrange(365 * 70))
    adults = [_member(family, "male", born, home, chance)]
    if chance.random() < 0.7:
        partner = born + timedelta(days=chance.randrange(-2500, 2500))
        adults.append(_member(family, "female", partner, home, chance))
    return adults + _children(adults, born, chance)


def _children(parents: list[PersonIdentity], born: date, chance: random.Random) -> list[PersonIdentity]:
    children: list[PersonIdentity] = []
    family, home = parents[0].family_name, parents[0].address
    birth = born + timedelta(days=365 * 20)
    for _ in range(chance.choice([0, 0, 1, 2, 2, 3])):
        birth += timedelta(days=chance.randrange(400, 2200))
        for _ in range(2 if chance.random() < TWINS else 1):
            child = _member(family, chance.choice(["male", "female"]), birth, home, chance)
            if chance.random() < NAMESAKES:
                child = replace(child, given_name=parents[0].given_name)
            if all(child.given_name != other.given_name for other in children):
                children.append(child)
    return children


def _member(family: str, sex: str, born: date, home: Address | None, chance: random.Random) -> PersonIdentity:
    return PersonIdentity(family, given_names(sex).draw(chance), born, address=home)


def _address(chance: random.Random) -> Address:
    street = f"{family_names().draw(chance)} {chance.choice(['Street', 'Road', 'Avenue', 'Lane'])}"
    area = chance.randrange(_POSTCODES)
    return Address(f"{chance.randrange(1, 400)} {street}", f"Town {area // 4}", "", f"{97000 + area}")


def _typed(word: str, chance: random.Random) -> str:
    """A word with one letter left out, added, changed, or turned with the next."""
    if len(word) < 3:
        return word
    at, letter = chance.randrange(len(word) - 1), chance.choice(_LETTERS)
    return chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )


def _family_typo(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    return replace(person, family_name=_typed(person.family_name, chance))


def _given_typo(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    return replace(person, given_name=_typed(person.given_name, chance))


def _nickname(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    groups = [group for group in GROUPS if person.given_name.lower() in group]
    return replace(person, given_name=chance.choice(chance.choice(groups)).capitalize()) if groups else person


def _middle_name(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    middle = given_names(chance.choice(["male", "female"])).draw(chance)
    return replace(person, given_name=f"{person.given_name} {middle}")


def _initial(person: PersonIdentity, _: random.Random) -> PersonIdentity:
    return replace(person, given_name=person.given_name[:1])


def _no_given_name(person: PersonIdentity, _: random.Random) -> PersonIdentity:
    return replace(person, given_name="")


def _another_given_name(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    return replace(person, given_name=given_names(chance.choice(["male", "female"])).draw(chance))


def _changed_family_name(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    return replace(person, family_name=family_names().draw(chance))


def _joined_family_name(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    return replace(person, family_name=f"{person.family_name}-{family_names().draw(chance)}")


def _half_family_name(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    return replace(person, family_name=chance.choice(person.family_name.split("-")))


def _swapped_names(person: PersonIdentity, _: random.Random) -> PersonIdentity:
    return replace(person, family_name=person.given_name, given_name=person.family_name)


def _swapped_date(person: PersonIdentity, _: random.Random) -> PersonIdentity:
    born = person.birth_date
    if born is None or born.day > 12:
        return person
    return replace(person, birth_date=born.replace(month=born.day, day=born.month))


def _date_typo(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    born = person.birth_date
    if born is None:
        return person
    years, days = chance.choice([(0, 1), (0, -1), (1, 0), (-1, 0), (10, 0), (-10, 0)])
    moved = born + timedelta(days=days)
    return replace(person, birth_date=moved.replace(year=moved.year + years, day=min(moved.day, 28)))


def _rough_date(person: PersonIdentity, _: random.Random) -> PersonIdentity:
    return replace(
        person, birth_date=person.birth_date.replace(month=1, day=1) if person.birth_date else None
    )


def _no_date(person: PersonIdentity, _: random.Random) -> PersonIdentity:
    return replace(person, birth_date=None)


def _moved(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    return replace(person, address=_address(chance))


def _code_only(person: PersonIdentity, _: random.Random) -> PersonIdentity:
    address = person.address
    return replace(person, address=Address(postal_code=address.postal_code) if address else None)


def _street_typo(person: PersonIdentity, chance: random.Random) -> PersonIdentity:
    address = person.address or Address()
    return replace(person, address=replace(address, line=_typed(address.line, chance)))


def _no_code(person: PersonIdentity, _: random.Random) -> PersonIdentity:
    address = person.address or Address()
    return replace(person, address=Address(city=address.city))


SLIPS: Final[dict[Callable[[PersonIdentity, random.Random], PersonIdentity], float]] = {
    _family_typo: 0.04,
    _given_typo: 0.04,
    _nickname: 0.06,
    _middle_name: 0.05,
    _initial: 0.01,
    _no_given_name: 0.005,
    _another_given_name: 0.005,
    _changed_family_name: 0.02,
    _joined_family_name: 0.01,
    _half_family_name: 0.02,
    _swapped_names: 0.02,
    _swapped_date: 0.02,
    _date_typo: 0.015,
    _rough_date: 0.005,
    _no_date: 0.02,
    _moved: 0.12,
    _code_only: 0.3,
    _street_typo: 0.05,
    _no_code: 0.05,
}
"""What befalls a look-up, each independently, with its share."""
