"""What a party's officer says of an agreement version: that it signs, or takes it in or out of force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agreements.agreement import Signature
from agreements.form import Form
from agreements.layout import JWS, MAX_VERSION
from agreements.record import optional, record, required
from agreements.scalar import integer
from gateway.wire.body import PROSE
from gateway.wire.query import AGENCY, USER
from gateway.wire.span import START


@dataclass(frozen=True, slots=True)
class Signed:
    party: str
    jws: str
    user: dict[str, str] | None

    @property
    def signature(self) -> Signature:
        return Signature(self.party, self.jws)


@dataclass(frozen=True, slots=True)
class Decided:
    """Why an officer suspends, resumes or terminates; `version` None means the one the step is about."""

    reason: str
    version: int | None
    user: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Acting:
    """A step that says nothing but who takes it."""

    user: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """From when on past decisions are made again; None from the first."""

    since: datetime | None
    user: dict[str, str] | None


_ACTING: Final = optional(USER, None, "the person acting")

SIGNED: Final[Form[Signed]] = record(
    Signed,
    {
        "party": required(AGENCY, "the agency that signs"),
        "jws": required(JWS, "detached JWS over the RFC 8785 form without `signatures`"),
        "user": _ACTING,
    },
)
DECIDED: Final[Form[Decided]] = record(
    Decided,
    {
        "reason": required(PROSE, "why, in words"),
        "version": optional(integer(1, MAX_VERSION), None, "which version"),
        "user": _ACTING,
    },
)
ACTING: Final[Form[Acting]] = record(Acting, {"user": _ACTING})
REPLAYED: Final[Form[Replayed]] = record(
    Replayed, {"since": optional(START, None, "from this instant or day"), "user": _ACTING}
)
