"""A stretch of time in a body or a query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from agreements.form import Form, either
from agreements.record import optional, record
from agreements.scalar import instant
from gateway.wire.body import DAY


def _day_after(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


START: Final[Form[datetime]] = instant()
END: Final[Form[datetime]] = either(DAY.into(_day_after), instant())
"""The end of a span, not in it; a bare date means the whole of that day."""


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)`; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, payload: Mapping[str, Any]) -> bool:
        """Whether an entry's payload is of this time."""
        at = datetime.fromisoformat(payload["at"])
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


SPAN: Final[Form[Span]] = record(
    lambda **given: Span(given["from"], given["to"]),
    {
        "from": optional(START, None, "from this instant or day"),
        "to": optional(END, None, "up to this instant, or to the end of this day"),
    },
)
