"""The agreement format, version 1: one declaration of every key, its form, its default and its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agreements import vocabulary
from agreements.agreement import Agreement, Clause, Conditions, Obligation, PartySelector, Signature
from agreements.duration import Duration
from agreements.form import Complaint, Form, list_of, set_of
from agreements.record import optional, record, required, required_when
from agreements.scalar import boolean, duration, instant, integer, number_like, text, word, word_of
from agreements.terms import (
    AGENCY_ID,
    Category,
    ConsentNeed,
    Effect,
    FindingBy,
    GrantorKind,
    Ground,
    Instrument,
    Level,
    ObligationCode,
    Purpose,
    Review,
    Role,
    Sector,
    SubjectKind,
)

FORMAT_VERSION: Final = 1
MAX_VERSION: Final = 1_000_000
RETAIN: Final = Duration.parse("PT24H")

_ID: Final = text(maximum=64, pattern=AGENCY_ID.pattern, expected="an id: 2 to 64 of a-z, 0-9 and -")
_CLAUSE_ID: Final = number_like(
    text(
        maximum=32,
        pattern="[A-Za-z0-9][A-Za-z0-9._-]{0,31}",
        expected="a clause id: 1 to 32 letters, digits, . _ and -, the first a letter or digit",
    )
)
_FIELD: Final = text(
    maximum=64, pattern="[a-z][a-z0-9_]{0,63}", expected="a field name: a-z, 0-9 and _, the first a letter"
)
_FLAG: Final = text(maximum=64, pattern="[a-z0-9-]{1,64}", expected="a case flag: 1 to 64 of a-z, 0-9 and -")
_CONCERN: Final = text(
    maximum=64,
    pattern="[a-z0-9][a-z0-9_-]{0,63}",
    expected="a concern level: a-z, 0-9, _ and -, the first a letter or digit",
)
_JURISDICTION: Final = text(
    maximum=6, pattern="[a-z]{2}(-[a-z0-9]{1,3})?", expected="a jurisdiction such as us, us-or or uk"
)
_JWS: Final = text(
    maximum=8192,
    pattern=r"[A-Za-z0-9_-]{1,4096}\.\.[A-Za-z0-9_-]{1,4000}",
    expected="a detached JWS in compact form: header..signature",
)


@dataclass(frozen=True, slots=True)
class _Requester:
    agencies: frozenset[str]
    sectors: frozenset[Sector]
    roles: frozenset[Role]


_AGENCIES: Final = optional(set_of(_ID), frozenset(), "Agencies by id; an alternative to `sectors`.")
_SECTORS: Final = optional(
    set_of(word_of(Sector, vocabulary.sentences(vocabulary.SECTORS))),
    frozenset(),
    "Every agency of these sectors; an alternative to `agencies`.",
)

_REQUESTER: Final = record(
    _Requester,
    {
        "agencies": _AGENCIES,
        "sectors": _SECTORS,
        "roles": optional(
            set_of(word_of(Role, vocabulary.sentences(vocabulary.ROLES))),
            frozenset(),
            "Roles of the person who asks; none listed matches nobody.",
        ),
    },
)

_CUSTODIAN: Final = record(PartySelector, {"agencies": _AGENCIES, "sectors": _SECTORS})

_CONDITIONS: Final = record(
    Conditions,
    {
        "concern_at_least": optional(
            _CONCERN, None, "Least concern of the case, a word of `concern_scale`; absent means any."
        ),
        "consent": optional(
            word_of(ConsentNeed), ConsentNeed.NOT_REQUIRED, "Whether consent must have been given."
        ),
        "consent_from": optional(
            word_of(GrantorKind, vocabulary.sentences(vocabulary.GRANTORS)),
            GrantorKind.SUBJECT,
            "Whose consent counts.",
        ),
        "exceptions": optional(
            list_of(word_of(Ground, vocabulary.sentences(vocabulary.GROUNDS))),
            (),
            "Statutory exceptions each of which may stand in for the consent.",
        ),
        "finding": optional(
            word_of(FindingBy),
            FindingBy.CUSTODIAN,
            "Who finds that an exception is met: a person at the custodian, or its signed reliance on the "
            "requester's statement.",
        ),
        "legal_process": optional(
            boolean(), default=False, about="Whether a verified order, warrant or subpoena is required."
        ),
        "case_flags": optional(set_of(_FLAG), frozenset(), "Flags the case must carry, all of them."),
        "review": optional(
            word_of(Review), Review.NONE, "Whether a person at the custodian releases item by item."
        ),
    },
)

_OBLIGATION: Final = record(
    Obligation,
    {
        "code": required(word_of(ObligationCode, vocabulary.sentences(vocabulary.OBLIGATIONS)), "The duty."),
        "within": optional(duration(), None, "Time from the answer until the duty is due, such as P30D."),
    },
)


def _clause(
    *,
    id: str,
    text: str,
    effect: Effect,
    requester: _Requester,
    custodian: PartySelector,
    purposes: frozenset[Purpose],
    subjects: frozenset[SubjectKind],
    categories: frozenset[Category],
    level: Level,
    fields: frozenset[str],
    conditions: Conditions,
    masked: bool,
    obligations: tuple[Obligation, ...],
) -> Clause:
    return Clause(
        id=id,
        text=text,
        effect=effect,
        requester=PartySelector(requester.agencies, requester.sectors),
        roles=requester.roles,
        custodian=custodian,
        purposes=purposes,
        subjects=subjects,
        categories=categories,
        level=level,
        fields=fields,
        conditions=conditions,
        masked=masked,
        obligations=obligations,
    )


def _prohibits_something(clause: Clause) -> Iterator[Complaint]:
    """An empty list makes a permission useless, but a prohibition ineffective without anybody noticing."""
    if clause.effect is Effect.PROHIBIT:
        for key in ("purposes", "subjects", "categories"):
            if not getattr(clause, key):
                yield Complaint((key,), "at least one in a prohibition")


_CLAUSE: Final = record(
    _clause,
    {
        "id": required(_CLAUSE_ID, "Number of the clause, unique in the agreement, quoted or bare."),
        "text": required(text(maximum=4000, lines=True), "The provision in words, as the parties agreed it."),
        "effect": required(word_of(Effect), "Whether the clause permits or prohibits."),
        "requester": required(_REQUESTER, "Who may ask: agencies, sectors and the roles of their people."),
        "custodian": required(_CUSTODIAN, "Who may be asked; none named matches nobody."),
        "purposes": required(
            set_of(word_of(Purpose, vocabulary.sentences(vocabulary.PURPOSES))), "Purposes of the query."
        ),
        "subjects": required(
            set_of(word_of(SubjectKind, vocabulary.sentences(vocabulary.SUBJECTS))), "Kinds of subject."
        ),
        "categories": required(
            set_of(word_of(Category, vocabulary.sentences(vocabulary.CATEGORIES))),
            "Kinds of information.",
        ),
        "level": required_when(
            "effect",
            "permit",
            word({level.word: level for level in Level}, vocabulary.sentences(vocabulary.LEVELS)),
            Level.RECORD,
            "The most an answer may say; a prohibition forbids at every level.",
        ),
        "fields": optional(
            set_of(_FIELD), frozenset(), "At level record: the fields released; none listed releases none."
        ),
        "conditions": optional(_CONDITIONS, Conditions(), "What must hold, all of it."),
        "masked": optional(boolean(), default=False, about="Whether negatives are indistinguishable."),
        "obligations": optional(list_of(_OBLIGATION), (), "Duties attached to an answer."),
    },
).also(_prohibits_something)

_SIGNATURE: Final = record(
    Signature,
    {
        "party": required(_ID, "The agency that signs."),
        "jws": required(_JWS, "Detached JWS over the RFC 8785 form without `signatures`."),
    },
)


def _agreement(
    *,
    schema: int,  # noqa: ARG001 - the form has checked it; the value has no place in an agreement
    id: str,
    title: str,
    instrument: Instrument,
    version: int,
    jurisdiction: str,
    parties: tuple[str, ...],
    effective: datetime,
    expires: datetime,
    review_by: datetime | None,
    concern_scale: tuple[str, ...],
    retain: Duration,
    suspended: bool,
    clauses: tuple[Clause, ...],
    signatures: tuple[Signature, ...],
) -> Agreement:
    return Agreement(
        id=id,
        version=version,
        title=title,
        instrument=instrument,
        jurisdiction=jurisdiction,
        parties=parties,
        effective=effective,
        expires=expires,
        review_by=review_by or expires,
        concern_scale=concern_scale,
        clauses=clauses,
        retain=retain,
        suspended=suspended,
        signatures=signatures,
    )


def _hangs_together(agreement: Agreement) -> Iterator[Complaint]:
    if agreement.effective >= agreement.expires:
        yield Complaint(("expires",), "an instant after effective")
    seen: set[str] = set()
    for index, clause in enumerate(agreement.clauses):
        if clause.id in seen:
            yield Complaint(("clauses", index, "id"), "an id no other clause has")
        seen.add(clause.id)
        least = clause.conditions.concern_at_least
        if least is not None and least not in agreement.concern_scale:
            path = ("clauses", index, "conditions", "concern_at_least")
            yield Complaint(path, "a word of concern_scale")


AGREEMENT: Final[Form[Agreement]] = record(
    _agreement,
    {
        "schema": required(integer(FORMAT_VERSION, FORMAT_VERSION), "Version of this format."),
        "id": required(_ID, "Name of the agreement, the same in all its versions."),
        "title": required(text(maximum=200), "What people call it."),
        "instrument": required(
            word_of(Instrument),
            "Memorandum of understanding, data sharing agreement or information sharing agreement.",
        ),
        "version": required(integer(1, MAX_VERSION), "Higher than every earlier version."),
        "jurisdiction": required(_JURISDICTION, "Country, or country and part of it, such as us-or."),
        "parties": required(list_of(_ID, minimum=2), "Ids of the agencies it binds."),
        "effective": required(instant(), "In force from this instant, UTC."),
        "expires": required(instant(), "No longer in force at this instant, UTC."),
        "review_by": optional(instant(), None, "When the parties review it; absent means `expires`."),
        "concern_scale": required(list_of(_CONCERN, minimum=1), "Concern levels, least first."),
        "retain": optional(
            duration(),
            RETAIN,
            "How long content for pending or repeated answers is kept, encrypted; PT0S keeps nothing.",
        ),
        "suspended": optional(boolean(), default=False, about="Whether it is out of force for now."),
        "clauses": required(list_of(_CLAUSE, unique=False), "The numbered provisions."),
        "signatures": optional(list_of(_SIGNATURE), (), "One for each party that has signed."),
    },
).also(_hangs_together)
