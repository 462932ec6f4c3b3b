"""What stands behind one clause: a recorded consent, a made-out exception, legal process, and what law asks.

`weigh` judges one clause under one choice of evidence. A decision tries each choice, so that nothing is
used that was not needed, and the conditions of two clauses never combine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from agreements.agreement import Clause, Obligation
from agreements.terms import (
    BasisKind,
    ConsentNeed,
    FindingBy,
    Level,
    ObligationCode,
    Review,
    SubjectKind,
)
from policies.decision import Await, Layer
from policies.facts import Facts
from policies.offered import Chosen
from policies.rules import Rule
from policies.shortfall import Shortfall
from policies.statute import Law, Opening


class Laws(Protocol):
    """Where laws are looked up; an unknown or unreadable one is None and refuses."""

    def get(self, law: str) -> Law | None: ...


@dataclass(frozen=True, slots=True)
class Bound:
    """A law the custodian declares for the category, and its openings whose scopes reach the disclosure."""

    name: str
    law: Law | None
    """None: unknown or unreadable."""
    openings: tuple[Opening, ...]


def bound_laws(facts: Facts, laws: Laws) -> tuple[Bound, ...] | None:
    """The laws the custodian declares for the category; None where it has declared nothing."""
    if facts.regimes is None:
        return None
    return tuple(_bound(facts, name, laws.get(name)) for name in facts.regimes)


def _bound(facts: Facts, name: str, law: Law | None) -> Bound:
    if law is None:
        return Bound(name, None, ())
    reaching = law.openings_for(
        facts.category, facts.purpose, facts.subject_kind, facts.requester_sector, facts.custodian_sector
    )
    return Bound(name, law, tuple(reaching))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What opened a clause, how far, and what hangs on it."""

    chosen: Chosen
    ceiling: Level
    awaits: frozenset[Await]
    openings: tuple[tuple[Law, Opening], ...]

    @property
    def until(self) -> datetime | None:
        return self.chosen.consent.end if self.chosen.consent else None


def weigh(facts: Facts, rule: Rule, bound: Sequence[Bound] | None, chosen: Chosen) -> Evidence | Shortfall:
    """Judge law, consent, exception or process, and obligations of one clause under chosen evidence."""
    if bound is None:
        return Shortfall(Layer.LAW, "category-not-declared", lambda: _undeclared(facts))
    openings: list[tuple[Law, Opening]] = []
    for each in bound:
        opening = _widest(facts, each, chosen)
        if each.law is None or opening is None:
            return _law_shortfall(facts, rule, each)
        openings.append((each.law, opening))
    missing = _conditions_shortfall(facts, rule, chosen)
    if missing is not None:
        return missing
    if facts.understands is not None:
        unknown = {duty.code for duty in duties(rule.clause, openings)} - facts.understands
        if unknown:
            return _obligation_shortfall(facts, unknown)
    return Evidence(
        chosen=chosen,
        ceiling=min((opening.ceiling for _, opening in openings), default=Level.RECORD),
        awaits=_awaited(facts, rule.clause, chosen, openings),
        openings=tuple(openings),
    )


def _widest(facts: Facts, bound: Bound, chosen: Chosen) -> Opening | None:
    """The widest opening of one law under the evidence, up to what is asked."""
    opened = [opening for opening in bound.openings if _shown(facts, bound.law, opening, chosen)]
    return max(opened, key=lambda opening: _width(facts, opening), default=None)


def _width(facts: Facts, opening: Opening) -> tuple[Level, bool]:
    """How far an opening lets what is asked go, and then whether it waits for nobody."""
    return min(opening.ceiling, facts.level), not opening.person_finds


def _shown(facts: Facts, law: Law | None, opening: Opening, chosen: Chosen) -> bool:
    """Whether the evidence an opening asks for is among what is chosen."""
    match opening.basis:
        case BasisKind.AGREEMENT:
            return True
        case BasisKind.CONSENT:
            return (
                law is not None
                and chosen.consent is not None
                and opening.consent is not None
                and opening.consent.accepts(
                    chosen.consent, facts.category, age=facts.age, adult_age=law.adult_age
                )
            )
        case BasisKind.EXCEPTION:
            return chosen.exception is not None and chosen.exception.ground is opening.ground
        case BasisKind.LEGAL_PROCESS:
            return chosen.process is not None and chosen.process.kind in opening.processes


def _undeclared(facts: Facts) -> str:
    return f"{facts.custodian} has not declared which law binds {facts.category.value} as it holds it."


