"""Durations of agreements: read, written, compared and counted on the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.duration import Duration

DAY = 86400


@pytest.mark.parametrize(
    ("text", "months", "seconds"),
    [
        ("P30D", 0, 30 * DAY),
        ("PT24H", 0, DAY),
        ("P5Y", 60, 0),
        ("P1Y2M", 14, 0),
        ("P2W", 0, 14 * DAY),
        ("P1Y1M1W1DT1H1M1S", 13, 8 * DAY + 3661),
        ("PT0S", 0, 0),
        ("P0D", 0, 0),
        ("PT90M", 0, 5400),
        ("P1M", 1, 0),
        ("PT1M", 0, 60),
    ],
)
def test_a_duration_is_months_and_seconds(text: str, months: int, seconds: int) -> None:
    assert Duration.parse(text) == Duration(months, seconds)
    assert Duration.parse(text).is_zero is (months == seconds == 0)


REFUSED = (
    "",
    "P",
    "PT",
    "P1",
    "30D",
    "p30d",
    "P30d",
    "P-1D",
    "-P1D",
    "+P1D",
    "P1.5D",
    "P1,5D",
    "P1DT",
    "P1D1Y",
    "P1D1D",
    "PT1D",
    "P1H",
    " P1D",
    "P1D ",
    "P1D\n",
    "P1000Y",
    "P\u0661D",
    "P1Y/P2Y",
    "PT1S1H",
)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_duration_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected an ISO 8601 duration such as P30D or PT24H$"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("P1M", (2026, 1, 31), (2026, 2, 28)),
        ("P1M", (2028, 1, 31), (2028, 2, 29)),
        ("P1Y", (2028, 2, 29), (2029, 2, 28)),
        ("P1M", (2026, 12, 15), (2027, 1, 15)),
        ("P12M", (2026, 12, 31), (2027, 12, 31)),
        ("P30D", (2026, 1, 31), (2026, 3, 2)),
        ("P1M1D", (2026, 1, 31), (2026, 3, 1)),
        ("PT24H", (2026, 12, 31), (2027, 1, 1)),
        ("PT0S", (2026, 6, 1), (2026, 6, 1)),
    ],
)
def test_a_duration_ends_on_the_calendar(
    text: str, start: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    clock = timedelta(hours=9, minutes=30, microseconds=1)
    begins, ends = (datetime(*day, tzinfo=UTC) + clock for day in (start, end))
    assert Duration.parse(text).after(begins) == ends


def test_the_zone_of_the_start_is_that_of_the_end() -> None:
    west = timezone(timedelta(hours=-8))
    start = datetime(2026, 1, 31, 23, tzinfo=west)
    assert Duration(1, 3600).after(start) == datetime(2026, 3, 1, 0, tzinfo=west)


def test_lengths_are_compared_with_months_of_thirty_days() -> None:
    assert Duration.parse("P1M").about_seconds == Duration.parse("P30D").about_seconds == 30 * DAY
    assert Duration.parse("P1Y").about_seconds < Duration.parse("P361D").about_seconds


@pytest.mark.parametrize(
    ("written", "again"),
    [
        ("P2W", "P14D"),
        ("PT24H", "P1D"),
        ("P14M", "P1Y2M"),
        ("PT90M", "PT1H30M"),
        ("P0D", "PT0S"),
        ("P1DT1S",) * 2,
    ],
)
def test_a_duration_is_written_in_one_way(written: str, again: str) -> None:
    assert str(Duration.parse(written)) == again


@settings(deadline=None)
@given(st.builds(Duration, st.integers(0, 1200), st.integers(0, 99_999 * DAY)))
def test_what_is_written_is_read_again(length: Duration) -> None:
    assert Duration.parse(str(length)) == length


@settings(deadline=None)
@given(
    st.builds(Duration, st.integers(0, 1200), st.integers(0, 3660 * DAY)),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
)
def test_an_end_is_never_before_its_start(length: Duration, start: datetime) -> None:
    begins = start.replace(tzinfo=UTC)
    ends = length.after(begins)
    assert (ends > begins) is not length.is_zero
    assert ends - begins <= timedelta(days=length.months * 31, seconds=length.seconds)
