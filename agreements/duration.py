"""Calendar durations of agreements: the date-and-time part of ISO 8601 (`P30D`, `PT24H`, `P5Y`)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_FORM: Final = re.compile(
    r"P(?=[0-9T])(?:(?P<years>[0-9]{1,3})Y)?(?:(?P<months>[0-9]{1,4})M)?(?:(?P<weeks>[0-9]{1,4})W)?"
    r"(?:(?P<days>[0-9]{1,5})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,6})M)?(?:(?P<seconds>[0-9]{1,7})S)?)?"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """Whole months and exact seconds; kept apart because a month has no fixed length."""

    months: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read an ISO 8601 duration with whole numbers.

        Raises:
            ValueError: the text is not such a duration; the message does not repeat it.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError("expected an ISO 8601 duration such as P30D or PT24H")
        part = {name: int(value) if value else 0 for name, value in match.groupdict().items()}
        days = part["weeks"] * 7 + part["days"]
        clock = part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]
        return cls(months=part["years"] * 12 + part["months"], seconds=days * 86400 + clock)

    @property
    def is_zero(self) -> bool:
        return self.months == 0 and self.seconds == 0

    @property
    def about_seconds(self) -> int:
        """Length with every month taken as thirty days: for comparing, never for dating."""
        return self.months * 30 * 86400 + self.seconds

    def after(self, instant: datetime) -> datetime:
        """The instant this long after another; a shorter month ends on its last day."""
        year, month = divmod(instant.year * 12 + instant.month - 1 + self.months, 12)
        day = min(instant.day, calendar.monthrange(year, month + 1)[1])
        return instant.replace(year=year, month=month + 1, day=day) + timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        days, clock = divmod(self.seconds, 86400)
        hours, rest = divmod(clock, 3600)
        minutes, seconds = divmod(rest, 60)
        years, months = divmod(self.months, 12)
        date = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (days, "D")) if n)
        time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
        return f"P{date}T{time}" if time else f"P{date}" if date else "PT0S"
