"""The process of an emergency access, and of the function being closed to who abused it."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

_ANOTHER: Final = "a privacy officer of the requester or the custodian, other than who used it"
_BOTH: Final = ("privacy officers of the requester and the custodian",)

EMERGENCY: Final = Process(
    "emergency",
    "One use of an exception towards one custodian, for at most four hours.",
    ("open", "overdue", "reviewed"),
    (
        Move(
            "open",
            (NEW,),
            "open",
            "a person of the requester",
            "with the elements of its ground, a statement, fresh authentication, and the function not closed",
            _BOTH,
        ),
        Move(
            "fall-due",
            ("open",),
            "overdue",
            "time",
            "nobody has reviewed it within 72 hours; the function closes",
            _BOTH,
        ),
        Move(
            "find",
            ("open", "overdue"),
            "reviewed",
            _ANOTHER,
            "justified, unjustified or inconclusive; unjustified or overdue, the function closes",
        ),
    ),
)

CLOSURE: Final = Process(
    "closure",
    "Emergency access closed to one person, for one access that was unjustified or not reviewed in time.",
    ("closed", "reopened"),
    (
        Move(
            "close",
            (NEW,),
            "closed",
            "time, or who reviewed the access",
            "the access was found unjustified, or is overdue; what it released is recalled",
            (*_BOTH, "caseworkers of the requester, where something was released"),
        ),
        Move(
            "reopen",
            ("closed",),
            "reopened",
            "a privacy officer of the custodian or of another party, never of the person's own agency",
            "with a statement, once the access is reviewed",
            ("privacy officer of the requester",),
        ),
    ),
)
