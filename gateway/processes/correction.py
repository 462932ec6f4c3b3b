"""The process of a correction at one agency that has to know of it."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

CORRECTION: Final = Process(
    "correction",
    "A notice that something told was about the wrong person or has been corrected, at one agency that was "
    "told it or told it.",
    ("open", "acknowledged"),
    (
        Move(
            "notify",
            (NEW,),
            "open",
            "an agency that told it or was told it",
            "the ledger says that the two of them exchanged it",
            ("liaison and privacy officer of the agency notified",),
        ),
        Move(
            "acknowledge",
            ("open",),
            "acknowledged",
            "somebody at the agency notified",
            "with a statement of what was done",
            ("liaison of the agency that sent it",),
        ),
    ),
)
