"""Generated worlds to decide in: agreements, laws and one question, from words so few that they collide.

Each value is a usual one with a few of its fields varied, so that most worlds come far and the rest fall at
every layer, and a failing world shrinks to the usual one with the few fields that matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st

from agreements.agreement import Agreement, Clause, Conditions, Obligation, PartySelector
from agreements.consents import Consent, ConsentStatus, Evidence, FormElement
from agreements.duration import Duration
from agreements.exceptions import ELEMENTS, ElementKind, LegalProcess, Representation
from agreements.terms import (
    BasisKind,
    Category,
    ConsentNeed,
    Effect,
    FindingBy,
    GrantorKind,
    Instrument,
    Level,
    Purpose,
    Review,
    Role,
    Sector,
    SubjectKind,
)
from policies.facts import Facts
from policies.statute import ConsentForm, Law, Mask, Opening, Status
from tests.properties.decision_words import (
    ACTS,
    AFTER,
    BEFORE,
    CATEGORIES,
    DURATIONS,
    DUTIES,
    FIELDS,
    GRANTORS,
    GROUNDS,
    KINDS,
    LAWS,
    LOST,
    NOW,
    PROCESSES,
    PURPOSES,
    ROLES,
    SCALE,
    SECRET,
    SECTORS,
    TOMORROW,
    YESTERDAY,
    subsets,
    varied,
)
from tests.properties.decision_world import World

_DUTY_LISTS: Final = [
    (),
    *((Obligation(code, within),) for code in DUTIES for within in DURATIONS),
    tuple(Obligation(code) for code in DUTIES),
]
_SELECTORS: Final = [
    PartySelector(frozenset(SECTORS)),
    PartySelector(sectors=frozenset(Sector)),
    PartySelector(frozenset({"school"})),
    PartySelector(),
]
_USUAL_CLAUSE: Final = Clause(
    id="0",
    text="A clause.",
    effect=Effect.PERMIT,
    requester=PartySelector(frozenset(SECTORS)),
    roles=frozenset(ROLES),
    custodian=PartySelector(sectors=frozenset(Sector)),
    purposes=frozenset(PURPOSES),
    subjects=frozenset(KINDS),
    categories=frozenset(CATEGORIES),
    level=Level.RECORD,
    fields=frozenset(FIELDS),
)
_NEEDS: Final = (
    Conditions(),
    Conditions(consent=ConsentNeed.REQUIRED),
    Conditions(consent=ConsentNeed.REQUIRED, exceptions=GROUNDS),
    Conditions(consent=ConsentNeed.REQUIRED, exceptions=GROUNDS, finding=FindingBy.RELIANCE),
    Conditions(legal_process=True),
)
CONDITIONS = st.one_of(
    [
        varied(
            need,
            2,
            concern_at_least=SCALE,
            consent_from=GRANTORS,
            exceptions=[(), *((ground,) for ground in GROUNDS)],
            finding=FindingBy,
            case_flags=subsets(("level-2", "minor")),
            case_flags_absent=subsets(("minor",)),
            workdays_since_opening=(1, 5),
            invited_by=subsets(ROLES),
            unblinded=(True,),
            review=Review,
        )
        for need in _NEEDS
    ]
)
_CLAUSE_BODIES = varied(
    _USUAL_CLAUSE,
    3,
    effect=(Effect.PROHIBIT,),
    requester=_SELECTORS,
    custodian=_SELECTORS,
    roles=subsets(ROLES),
    purposes=subsets(PURPOSES),
    subjects=subsets(KINDS),
    categories=subsets(CATEGORIES),
    level=Level,
    fields=subsets(FIELDS),
    masked=(True,),
    acts=subsets(ACTS),
    contacts_only=(True,),
    withholds=subsets(FIELDS),
    obligations=_DUTY_LISTS,
)
CLAUSES = st.tuples(_CLAUSE_BODIES, CONDITIONS).map(lambda parts: replace(parts[0], conditions=parts[1]))
_USUAL_AGREEMENT: Final = Agreement(
    id="county",
    version=1,
    title="An agreement",
    instrument=Instrument.DSA,
    jurisdiction="us",
    parties=tuple(SECTORS),
    effective=BEFORE,
    expires=AFTER,
    review_by=AFTER,
    concern_scale=SCALE,
    clauses=(),
    retain=Duration(0, 86400),
)
_AGREEMENT_BODIES = varied(
    _USUAL_AGREEMENT,
    1,
    parties=(tuple(SECTORS), ("police", "health"), ("health", "school")),
    effective=(YESTERDAY, NOW, TOMORROW),
    expires=(YESTERDAY, NOW, TOMORROW),
    concern_scale=(SCALE, SCALE[::-1], (*SCALE, "top")),
    suspended=(True,),
)
CONSENTS = varied(
    Consent(
        id="con",
        status=ConsentStatus.GIVEN,
        grantor=GrantorKind.SUBJECT,
        purposes=frozenset(PURPOSES),
        categories=frozenset(CATEGORIES),
        custodians=frozenset(SECTORS),
        recipients=frozenset(SECTORS),
        start=BEFORE,
        end=AFTER,
        grantor_named=True,
        evidence=Evidence(SECRET, SECRET, NOW),
    ),
    2,
    status=ConsentStatus,
    grantor=(*GRANTORS, GrantorKind.GUARDIAN),
    purposes=subsets(PURPOSES),
    categories=subsets(CATEGORIES),
    custodians=subsets(("health", "school")),
    recipients=subsets(("police", "school")),
    start=(BEFORE, YESTERDAY, NOW, TOMORROW),
    end=(None, NOW, TOMORROW),
    grantor_named=(False,),
    evidence=(None,),
)
_FORMS: Final = [
    ConsentForm(minor, adult, elements, alone)
    for minor in subsets(GRANTORS)[1:]
    for adult in subsets(GRANTORS)[1:]
    for elements in (frozenset[FormElement](), frozenset({FormElement.SIGNED, FormElement.EXPIRY_STATED}))
    for alone in (False, True)
]
_USUAL_OPENING: Final = Opening(
    "opening", "Act 1", "when it may", Status.TEXT, BasisKind.AGREEMENT, Level.RECORD
)
_SCOPES: Final[Mapping[str, Iterable[Any]]] = {
    "ceiling": Level,
    "categories": subsets(CATEGORIES)[1:],
    "purposes": subsets(PURPOSES)[1:],
    "recipients": [frozenset({sector}) for sector in SECTORS.values()],
    "custodians": [frozenset({sector}) for sector in SECTORS.values()],
    "subjects": subsets(KINDS)[1:],
    "obligations": _DUTY_LISTS,
}


def _by(basis: BasisKind, **evidence: Any) -> Opening:
    return replace(_USUAL_OPENING, basis=basis, **evidence)


OPENINGS = st.one_of(
    varied(_USUAL_OPENING, 2, **_SCOPES),
    varied(_by(BasisKind.CONSENT, consent=_FORMS[0]), 2, consent=_FORMS, **_SCOPES),
    varied(_by(BasisKind.EXCEPTION, ground=GROUNDS[0]), 2, ground=GROUNDS, person_finds=(True,), **_SCOPES),
    varied(
        _by(BasisKind.LEGAL_PROCESS, processes=frozenset(PROCESSES)),
        2,
        processes=subsets(PROCESSES)[1:],
        **_SCOPES,
    ),
)
_MASK: Final = Mask("Act 13", "No refusal confirms anything.")
_LAW_BODIES = varied(
    Law("act", "An act", "us", "section 1", "All of it. Counsel must confirm it.", ()),
    1,
    apart=subsets(CATEGORIES)[1:],
    mask=(_MASK, replace(_MASK, unless_recipients=frozenset({Sector.LAW_ENFORCEMENT}))),
    obligations=_DUTY_LISTS,
)


def _claims() -> Iterable[Representation]:
    for ground in GROUNDS:
        whole: dict[str, str | bool] = {
            name: True if kind is ElementKind.TRUE else SECRET for name, kind in ELEMENTS[ground].items()
        }
        yield Representation(ground, whole, SECRET)
        yield Representation(ground, whole, SECRET)
        yield from (Representation(ground, whole | {name: "tbd"}, SECRET) for name in whole)


FACTS = varied(
    Facts(
        at=NOW,
        requester="police",
        requester_sector=Sector.LAW_ENFORCEMENT,
        role=Role.CASEWORKER,
        custodian="health",
        custodian_sector=Sector.HEALTH,
        purpose=Purpose.THREAT_ASSESSMENT,
        subject_kind=SubjectKind.PERSON,
        category=Category.MENTAL_HEALTH,
        level=Level.RECORD,
        concern="middle",
        case_flags=frozenset({"level-2"}),
        age=None,
        regimes=(),
    ),
    4,
    at=(YESTERDAY, TOMORROW, AFTER),
    requester=("school",),
    role=ROLES,
    custodian=("police",),
    purpose=PURPOSES,
    subject_kind=KINDS,
    category=CATEGORIES,
    level=Level,
    concern=("low", "high", "top"),
    case_flags=subsets(("level-2", "minor")),
    age=(15, 40),
    understands=subsets(DUTIES),
    person_found=(True,),
    act=ACTS,
    contact=(True,),
    invited_by=subsets(ROLES),
    blinded=(True,),
    workdays_open=(0, 3, 9),
)


_OFFERED: Final[Mapping[str, list[Any]]] = {
    "regimes": [*[(), ("act-1",), ("act-1", "act-2")] * 3, None, ("act-1", LOST)],
    "representation": [None, *_claims()],
    "legal_process": [None, *(LegalProcess(kind, SECRET, SECRET, SECRET) for kind in PROCESSES)],
}


@st.composite
def _agreements(draw: st.DrawFn, id: str, version: int = 1) -> Agreement:
    clauses = draw(st.lists(CLAUSES, min_size=1, max_size=3))
    numbered = tuple(replace(clause, id=str(number)) for number, clause in enumerate(clauses, 1))
    agreement: Agreement = draw(_AGREEMENT_BODIES)
    return replace(agreement, id=id, version=version, clauses=numbered)


@st.composite
def _laws(draw: st.DrawFn, id: str) -> Law:
    law: Law = draw(_LAW_BODIES)
    return replace(law, id=id, openings=tuple(draw(st.lists(OPENINGS, min_size=1, max_size=3))))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A question, an agreement of one or two versions and often another, and two laws."""
    written = [draw(_agreements("county"))]
    written += [draw(_agreements("board"))] if draw(st.booleans()) else []
    written += [draw(_agreements("county", 2))] if draw(st.sampled_from((False, False, True))) else []
    offered = {name: draw(st.sampled_from(choices)) for name, choices in _OFFERED.items()}
    facts: Facts = replace(draw(FACTS), **offered)
    consents = draw(st.lists(CONSENTS, max_size=3))
    numbered = tuple(replace(consent, id=f"con_{number}") for number, consent in enumerate(consents))
    bound = [law for law in LAWS if law in (facts.regimes or ())]
    return World(replace(facts, consents=numbered), tuple(written), tuple(draw(_laws(law)) for law in bound))
