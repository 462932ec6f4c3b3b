"""Versions of agreements: their digest, when they are in force, and what follows between changes of that."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import permutations
from json import JSONEncoder
from typing import Final, Generic, TypeVar

from agreements.agreement import Agreement
from agreements.parser import canonical_form

T = TypeVar("T")


class Versions:
    """The versions of all agreements of a site."""

    def __init__(self, agreements: Iterable[Agreement]) -> None:
        every = tuple(agreements)
        self._superseded = _superseded_from(every)
        self._between = _pairs(every)

    def between(self, one: str, other: str) -> tuple[Agreement, ...]:
        """Those both are party to, in force or not, in the order they were given."""
        return self._between.get((one, other), ())

    def in_force(self, agreement: Agreement, at: datetime) -> bool:
        """In its period, not suspended, and no later version of it has come into effect."""
        return agreement.in_force(at) and self.governs(agreement, at)

    def governs(self, agreement: Agreement, at: datetime) -> bool:
        """The version that last came into effect, whether or not it has lapsed or been suspended since."""
        superseded = self._superseded.get((agreement.id, agreement.version))
        return agreement.effective <= at and (superseded is None or at < superseded)

    def changes(self, agreement: Agreement) -> Iterator[datetime]:
        """The moments from which it may be in force, or govern, where it did not before, or no longer."""
        yield agreement.effective
        yield agreement.expires
        superseded = self._superseded.get((agreement.id, agreement.version))
        if superseded is not None:
            yield superseded


class Course(Generic[T]):
    """A value that changes only at known moments, worked out once for each period that is asked about."""

    def __init__(self, changes: Iterable[datetime], work_out: Callable[[datetime], T]) -> None:
        self._changes = tuple(sorted(set(changes)))
        self._work_out = work_out
        self._periods: dict[int, T] = {}

    def at(self, instant: datetime) -> T:
        number = bisect_right(self._changes, instant)
        found = self._periods.get(number)
        if found is None:
            found = self._periods[number] = self._work_out(instant)
        return found


def _pairs(agreements: Iterable[Agreement]) -> dict[tuple[str, str], tuple[Agreement, ...]]:
    pairs: dict[tuple[str, str], list[Agreement]] = {}
    for agreement in agreements:
        for pair in permutations(agreement.parties, 2):
            pairs.setdefault(pair, []).append(agreement)
    return {pair: tuple(found) for pair, found in pairs.items()}


def _superseded_from(agreements: Iterable[Agreement]) -> dict[tuple[str, int], datetime]:
    """When each version gives way to a later one of the same agreement, suspended or not."""
    versions: dict[str, list[Agreement]] = {}
    for agreement in agreements:
        versions.setdefault(agreement.id, []).append(agreement)
    return {
        (older.id, older.version): min(later.effective for later in group if later.version > older.version)
        for group in versions.values()
        for older in group
        if any(later.version > older.version for later in group)
    }


def policy_version(agreements: Iterable[Agreement]) -> str:
    """A digest of everything the agreements say, independent of their order and of their files."""
    digest = hashlib.sha256()
    for agreement in agreements:
        digest.update(_encode(canonical_form(agreement)).encode())
    return digest.hexdigest()


_encode: Final = JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""RFC 8785 for a canonical form, whose keys are ASCII and whose numbers are integers, in less time."""
