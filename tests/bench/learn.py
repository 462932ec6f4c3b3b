"""Learns a person's weights and writes `adapters/weights.py` and `adapters/given_names.py`.

What two records of one person do is counted on the unreported half of FEBRL 1 to 4 and on generated
look-ups of a seed of their own, half and half; what records of two people do, on random pairs of the same.
Run it with `python -m tests.bench learn`.
"""

from __future__ import annotations

import random
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from adapters.names import Likeness
from adapters.people import birth_date_likeness, identifier_agreement, name_likeness
from adapters.venues import address_likeness
from agreements.subject import Address, PersonIdentity
from tests.bench.census import family_names, given_names
from tests.bench.county import lookups
from tests.bench.lookups import Lookups, febrl

SEED: Final = 20
PAIRS: Final = 60_000
"""Random pairs of two people compared for each source."""

PRIOR: Final = 1e-5
"""One in a county of 100,000: what is believed of a held person before anything is compared."""

IDENTIFIER_CHANCE: Final = 1e-7
"""Two people's identifiers of one system equal by chance: one of seven digits."""

_ESTABLISHED_FROM: Final = 0.0003
_SMOOTHING: Final = 0.5
_ADAPTERS: Final = Path(__file__).parents[2] / "adapters"
_LEVELS: Final[Mapping[str, tuple[Likeness, ...]]] = {
    "family_name": (
        *(Likeness.EQUAL, Likeness.PART, Likeness.SOUND, Likeness.SPELLING, Likeness.SHARED),
        *(Likeness.NEAR, Likeness.SLIGHT, Likeness.DIFFERENT),
    ),
    "given_name": (
        *(Likeness.EQUAL, Likeness.PART, Likeness.NICKNAME, Likeness.SOUND, Likeness.SPELLING),
        *(Likeness.NEAR, Likeness.SLIGHT, Likeness.INITIAL, Likeness.DIFFERENT),
    ),
    "birth_date": (
        *(Likeness.EQUAL, Likeness.SWAPPED, Likeness.DIGIT, Likeness.DEFAULT_DAY, Likeness.TWO_PARTS),
        Likeness.DIFFERENT,
    ),
    "address": (Likeness.EQUAL, Likeness.SPELLING, Likeness.PART, Likeness.SHARED, Likeness.DIFFERENT),
}

Pair = tuple[PersonIdentity, PersonIdentity]
Shares = dict[str, tuple[float, float]]
Outcomes = Mapping[str, Counter[str]]


def main() -> None:
    sources = (febrl(), (lookups(20_000, 8_000, seed=SEED, reported=False),))
    chance = random.Random(SEED)
    same = [_outcomes(_true_pairs(source)) for source in sources]
    apart = [_outcomes(_random_pairs(source, chance)) for source in sources]
    shares = {field: _shares(field, same, apart) for field in _LEVELS}
    for field in ("family_name", "given_name", "birth_date"):
        by_chance = _mean(_collisions(source, field) for source in sources)
        shares[field]["equal"] = (shares[field]["equal"][0], by_chance)
    kept = same[0]["identifiers"]["equal"] / same[0]["identifiers"].total()
    shares["identifiers"] = {
        "equal": (kept, IDENTIFIER_CHANCE),
        "conflicting": (1 - kept, 1 - IDENTIFIER_CHANCE),
    }
    swapped = _mean(each["name_order"]["swapped"] / each["name_order"].total() for each in same)
    (_ADAPTERS / "weights.py").write_text(_weights(shares, swapped), encoding="utf-8")
    (_ADAPTERS / "given_names.py").write_text(_established(), encoding="utf-8")


def _true_pairs(source: Sequence[Lookups]) -> Iterable[Pair]:
    """Each unreported look-up of a held person with that person; with whole addresses and codes only."""
    for each in source:
        for asked in each.asked:
            if asked.truth is not None and not asked.reported:
                held = each.held[asked.truth]
                yield asked.person, held
                yield _by_code(asked.person), _by_code(held)


