"""Classes of requests put together where what is said of them is the same, in boxes fit to be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from agreements.terms import Act
from policies.brought import AGE, CONSENT, FORM, Brought, without_consent
from policies.cells import SCOPE
from policies.regions import Box, Frozen, Universe, described, fold, meet
from policies.space import RequestClass
from policies.wording import EVIDENCE

T = TypeVar("T", bound=Hashable)

_MOST_PIECES: Final = 64
"""Into how many boxes the cases of a class are divided before they are told by what they leave out."""
_PERSONS: Final[Universe] = {"act": frozenset(Act), "contact": frozenset({True, False})}
_ABOUT_CONSENT: Final = frozenset({CONSENT, FORM, AGE})


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """What is said, of which requests: a box, less what is left out where that is shorter to say."""

    said: T
    box: Box
    without: tuple[Box, ...]
    found: RequestClass | None
    """One class of these requests."""

    @property
    def same(self) -> Hashable:
        return self.said, frozenset(self.box.items()), frozen(self.without)


Told = tuple[T, RequestClass]
"""One thing said of one class."""


def frozen(boxes: Iterable[Box]) -> frozenset[Frozen]:
    """Boxes as a value that can be compared."""
    return frozenset(frozenset(box.items()) for box in boxes)


def case_of(found: RequestClass, brought: Brought | None = None) -> Hashable:
    """A class whatever the level asked for; with something else brought along, where that is named."""
    region = found.region
    return id(found.scope), brought or found.brought, frozenset(region.box.items()), frozen(region.without)


def rows_of(told: Iterable[Told[T]]) -> Iterator[Row[T]]:
    """Rows over everything that makes no difference: what is brought and the case, then scope by scope."""
    scoped: dict[tuple[T, int], list[RequestClass]] = defaultdict(list)
    for said, found in told:
        scoped[said, id(found.scope)].append(found)
    rows: dict[tuple[T, frozenset[Frozen]], list[Row[T]]] = defaultdict(list)
    for (said, _), classes in scoped.items():
        for row in _within(said, classes):
            rows[said, frozen(row.without)].append(row)
    for (said, _), parts in rows.items():
        for box in fold((part.box for part in parts), SCOPE, _PERSONS):
            first = next(part for part in parts if meet(part.box, box))
            yield Row(said, box, first.without, first.found)


def _within(said: T, classes: Sequence[RequestClass]) -> Iterator[Row[T]]:
    """One thing said in one scope, over all that is brought and all cases."""
    universe = {**classes[0].offers.universe, **classes[0].circumstances.universe}
    parts: dict[frozenset[Frozen], list[tuple[Box, RequestClass, tuple[Box, ...]]]] = defaultdict(list)
    for found, brought, but in _consents(classes):
        for region in described(found.region, found.circumstances.universe, _MOST_PIECES):
            without = (*region.without, *but)
            for evidence in brought:
                parts[frozen(without)].append(({**evidence, **region.box}, found, without))
    for group in parts.values():
        for box in fold((box for box, _, _ in group), (*EVIDENCE, *universe), universe):
            _, found, without = next(part for part in group if meet(part[0], box))
            for scope in found.scope.boxes:
                yield Row(said, {**scope, **box}, without, found)


def _consents(
    classes: Iterable[RequestClass],
) -> Iterator[tuple[RequestClass, Sequence[Box], tuple[Box, ...]]]:
    """Classes with the consents they bring, and those that are left out where most come to the same."""
    groups: dict[Hashable, list[RequestClass]] = defaultdict(list)
    for found in classes:
        groups[case_of(found, without_consent(found.brought))].append(found)
    for group in groups.values():
        bare = next((found for found in group if found.brought == without_consent(found.brought)), None)
        left_out = _left_out(group) if bare else ()
        if bare is not None and len(group) > max(1, len(left_out)):
            rests = ({n: box[n] for n in box.keys() - _ABOUT_CONSENT} for box in bare.evidence)
            yield bare, [dict(rest) for rest in {frozenset(rest.items()) for rest in rests}], left_out
        else:
            yield from ((found, found.evidence, ()) for found in group)


def _left_out(group: Sequence[RequestClass]) -> tuple[Box, ...]:
    """The consents with which the group's cases come to something else."""
    there = {frozen(found.evidence) for found in group}
    bare, offers = without_consent(group[0].brought), group[0].offers
    others = [
        boxes
        for _, brought, boxes in offers.patterns
        if without_consent(brought) == bare and frozen(boxes) not in there
    ]
    consents = (
        {name: box[name] for name in box.keys() & _ABOUT_CONSENT} for boxes in others for box in boxes
    )
    return tuple(fold(consents, EVIDENCE, offers.universe))
