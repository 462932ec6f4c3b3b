"""Working days since a day: counted in one step as they would be counted one by one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.workdays import workdays_between

MONDAY = date(2026, 3, 2)
DAYS = st.dates(date(2024, 1, 1), date(2029, 1, 1))

TABLE = {
    "the day itself": (MONDAY, MONDAY, (), 0),
    "the day after": (MONDAY, date(2026, 3, 3), (), 1),
    "Friday of the week": (MONDAY, date(2026, 3, 6), (), 4),
    "the weekend": (MONDAY, date(2026, 3, 8), (), 4),
    "a week": (MONDAY, date(2026, 3, 9), (), 5),
    "from Friday to Monday": (date(2026, 3, 6), date(2026, 3, 9), (), 1),
    "from Saturday to Sunday": (date(2026, 3, 7), date(2026, 3, 8), (), 0),
    "from Saturday to Monday": (date(2026, 3, 7), date(2026, 3, 9), (), 1),
    "over a holiday": (MONDAY, date(2026, 3, 6), (date(2026, 3, 4),), 3),
    "a holiday on the day of opening": (MONDAY, date(2026, 3, 6), (MONDAY,), 4),
    "a holiday on a Sunday": (MONDAY, date(2026, 3, 9), (date(2026, 3, 8),), 5),
    "a holiday later": (MONDAY, date(2026, 3, 6), (date(2026, 3, 9),), 4),
    "a clock set back": (MONDAY, date(2026, 2, 27), (date(2026, 2, 27),), 0),
}


@pytest.mark.parametrize("name", TABLE)
def test_working_days_are_counted(name: str) -> None:
    opened, day, holidays, days = TABLE[name]
    assert workdays_between(opened, day, holidays) == days


@given(DAYS, st.integers(0, 800), st.frozensets(DAYS, max_size=5))
def test_it_is_the_same_as_counting_day_by_day(opened: date, length: int, holidays: frozenset[date]) -> None:
    after = [opened + timedelta(days=step) for step in range(1, length + 1)]
    counted = [each for each in after if each.weekday() < 5 and each not in holidays]
    assert workdays_between(opened, opened + timedelta(days=length), holidays) == len(counted)
