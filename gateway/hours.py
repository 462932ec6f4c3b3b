"""Working hours of an agency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from agreements.record import record, required
from agreements.scalar import text


@dataclass(frozen=True, slots=True)
class Hours:
    """`[start, end)` in UTC on every day; they may go past midnight, and equal ends are the whole day."""

    start: time
    end: time

    def hold(self, at: datetime) -> bool:
        now = at.time()
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


_TIME: Final = text(
    maximum=5, pattern=r"([01][0-9]|2[0-3]):[0-5][0-9]", expected="a time such as 07:30"
).into(time.fromisoformat)
HOURS: Final = record(
    lambda **given: Hours(given["from"], given["to"]),
    {"from": required(_TIME, "from this time, UTC"), "to": required(_TIME, "and no longer at this one")},
)
