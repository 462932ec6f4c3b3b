"""Boxes less boxes: what is left, whether anything is, and in how few boxes it can be said."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from itertools import product
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from policies.regions import Box, Region, carve, described, fold, inhabited, pieces

UNIVERSE: Final = {"a": frozenset({1, 2, 3}), "b": frozenset({True, False}), "c": frozenset({1, 2})}
POINTS: Final = [dict(zip(UNIVERSE, values, strict=True)) for values in product(*UNIVERSE.values())]

BOXES = st.fixed_dictionaries(
    {},
    optional={
        name: st.frozensets(st.sampled_from(sorted(all_)), min_size=1) for name, all_ in UNIVERSE.items()
    },
)


def inside(box: Box, point: Mapping[str, Hashable]) -> bool:
    return all(point[name] in values for name, values in box.items())


def points(*boxes: Box) -> set[int]:
    return {number for number, point in enumerate(POINTS) if any(inside(box, point) for box in boxes)}


@given(BOXES, st.lists(BOXES, max_size=4))
def test_what_is_carved_is_the_box_less_all_that_is_taken(box: Box, taken: list[Box]) -> None:
    region = carve(box, taken, UNIVERSE)
    expected = points(box) - points(*taken)
    left = [] if region is None else list(pieces(region, UNIVERSE))
    assert points(*left) == expected
    assert sum(len(points(part)) for part in left) == len(expected), "the pieces overlap"
    assert (region is not None and inhabited(region, UNIVERSE) is not None) is bool(expected)


@given(st.lists(BOXES, max_size=4))
def test_folding_changes_no_set(boxes: list[Box]) -> None:
    apart: list[Box] = []
    for box in boxes:
        region = carve(box, apart, UNIVERSE)
        apart += [] if region is None else list(pieces(region, UNIVERSE))
    folded = fold(apart, tuple(UNIVERSE), UNIVERSE)
    assert points(*folded) == points(*apart)
    assert len(folded) <= len(apart)


def test_boxes_that_differ_in_one_dimension_become_one() -> None:
    one, other = {"a": frozenset({1}), "b": frozenset({True})}, {"a": frozenset({1}), "b": frozenset({False})}
    assert fold([one, other], ("a", "b"), UNIVERSE) == [{"a": frozenset({1})}]


def test_many_flags_are_not_multiplied_out() -> None:
    flags = [f"flag {number}" for number in range(60)]
    universe = {flag: frozenset({True, False}) for flag in flags}
    on = frozenset({True})
    taken = [{one: on, other: on} for one, other in zip(flags[::2], flags[1::2], strict=True)]
    started = time.perf_counter()
    region = carve({}, taken, universe)
    assert region is not None
    assert inhabited(region, universe) is not None
    assert described(region, universe, 100) == [region], "what would be too long to list stays as it is"
    assert carve({}, [{flag: on} for flag in flags], universe) == Region(
        {flag: frozenset({False}) for flag in flags}
    )
    assert time.perf_counter() - started < 2
