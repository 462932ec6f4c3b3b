"""Where a clause, or the lack of one, falls short: known when it is found, put in words if it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from policies.decision import Layer

_DEPTH: Final = {layer: depth for depth, layer in enumerate(Layer)}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """The layer that refuses, and what would change that.

    Most that are found are never told: another clause permits, or another one came further. So `words` is
    asked only of the one that is.
    """

    layer: Layer
    code: str
    words: Callable[[], str]

    @property
    def depth(self) -> int:
        return _DEPTH[self.layer]
