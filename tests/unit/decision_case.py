"""One question put to a small county: the tables of the decision vary it field by field.

The county has police, a health service, a school and a shelter. Its one clause lets police caseworkers ask
the health service for the summary of a person's mental health in a threat assessment; nothing else is asked
for it. A verdict is one line: what is let out on which clause, or the layer that refused and its code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from agreements.agreement import Agreement, Clause, Conditions, PartySelector
from agreements.consents import Consent, ConsentStatus, Evidence, FormElement
from agreements.duration import Duration
from agreements.exceptions import ELEMENTS, ElementKind, LegalProcess, Representation
from agreements.terms import (
    BasisKind,
    Category,
    ConsentNeed,
    Effect,
    GrantorKind,
    Ground,
    Instrument,
    Level,
    ProcessKind,
    Purpose,
    Role,
    Sector,
    SubjectKind,
)
from policies.decide import decide
from policies.decision import Decision, Outcome, Permitted
from policies.facts import Facts
from policies.rules import RuleBook
from policies.statute import ConsentForm, Law, Opening, Status

SECTORS: Final[Mapping[str, Sector]] = {
    "police": Sector.LAW_ENFORCEMENT,
    "health": Sector.HEALTH,
    "school": Sector.EDUCATION,
    "shelter": Sector.COMMUNITY,
}
NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
END: Final = datetime(2027, 1, 1, tzinfo=UTC)

_CLAUSE: Final = Clause(
    id="1",
    text="Police may ask the health service.",
    effect=Effect.PERMIT,
    requester=PartySelector(agencies=frozenset({"police"})),
    roles=frozenset({Role.CASEWORKER}),
    custodian=PartySelector(sectors=frozenset({Sector.HEALTH})),
    purposes=frozenset({Purpose.THREAT_ASSESSMENT}),
    subjects=frozenset({SubjectKind.PERSON}),
    categories=frozenset({Category.MENTAL_HEALTH}),
    level=Level.SUMMARY,
)
_FACTS: Final = Facts(
    at=NOW,
    requester="police",
    requester_sector=Sector.LAW_ENFORCEMENT,
    role=Role.CASEWORKER,
    custodian="health",
    custodian_sector=Sector.HEALTH,
    purpose=Purpose.THREAT_ASSESSMENT,
    subject_kind=SubjectKind.PERSON,
    category=Category.MENTAL_HEALTH,
    level=Level.SUMMARY,
    concern="moderate",
    case_flags=frozenset(),
    age=None,
    regimes=(),
)
_AGREEMENT: Final = Agreement(
    id="county",
    version=1,
    title="County agreement",
    instrument=Instrument.DSA,
    jurisdiction="us-or",
    parties=("police", "health", "school", "shelter"),
    effective=START,
    expires=END,
    review_by=END,
    concern_scale=("low", "moderate", "high"),
    clauses=(),
    retain=Duration(0, 86400),
)


def clause(**changes: Any) -> Clause:
    """The county's clause, changed."""
    return replace(_CLAUSE, **changes)


def needing(**conditions: Any) -> Clause:
    """The county's clause under conditions."""
    return clause(conditions=Conditions(**conditions))


def needing_consent(**conditions: Any) -> Clause:
    return needing(consent=ConsentNeed.REQUIRED, **conditions)


def prohibition(**changes: Any) -> Clause:
    return clause(**{"id": "9", "effect": Effect.PROHIBIT} | changes)


def agencies(*names: str) -> PartySelector:
    return PartySelector(agencies=frozenset(names))


def sectors(*names: Sector) -> PartySelector:
    return PartySelector(sectors=frozenset(names))


def agreement(*clauses: Clause, **changes: Any) -> Agreement:
    return replace(_AGREEMENT, clauses=clauses, **changes)


def question(**changes: Any) -> Facts:
    """The county's question, changed."""
    return replace(_FACTS, **changes)


