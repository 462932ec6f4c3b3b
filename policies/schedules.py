"""How long a record is kept, by the laws that bind it, as data: `schedules.yaml`. Pure but for one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Final

from agreements.duration import Duration
from agreements.form import Complaint, Form, from_yaml, list_of, set_of
from agreements.record import optional, record, required
from agreements.scalar import duration, integer, text

FILE: Final = "schedules.yaml"


@dataclass(frozen=True, slots=True)
class Schedule:
    """One rule. `keep`: at least so long; `most`: no longer, unless another rule keeps it."""

    id: str
    citation: str
    text: str
    laws: frozenset[str]
    keep: Duration | None
    most: Duration | None


@dataclass(frozen=True, slots=True)
class Schedules:
    """All rules; `otherwise` is the most where none of them sets one."""

    otherwise: Duration
    all: tuple[Schedule, ...]

    def binding(self, laws: AbstractSet[str]) -> Iterator[Schedule]:
        return (schedule for schedule in self.all if not schedule.laws.isdisjoint(laws))

    def holds(
        self, laws: AbstractSet[str], recorded: datetime, at: datetime
    ) -> list[tuple[Schedule, datetime]]:
        """The rules by which a record must still be kept, each with its end."""
        ends = ((one, one.keep.after(recorded)) for one in self.binding(laws) if one.keep)
        return [(one, end) for one, end in ends if end > at]

    def ends(self, laws: AbstractSet[str], recorded: datetime) -> datetime:
        """From when on a record is gone: the shortest `most`, or the longest `keep` where that is later."""
        binding = list(self.binding(laws))
        most = min((one.most.after(recorded) for one in binding if one.most), default=None)
        keep = max((one.keep.after(recorded) for one in binding if one.keep), default=None)
        last = most or self.otherwise.after(recorded)
        return last if keep is None else max(last, keep)

    @property
    def shortest(self) -> Duration:
        """No record is gone before so long."""
        return min(
            (self.otherwise, *(one.most for one in self.all if one.most)), key=lambda one: one.about_seconds
        )


_LAWS: Final = set_of(text(maximum=64, pattern=r"[a-z0-9-]{2,64}", expected="the id of a law"), minimum=1)

_SCHEDULE: Final = record(
    Schedule,
    {
        "id": required(
            text(maximum=64, pattern=r"[a-z0-9-]+", expected="an id of a-z, 0-9 and -"), "Its id."
        ),
        "citation": required(text(maximum=240), "Where the rule stands."),
        "text": required(text(maximum=400), "What it says, and what is simplified."),
        "laws": required(_LAWS, "Laws under which what was told is held."),
        "keep": optional(duration(), None, "Kept at least so long."),
        "most": optional(duration(), None, "Gone after so long."),
    },
)


def _each_says_something(schedules: tuple[Schedule, ...]) -> Iterable[Complaint]:
    ids = [one.id for one in schedules]
    for number, one in enumerate(schedules):
        if one.id in ids[:number]:
            yield Complaint((number, "id"), "an id no other schedule has")
        if one.keep is None and one.most is None:
            yield Complaint((number,), "keep, most or both")


def _schedules(schema: int, counsel: str, otherwise: Duration, schedules: tuple[Schedule, ...]) -> Schedules:
    del schema, counsel
    return Schedules(otherwise, schedules)


SCHEDULES: Final[Form[Schedules]] = record(
    _schedules,
    {
        "schema": required(integer(1, 1), "Version of this format."),
        "counsel": required(text(maximum=400), "That counsel must confirm the file."),
        "otherwise": required(duration(), "The most where no schedule sets one."),
        "schedules": required(
            list_of(_SCHEDULE, minimum=1, unique=False).also(_each_says_something), "The schedules."
        ),
    },
)


@cache
def retention_schedules() -> Schedules:
    """The built-in schedules.

    Raises:
        InvalidDocument: the file is broken, which is a fault of the product.
    """
    return from_yaml((resources.files("policies") / FILE).read_bytes(), FILE, SCHEDULES)
