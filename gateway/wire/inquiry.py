"""Bodies of an auditor's questions. Whom one is about never stands in a URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agreements.form import Form, list_of
from agreements.record import Key, optional, record, required
from agreements.scalar import instant, text, word_of
from agreements.subject import Subject
from agreements.terms import Category
from gateway.wire.body import REFERENCE
from gateway.wire.query import AGENCY, USER
from gateway.wire.span import END, START, Span
from gateway.wire.subject import NAMED_SUBJECT

MOST_LINES: Final = 400
_PERSON: Final = text(maximum=128, pattern=r"[\x21-\x7e]{1,128}", expected="the id of a person")
_QUERY: Final = text(maximum=40, pattern=r"[a-z]{3}_[0-9a-f]{1,36}", expected="the id of a query")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Which entries a question is about; None narrows nothing. `requester` is who asked or was told."""

    subject: Subject | None
    requester: str | None
    custodian: str | None
    asked_by: str | None
    case: str | None
    query: str | None
    agreement: str | None
    clause: str | None
    category: Category | None
    span: Span
    user: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Access:
    """One line of a custodian's own access log: when its system was asked, and what it knows of why."""

    at: datetime
    query: str | None
    requester: str | None


@dataclass(frozen=True, slots=True)
class AccessLog:
    accesses: tuple[Access, ...]
    span: Span
    user: dict[str, str] | None


def _inquiry(**values: Any) -> Inquiry:
    return Inquiry(span=Span(values.pop("from"), values.pop("to")), **values)


def _log(**values: Any) -> AccessLog:
    return AccessLog(span=Span(values.pop("from"), values.pop("to")), **values)


_WHO_AND_WHEN: Final[dict[str, Key]] = {
    "from": optional(START, None, "from this instant or day"),
    "to": optional(END, None, "up to this instant, or to the end of this day"),
    "user": optional(USER, None, "the person acting"),
}

INQUIRY: Final[Form[Inquiry]] = record(
    _inquiry,
    {
        "subject": optional(NAMED_SUBJECT, None, "whom it is about"),
        "requester": optional(AGENCY, None, "the agency that asked or was told"),
        "custodian": optional(AGENCY, None, "the agency that was asked or told"),
        "asked_by": optional(_PERSON, None, "the person who asked"),
        "case": optional(REFERENCE, None, "the case"),
        "query": optional(_QUERY, None, "the query"),
        "agreement": optional(AGENCY, None, "the agreement it rested on"),
        "clause": optional(text(maximum=64), None, "the clause it rested on"),
        "category": optional(word_of(Category), None, "the category"),
        **_WHO_AND_WHEN,
    },
)

ACCESS: Final[Form[Access]] = record(
    Access,
    {
        "at": required(instant(), "when the system was asked"),
        "query": optional(_QUERY, None, "the query it was asked for"),
        "requester": optional(AGENCY, None, "the agency it was asked for"),
    },
)

ACCESS_LOG: Final[Form[AccessLog]] = record(
    _log,
    {
        "accesses": required(list_of(ACCESS, maximum=MOST_LINES, unique=False), "the log's lines"),
        **_WHO_AND_WHEN,
    },
)
