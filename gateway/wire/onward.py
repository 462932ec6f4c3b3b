"""Requests to pass on what one was told, and corrections of what was told, on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agreements.form import Form, set_of
from agreements.record import optional, record, required
from agreements.scalar import text, word_of
from agreements.subject import Subject
from agreements.terms import Category, Purpose
from gateway.wire.body import PROSE
from gateway.wire.query import AGENCY, KEYS, USER
from gateway.wire.subject import NAMED_SUBJECT

_ID: Final = text(maximum=40, pattern="[a-z]{3}_[0-9a-f]{1,36}", expected="an id of this gateway")
_ACTING: Final = optional(USER, None, "the person acting")
_CATEGORIES: Final = set_of(word_of(Category), minimum=1)


@dataclass(frozen=True, slots=True)
class OnwardBody:
    """`about` is the query, offer or granted request by which the agency was told it."""

    about: str
    custodian: str
    to: str
    case: str
    purpose: Purpose
    categories: frozenset[Category]
    reason: str
    user: dict[str, str] | None


class CorrectionKind(StrEnum):
    WRONG_PERSON = "wrong-person"
    """What was told is about somebody else."""
    RECORD_CORRECTED = "record-corrected"
    """The record it came from has been corrected since."""


@dataclass(frozen=True, slots=True)
class CorrectionBody:
    kind: CorrectionKind
    subject: Subject
    categories: frozenset[Category]
    statement: str
    user: dict[str, str] | None


ONWARD_BODY: Final[Form[OnwardBody]] = record(
    OnwardBody,
    {
        "about": required(_ID, "the query, offer or granted request by which it was told"),
        "custodian": required(AGENCY, "the agency that told it first"),
        "to": required(AGENCY, "the agency it would be passed on to"),
        "case": required(KEYS["case"].form, "reference of an open case of the caller"),
        "purpose": required(word_of(Purpose), "what the other agency needs it for"),
        "categories": required(_CATEGORIES, "kinds of information"),
        "reason": required(PROSE, "why, in words"),
        "user": _ACTING,
    },
)

CORRECTION_BODY: Final[Form[CorrectionBody]] = record(
    CorrectionBody,
    {
        "kind": required(word_of(CorrectionKind), "wrong-person or record-corrected"),
        "subject": required(NAMED_SUBJECT, "whom it was told about"),
        "categories": optional(set_of(word_of(Category)), frozenset(), "kinds of information; none: all"),
        "statement": required(PROSE, "what is wrong, for the agency's own record"),
        "user": _ACTING,
    },
)
