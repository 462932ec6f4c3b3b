"""Small sites and questions put to them, drawn at random: a usual value with a few of its fields varied.

Half the sites are bound by laws built in, half by laws made up; so few words are used that they collide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any, Final

from agreements.agreement import Agreement, Clause, Conditions, Obligation
from agreements.consents import Consent, ConsentStatus, FormElement
from agreements.exceptions import ELEMENTS, ElementKind, Representation
from agreements.terms import (
    Act,
    BasisKind,
    Category,
    ConsentNeed,
    Effect,
    FindingBy,
    GrantorKind,
    Ground,
    Level,
    ObligationCode,
    ProcessKind,
    Purpose,
    Review,
    Role,
    Sector,
    SubjectKind,
)
from policies.facts import Facts
from policies.lawbook import load_laws
from policies.statute import ConsentForm, Law, Mask, Opening
from tests.cedar.requests import FILLER
from tests.unit.decision_case import (
    NOW,
    SECTORS,
    agencies,
    agreement,
    clause,
    consent,
    law,
    opening,
    process,
    question,
    sectors,
)

STRANGERS: Final = {"shelter": SECTORS["shelter"]}
"""An agency that is only spoken of."""
KNOWN: Final = {agency: sector for agency, sector in SECTORS.items() if agency not in STRANGERS}
PURPOSES: Final = (Purpose.THREAT_ASSESSMENT, Purpose.TREATMENT, Purpose.CHILD_PROTECTION)
ROLES: Final = (Role.CASEWORKER, Role.LIAISON)
SUBJECTS: Final = (SubjectKind.PERSON, SubjectKind.VENUE, SubjectKind.GENERAL)
CATEGORIES: Final = (Category.MENTAL_HEALTH, Category.SUBSTANCE_USE, Category.PSYCHOTHERAPY_NOTES)
GROUNDS: Final = (
    Ground.SERIOUS_IMMINENT_THREAT,
    Ground.MANDATORY_REPORT,
    Ground.MEDICAL_EMERGENCY,
    Ground.CRIME_ON_PREMISES,
)
PROCESSES: Final = (ProcessKind.COURT_ORDER, ProcessKind.SUBPOENA)
DUTIES: Final = (
    ObligationCode.DESTROY_BY,
    ObligationCode.NO_REDISCLOSURE,
    ObligationCode.PART2_NOTICE,
    ObligationCode.PURPOSE_ONLY,
)
FIELDS: Final = ("a", "b", "c")
FLAGS: Final = ("level-2", "minor")
SCALE: Final = ("low", "moderate", "high")
BEFORE, YESTERDAY, TOMORROW, AFTER = (NOW + timedelta(days=days) for days in (-400, -1, 1, 400))
MOMENTS: Final = (YESTERDAY, NOW, TOMORROW)
BUILT_IN: Final = tuple(load_laws().laws.values())
LOST: Final = "lost"
"""A law that no site has."""


@dataclass(frozen=True, slots=True)
class Site:
    agreements: tuple[Agreement, ...]
    laws: tuple[Law, ...]
    consents: tuple[Consent, ...]
    """Those on record, of which each question finds a few."""


class Draw:
    """Sites and questions from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._built_in = Random(seed)
        """Apart, so that another law built in does not change everything drawn after it."""

    def site(self) -> Site:
        written = [self._agreement("county")]
        written += [self._agreement("board")] if self._chance(0.4) else []
        written += [self._agreement("county", version=2)] if self._chance(0.3) else []
        built_in, made_up = self._built_in.sample(BUILT_IN, 2), map(self._law, ("act-1", "act-2"))
        laws = built_in if self._chance(0.5) else made_up
        consents = (self._consent(f"con_{number}") for number in range(8))
        return Site(tuple(written), tuple(laws), tuple(consents))

    def question(self, site: Site) -> Facts:
        found = self._some(3, _ASKED)
        parties = ("police", "health") if self._chance(0.85) else self._random.sample(list(SECTORS), 2)
        found |= dict(zip(("requester", "custodian"), parties, strict=True))
        found |= {f"{side}_sector": SECTORS[found[side]] for side in ("requester", "custodian")}
        return question(**_USUAL | found | self._offered(site))

    def _offered(self, site: Site) -> dict[str, Any]:
        """The evidence put with a question, and the laws it is bound by."""
        consents = self._random.sample(site.consents, self._random.choice((0, 0, 0, 0, 1, 1, 2)))
        return {
            "regimes": self._regimes([each.id for each in site.laws]),
            "age": self._random.choice((None, 15, 16, 17, 18, 40)),
            "consents": tuple(consents),
            "representation": self._claim() if self._chance(0.2) else None,
            "legal_process": process(self._random.choice(PROCESSES)) if self._chance(0.15) else None,
        }

    def _chance(self, of: float) -> bool:
        return self._random.random() < of

    def _some(self, most: int, values: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
        """At most so many of these fields, each with one of its values."""
        names = self._random.sample(list(values), self._random.randint(0, most))
        return {name: self._random.choice(values[name]) for name in names}

    def _agreement(self, id: str, *, version: int = 1) -> Agreement:
        clauses = [self._clause(str(number)) for number in range(self._random.randint(1, 3))]
        return agreement(*clauses, **{"id": id, "version": version} | self._some(1, _AGREED))

    def _clause(self, id: str) -> Clause:
        usual: dict[str, Any] = {
            "id": id,
            "requester": agencies(*SECTORS),
            "custodian": sectors(*Sector),
            "roles": frozenset(ROLES),
            "purposes": frozenset(PURPOSES),
            "subjects": frozenset(SUBJECTS),
            "categories": frozenset(CATEGORIES),
            "level": Level.RECORD,
            "fields": frozenset(FIELDS[:2]),
        }
        if self._chance(0.2):
            usual |= {"effect": Effect.PROHIBIT, "withholds": self._random.choice(subsets(FIELDS))}
        needs = self._random.choice(_NEEDS) | self._some(2, _CONDITIONS)
        return clause(**usual | self._some(2, _CLAUSE), conditions=Conditions(**needs))

    def _law(self, id: str) -> Law:
        openings = (self._opening(str(number)) for number in range(self._random.randint(1, 3)))
        return law(*openings, id=id, **self._some(1, _LAW))

    def _opening(self, id: str) -> Opening:
        basis = self._random.choice(list(BasisKind))
        shown: dict[BasisKind, dict[str, Any]] = {
            BasisKind.AGREEMENT: {},
            BasisKind.CONSENT: {"consent": self._random.choice(_FORMS)},
            BasisKind.EXCEPTION: {"ground": self._random.choice(GROUNDS), "person_finds": self._chance(0.3)},
            BasisKind.LEGAL_PROCESS: {"processes": self._random.choice(subsets(PROCESSES)[1:])},
        }
        return replace(opening(basis), id=id, **shown[basis], **self._some(2, _SCOPES))

    def _regimes(self, laws: list[str]) -> tuple[str, ...] | None:
        chance = self._random.random()
        if chance < 0.03:
            return None
        if chance < 0.06:
            return (*laws[:1], LOST)
        return tuple(self._random.sample(laws, self._random.randint(0, len(laws))))

    def _consent(self, id: str) -> Consent:
        return consent(**_CONSENTED | {"id": id} | self._some(2, _CONSENTS))

    def _claim(self) -> Representation:
        ground = self._random.choice(GROUNDS)
        said = dict(made_out(ground).elements)
        if self._chance(0.25):
            said[self._random.choice(list(said))] = self._random.choice((*FILLER, False))
        return Representation(ground, said, "Seen this morning.")


def made_out(ground: Ground) -> Representation:
    """A claim that makes out every element of its ground."""
    said = {
        name: True if kind is ElementKind.TRUE else "he showed the weapon"
        for name, kind in ELEMENTS[ground].items()
    }
    return Representation(ground, said, "Seen this morning.")


def subsets(values: Iterable[Any]) -> list[frozenset[Any]]:
    found: list[frozenset[Any]] = [frozenset()]
    for value in values:
        found += [some | {value} for some in found]
    return found


_DUTY_LISTS: Final = ((), *((Obligation(code),) for code in DUTIES), tuple(map(Obligation, DUTIES)))
_SELECTORS: Final = (agencies("police", "shelter"), agencies("health"), sectors(Sector.EDUCATION), agencies())
_USUAL: Final[dict[str, Any]] = {
    "level": Level.RECORD,
    "case_flags": frozenset(FLAGS[:1]),
    "invited_by": frozenset(ROLES[:1]),
    "workdays_open": 3,
}
_ASKED: Final[Mapping[str, Sequence[Any]]] = {
    "at": (YESTERDAY, TOMORROW, AFTER),
    "role": (*ROLES, Role.AUDITOR),
    "purpose": (*PURPOSES, Purpose.DECONFLICTION),
    "subject_kind": SUBJECTS,
    "category": CATEGORIES,
    "level": tuple(Level),
    "concern": (*SCALE, "top"),
    "case_flags": subsets(FLAGS),
    "understands": subsets(DUTIES),
    "person_found": (True,),
    "act": tuple(Act),
    "contact": (True,),
    "invited_by": subsets(ROLES),
    "blinded": (True,),
    "workdays_open": (None, 0, 9),
}
_AGREED: Final[Mapping[str, Sequence[Any]]] = {
    "parties": (("police", "health"), ("health", "school")),
    "effective": MOMENTS,
    "expires": MOMENTS,
    "concern_scale": (SCALE[::-1], (*SCALE, "top")),
    "suspended": (True,),
}
_NEEDS: Final[Sequence[dict[str, Any]]] = (
    {},
    {"consent": ConsentNeed.REQUIRED},
    {"consent": ConsentNeed.REQUIRED, "exceptions": GROUNDS},
    {"exceptions": GROUNDS, "finding": FindingBy.RELIANCE},
    {"legal_process": True},
)
_CONDITIONS: Final[Mapping[str, Sequence[Any]]] = {
    "concern_at_least": SCALE,
    "consent_from": (GrantorKind.GUARDIAN, GrantorKind.VICTIM),
    "exceptions": [(), *((ground,) for ground in GROUNDS)],
    "finding": tuple(FindingBy),
    "case_flags": subsets(FLAGS),
    "case_flags_absent": subsets(FLAGS),
    "workdays_since_opening": (1, 5),
    "invited_by": subsets(ROLES),
    "unblinded": (True,),
    "review": (Review.CUSTODIAN, Review.TWO_PERSON, Review.TWO_PERSON),
}
_CLAUSE: Final[Mapping[str, Sequence[Any]]] = {
    "requester": _SELECTORS,
    "custodian": _SELECTORS,
    "roles": subsets(ROLES),
    "purposes": subsets(PURPOSES),
    "subjects": subsets(SUBJECTS),
    "categories": subsets(CATEGORIES),
    "level": tuple(Level),
    "fields": subsets(FIELDS),
    "masked": (True,),
    "obligations": _DUTY_LISTS,
    "acts": subsets(Act),
    "contacts_only": (True,),
}
_FORMS: Final = tuple(
    ConsentForm(minor, adult, elements, alone)
    for minor in subsets((GrantorKind.SUBJECT, GrantorKind.GUARDIAN))[1:]
    for adult in subsets((GrantorKind.SUBJECT, GrantorKind.GUARDIAN))[1:]
    for elements in (frozenset[FormElement](), frozenset(FormElement))
    for alone in (False, True)
)
_SCOPES: Final[Mapping[str, Sequence[Any]]] = {
    "ceiling": tuple(Level),
    "categories": subsets(CATEGORIES)[1:],
    "purposes": subsets(PURPOSES)[1:],
    "subjects": subsets(SUBJECTS)[1:],
    "recipients": [frozenset({sector}) for sector in KNOWN.values()],
    "custodians": [frozenset({sector}) for sector in KNOWN.values()],
    "obligations": _DUTY_LISTS,
}
_LAW: Final[Mapping[str, Sequence[Any]]] = {
    "apart": subsets(CATEGORIES)[1:],
    "mask": (Mask("Act 13", "No refusal confirms anything.", frozenset({Sector.HEALTH})),),
    "obligations": _DUTY_LISTS,
    "adult_age": (16,),
}
_CONSENTED: Final[dict[str, Any]] = {
    "purposes": frozenset(PURPOSES),
    "categories": frozenset(CATEGORIES),
    "custodians": frozenset(SECTORS),
    "recipients": frozenset(SECTORS),
    "start": BEFORE,
    "end": AFTER,
}
_CONSENTS: Final[Mapping[str, Sequence[Any]]] = {
    "status": (*ConsentStatus, ConsentStatus.REFUSED, ConsentStatus.REFUSED),
    "grantor": tuple(GrantorKind),
    "purposes": subsets(PURPOSES),
    "categories": [frozenset({category}) for category in CATEGORIES],
    "custodians": subsets(("health", "school")),
    "recipients": subsets(("police", "school")),
    "start": MOMENTS,
    "end": (None, *MOMENTS),
    "grantor_named": (False,),
    "evidence": (None,),
}
