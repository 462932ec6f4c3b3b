"""A small model of what must come of waits and case reviews, written apart from the code under test."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

STEPS = ("waiting", "liaison-told", "officer-told", "escalated")


def workdays_later(at: datetime, number: int) -> datetime:
    """Working days from Monday to Friday; no holidays here."""
    while at.weekday() > 4:
        at += timedelta(days=1)
    for _ in range(number):
        at += timedelta(days=1)
        while at.weekday() > 4:
            at += timedelta(days=1)
    return at


@dataclass(slots=True)
class Timed:
    """Something a timer watches. `resting_until`: a claim of a process that died may still stand."""

    due: datetime | None
    crashes: int = 0
    resting_until: datetime | None = None

    def is_due(self, at: datetime) -> bool:
        return self.due is not None and self.due <= at

    def may_rest(self, at: datetime) -> bool:
        return self.resting_until is not None and at < self.resting_until

    def crashed(self, at: datetime) -> None:
        """A process died that may have claimed it: the claim lasts twice as long each time."""
        self.crashes += 1
        self.resting_until = at + timedelta(minutes=min(2**self.crashes, 60))

    def worked(self, due: datetime | None) -> None:
        self.due, self.crashes, self.resting_until = due, 0, None


@dataclass(slots=True)
class Wait:
    """What a question waits for at its custodian."""

    query: str
    custodian: str
    kind: str
    about: str
    since: datetime
    telling: Timed
    asking: Timed
    step: int = 0

    @classmethod
    def begun(cls, query: str, custodian: str, kind: str, about: str, at: datetime) -> Wait:
        if kind == "review":
            return cls(query, custodian, kind, about, at, Timed(workdays_later(at, 5)), Timed(None))
        telling, asking = Timed(at + timedelta(minutes=15)), Timed(at + timedelta(seconds=3))
        return cls(query, custodian, kind, about, at, telling, asking)

    @property
    def escalated(self) -> bool:
        return self.step == len(STEPS) - 1

    def told(self, at: datetime) -> None:
        self.step += 1
        self.telling.worked(None if self.escalated else workdays_later(at, 1))

    def asked_in_vain(self, at: datetime) -> None:
        gap = min(max(at - self.since, timedelta(seconds=3)), timedelta(hours=4))
        self.asking.worked(at + gap)


@dataclass(slots=True)
class Matter:
    """A case: whether it is open, when it is late, and how often that was told."""

    reference: str
    late_from: datetime
    late: Timed
    open: bool = True
    told: int = 0
    waits: dict[str, Wait] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    """Questions whose process died before the answer was recorded, and that nobody has found yet."""

    @property
    def may_close(self) -> bool:
        return self.open and all(wait.escalated for wait in self.waits.values())
