"""An offer's body: what one agency tells others unasked, and the values it becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from agreements.exceptions import LegalProcess, Representation
from agreements.form import Form, list_of, mapping_of
from agreements.permit import FieldValue, Holding
from agreements.record import optional, record, required
from agreements.scalar import instant, text, word
from agreements.subject import Subject
from agreements.terms import Category, Level, Purpose
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.query import AGENCY, KEYS, Query, query_json
from gateway.wire.subject import subject_json

_PERSON: Final = text(maximum=128, pattern=r"[\x21-\x7e]{1,128}", expected="the id of a person")
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LONGEST: Final = 4000
_MOST_FIELDS: Final = 64
_MOST_VALUES: Final = 64
_EXPECTED: Final = "each category to have true (existence), a text (summary) or an object of fields (record)"

Information = Mapping[Category, Holding]
"""What is told, by category."""
Levels = Mapping[Category, Level]
"""How much is told, by category."""


@dataclass(frozen=True, slots=True)
class OfferBody:
    """One telling about one subject, under one case of the teller, to one or more recipients.

    `reader` names, for some recipients, the one person there whom it is meant for.
    """

    case: str
    purpose: Purpose
    subject: Subject
    to: tuple[str, ...]
    information: Information
    reader: Mapping[str, str]
    user: dict[str, str] | None
    consent: str | None
    exception: Representation | None
    legal_process: LegalProcess | None

    @property
    def levels(self) -> Levels:
        return {category: level_of(told) for category, told in self.information.items()}

    def query(self, levels: Levels) -> Query:
        """The offer in the terms of a question: the same case, purpose, subject and evidence.

        Its level is the most that is told of any category.
        """
        return Query(
            case=self.case,
            purpose=self.purpose,
            level=max(levels.values()),
            categories=tuple(levels),
            subject=self.subject,
            custodians=None,
            user=self.user,
            consent=self.consent,
            exception=self.exception,
            legal_process=self.legal_process,
        )


@dataclass(frozen=True, slots=True)
class DisclosureBody:
    """What was told past the gateway, by telephone or on paper, entered afterwards."""

    told: OfferBody
    occurred_at: datetime
    how: str


HOW: Final = ("telephone", "in-person", "paper", "fax", "email", "other")
_COMMON: Final = {
    **{
        key: KEYS[key]
        for key in ("case", "purpose", "subject", "consent", "exception", "legal_process", "user")
    },
    "to": required(list_of(AGENCY, minimum=1, maximum=64), "agencies to tell"),
    "reader": optional(mapping_of(AGENCY, _PERSON), {}, "for an agency, the one person it is meant for"),
}
_OFFER: Final[Form[OfferBody]] = record(lambda **given: OfferBody(**given, information={}), _COMMON)
DISCLOSURE_KEYS: Final = frozenset({*_COMMON, "occurred_at", "how", "information"})
"""Everything that is asked for about a disclosure entered afterwards."""
_DISCLOSURE: Final[Form[DisclosureBody]] = record(
    lambda occurred_at, how, **given: DisclosureBody(OfferBody(**given, information={}), occurred_at, how),
    {
        **_COMMON,
        "occurred_at": required(instant(), "when it was told"),
        "how": required(word({each: each for each in HOW}), "how it was told"),
    },
)


def level_of(told: Holding) -> Level:
    """How much is told: fields are a record, a text is a summary, neither is existence."""
    if told.fields:
        return Level.RECORD
    return Level.SUMMARY if told.summary else Level.EXISTENCE


def read_offer(body: object) -> OfferBody:
    """Read an offer.

    Raises:
        Problem: `unprocessable`, naming the key.
    """
    rest, information = information_apart(body)
    return replace(_meant_for_recipients(read_body(rest, _OFFER)), information=information)


def read_disclosure(body: object) -> DisclosureBody:
    """Read a disclosure that happened past the gateway.

    Raises:
        Problem: `unprocessable`, naming the key.
    """
    rest, information = information_apart(body)
    read = read_body(rest, _DISCLOSURE)
    return replace(read, told=replace(_meant_for_recipients(read.told), information=information))


def read_information(value: object) -> Information:
    """What is told by category. A null tells existence, as true does: it is not an absent key here.

    Raises:
        Problem: `unprocessable`, naming the key.
    """
    known = {category.value: category for category in Category}
    if not isinstance(value, dict) or not value or not value.keys() <= known.keys():
        raise _meaningless("an object of categories, at least one")
    return {known[name]: _holding(known[name], told) for name, told in value.items()}


def offer_json(body: OfferBody) -> dict[str, Any]:
    """An offer apart from its subject, its person and its content, for sealed storage: of what was told only
    how much; `offer_read` reads it back.
    """
    asked = query_json(body.query(body.levels))
    for key in ("level", "categories"):
        del asked[key]
    levels = {category.value: level.word for category, level in body.levels.items()}
    return {**asked, "to": list(body.to), "reader": dict(body.reader), "levels": levels}


def offer_read(stored: Mapping[str, Any], subject: Subject) -> tuple[OfferBody, Levels]:
    """An offer as it was kept, and how much of each category was told."""
    rest = {key: value for key, value in stored.items() if key != "levels"}
    body = read_body({**rest, "subject": subject_json(subject)}, _OFFER)
    return body, {Category(name): Level.from_word(level) for name, level in stored["levels"].items()}


def information_apart(body: object) -> tuple[object, Information]:
    if not isinstance(body, dict):
        raise Problem("unprocessable", "The body: expected an object.")
    return {key: value for key, value in body.items() if key != "information"}, read_information(
        body.get("information")
    )


def _meant_for_recipients(body: OfferBody) -> OfferBody:
    if not body.reader.keys() <= set(body.to):
        raise _meaningless("only agencies that stand in to", "reader")
    return body


def _holding(category: Category, told: object) -> Holding:
    if told is True or told is None:
        return Holding(category)
    if isinstance(told, str):
        return Holding(category, _summary(told))
    if isinstance(told, dict) and 0 < len(told) <= _MOST_FIELDS:
        summary = _summary(told["summary"]) if "summary" in told else None
        fields = {_field(name): _value(value) for name, value in told.items() if name != "summary"}
        return Holding(category, summary, fields)
    raise _meaningless(_EXPECTED)


def _summary(told: object) -> str:
    if not isinstance(told, str) or not told.strip() or len(told) > _LONGEST:
        raise _meaningless(f"a summary to be a text of 1 to {_LONGEST} characters")
    return told


def _field(name: str) -> str:
    if not _FIELD.fullmatch(name):
        raise _meaningless("names of fields to be of a-z, 0-9 and _, the first a letter")
    return name


def _value(value: Any) -> FieldValue:
    if isinstance(value, list) and len(value) <= _MOST_VALUES and all(map(_is_scalar, value)):
        return list(value)
    if not _is_scalar(value):
        raise _meaningless("each field to be a text, number, boolean or null, or a list of them")
    told: FieldValue = value
    return told


def _is_scalar(value: object) -> bool:
    return value is None or (isinstance(value, str | int | float) and len(str(value)) <= _LONGEST)


def _meaningless(expected: str, key: str = "information") -> Problem:
    return Problem("unprocessable", f"{key}: expected {expected}.")
