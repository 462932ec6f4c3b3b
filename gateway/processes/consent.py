"""The process of a consent."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

_PARTY: Final = "a custodian or recipient that it names"
_OFFICERS: Final = ("privacy officers of its custodians and recipients",)
_CONFLICT: Final = ("privacy officers of its custodians and of who recorded it, where guardians differ",)

CONSENT: Final = Process(
    "consent",
    "What the subject, a guardian or a victim allows. Only given opens anything, in its period and scope.",
    ("requested", "given", "refused", "unknown", "expired", "withdrawn"),
    (
        Move(
            "request",
            (NEW,),
            "requested",
            _PARTY,
            "unless it is on record that asking is unsafe",
        ),
        Move("record-given", (NEW,), "given", _PARTY, "as it was given elsewhere", _CONFLICT),
        Move("record-refused", (NEW,), "refused", _PARTY, "as it was refused elsewhere", _CONFLICT),
        Move("record-unknown", (NEW,), "unknown", _PARTY, "nobody was asked, as where that is unsafe"),
        Move("record-expired", (NEW,), "expired", _PARTY, "for the record"),
        Move("record-withdrawn", (NEW,), "withdrawn", _PARTY, "for the record"),
        Move(
            "give",
            ("requested",),
            "given",
            _PARTY,
            "once the limits of confidentiality were explained",
            _CONFLICT,
        ),
        Move("refuse", ("requested",), "refused", _PARTY, "with a reason", _CONFLICT),
        Move(
            "expire",
            ("requested", "given"),
            "expired",
            "time",
            "its period is over",
            ("caseworkers of who recorded it", *_OFFICERS),
        ),
        Move(
            "withdraw",
            ("requested", "given", "unknown", "expired"),
            "withdrawn",
            _PARTY,
            "with a reason; a refusal stands",
            (*_OFFICERS, "caseworkers and privacy officer of each earlier recipient"),
        ),
    ),
)
RECORDING: Final = {
    "requested": "request",
    "given": "record-given",
    "refused": "record-refused",
    "unknown": "record-unknown",
    "expired": "record-expired",
    "withdrawn": "record-withdrawn",
}
"""The move by which a consent enters the record in each state."""
