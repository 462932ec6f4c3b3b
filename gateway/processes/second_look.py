"""The process of the holder's second look at a question that a refusal ended."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

_DUTY: Final = "a liaison or privacy officer of the custodian"

SECOND_LOOK: Final = Process(
    "second look",
    "A question that was refused though something is held, shown to the custodian's duty person alone. The "
    "requester's answer stays as it is until that person acts.",
    ("open", "late", "released", "called", "declined"),
    (
        Move(
            "open",
            (NEW,),
            "open",
            "the gateway",
            "a clause that applies has `second_look`, the question was refused, and something is held",
            ("liaison of the custodian",),
        ),
        Move(
            "fall-due",
            ("open",),
            "late",
            "time",
            "by the agreement's `answer_within`, else after 2 working days",
            ("privacy officer of the custodian",),
        ),
        Move(
            "release",
            ("open", "late"),
            "released",
            _DUTY,
            "only what the decision now permits: on a consent given since, or an exception they find met",
            ("caseworkers of the requester",),
        ),
        Move("call", ("open", "late"), "called", _DUTY, "what they did is recorded"),
        Move("decline", ("open", "late"), "declined", _DUTY, "with a reason, which stays at the custodian"),
    ),
)
WAITING: Final = ("open", "late")
"""States of a second look that somebody must still act on."""