def consent(**changes: Any) -> Consent:
    """The subject's consent to exactly what is asked, with every element of form."""
    given = Consent(
        id="con_1",
        status=ConsentStatus.GIVEN,
        grantor=GrantorKind.SUBJECT,
        purposes=frozenset({Purpose.THREAT_ASSESSMENT}),
        categories=frozenset({Category.MENTAL_HEALTH}),
        custodians=frozenset({"health"}),
        recipients=frozenset({"police"}),
        start=START,
        end=END,
        grantor_named=True,
        evidence=Evidence("signed-form", "sha-256:" + "0" * 64, START),
    )
    return replace(given, **changes)


def claim(ground: Ground = Ground.SERIOUS_IMMINENT_THREAT, **elements: str | bool) -> Representation:
    """A representation that makes its ground out, elements changed."""
    made = {
        name: True if kind is ElementKind.TRUE else "he showed the weapon"
        for name, kind in ELEMENTS[ground].items()
    }
    return Representation(ground, made | elements, "Seen this morning.")


def process(kind: ProcessKind = ProcessKind.COURT_ORDER) -> LegalProcess:
    return LegalProcess(kind, "26-0117", "Circuit court", "sha-256:" + "1" * 64)


def opening(basis: BasisKind = BasisKind.AGREEMENT, **changes: Any) -> Opening:
    made = Opening(basis.value, f"Act 1 ({basis.value})", "when it may", Status.TEXT, basis, Level.RECORD)
    return replace(made, **changes)


def by_consent(**changes: Any) -> Opening:
    """An opening by consent of anybody entitled, in writing or not, unless changed."""
    form = ConsentForm(frozenset(GrantorKind), frozenset(GrantorKind), frozenset[FormElement]())
    return opening(BasisKind.CONSENT, consent=replace(form, **changes))


def by_exception(ground: Ground = Ground.SERIOUS_IMMINENT_THREAT, **changes: Any) -> Opening:
    return opening(BasisKind.EXCEPTION, **{"ground": ground} | changes)


def by_process(*kinds: ProcessKind) -> Opening:
    return opening(BasisKind.LEGAL_PROCESS, processes=frozenset(kinds))


def law(*openings: Opening, id: str = "act", **changes: Any) -> Law:
    made = Law(id, "An act", "us", f"{id} section 1", "All of it. Counsel must confirm it.", openings)
    return replace(made, **changes)


def bound(*laws: Law, **changes: Any) -> Case:
    """The county's clause and question under laws its custodian declares."""
    return Case(question(regimes=tuple(each.id for each in laws), **changes), laws=laws)


@dataclass(frozen=True, slots=True)
class Case:
    """A question, and the agreements and laws it meets; by default the county's."""

    facts: Facts = _FACTS
    agreements: tuple[Agreement, ...] = (agreement(_CLAUSE),)
    laws: tuple[Law, ...] = ()

    def under(self, *clauses: Clause) -> Case:
        return replace(self, agreements=(agreement(*clauses),))

    def decision(self) -> Decision:
        return decide(self.facts, RuleBook(self.agreements, SECTORS), {each.id: each for each in self.laws})

    def verdict(self) -> str:
        return verdict(self.decision())


def asked(*clauses: Clause, **changes: Any) -> Case:
    """A question of the county, changed, under these clauses of its agreement (its own if none)."""
    return Case(question(**changes)).under(*(clauses or (_CLAUSE,)))


def verdict(decision: Decision) -> str:
    if isinstance(decision, Permitted):
        permit, basis = decision.permit, decision.permit.basis
        parts = [
            f"{_level(permit.level, permit.fields)} by {basis.kind.value}",
            f"under {basis.agreement} {basis.version}:{basis.clause}",
            f"awaiting {' and '.join(sorted(decision.awaits))}" if decision.awaits else "",
        ]
    else:
        failed = next(result.layer for result in decision.layers if result.outcome is Outcome.FAILED)
        parts = [f"refused at {failed.value}: {decision.reasons[0].code}"]
    return " ".join(filter(None, parts)) + (", masked" if decision.masked else "")


def _level(level: Level, fields: Iterable[str]) -> str:
    return f"{level.word} of {', '.join(sorted(fields))}" if fields else level.word
