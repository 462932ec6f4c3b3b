"""From two outcomes of one class of requests to what changes between them, aspect by aspect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from agreements.agreement import Obligation
from agreements.terms import BasisKind, Level
from policies.decision import Await
from policies.ladder import Outcome

H = TypeVar("H", bound=Hashable)


class ChangeKind(StrEnum):
    """In the order in which they are told."""

    RELEASED = "newly-released"
    WIDENED = "widened"
    REFUSED = "newly-refused"
    NARROWED = "narrowed"
    DUTIES = "changed-duties"
    BASIS = "changed-basis"
    MASKING = "changed-masking"


@dataclass(frozen=True, slots=True)
class Told:
    """How much is told, and what a person at the custodian has to do first."""

    level: Level
    fields: frozenset[str]
    awaits: frozenset[Await]


@dataclass(frozen=True, slots=True)
class Change:
    """How answers change for one kind of request; what does not change is left out."""

    kind: ChangeKind
    asked: tuple[Level, ...] = ()
    """The levels that, asked for, show the change; what is told is the level of `before` or `after`, or the
    one asked for where that is lower."""
    before: Told | None = None
    after: Told | None = None
    gained: frozenset[Obligation] = frozenset()
    lost: frozenset[Obligation] = frozenset()
    bases: tuple[BasisKind | None, BasisKind | None] = (None, None)
    masked: bool | None = None
    """Whether refusals are masked after the change."""


Pair = tuple[Outcome | None, Outcome | None]
Pairs = Mapping[Level, Pair]
"""What each level asked for comes to, before and after."""


def changes(pairs: Pairs) -> Iterator[Change]:
    """Every aspect in which answers change, levels that change alike together."""
    yield from _releases(pairs)
    both = {level: (one, other) for level, (one, other) in pairs.items() if one and other}
    for (gained, lost), levels in _grouped(both, _duties).items():
        if gained or lost:
            yield Change(ChangeKind.DUTIES, levels, gained=gained, lost=lost)
    for bases, levels in _grouped(both, lambda one, other: (one.basis, other.basis)).items():
        if bases[0] is not bases[1]:
            yield Change(ChangeKind.BASIS, levels, bases=bases)


def _duties(one: Outcome, other: Outcome) -> tuple[frozenset[Obligation], frozenset[Obligation]]:
    return other.duties - one.duties, one.duties - other.duties


def _grouped(
    both: Mapping[Level, tuple[Outcome, Outcome]], aspect: Callable[[Outcome, Outcome], H]
) -> dict[H, tuple[Level, ...]]:
    found: dict[H, list[Level]] = defaultdict(list)
    for level, (one, other) in both.items():
        found[aspect(one, other)].append(level)
    return {key: tuple(levels) for key, levels in found.items()}


def _releases(pairs: Pairs) -> Iterator[Change]:
    """What is released, refused, widened or narrowed."""
    groups: dict[tuple[ChangeKind, Hashable], list[Level]] = defaultdict(list)
    for level, (one, other) in pairs.items():
        kind = _kind(one, other)
        if kind is not None:
            terms = tuple(each and (each.awaits, each.duties, each.basis) for each in (one, other))
            groups[kind, terms].append(level)
    for (kind, _), levels in groups.items():
        if _regular(pairs, levels):
            yield _release(kind, pairs, levels)
        else:
            yield from (_release(kind, pairs, [level]) for level in levels)


def _release(kind: ChangeKind, pairs: Pairs, levels: Sequence[Level]) -> Change:
    one, other = pairs[max(levels)]
    change = Change(kind, tuple(levels), _told(one), _told(other))
    if one is None and other is not None:
        return replace(change, gained=other.duties, bases=(None, other.basis))
    if other is None and one is not None:
        return replace(change, lost=one.duties, bases=(one.basis, None))
    return change


def _regular(pairs: Pairs, levels: Sequence[Level]) -> bool:
    """Whether each level asked for comes to itself up to one ceiling, before and after."""
    for side in (0, 1):
        top = pairs[max(levels)][side]
        for level in levels:
            each = pairs[level][side]
            if each is not None and top is not None and each.level is not min(level, top.level):
                return False
    return True


def _told(outcome: Outcome | None) -> Told | None:
    return None if outcome is None else Told(outcome.level, outcome.fields, outcome.awaits)


def _kind(one: Outcome | None, other: Outcome | None) -> ChangeKind | None:
    if one is None or other is None:
        if one is other:
            return None
        return ChangeKind.RELEASED if one is None else ChangeKind.REFUSED
    if _more(one, other):
        return ChangeKind.WIDENED
    return ChangeKind.NARROWED if _more(other, one) else None


def _more(one: Outcome, other: Outcome) -> bool:
    """Whether the other tells anything that the one does not, or without a person whom the one waits for."""
    if other.level is not one.level:
        return other.level > one.level or bool(one.awaits - other.awaits)
    return bool(other.fields - one.fields or one.awaits - other.awaits)
