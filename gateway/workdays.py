"""Working days: Monday to Friday less the holidays a site names. Days are those of UTC."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

_WEEK: Final = 7
_FRIDAY: Final = 4


def workdays_between(opened: date, day: date, holidays: Collection[date]) -> int:
    """Working days after `opened` up to and with `day`; the day of opening counts as 0, and so does no day.

    Opened on a Friday, the Monday after is 1, unless it is a holiday.
    """
    weeks, rest = divmod(max((day - opened).days, 0), _WEEK)
    last = (opened + timedelta(days=weeks * _WEEK + step) for step in range(1, rest + 1))
    counted = weeks * 5 + sum(_is_weekday(each) for each in last)
    return counted - sum(opened < each <= day and _is_weekday(each) for each in holidays)


def _is_weekday(day: date) -> bool:
    return day.weekday() <= _FRIDAY
