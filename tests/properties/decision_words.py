"""The few words generated worlds are made of, and how a usual value is varied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from agreements.duration import Duration
from agreements.terms import (
    Act,
    Category,
    GrantorKind,
    Ground,
    ObligationCode,
    ProcessKind,
    Purpose,
    Role,
    Sector,
    SubjectKind,
)

T = TypeVar("T")

SECTORS: Final[Mapping[str, Sector]] = {
    "police": Sector.LAW_ENFORCEMENT,
    "health": Sector.HEALTH,
    "school": Sector.EDUCATION,
}
KNOWN: Final = {agency: SECTORS[agency] for agency in ("police", "health")}
"""The agencies of the site; the school is only spoken of, as the clauses of real agreements do."""
SECRET: Final = "Daniel Okafor 2008-04-17"
"""What people write about the subject; no decision may repeat it."""

PURPOSES: Final = (Purpose.THREAT_ASSESSMENT, Purpose.TREATMENT)
ROLES: Final = (Role.CASEWORKER, Role.LIAISON)
KINDS: Final = (SubjectKind.PERSON, SubjectKind.VENUE, SubjectKind.GENERAL)
CATEGORIES: Final = (Category.MENTAL_HEALTH, Category.COURT)
GROUNDS: Final = (Ground.IMMINENT_DANGER_ASSESSMENT, Ground.SERIOUS_IMMINENT_THREAT)
GRANTORS: Final = (GrantorKind.SUBJECT, GrantorKind.GUARDIAN)
PROCESSES: Final = (ProcessKind.COURT_ORDER, ProcessKind.SUBPOENA)
ACTS: Final = (Act.ASK, Act.TELL)
DUTIES: Final = (ObligationCode.DESTROY_BY, ObligationCode.STORE_APART)
FIELDS: Final = ("a", "b", "c")
LAWS: Final = ("act-1", "act-2")
LOST: Final = "lost"
"""A law that no site has."""
SCALE: Final = ("low", "middle", "high")
NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
BEFORE, YESTERDAY, TOMORROW, AFTER = (NOW + timedelta(days=days) for days in (-400, -1, 1, 400))
DURATIONS: Final = (None, Duration(1, 0), Duration(0, 86400))


def subsets(words: Iterable[T]) -> list[frozenset[T]]:
    found = list(words)
    return [frozenset(some) for size in range(len(found) + 1) for some in combinations(found, size)]


def varied(usual: Any, most: int, **values: Iterable[Any]) -> st.SearchStrategy[Any]:
    """The usual value with at most so many of its fields changed to one of their values."""
    changes = [(name, value) for name, choices in values.items() for value in choices]
    return st.lists(st.sampled_from(changes), max_size=most).map(lambda found: replace(usual, **dict(found)))