def _random_pairs(source: Sequence[Lookups], chance: random.Random) -> Iterable[Pair]:
    for each in source:
        known = [asked for asked in each.asked if asked.truth is not None and not asked.reported]
        for _ in range(PAIRS // len(source)):
            one, other = chance.choice(known), chance.choice(known)
            if other.truth is not None and one.truth != other.truth:
                yield one.person, each.held[other.truth]


def _by_code(person: PersonIdentity) -> PersonIdentity:
    code = person.address.postal_code if person.address else ""
    return replace(person, address=Address(postal_code=code))


def _outcomes(pairs: Iterable[Pair]) -> Outcomes:
    counts: dict[str, Counter[str]] = {field: Counter() for field in (*_LEVELS, "name_order", "identifiers")}
    for one, other in pairs:
        names = name_likeness(one, other)
        counts["family_name"][names.family.value] += 1
        counts["given_name"][names.given.value] += 1
        counts["birth_date"][birth_date_likeness(one.birth_date, other.birth_date).value] += 1
        counts["address"][address_likeness(one.address, other.address).value] += 1
        counts["name_order"]["swapped" if names.crossed else "straight"] += 1
        equal, conflict = identifier_agreement(one.identifiers, other.identifiers)
        if equal or conflict:
            counts["identifiers"]["equal" if equal else "conflicting"] += 1
    return counts


def _shares(field: str, same: Iterable[Outcomes], apart: Iterable[Outcomes]) -> Shares:
    """For each outcome its share among pairs of one person and among pairs of two, absent values apart."""
    levels = [level.value for level in _LEVELS[field]]
    ours = [_smoothed(each[field], levels) for each in same]
    theirs = [_smoothed(each[field], levels) for each in apart]
    return {
        level: (_mean(each[level] for each in ours), _mean(each[level] for each in theirs))
        for level in levels
    }


def _smoothed(counts: Counter[str], levels: Sequence[str]) -> dict[str, float]:
    total = sum(counts[level] + _SMOOTHING for level in levels)
    return {level: (counts[level] + _SMOOTHING) / total for level in levels}


def _collisions(source: Sequence[Lookups], field: str) -> float:
    """The chance that two of the people learnt from have an equal value, counted over all pairs of them."""
    found = []
    for each in source:
        known = {asked.truth for asked in each.asked if asked.truth is not None and not asked.reported}
        values = Counter(getattr(each.held[position], field) or None for position in known)
        del values[None]
        total = values.total()
        found.append(sum(n * (n - 1) for n in values.values()) / (total * (total - 1)))
    return _mean(found)


def _mean(values: Iterable[float]) -> float:
    each = list(values)
    return sum(each) / len(each)


def _weights(shares: Mapping[str, Shares], swapped: float) -> str:
    families, givens = family_names().shares(), _given_shares()
    tables = "\n\n".join(
        f"{field.upper()}: Final[Shares] = {{\n"
        + "".join(f'    "{level}": ({same:.4g}, {apart:.4g}),\n' for level, (same, apart) in table.items())
        + "}"
        for field, table in shares.items()
    )
    return f'''"""A person's weights as data: how often each outcome of a comparison is seen. Pure.

Written by `python -m tests.bench learn`; `docs/matching.md` says from what. An outcome's weight is the
binary logarithm of its first share over its second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Shares = Mapping[str, tuple[float, float]]
"""For each outcome its share among pairs of records of one person, and among pairs of two people."""

PRIOR: Final = {PRIOR}

{tables}

NAMES_SWAPPED: Final = {swapped:.4g}
"""The share of pairs of one person in which family and given name stand in each other's place."""

COMMON_FAMILY_NAMES: Final[Mapping[str, float]] = {{
{_table(families, shares["family_name"]["equal"][1])}}}
"""Family names commoner than the chance above, with their share of the people (US census of 1990)."""

COMMON_GIVEN_NAMES: Final[Mapping[str, float]] = {{
{_table(givens, shares["given_name"]["equal"][1])}}}
"""Given names likewise, women and men together."""
'''


def _table(shares: Mapping[str, float], above: float) -> str:
    return "".join(f'    "{name}": {share:.4f},\n' for name, share in shares.items() if share > above)


def _given_shares() -> dict[str, float]:
    """Each given name's share of the people, half of them women, commonest first."""
    found: dict[str, float] = {}
    for sex in ("female", "male"):
        for name, share in given_names(sex).shares().items():
            found[name] = found.get(name, 0.0) + share / 2
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _established() -> str:
    names = sorted(name for name, share in _given_shares().items() if share >= _ESTABLISHED_FROM)
    lines = "\n".join(textwrap.wrap(" ".join(names), 100))
    return f'''"""Given names so usual that one is no misspelling of another (US census of 1990). Data.

Written by `python -m tests.bench learn`: every name that at least {_ESTABLISHED_FROM:.2%} of the people bear.
"""

from __future__ import annotations

from typing import Final

_NAMES: Final = """
{lines}
"""

ESTABLISHED_GIVEN_NAMES: Final = frozenset(_NAMES.split())
'''
