"""A stretch of time in a body or a query string."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from agreements.form import Form, either
from agreements.record import optional, record, required
from agreements.scalar import instant, text
from agreements.subject import Subject
from gateway.wire.body import DAY
from gateway.wire.query import USER
from gateway.wire.subject import NAMED_SUBJECT


def _day_after(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


START: Final[Form[datetime]] = instant()
END: Final[Form[datetime]] = either(DAY.into(_day_after), instant())
"""The end of a span, not in it; a bare date means the whole of that day."""


SPAN: Final[Form[tuple[datetime | None, datetime | None]]] = record(
    lambda **given: (given["from"], given["to"]),
    {
        "from": optional(START, None, "from this instant or day"),
        "to": optional(END, None, "up to this instant, or to the end of this day"),
    },
)


@dataclass(frozen=True, slots=True)
class AccountingRequest:
    subject: Subject
    start: datetime | None
    end: datetime | None
    statute: str
    user: dict[str, str] | None


def _accounting(**values: object) -> AccountingRequest:
    renamed = {"from": "start", "to": "end"}
    return AccountingRequest(**{renamed.get(key, key): value for key, value in values.items()})  # type: ignore[arg-type]  # the form has checked each value


ACCOUNTING: Final[Form[AccountingRequest]] = record(
    _accounting,
    {
        "subject": required(NAMED_SUBJECT, "whom it is about"),
        "from": optional(START, None, "from this instant or day"),
        "to": optional(END, None, "up to this instant, or to the end of this day"),
        "statute": optional(text(maximum=64), "", "the right it is made under"),
        "user": optional(USER, None, "the person acting"),
    },
)
