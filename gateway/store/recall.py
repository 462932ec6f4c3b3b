"""What the writer need not read again: rows that nobody can have changed since it read them.

Every change of a case, a consent or a count is made by a writer, and every writer's change moves the ledger's
head. So what was read holds until this writer changes something itself or finds the head elsewhere than it
left it; then all of it is forgotten. Nothing here outlives a commit that failed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar, cast

T = TypeVar("T")

_MOST: Final = 16_384


class Recall:
    """A bounded memory of the store, for its one writer."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """What is known under a key, else what `read` finds; that something is absent is not kept."""
        known = self._known.get(key)
        if known is None:
            known = read()
            if known is not None:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[key] = known
        return cast("T", known)

    def forget(self) -> None:
        self._known.clear()
