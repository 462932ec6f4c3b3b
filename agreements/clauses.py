"""The clause format: one declaration of every key of a numbered provision, its default and its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agreements import vocabulary
from agreements.agreement import Clause, Conditions, Obligation, PartySelector
from agreements.duties import obligation
from agreements.form import Complaint, Form, list_of, set_of
from agreements.record import optional, record, required, required_when
from agreements.scalar import boolean, integer, number_like, text, word, word_of
from agreements.terms import (
    AGENCY_ID,
    Act,
    Category,
    ConsentNeed,
    Effect,
    FindingBy,
    GrantorKind,
    Ground,
    Level,
    Purpose,
    Review,
    Role,
    Sector,
    SubjectKind,
)

ID: Final = text(maximum=64, pattern=AGENCY_ID.pattern, expected="an id: 2 to 64 of a-z, 0-9 and -")
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
CONCERN: Final = text(
    maximum=64,
    pattern="[a-z0-9][a-z0-9_-]{0,63}",
    expected="a concern level: a-z, 0-9, _ and -, the first a letter or digit",
)


@dataclass(frozen=True, slots=True)
class _Requester:
    agencies: frozenset[str]
    sectors: frozenset[Sector]
    roles: frozenset[Role]
    contacts_only: bool


_AGENCIES: Final = optional(set_of(ID), frozenset(), "Agencies by id; an alternative to `sectors`.")
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
        "contacts_only": optional(
            boolean(), default=False, about="Only the named contact persons of the requesting agency."
        ),
    },
)

_CUSTODIAN: Final = record(PartySelector, {"agencies": _AGENCIES, "sectors": _SECTORS})

_CONDITIONS: Final = record(
    Conditions,
    {
        "concern_at_least": optional(
            CONCERN, None, "Least concern of the case, a word of `concern_scale`; absent means any."
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
        "case_flags_absent": optional(
            set_of(_FLAG), frozenset(), "Flags none of which the case may carry, such as investigation-open."
        ),
        "workdays_since_opening": optional(
            integer(1, 366),
            None,
            "At most so many working days since the case was opened, whose day counts as 0.",
        ),
        "invited_by": optional(
            set_of(word_of(Role, vocabulary.sentences(vocabulary.ROLES))),
            frozenset(),
            "The case invites the custodian, or whom it tells unasked, and somebody in one of these "
            "roles put that on it.",
        ),
        "unblinded": optional(
            boolean(), default=False, about="Closed to an assessor whom the case keeps from context."
        ),
        "review": optional(
            word_of(Review, vocabulary.sentences(vocabulary.REVIEWS)),
            Review.NONE,
            "Whether a person at the custodian releases item by item, or two of them the same.",
        ),
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
    acts: frozenset[Act],
    withholds: frozenset[str],
    second_look: bool,
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
        acts=acts,
        contacts_only=requester.contacts_only,
        withholds=withholds,
        second_look=second_look,
    )


def _keeps_to_its_effect(clause: Clause) -> Iterator[Complaint]:
    """What only narrows a permission would, in a prohibition, quietly let more out; and the reverse."""
    if clause.effect is Effect.PERMIT and clause.withholds:
        yield Complaint(("withholds",), "only in a prohibition")
    if clause.effect is Effect.PROHIBIT and clause.contacts_only:
        yield Complaint(("requester", "contacts_only"), "only in a permission")
    if clause.effect is Effect.PROHIBIT and clause.second_look:
        yield Complaint(("second_look",), "only in a permission")


def _prohibits_something(clause: Clause) -> Iterator[Complaint]:
    """An empty list makes a permission useless, but a prohibition ineffective without anybody noticing."""
    if clause.effect is Effect.PROHIBIT:
        for key in ("purposes", "subjects", "categories", "acts"):
            if not getattr(clause, key):
                yield Complaint((key,), "at least one in a prohibition")


_WRITTEN: Final = record(
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
        "obligations": optional(list_of(obligation("P30D")), (), "Duties attached to an answer."),
        "acts": optional(
            set_of(word_of(Act, vocabulary.sentences(vocabulary.ACTS))),
            frozenset(Act),
            "Whether it may be asked for, told unasked, or both; an empty list matches nothing.",
        ),
        "withholds": optional(
            set_of(_FIELD),
            frozenset(),
            "In a prohibition: only these fields are taken away, not the whole category.",
        ),
        "second_look": optional(
            boolean(),
            default=False,
            about="Whether the custodian's duty person sees a refused question about what is held.",
        ),
    },
)
CLAUSE: Final[Form[Clause]] = _WRITTEN.also(_prohibits_something).also(_keeps_to_its_effect)
