"""The process of a notice on its way out of the gateway."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.processes.table import NEW, Move, Process

BACK_OFF: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after each failed attempt the next follows, as Standard Webhooks recommends; then no more."""

DELIVERY: Final = Process(
    "delivery",
    "A notice sent to an agency by e-mail or webhook. It stays in the agency's inbox whatever becomes of it.",
    ("queued", "sent", "dead"),
    (
        Move("queue", (NEW,), "queued", "the gateway", "the agency has such a channel"),
        Move("send", ("queued",), "sent", "the gateway", "the receiver has taken it"),
        Move("retry", ("queued",), "queued", "time", "it was not taken, and may be tried again"),
        Move(
            "give-up",
            ("queued",),
            "dead",
            "time",
            f"it was not taken {len(BACK_OFF) + 1} times",
            ("administrators of the agency",),
        ),
    ),
)
