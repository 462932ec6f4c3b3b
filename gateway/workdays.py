"""Working days: Monday to Friday less the holidays a site names. Days are those of UTC."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final

from agreements.duration import Duration

_WEEK: Final = 7
_FRIDAY: Final = 4
_DAY: Final = 86_400


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


def add_workdays(at: datetime, number: int, holidays: Collection[date]) -> datetime:
    """The same time of day so many working days later; 0 of them is the next working day, or today."""
    moved = at
    while not is_workday(moved.date(), holidays):
        moved += timedelta(days=1)
    for _ in range(number):
        moved += timedelta(days=1)
        while not is_workday(moved.date(), holidays):
            moved += timedelta(days=1)
    return moved


def due_after(within: Duration, at: datetime, holidays: Collection[date]) -> datetime:
    """When something is due: whole days are working days, anything else is time as it passes."""
    days, rest = divmod(within.seconds, _DAY)
    return within.after(at) if within.months or rest or not days else add_workdays(at, days, holidays)


def is_workday(day: date, holidays: Collection[date]) -> bool:
    return _is_weekday(day) and day not in holidays
