"""The process of one recipient's part of an offer."""

from __future__ import annotations

from typing import Final

from gateway.processes.table import NEW, Move, Process

_OWN: Final = "a liaison or privacy officer of the teller"
_READERS: Final = ("those at the recipient in a role that may read it",)

OFFER: Final = Process(
    "offer",
    "What one agency tells another unasked, at one recipient. The recipient sees it from `open` on, and "
    "otherwise nothing of it.",
    ("pending", "open", "acknowledged", "refused", "declined", "lapsed"),
    (
        Move("deliver", (NEW,), "open", "the gateway", "the decision permits some of it", _READERS),
        Move(
            "wait",
            (NEW,),
            "pending",
            "the gateway",
            "the decision awaits persons at the teller and who offers is not enough of them",
            ("liaison of the teller",),
        ),
        Move("refuse", (NEW, "pending"), "refused", "the gateway", "the decision permits none of it"),
        Move(
            "deliver",
            ("pending", "open", "acknowledged"),
            "open",
            _OWN,
            "as many stand for it as must, and the decision still permits it",
            _READERS,
        ),
        Move(
            "wait",
            ("pending",),
            "pending",
            _OWN,
            "one stands for it and two must",
            ("liaison of the teller",),
        ),
        Move("decline", ("pending",), "declined", _OWN, "with a reason"),
        Move(
            "acknowledge",
            ("open",),
            "acknowledged",
            "somebody at the recipient who may read some of it",
            "",
            ("the role that offered it, at the teller",),
        ),
        Move(
            "lapse",
            ("pending", "open"),
            "lapsed",
            "time",
            "the time of its content is over: the agreement's `retain`",
            ("caseworkers and liaison of the teller",),
        ),
    ),
)
"""A reminder, half-way to the end of its content's time, moves nothing and is no line here."""
