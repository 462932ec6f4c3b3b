"""The sheet of decision cases that comes with an agreement: what is given, what must be decided, and why.

A sheet names the rules of a model, each with its tag: `stated` by the model's source, `inferred` from it, or
`ours` where the source is silent. Every case belongs to a rule and says in one sentence why it comes out so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from agreements.consents import ConsentStatus
from agreements.form import Complaint, Form, list_of, mapping_of, set_of
from agreements.record import optional, record, required
from agreements.scalar import boolean, day, instant, integer, number_like, text, word, word_of
from agreements.terms import (
    AGENCY_ID,
    Act,
    BasisKind,
    Category,
    GrantorKind,
    Ground,
    Level,
    ObligationCode,
    ProcessKind,
    Purpose,
    Role,
    SubjectKind,
)

USUAL_AT: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""The instant of every case that names none."""


class Tag(StrEnum):
    STATED = "stated"
    INFERRED = "inferred"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class PackRule:
    """One rule of the model and the clauses that carry it; `one_way` where only one outcome makes sense."""

    id: str
    tag: Tag
    text: str
    clauses: tuple[str, ...]
    one_way: bool
    reason: str


@dataclass(frozen=True, slots=True)
class GivenCase:
    concern: str
    kind: Purpose | None
    flags: frozenset[str]
    invited: Mapping[str, Role]
    blinded: bool
    workdays_open: int | None


@dataclass(frozen=True, slots=True)
class GivenRequester:
    agency: str
    role: Role
    contact: bool


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """A consent that fits the question in every scope, save where it is said otherwise."""

    grantor: GrantorKind
    status: ConsentStatus
    purposes: frozenset[Purpose] | None
    categories: frozenset[Category] | None
    custodians: frozenset[str] | None
    recipients: frozenset[str] | None
    ends: date | None
    written: bool


@dataclass(frozen=True, slots=True)
class GivenException:
    ground: Ground
    made_out: bool


