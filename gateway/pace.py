"""When a masked query is answered: at one deadline, whether or not the custodian was asked.

An answer that leaves when the work is done tells by its time what the work was. The deadline of a custodian
is a rung of a fixed ladder well above what its system has lately taken for anybody's question, so it does not
depend on this one; and answers leave on an absolute grid of the clock, which hides what is left of the work.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Iterable
from typing import Final

GRID: Final = 0.025
"""Seconds between two ticks on which masked answers leave."""
LADDER: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 2.5)
"""Seconds after the question at which a masked query may be answered."""
ASKING_LIMIT: Final = 2.0
"""Seconds a custodian's system may take in all."""
_REMEMBERED: Final = 200
_HEADROOM: Final = 3.0


class Pace:
    """How long each custodian's system takes, and the deadlines that follow."""

    def __init__(self) -> None:
        self._taken: dict[str, deque[float]] = {}

    def observe(self, custodian: str, seconds: float) -> None:
        self._taken.setdefault(custodian, deque(maxlen=_REMEMBERED)).append(seconds)

    def allowance(self, custodians: Iterable[str]) -> float:
        """Seconds a masked query to these custodians takes, whatever it finds."""
        slowest = max((max(self._taken.get(one, (0.0,))) for one in custodians), default=0.0)
        return next((rung for rung in LADDER if rung >= slowest * _HEADROOM), LADDER[-1])

    async def until(self, started: float, allowance: float) -> None:
        """Sleep until the deadline of a question begun at a monotonic time, then to the grid's next tick."""
        due = started + allowance
        late = time.monotonic() - due
        if late > 0:
            due += next((rung for rung in LADDER if rung > late), late)
        tick = math.ceil(due / GRID) * GRID
        await asyncio.sleep(max(0.0, tick - time.monotonic()))
