"""How one person's name comes to be written differently in different records."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple

from adapters.names import fold


class Written(NamedTuple):
    """A name as one agency has it, with the former names it knows."""

    family: str
    given: str
    former: tuple[tuple[str, str], ...] = ()


Slip = Callable[[Random, str, str], Written]


def write_name(chance: Random, family: str, given: str) -> Written:
    """Most often the name as it is; else one of the slips that records are full of."""
    slip = chance.choices(list(_SLIPS), weights=list(_SLIPS.values()))[0]
    return slip(chance, family, given)


def change_family(chance: Random, family: str, given: str) -> Written:
    """A new family name joined to the old one, or instead of it with the old one on file."""
    new = chance.choice(_NEW_FAMILIES)
    if chance.random() < 0.5:
        return Written(f"{family}-{new}", given)
    return Written(new, given, ((family, given),))


def _as_it_is(_: Random, family: str, given: str) -> Written:
    return Written(family, given)


def _without_accents(_: Random, family: str, given: str) -> Written:
    return Written(fold(family).title(), fold(given).title())


def _misspelt(chance: Random, family: str, given: str) -> Written:
    if chance.random() < 0.5:
        return Written(_slip_of_the_pen(chance, family), given)
    return Written(family, _slip_of_the_pen(chance, given))


def _swapped(_: Random, family: str, given: str) -> Written:
    return Written(given, family)


def _slip_of_the_pen(chance: Random, name: str) -> str:
    """Two neighbouring letters turned round, one doubled, or one left out; the first letter stays."""
    if len(name) < 4:
        return name
    at = chance.randrange(1, len(name) - 1)
    turned = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    doubled = name[:at] + name[at] + name[at:]
    short = name[:at] + name[at + 1 :]
    return chance.choice((turned, doubled, short))


_SLIPS: Final[dict[Slip, int]] = {
    _as_it_is: 55,
    _without_accents: 20,
    _misspelt: 13,
    _swapped: 4,
    change_family: 8,
}
_NEW_FAMILIES: Final = ("Ridley", "Calloway", "Ferris", "Maddox", "Quimby", "Sorrell", "Tennant", "Yardley")
