"""The process of a case conference."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

_CONVENER: Final = "a caseworker, liaison or privacy officer of the agency whose case it is"

CONFERENCE: Final = Process(
    "conference",
    "A meeting about one subject under one agency's case, with a seat for each person called.",
    ("called", "held", "closed"),
    (
        Move("call", (NEW,), "called", _CONVENER, "the case is open", ("liaison of each agency called",)),
        Move("attend", ("called", "held"), "held", _CONVENER, "who was present is recorded"),
        Move("close", ("called", "held"), "closed", _CONVENER, "nothing is shown or planned there any more"),
    ),
)
