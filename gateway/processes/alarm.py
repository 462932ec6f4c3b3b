"""The process of an alarm about how somebody asks."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

ALARM: Final = Process(
    "alarm",
    "A sign that one person fishes, seen in what they asked on one day. It stops nobody; a person looks.",
    ("open", "closed"),
    (
        Move(
            "raise",
            (NEW,),
            "open",
            "time",
            "within a minute of the question that shows it, unless such an alarm of that day is open",
            ("privacy officer of the agency that asked",),
        ),
        Move("add", ("open",), "open", "time", "further questions show the same sign"),
        Move(
            "close",
            ("open",),
            "closed",
            "a privacy officer of the agency that asked, other than the person",
            "with a statement",
        ),
    ),
)
