"""Signs that somebody asks to find out rather than because of a case, seen in one person's day. Pure.

A sign proves nothing; it has a person look. Each names the questions that show it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeVar

from adapters.matching import near_duplicate
from adapters.telltale import Row, has_last_name_of, has_name_of_any, steps
from agreements.subject import Subject
from gateway.hours import Hours

T = TypeVar("T")

ALIKE: Final = 3
"""So many ways of naming nearly one person under one case are tried names."""
RUN: Final = 4
"""So many numbers or birth dates in a row are walked."""
REPEATS: Final = 5
"""So many questions about one person in a day are more than a case needs."""
_MOST: Final = 100
"""Of one person's day, the latest that are compared with each other."""


class Sign(StrEnum):
    NEAR_DUPLICATES = "near-duplicates"
    SEQUENCE = "sequence"
    REPEATED = "repeated"
    OUT_OF_HOURS = "out-of-hours"
    FAMILY = "same-family-name"
    COLLEAGUE = "colleague"
    THROTTLED = "budget-exhausted"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a person's day; `case` stands for the case, `about` for the subject as it was named."""

    id: str
    case: bytes
    about: str
    subject: Subject
    at: datetime
    throttled: bool
    claimed: bool
    """An exception was claimed, which is reviewed by itself."""


@dataclass(frozen=True, slots=True)
class Day:
    """What one person asked on one day, who they are, who else acts at their agency, and when it works."""

    questions: Sequence[Question]
    person: str
    colleagues: Collection[str]
    hours: Hours | None


def signs(day: Day) -> Mapping[Sign, tuple[str, ...]]:
    """Each sign the day shows, with the ids of the questions that show it, oldest first."""
    latest = day.questions[-_MOST:]
    shown = {
        Sign.NEAR_DUPLICATES: _alike(latest),
        Sign.SEQUENCE: _walked(latest),
        Sign.REPEATED: _repeated(day.questions),
        Sign.OUT_OF_HOURS: _when(day, lambda one: _is_out_of_hours(one, day.hours)),
        Sign.FAMILY: _when(day, lambda one: has_last_name_of(one.subject, day.person)),
        Sign.COLLEAGUE: _when(day, lambda one: has_name_of_any(one.subject, day.colleagues)),
        Sign.THROTTLED: _when(day, lambda one: one.throttled),
    }
    order = [one.id for one in day.questions]
    return {sign: tuple(id for id in order if id in found) for sign, found in shown.items() if found}


def _when(day: Day, holds: Callable[[Question], bool]) -> set[str]:
    return {one.id for one in day.questions if holds(one)}


def _alike(questions: Sequence[Question]) -> set[str]:
    """Questions under one case whose subjects are named differently and are nearly one."""
    found: set[str] = set()
    for of_case in _grouped(questions, lambda one: one.case):
        named = {one.about: one for one in of_case}
        for one in named.values():
            near = {
                other.about
                for other in named.values()
                if other is one or near_duplicate(one.subject, other.subject)
            }
            if len(near) >= ALIKE:
                found |= {each.id for each in of_case if each.about in near}
    return found


def _walked(questions: Sequence[Question]) -> set[str]:
    """Questions whose identifiers or birth dates follow one another."""
    rows: dict[tuple[Row, int], list[tuple[int, str]]] = {}
    for one in questions:
        for row, number, apart in steps(one.subject):
            rows.setdefault((row, apart), []).append((number, one.id))
    return {id for (_, apart), taken in rows.items() for id in _runs(taken, apart)}


def _runs(taken: Iterable[tuple[int, str]], gap: int) -> Iterable[str]:
    """The ids in runs of at least `RUN` different numbers, each at most `gap` after the one before."""
    ids: dict[int, list[str]] = {}
    for number, id in taken:
        ids.setdefault(number, []).append(id)
    numbers = sorted(ids)
    run = numbers[:1]
    for before, after in [*pairwise(numbers), (0, gap + 1)]:
        if numbers and after - before <= gap:
            run.append(after)
            continue
        if len(run) >= RUN:
            yield from (id for number in run for id in ids[number])
        run = [after]


def _repeated(questions: Sequence[Question]) -> set[str]:
    groups = _grouped(questions, lambda one: one.about)
    return {one.id for group in groups if len(group) >= REPEATS for one in group}


def _is_out_of_hours(one: Question, hours: Hours | None) -> bool:
    return hours is not None and not one.claimed and not hours.hold(one.at)


def _grouped(questions: Iterable[Question], key: Callable[[Question], T]) -> Iterable[list[Question]]:
    groups: dict[T, list[Question]] = {}
    for one in questions:
        groups.setdefault(key(one), []).append(one)
    return groups.values()