@dataclass(frozen=True, slots=True)
class Given:
    case: GivenCase
    requester: GivenRequester
    custodian: str
    purpose: Purpose
    subject: SubjectKind
    category: Category
    level: Level
    act: Act
    age: int | None
    consent: GivenConsent | None
    exception: GivenException | None
    legal_process: ProcessKind | None
    person_found: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be decided; a None of `fields` or `masked` is not looked at."""

    decision: str
    level: Level | None
    basis: BasisKind | None
    clause: str | None
    fields: frozenset[str] | None
    awaits: frozenset[str]
    obligations: tuple[ObligationCode, ...]
    masked: bool | None
    reason: str | None

    @property
    def permits(self) -> bool:
        return self.decision == "permit"


@dataclass(frozen=True, slots=True)
class PackCase:
    id: str
    rule: str
    given: Given
    expect: Expected
    why: str


@dataclass(frozen=True, slots=True)
class Sheet:
    pack: str
    rules: tuple[PackRule, ...]
    cases: tuple[PackCase, ...]


_ID: Final = text(maximum=64, pattern=AGENCY_ID.pattern, expected="an id: 2 to 64 of a-z, 0-9 and -")
_CLAUSE: Final = number_like(text(maximum=32))
_TOKEN: Final = text(maximum=64, pattern="[a-z0-9_-]{1,64}", expected="a word: a-z, 0-9, _ and -")
_SENTENCE: Final = text(maximum=600, lines=True)
_LEVEL: Final = word({level.word: level for level in Level})

_CASE: Final = record(
    GivenCase,
    {
        "concern": required(_TOKEN, "concern of the case"),
        "kind": optional(word_of(Purpose), None, "what the case is for; absent: the purpose asked for"),
        "flags": optional(set_of(_TOKEN), frozenset(), "case flags"),
        "invited": optional(mapping_of(_ID, word_of(Role)), {}, "agencies invited, and by whose role"),
        "blinded": optional(boolean(), default=False, about="the person asking is kept from context"),
        "workdays_open": optional(integer(0, 10_000), None, "working days since opening; absent: unknown"),
    },
)

_REQUESTER: Final = record(
    GivenRequester,
    {
        "agency": required(_ID, "the agency that asks, or is told"),
        "role": required(word_of(Role), "role of the person"),
        "contact": optional(boolean(), default=False, about="the person is its named contact"),
    },
)

_CONSENT: Final = record(
    GivenConsent,
    {
        "grantor": required(word_of(GrantorKind), "who consents"),
        "status": optional(word_of(ConsentStatus), ConsentStatus.GIVEN, "its status"),
        "purposes": optional(set_of(word_of(Purpose)), None, "absent: the purpose asked for"),
        "categories": optional(set_of(word_of(Category)), None, "absent: the category asked for"),
        "custodians": optional(set_of(_ID), None, "absent: the custodian asked"),
        "recipients": optional(set_of(_ID), None, "absent: the requester"),
        "ends": optional(day(), None, "the first day it no longer holds"),
        "written": optional(boolean(), default=True, about="named, signed and dated"),
    },
)

_EXCEPTION: Final = record(
    GivenException,
    {
        "ground": required(word_of(Ground), "the ground represented"),
        "made_out": optional(boolean(), default=True, about="every element is stated"),
    },
)

_GIVEN: Final = record(
    Given,
    {
        "case": required(_CASE, "the requester's case"),
        "requester": required(_REQUESTER, "who asks"),
        "custodian": required(_ID, "who is asked, or tells"),
        "purpose": required(word_of(Purpose), "purpose"),
        "subject": optional(word_of(SubjectKind), SubjectKind.PERSON, "kind of subject"),
        "category": required(word_of(Category), "category"),
        "level": required(_LEVEL, "level asked for"),
        "act": optional(word_of(Act), Act.ASK, "asked or told"),
        "age": optional(integer(0, 130), None, "age of the subject; absent: unknown"),
        "consent": optional(_CONSENT, None, "a consent on record"),
        "exception": optional(_EXCEPTION, None, "an exception represented"),
        "legal_process": optional(word_of(ProcessKind), None, "a process stated"),
        "person_found": optional(boolean(), default=False, about="a person at the custodian has decided"),
        "at": optional(instant(), USUAL_AT, "when"),
    },
)

_PERMIT_KEYS: Final = ("level", "basis", "clause")
_PERMIT_ONLY: Final = (*_PERMIT_KEYS, "fields", "awaits", "obligations")


def _says_enough(expected: Expected) -> Iterator[Complaint]:
    needed, other = (_PERMIT_KEYS, ("reason",)) if expected.permits else (("reason",), _PERMIT_ONLY)
    for key in needed:
        if getattr(expected, key) is None:
            yield Complaint((key,), f"this key with a {expected.decision}")
    for key in other:
        if getattr(expected, key):
            yield Complaint((key,), f"no such key with a {expected.decision}")


_EXPECTED: Final = record(
    Expected,
    {
        "decision": required(word({"permit": "permit", "deny": "deny"}), "what is decided"),
        "level": optional(_LEVEL, None, "of a permit: the level"),
        "basis": optional(word_of(BasisKind), None, "of a permit: what makes it lawful"),
        "clause": optional(_CLAUSE, None, "of a permit: the clause it rests on"),
        "fields": optional(set_of(_TOKEN), None, "of a permit: exactly these fields"),
        "awaits": optional(set_of(_TOKEN), frozenset(), "of a permit: what a person must still do"),
        "obligations": optional(
            list_of(word_of(ObligationCode), unique=False), (), "of a permit: exactly these duties"
        ),
        "masked": optional(boolean(), None, "whether a negative is masked"),
        "reason": optional(_TOKEN, None, "of a deny: the code of its reason"),
    },
).also(_says_enough)


def _rule_complaint(rule: PackRule) -> Iterator[Complaint]:
    if rule.one_way and not rule.reason:
        yield Complaint(("reason",), "why only one outcome makes sense, with one_way")


_RULE: Final = record(
    PackRule,
    {
        "id": required(_ID, "names the rule"),
        "tag": required(word_of(Tag), "how near it stands to its source"),
        "text": required(_SENTENCE, "the rule in words"),
        "clauses": required(list_of(_CLAUSE, minimum=1), "the clauses that carry it"),
        "one_way": optional(boolean(), default=False, about="only one outcome makes sense"),
        "reason": optional(_SENTENCE, "", "why, with one_way"),
    },
).also(_rule_complaint)

_PACK_CASE: Final = record(
    PackCase,
    {
        "id": required(_ID, "names the case"),
        "rule": required(_ID, "the rule it tries"),
        "given": required(_GIVEN, "the question and what is on record"),
        "expect": required(_EXPECTED, "what must be decided"),
        "why": required(_SENTENCE, "why it must come out so, in a sentence"),
    },
)


def _hangs_together(sheet: Sheet) -> Iterator[Complaint]:
    rules: set[str] = set()
    for index, rule in enumerate(sheet.rules):
        if rule.id in rules:
            yield Complaint(("rules", index, "id"), "an id no other rule has")
        rules.add(rule.id)
    seen: set[str] = set()
    for index, case in enumerate(sheet.cases):
        if case.id in seen:
            yield Complaint(("cases", index, "id"), "an id no other case has")
        seen.add(case.id)
        if case.rule not in rules:
            yield Complaint(("cases", index, "rule"), "the id of a rule of this sheet")


SHEET: Final[Form[Sheet]] = record(
    Sheet,
    {
        "pack": required(_ID, "the pack's id"),
        "rules": required(list_of(_RULE, minimum=1, unique=False), "the rules of the model"),
        "cases": required(list_of(_PACK_CASE, minimum=1, unique=False), "the cases"),
    },
).also(_hangs_together)