def _law_shortfall(facts: Facts, rule: Rule, bound: Bound) -> Shortfall:
    law = bound.law
    if law is None:
        text = f"The law {bound.name} that {facts.custodian} declares for this category cannot be read."
        return Shortfall(Layer.LAW, "law-unknown", lambda: text)
    return Shortfall(Layer.LAW, "law-forbids", lambda: _closed(facts, rule, law, bound.openings))


def _closed(facts: Facts, rule: Rule, law: Law, openings: Sequence[Opening]) -> str:
    routes = "; or ".join(f"{opening.citation}: {opening.text}" for opening in openings)
    if not routes:
        text = f"Under {law.citation} there is no opening for this category, purpose and recipient."
    else:
        text = f"Under {law.citation} it is told only by one of these, where a clause allows it: {routes}."
    return f"{text}{_lacking(facts, rule)}"


def _lacking(facts: Facts, rule: Rule) -> str:
    """What is missing from an exception that is claimed and that the clause would take."""
    claim = facts.representation
    if claim is None or claim.ground not in rule.clause.conditions.exceptions or not claim.missing():
        return ""
    return f" The exception {claim.ground.value} lacks: {', '.join(claim.missing())}."


def _conditions_shortfall(facts: Facts, rule: Rule, chosen: Chosen) -> Shortfall | None:
    conditions = rule.clause.conditions
    if conditions.legal_process and chosen.process is None:
        text = f"Clause {rule.clause.id} opens by legal process that {facts.custodian} has verified."
        return Shortfall(Layer.EXCEPTION, "legal-process-missing", lambda: text)
    if conditions.consent is ConsentNeed.NOT_REQUIRED or chosen.exception is not None:
        return None
    if chosen.consent is not None and chosen.consent.grantor is conditions.consent_from:
        return None
    return _consent_shortfall(facts, rule)


def _consent_shortfall(facts: Facts, rule: Rule) -> Shortfall:
    lacking = _lacking(facts, rule)
    if lacking:
        return Shortfall(
            Layer.EXCEPTION,
            "exception-elements-missing",
            lambda: f"{lacking.strip()} With them, or with {_needed(facts, rule)}, it would open.",
        )
    return Shortfall(Layer.CONSENT, "consent-missing", lambda: _would_open(facts, rule))


def _needed(facts: Facts, rule: Rule) -> str:
    return (
        f"a consent given by the {rule.clause.conditions.consent_from.value} that names {facts.custodian}, "
        f"{facts.requester}, {facts.category.value} and {facts.purpose.value}"
    )


def _would_open(facts: Facts, rule: Rule) -> str:
    grounds = " or ".join(ground.value for ground in rule.clause.conditions.exceptions)
    instead = f", or the exception {grounds} as {facts.custodian} finds it" if grounds else ""
    return f"It would open with {_needed(facts, rule)}{instead}."


def _obligation_shortfall(facts: Facts, unknown: set[ObligationCode]) -> Shortfall:
    codes = ", ".join(sorted(code.value for code in unknown))
    text = f"The systems of {facts.requester} do not declare that they honour: {codes}."
    return Shortfall(Layer.OBLIGATIONS, "obligation-not-understood", lambda: text)


def duties(clause: Clause, openings: Sequence[tuple[Law, Opening]]) -> tuple[Obligation, ...]:
    """The clause's duties, then the laws', each once with its shortest time.

    Two that name different places or parties are different duties.
    """
    everything = list(clause.obligations)
    for law, opening in openings:
        everything += [*law.obligations, *opening.obligations]
    shortest: dict[tuple[ObligationCode, frozenset[str], frozenset[str], frozenset[str]], Obligation] = {}
    for duty in everything:
        same = (duty.code, duty.places, duty.never_in, duty.whom)
        known = shortest.get(same)
        if known is None or _sooner(duty, known):
            shortest[same] = duty
    return tuple(shortest.values())


def _sooner(one: Obligation, other: Obligation) -> bool:
    if one.within is None:
        return False
    return other.within is None or one.within.about_seconds < other.within.about_seconds


_NOBODY: Final[frozenset[Await]] = frozenset()


def _awaited(
    facts: Facts, clause: Clause, chosen: Chosen, openings: Sequence[tuple[Law, Opening]]
) -> frozenset[Await]:
    needs, waits = clause.conditions, []
    if needs.review is not Review.NONE or facts.subject_kind is SubjectKind.GENERAL:
        waits.append(Await.REVIEW)
    if needs.review is Review.TWO_PERSON:
        waits.append(Await.SECOND_REVIEW)
    if chosen.process is not None:
        waits.append(Await.LEGAL_PROCESS)
    if chosen.exception is not None and (
        needs.finding is FindingBy.CUSTODIAN or any(opening.person_finds for _, opening in openings)
    ):
        waits.append(Await.FINDING)
    return frozenset(waits) if waits else _NOBODY
