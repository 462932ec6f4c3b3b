"""What sealed bytes were found to hold, so that the same bytes are opened and read once.

Keyed by the bytes themselves, so nothing here can be out of date: a changed row has other bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_MOST: Final = 4096


class Remembered(Generic[K, V]):
    """A bounded memory; emptied when full, which costs one reading anew of what is still in use."""

    def __init__(self) -> None:
        self._known: dict[K, V] = {}

    def forget(self) -> None:
        self._known.clear()

    def get(self, key: K, read: Callable[[], V]) -> V:
        known = self._known.get(key)
        if known is None:
            known = read()
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = known
        return known
