"""The process of a request to pass on what one was told."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

_OWN: Final = "a liaison or privacy officer of the agency that told it first"
_ASKER: Final = "caseworkers of the agency that asks"

ONWARD: Final = Process(
    "onward",
    "A request of an agency that was told something to pass it on, put to the agency that told it first.",
    ("asked", "granted", "refused"),
    (
        Move(
            "ask",
            (NEW,),
            "asked",
            "the agency that was told",
            "it was told this, and its case is open",
            ("liaison of the agency that told it first",),
        ),
        Move(
            "grant",
            ("asked",),
            "granted",
            _OWN,
            "as far as the decision would let that agency tell it itself",
            (_ASKER, "liaison of the agency it is for"),
        ),
        Move("refuse", ("asked",), "refused", _OWN, "with a reason", (_ASKER,)),
    ),
)
