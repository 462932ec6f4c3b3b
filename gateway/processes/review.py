"""The process of a custodian's review."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

_OWN: Final = "a liaison or privacy officer of the custodian"

REVIEW: Final = Process(
    "review",
    "A question that a person at the custodian must decide, whether or not anything is held.",
    ("open", "signed", "released", "declined"),
    (
        Move(
            "ask", (NEW,), "open", "the gateway", "a decision awaits a person", ("liaison of the custodian",)
        ),
        Move(
            "sign", ("open",), "signed", _OWN, "where two persons must release", ("liaison of the custodian",)
        ),
        Move(
            "release",
            ("open",),
            "released",
            _OWN,
            "where one person may release",
            ("caseworkers of the requester",),
        ),
        Move(
            "release",
            ("signed",),
            "released",
            "a second such person",
            "what both chose",
            ("caseworkers of the requester",),
        ),
        Move(
            "decline",
            ("open", "signed"),
            "declined",
            _OWN,
            "with a reason",
            ("caseworkers of the requester",),
        ),
    ),
)
