"""The process of a duty that came with an answer or an offer."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

_BOUND: Final = "somebody at the agency that is bound"
_OFFICERS: Final = (
    "privacy officer of the agency it is owed to",
    "liaison and privacy officer of the one bound",
)

DUTY: Final = Process(
    "duty",
    "An obligation of something that was told, owed by who was told to who told it.",
    ("open", "fulfilled", "violated", "made-good"),
    (
        Move("owe", (NEW,), "open", "the gateway", "something was told with this obligation"),
        Move(
            "fulfil",
            ("open",),
            "fulfilled",
            _BOUND,
            "with a statement",
            ("liaison of the agency it is owed to",),
        ),
        Move(
            "lapse", ("open",), "violated", "time", "it was due and nobody said it was fulfilled", _OFFICERS
        ),
        Move(
            "report",
            ("open", "fulfilled"),
            "violated",
            "the agency it is owed to",
            "with a statement of what happened",
            _OFFICERS,
        ),
        Move(
            "fulfil",
            ("violated",),
            "made-good",
            _BOUND,
            "with a statement, late",
            ("liaison of the agency it is owed to",),
        ),
    ),
)
