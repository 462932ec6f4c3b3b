"""What one set of agreements lets out and another does not: every kind of request that changes, exactly.

Both sets are read with the same agencies and laws and gone through together, class by class. Classes that
change alike are put together over everything that does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agreements.terms import Category, Level
from policies.cells import Calendar, Key, Period, Relation, Setting, keys, periods, relation
from policies.changes import Change, ChangeKind, changes
from policies.facts import Facts
from policies.ladder import Outcome
from policies.regions import Box, fold
from policies.signs import Signs
from policies.space import RequestClass, Space, example
from policies.summary import Row, case_of, rows_of
from policies.wording import CATEGORY, CUSTODIAN, PERIOD, REQUESTER

_PLACE: Final = (PERIOD, CATEGORY, CUSTODIAN, REQUESTER)
_ORDER: Final = tuple(ChangeKind)


@dataclass(frozen=True, slots=True)
class Changed:
    """A change, all requests that change so, and one of them."""

    change: Change
    box: Box
    without: tuple[Box, ...]
    """What is left out of the box, where that is shorter to say than what is left."""
    request: Facts | None
    """None where refusals change alone and no clause in force speaks of any request."""


def difference(one: Setting, other: Setting, since: datetime | None = None) -> list[Changed]:
    """Every kind of request that the two sets answer differently, from `since` on or at any time.

    The settings have the same laws and agencies.
    """
    return sorted(_Comparison(one, other).changed(since), key=_sorting)


def _sorting(found: Changed) -> tuple[int, list[str]]:
    named = [str(sorted(map(str, values))) for _, values in sorted(found.box.items())]
    place = [str(sorted(map(str, found.box[name]))) for name in (REQUESTER, CUSTODIAN, CATEGORY)]
    return _ORDER.index(found.change.kind), place + named


def _differ(outcomes: Sequence[Outcome | None]) -> bool:
    return outcomes[0] != outcomes[1]


class _Comparison:
    """Rows of changes, remembered by what the rules say, so that equal clauses are compared once."""

    def __init__(self, one: Setting, other: Setting) -> None:
        self._one, self._other = one, other
        self._calendars = (Calendar(one.rules), Calendar(other.rules))
        self._space = Space(one.laws)
        self._signs = Signs()
        self._known: dict[Hashable, tuple[Row[Change], ...]] = {}

    def changed(self, since: datetime | None) -> Iterator[Changed]:
        where: dict[Hashable, list[tuple[Key, Period]]] = defaultdict(list)
        rows: dict[Hashable, Row[Change]] = {}
        for key in keys(self._one, self._other):
            instants = {each for calendar in self._calendars for each in calendar.instants(key)}
            for period in periods(instants, since):
                for row in self._compared(key, period):
                    rows.setdefault(row.same, row)
                    where[row.same].append((key, period))
        for same, places in where.items():
            yield from (self._found(rows[same], place) for place in _together(places))

    def _compared(self, key: Key, period: Period) -> list[Row[Change]]:
        before, after = (calendar.in_force(key, period.start) for calendar in self._calendars)
        about = relation(self._one, key)
        signs = self._signs.of(before), self._signs.of(after)
        masked = self._masking(key, period, about)
        if signs[0] == signs[1]:
            return masked
        known = self._known.get((signs, about))
        if known is None:
            classes = self._space.classes([before, after], about, _differ)
            known = self._known[signs, about] = tuple(rows_of(_told(classes)))
        return [*known, *masked]

    def _masking(self, key: Key, period: Period, about: Relation) -> list[Row[Change]]:
        """A law that masks does so whatever the clauses say."""
        before, after = (calendar.masks(key, period.start) for calendar in self._calendars)
        laws = [self._one.laws.get(name) for name in about.regimes or ()]
        if before == after or any(law is None or law.masks(about.requester) for law in laws):
            return []
        return [Row(Change(ChangeKind.MASKING, masked=after), {}, (), None)]

    def _found(self, row: Row[Change], place: Box) -> Changed:
        first = {name: min(values, key=str) for name, values in place.items()}
        period = min(each for each in place[PERIOD] if isinstance(each, Period))
        key = Key(str(first[REQUESTER]), str(first[CUSTODIAN]), Category(str(first[CATEGORY])))
        found = row.found or self._any_class(key, period)
        request = example(self._one, key, period.start, found) if found else None
        return Changed(row.said, {**place, **row.box}, row.without, request)

    def _any_class(self, key: Key, period: Period) -> RequestClass | None:
        rules = [calendar.in_force(key, period.start) for calendar in self._calendars]
        return next(self._space.classes(rules, relation(self._one, key)), None)


def _together(places: Iterable[tuple[Key, Period]]) -> list[Box]:
    """Pairs, categories and periods in as few boxes as they fold into."""
    boxes: list[Box] = [
        {
            REQUESTER: frozenset({key.requester}),
            CUSTODIAN: frozenset({key.custodian}),
            CATEGORY: frozenset({key.category}),
            PERIOD: frozenset({period}),
        }
        for key, period in places
    ]
    return fold(boxes, _PLACE, {})


def _told(classes: Iterable[RequestClass]) -> Iterator[tuple[Change, RequestClass]]:
    """The changes of each case, over all levels asked for."""
    cases: dict[Hashable, dict[Level, RequestClass]] = defaultdict(dict)
    for found in classes:
        cases[case_of(found)][found.level] = found
    for levels in cases.values():
        pairs = {level: (found.outcomes[0], found.outcomes[1]) for level, found in levels.items()}
        for change in changes(pairs):
            yield change, levels[change.asked[-1]]
