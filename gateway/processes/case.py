"""The process of a case."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

_OWNER: Final = "a person of the agency whose case it is"

CASE: Final = Process(
    "case",
    "The open matter of one agency that justifies a query. It has one manager and a next review date.",
    ("open", "late", "closed"),
    (
        Move("open", (NEW,), "open", _OWNER),
        Move(
            "change",
            ("open",),
            "open",
            _OWNER,
            "a changed concern is kept with its reason",
            ("privacy officers of the agency, where no reason is given",),
        ),
        Move("change", ("late",), "late", _OWNER, "the review date stays where it is"),
        Move(
            "review",
            ("open", "late"),
            "open",
            _OWNER,
            "a next review date is set, no later than the rhythm of the agreement allows",
        ),
        Move(
            "miss-review",
            ("open", "late"),
            "late",
            "time",
            "the day of the next review is over; again every week until it is reviewed",
            ("caseworkers and privacy officers of the agency",),
        ),
        Move(
            "close",
            ("open", "late"),
            "closed",
            _OWNER,
            "with a reason, and every question under it is answered, declined or escalated",
        ),
    ),
)
