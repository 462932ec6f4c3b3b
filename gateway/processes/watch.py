"""The process of a standing watch."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

_OWN: Final = "somebody at the agency whose case it is"

WATCH: Final = Process(
    "watch",
    "A question asked again every day under an open case, so that the case hears what a partner learns.",
    ("open", "ended"),
    (
        Move("watch", (NEW,), "open", _OWN, "the case is open, and no person has to decide each time"),
        Move(
            "look",
            ("open",),
            "open",
            "time",
            "every day: the question is decided, asked and recorded anew",
            ("caseworkers of the agency, where something new is told",),
        ),
        Move("end", ("open",), "ended", _OWN, "with a reason"),
        Move(
            "lapse",
            ("open",),
            "ended",
            "time",
            "its time is over, or its case is closed",
            ("caseworkers of the agency",),
        ),
    ),
)
