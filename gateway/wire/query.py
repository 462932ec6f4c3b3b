"""A query's body, and the value it becomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from agreements.exceptions import LegalProcess, Representation, may_state
from agreements.form import Complaint, Form, either, list_of, mapping_of
from agreements.record import optional, record, required
from agreements.scalar import boolean, text, word, word_of
from agreements.subject import Subject
from agreements.terms import AGENCY_ID, Category, Ground, Level, ProcessKind, Purpose
from gateway.wire.body import DIGEST, LINE, PROSE, REFERENCE
from gateway.wire.subject import SUBJECT

LEVEL: Final[Form[Level]] = word({level.word: level for level in Level})
AGENCY: Final = text(maximum=64, pattern=AGENCY_ID.pattern, expected="an agency id")
USER: Final = mapping_of(text(maximum=16), text(maximum=200))


@dataclass(frozen=True, slots=True)
class Query:
    """One question about one subject, under one case, to one or more custodians.

    `custodians` None asks every party that an agreement lets the requester ask.
    """

    case: str
    purpose: Purpose
    level: Level
    categories: tuple[Category, ...]
    subject: Subject
    custodians: tuple[str, ...] | None
    user: dict[str, str] | None
    consent: str | None
    exception: Representation | None
    legal_process: LegalProcess | None


def _elements_known(claim: Representation) -> Iterable[Complaint]:
    known = sorted(may_state(claim.ground))
    if not claim.elements.keys() <= set(known):
        yield Complaint(("elements",), f"no keys but {', '.join(known)}")


_MAYBE_EMPTY: Final = either(PROSE, word({"": ""}))
"""Words that may be missing: an empty statement is an element not made out, not a malformed request."""

EXCEPTION: Final = record(
    Representation,
    {
        "ground": required(word_of(Ground), "the statutory ground"),
        "elements": optional(
            mapping_of(text(maximum=64), either(boolean(), _MAYBE_EMPTY)), {}, "the ground's elements"
        ),
        "statement": optional(_MAYBE_EMPTY, "", "what happened, in this case"),
    },
).also(_elements_known)

LEGAL_PROCESS: Final = record(
    LegalProcess,
    {
        "kind": required(word_of(ProcessKind), "kind of process"),
        "number": required(LINE, "its number"),
        "court": required(LINE, "the court or authority that issued it"),
        "digest": required(DIGEST, "digest of the document"),
    },
)

KEYS: Final = {
    "case": required(REFERENCE, "reference of an open case of the requester"),
    "purpose": required(word_of(Purpose), "why it is asked"),
    "categories": required(list_of(word_of(Category), minimum=1), "kinds of information"),
    "subject": required(SUBJECT, "whom or what it is about"),
    "custodians": optional(list_of(AGENCY, minimum=1, maximum=64), None, "agencies to ask"),
    "user": optional(USER, None, "the person acting"),
    "consent": optional(text(maximum=64), None, "id of a recorded consent"),
    "exception": optional(EXCEPTION, None, "a statutory exception, as the requester represents it"),
    "legal_process": optional(LEGAL_PROCESS, None, "an order, warrant or subpoena"),
}

"""What a question and an offer are both made of, and what only a question has."""

QUERY: Final[Form[Query]] = record(Query, {**KEYS, "level": required(LEVEL, "how much is asked")})


def query_json(query: Query) -> dict[str, Any]:
    """What was asked apart from subject and user, for sealed storage; read back by `stored_query`."""
    claim, process = query.exception, query.legal_process
    body: dict[str, Any] = {
        "case": query.case,
        "purpose": query.purpose.value,
        "level": query.level.word,
        "categories": [category.value for category in query.categories],
        "custodians": list(query.custodians) if query.custodians else None,
        "consent": query.consent,
        "exception": claim and exception_json(claim),
        "legal_process": process and legal_process_json(process),
    }
    return {key: value for key, value in body.items() if value is not None}


def exception_json(claim: Representation) -> dict[str, Any]:
    return {
        "ground": claim.ground.value,
        "elements": dict(claim.elements),
        **({"statement": claim.statement} if claim.statement else {}),
    }


def legal_process_json(process: LegalProcess) -> dict[str, Any]:
    return {
        "kind": process.kind.value,
        "number": process.number,
        "court": process.court,
        "digest": process.digest,
    }
