"""Bodies about erasing a subject: the proposal, and what somebody else decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agreements.form import Form, set_of
from agreements.record import optional, record, required
from agreements.scalar import boolean, text
from agreements.subject import Subject
from gateway.wire.body import LINE, PROSE
from gateway.wire.query import USER
from gateway.wire.subject import NAMED_SUBJECT


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    subject: Subject
    reason: str
    statute: str
    user: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class ErasureDecision:
    """`set_aside` names every schedule that still keeps a record and is not to."""

    approve: bool
    set_aside: frozenset[str]
    user: dict[str, str] | None


ERASURE: Final[Form[ErasureRequest]] = record(
    ErasureRequest,
    {
        "subject": required(NAMED_SUBJECT, "who or what is erased"),
        "reason": required(PROSE, "why; kept sealed, and only until it is decided"),
        "statute": required(LINE, "the provision it rests on"),
        "user": optional(USER, None, "the person acting"),
    },
)

DECISION: Final[Form[ErasureDecision]] = record(
    ErasureDecision,
    {
        "approve": required(boolean(), "true carries it out, false drops it"),
        "set_aside": optional(
            set_of(text(maximum=64, pattern=r"[a-z0-9-]+", expected="the id of a schedule")),
            frozenset(),
            "schedules set aside",
        ),
        "user": optional(USER, None, "the person acting"),
    },
)
