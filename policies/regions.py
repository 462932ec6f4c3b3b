"""Regions of requests as exact sets: boxes over named dimensions, and boxes less other boxes.

A dimension takes finitely many values, so that nothing is sampled. A box names the values it allows in each
dimension it limits and takes every value in the others. The many flags of a case are as many dimensions;
they are never multiplied out, only split where two boxes differ.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

Values = frozenset[Hashable]
Box = Mapping[str, Values]
"""The allowed values of each limited dimension; a dimension that is absent is not limited."""

Universe = Mapping[str, Values]
"""Every value of each dimension."""

Frozen = frozenset[tuple[str, Values]]
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Region:
    """A box less other boxes, each of which overlaps it in two or more dimensions at once."""

    box: Box
    without: tuple[Box, ...] = ()


def meet(one: Box, other: Box) -> Box | None:
    """What lies in both; None when nothing does."""
    both = dict(one)
    for dimension, values in other.items():
        known = both.get(dimension)
        left = values if known is None else known & values
        if not left:
            return None
        both[dimension] = left
    return both


def carve(box: Box, taken: Iterable[Box], universe: Universe) -> Region | None:
    """The box less all that is taken, simplified; None where that is plainly nothing.

    What a taken box overlaps in one dimension only is cut off in that dimension.
    """
    left = dict(box)
    pending: list[Box] = list(taken)
    cut = True
    while cut:
        cut = False
        kept: list[Box] = []
        for other in pending:
            overlap = _limits(left, other, universe)
            if overlap is None:
                continue
            if not overlap:
                return None
            if len(overlap) == 1:
                (dimension,) = overlap
                left[dimension] = _values(left, dimension, universe) - overlap[dimension]
                cut = True
            else:
                kept.append(overlap)
        pending = kept
    return Region(left, tuple(pending))


def _limits(box: Box, other: Box, universe: Universe) -> dict[str, Values] | None:
    """The dimensions in which the other leaves some of the box out; None when they do not overlap at all."""
    limits: dict[str, Values] = {}
    for dimension, values in other.items():
        mine = _values(box, dimension, universe)
        if mine <= values:
            continue
        shared = mine & values
        if not shared:
            return None
        limits[dimension] = shared
    return limits


def _values(box: Box, dimension: str, universe: Universe) -> Values:
    found = box.get(dimension)
    return universe[dimension] if found is None else found


def pieces(region: Region, universe: Universe) -> Iterator[Box]:
    """The region as boxes that do not overlap, one after another; none where it is empty."""
    if not region.without:
        yield region.box
        return
    first, *rest = region.without
    box = dict(region.box)
    for dimension, values in first.items():
        mine = _values(box, dimension, universe)
        outside = mine - values
        if outside:
            part = carve({**box, dimension: outside}, rest, universe)
            if part is not None:
                yield from pieces(part, universe)
        box[dimension] = mine & values


def inhabited(region: Region, universe: Universe) -> Box | None:
    """A box of the region, or None when it is empty: a search that ends at the first one found."""
    return next(pieces(region, universe), None)


def described(region: Region, universe: Universe, most: int) -> list[Region]:
    """The region as plain boxes where so many do, else as it stands; nothing where it is empty."""
    found = list(islice(pieces(region, universe), most + 1))
    return [Region(box) for box in found] if len(found) <= most else [region]


def fold(boxes: Iterable[Box], dimensions: Sequence[str], universe: Universe) -> list[Box]:
    """The same set in fewer boxes: those that differ in one dimension only become one.

    The boxes do not overlap. Dimensions are tried in the order given, over and over while it helps; one
    that comes to allow everything is dropped.
    """
    rows = {frozenset(box.items()) for box in boxes}
    if len(rows) == 1:
        (alone,) = rows
        return [{name: values for name, values in alone if values != universe.get(name)}]
    before = 0
    while len(rows) != before:
        before = len(rows)
        for dimension in dimensions:
            rows = _folded(rows, dimension, universe.get(dimension))
    return [dict(row) for row in sorted(rows, key=_order)]


def _folded(rows: Iterable[Frozen], dimension: str, everything: Values | None) -> set[Frozen]:
    same: dict[Frozen, set[Hashable] | None] = {}
    for row in rows:
        mine = next((values for name, values in row if name == dimension), None)
        rest = row if mine is None else row - {(dimension, mine)}
        if mine is None:
            same[rest] = None
            continue
        known = same.setdefault(rest, set())
        if known is not None:
            known |= mine
    folded = set()
    for rest, found in same.items():
        values = None if found is None else frozenset(found)
        folded.add(rest if values is None or values == everything else rest | {(dimension, values)})
    return folded


def _order(row: Frozen) -> str:
    return str(sorted((name, sorted(map(str, values))) for name, values in row))
