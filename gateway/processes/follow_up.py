"""The process that keeps a question from waiting silently: one for each custodian it waits for."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

FOLLOW_UP: Final = Process(
    "follow-up",
    "What a question waits for at one custodian: a person's decision (`review`), or a system that does not "
    "answer (`unavailable`), which is asked again with back-off meanwhile.",
    ("waiting", "liaison-told", "officer-told", "escalated", "settled"),
    (
        Move("wait", (NEW,), "waiting", "the gateway", "an answer is pending or unavailable"),
        Move(
            "tell-liaison",
            ("waiting",),
            "liaison-told",
            "time",
            "it is due: by the agreement's `answer_within`, else after 5 working days; unavailable, after "
            "15 minutes",
            ("liaison of the custodian",),
        ),
        Move(
            "tell-officer",
            ("liaison-told",),
            "officer-told",
            "time",
            "one working day of the custodian later",
            ("privacy officer of the custodian",),
        ),
        Move(
            "escalate",
            ("officer-told",),
            "escalated",
            "time",
            "another working day of the custodian later",
            ("caseworkers of the requester, for the case manager",),
        ),
        Move(
            "settle",
            ("waiting", "liaison-told", "officer-told", "escalated"),
            "settled",
            "the custodian, or the gateway",
            "it is answered or declined, or the case is closed",
        ),
    ),
)
