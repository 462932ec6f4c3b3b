"""A standing watch on the wire: a question's body with the instant until which it is asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agreements.form import Form
from agreements.record import record, required
from agreements.scalar import instant
from gateway.wire.query import KEYS, LEVEL, Query

_ASKED: Final = ("case", "purpose", "categories", "subject", "custodians", "user", "consent")
"""An exception and legal process open one answer, not a watch."""


@dataclass(frozen=True, slots=True)
class WatchBody:
    query: Query
    until: datetime


WATCH_BODY: Final[Form[WatchBody]] = record(
    lambda until, **given: WatchBody(Query(**given, exception=None, legal_process=None), until),
    {
        **{key: KEYS[key] for key in _ASKED},
        "level": required(LEVEL, "how much is asked"),
        "until": required(instant(), "when it ends, if not before with its case"),
    },
)
