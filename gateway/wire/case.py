"""Cases on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from agreements.form import Form, list_of, set_of
from agreements.record import optional, record, required
from agreements.scalar import text, word_of
from agreements.terms import Purpose
from gateway.case import Case
from gateway.wire.body import DAY, LINE, PROSE, REFERENCE
from gateway.wire.query import AGENCY, USER
from gateway.wire.times import instant

_CONCERN: Final = text(maximum=64, pattern=r"[a-z0-9][a-z0-9_-]*", expected="a word of a concern scale")
_FLAGS: Final = set_of(text(maximum=64, pattern=r"[a-z0-9-]+", expected="a case flag"))


@dataclass(frozen=True, slots=True)
class Manager:
    id: str
    name: str


_INVITED: Final = list_of(AGENCY, maximum=64)
_BLINDED: Final = set_of(text(maximum=128, pattern=r"[\x21-\x7e]{1,128}", expected="the id of a person"))
_MANAGER: Final = record(
    Manager, {"id": required(text(maximum=128), "id within the agency"), "name": required(LINE, "name")}
)


@dataclass(frozen=True, slots=True)
class NewCase:
    reference: str
    kind: Purpose
    concern: str
    scale_of: str | None
    flags: frozenset[str]
    manager: Manager
    next_review: date
    invited: tuple[str, ...]
    blinded: frozenset[str]
    user: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class CaseEdit:
    concern: str | None
    flags: frozenset[str] | None
    manager: Manager | None
    next_review: date | None
    invited: tuple[str, ...] | None
    blinded: frozenset[str] | None
    reason: str | None
    user: dict[str, str] | None


NEW_CASE: Final[Form[NewCase]] = record(
    NewCase,
    {
        "reference": required(REFERENCE, "the agency's own reference"),
        "kind": required(word_of(Purpose), "what the case is for"),
        "concern": required(_CONCERN, "a word on the scale of an agreement the agency is party to"),
        "scale_of": optional(AGENCY, None, "the agreement whose scale is meant"),
        "flags": optional(_FLAGS, frozenset(), "case flags"),
        "manager": required(_MANAGER, "the one person who manages it"),
        "next_review": required(DAY, "when it is looked at next"),
        "invited": optional(_INVITED, (), "agencies invited into the case"),
        "blinded": optional(_BLINDED, frozenset(), "ids of assessors kept from its context"),
        "user": optional(USER, None, "the person acting"),
    },
)

CASE_EDIT: Final[Form[CaseEdit]] = record(
    CaseEdit,
    {
        "concern": optional(_CONCERN, None, "the new concern"),
        "flags": optional(_FLAGS, None, "the new case flags, all of them"),
        "manager": optional(_MANAGER, None, "the new manager"),
        "next_review": optional(DAY, None, "the new review date"),
        "invited": optional(_INVITED, None, "the agencies now invited, all of them"),
        "blinded": optional(_BLINDED, None, "ids of assessors now kept from its context, all of them"),
        "reason": optional(PROSE, None, "why"),
        "user": optional(USER, None, "the person acting"),
    },
)


def case_json(case: Case) -> dict[str, Any]:
    return {
        "id": case.reference,
        "reference": case.reference,
        "kind": case.kind.value,
        "concern": case.concern,
        "scale_of": case.scale_of,
        "flags": sorted(case.flags),
        "manager": {"id": case.manager_id, "name": case.manager_name},
        "next_review": case.next_review.isoformat(),
        "opened_on": case.opened_on and case.opened_on.isoformat(),
        "invited": [{"agency": each.agency, "role": each.role.value} for each in case.invited],
        "blinded": sorted(case.blinded),
        "state": "open" if case.open else "closed",
        "close_reason": case.close_reason or None,
        "concern_moves": [
            {
                "at": instant(move.at),
                "from": move.before,
                "to": move.after,
                "by": move.by,
                "reason": move.reason,
            }
            for move in case.concern_moves
        ],
        "version": case.version,
    }
