"""What stands behind one clause: a recorded consent, a made-out exception, legal process, and what law asks.

`weigh` judges one clause under one choice of evidence. A decision tries each choice, so that nothing is
used that was not needed, and the conditions of two clauses never combine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agreements.agreement import Clause, Obligation
from agreements.consents import Consent, ConsentStatus
from agreements.exceptions import LegalProcess, Representation
from agreements.terms import (
    BasisKind,
    ConsentNeed,
    FindingBy,
    GrantorKind,
    Level,
    ObligationCode,
    Review,
    SubjectKind,
)
from policies.decision import Await, Layer
from policies.facts import Facts
from policies.rules import Rule
from policies.statute import Law, Opening

_ORDER = tuple(Layer)

BoundLaws = Sequence[tuple[str, Law | None]] | None
"""The laws a custodian declares for a category by name; None inside: unreadable. None: nothing declared."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """The layer at which a clause, or the lack of one, refuses; and what would change that."""

    layer: Layer
    code: str
    text: str
    rule: Rule | None = None

    @property
    def depth(self) -> int:
        return _ORDER.index(self.layer)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The evidence one attempt rests on; what is None is left unused."""

    consent: Consent | None = None
    exception: Representation | None = None
    process: LegalProcess | None = None

    @property
    def basis(self) -> BasisKind:
        if self.process is not None:
            return BasisKind.LEGAL_PROCESS
        if self.exception is not None:
            return BasisKind.EXCEPTION
        return BasisKind.AGREEMENT if self.consent is None else BasisKind.CONSENT


@dataclass(frozen=True, slots=True)
class Evidence:
    """What opened a clause, how far, and what hangs on it."""

    chosen: Chosen
    ceiling: Level
    awaits: frozenset[Await]
    obligations: tuple[Obligation, ...]
    openings: tuple[tuple[Law, Opening], ...]

    @property
    def until(self) -> datetime | None:
        return self.chosen.consent.end if self.chosen.consent else None


def choices(facts: Facts, clause: Clause) -> Iterator[Chosen]:
    """Every choice among the evidence offered that this clause may rest on, the preferred first.

    A consent goes before an exception, which only stands in for it; process is used where it is required.
    """
    claim = facts.representation
    admitted = claim is not None and claim.ground in clause.conditions.exceptions and not claim.missing()
    process = facts.legal_process if clause.conditions.legal_process else None
    for exception in (None, claim) if admitted else (None,):
        for consent in (None, *reaching(facts)):
            yield Chosen(consent, exception, process)


def reaching(facts: Facts) -> tuple[Consent, ...]:
    """The consents that reach this disclosure now and that no recorded refusal defeats.

    None reaches a question about nobody: there is nobody who could have given it.
    """
    if facts.subject_kind is SubjectKind.GENERAL:
        return ()
    given = tuple(consent for consent in facts.consents if _reaches(facts, consent))
    refused = tuple(consent for consent in facts.consents if _refuses(facts, consent))
    return tuple(consent for consent in given if not any(_defeats(refusal, consent) for refusal in refused))


def _refuses(facts: Facts, consent: Consent) -> bool:
    refused = consent.status is ConsentStatus.REFUSED
    return refused and _reaches(facts, replace(consent, status=ConsentStatus.GIVEN))


def _reaches(facts: Facts, consent: Consent) -> bool:
    return consent.reaches(
        custodian=facts.custodian,
        recipient=facts.requester,
        category=facts.category,
        purpose=facts.purpose,
        at=facts.at,
    )


def _defeats(refusal: Consent, consent: Consent) -> bool:
    """A later refusal by the same grantor ends a consent; guardians who disagree leave none at all."""
    if refusal.grantor is not consent.grantor:
        return False
    return refusal.grantor is GrantorKind.GUARDIAN or refusal.start >= consent.start


def weigh(facts: Facts, rule: Rule, bound: BoundLaws, chosen: Chosen) -> Evidence | Shortfall:
    """Judge law, consent, exception or process, and obligations of one clause under chosen evidence."""
    if bound is None:
        return Shortfall(
            Layer.LAW,
            "category-not-declared",
            f"{facts.custodian} has not declared which law binds {facts.category.value} as it holds it.",
            rule,
        )
    openings: list[tuple[Law, Opening]] = []
    for name, law in bound:
        opening = _open(facts, law, chosen)
        if law is None or opening is None:
            return _law_shortfall(facts, rule, name, law)
        openings.append((law, opening))
    missing = _conditions_shortfall(facts, rule, chosen)
    if missing is not None:
        return missing
    return _bear_obligations(facts, rule, chosen, tuple(openings))


def _open(facts: Facts, law: Law | None, chosen: Chosen) -> Opening | None:
    """The widest opening of one law under the evidence, up to what is asked."""
    if law is None:
        return None
    opened = (opening for opening in _scoped(facts, law) if _shown(facts, law, opening, chosen))
    return max(opened, key=lambda opening: _width(facts, opening), default=None)


def _width(facts: Facts, opening: Opening) -> tuple[Level, bool]:
    """How far an opening lets what is asked go, and then whether it waits for nobody."""
    return min(opening.ceiling, facts.level), not opening.person_finds


def _scoped(facts: Facts, law: Law) -> Iterator[Opening]:
    yield from law.openings_for(
        facts.category, facts.purpose, facts.subject_kind, facts.requester_sector, facts.custodian_sector
    )


def _shown(facts: Facts, law: Law, opening: Opening, chosen: Chosen) -> bool:
    """Whether the evidence an opening asks for is among what is chosen."""
    match opening.basis:
        case BasisKind.AGREEMENT:
            return True
        case BasisKind.CONSENT:
            return (
                chosen.consent is not None
                and opening.consent is not None
                and opening.consent.accepts(
                    chosen.consent, facts.category, age=facts.age, adult_age=law.adult_age
                )
            )
        case BasisKind.EXCEPTION:
            return chosen.exception is not None and chosen.exception.ground is opening.ground
        case BasisKind.LEGAL_PROCESS:
            return chosen.process is not None and chosen.process.kind in opening.processes


def _law_shortfall(facts: Facts, rule: Rule, name: str, law: Law | None) -> Shortfall:
    if law is None:
        text = f"The law {name} that {facts.custodian} declares for this category cannot be read."
        return Shortfall(Layer.LAW, "law-unknown", text, rule)
    routes = "; or ".join(f"{opening.citation}: {opening.text}" for opening in _scoped(facts, law))
    if not routes:
        text = f"Under {law.citation} there is no opening for this category, purpose and recipient."
    else:
        text = f"Under {law.citation} it is told only by one of these, where a clause allows it: {routes}."
    return Shortfall(Layer.LAW, "law-forbids", f"{text}{_lacking(facts, rule)}", rule)


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
        return Shortfall(Layer.EXCEPTION, "legal-process-missing", text, rule)
    if conditions.consent is ConsentNeed.NOT_REQUIRED or chosen.exception is not None:
        return None
    if chosen.consent is not None and chosen.consent.grantor is conditions.consent_from:
        return None
    return _consent_shortfall(facts, rule)


def _consent_shortfall(facts: Facts, rule: Rule) -> Shortfall:
    conditions = rule.clause.conditions
    needed = (
        f"a consent given by the {conditions.consent_from.value} that names {facts.custodian}, "
        f"{facts.requester}, {facts.category.value} and {facts.purpose.value}"
    )
    lacking = _lacking(facts, rule)
    if lacking:
        text = f"{lacking.strip()} With them, or with {needed}, it would open."
        return Shortfall(Layer.EXCEPTION, "exception-elements-missing", text, rule)
    grounds = " or ".join(ground.value for ground in conditions.exceptions)
    instead = f", or the exception {grounds} as {facts.custodian} finds it" if grounds else ""
    return Shortfall(Layer.CONSENT, "consent-missing", f"It would open with {needed}{instead}.", rule)


def _bear_obligations(
    facts: Facts, rule: Rule, chosen: Chosen, openings: tuple[tuple[Law, Opening], ...]
) -> Evidence | Shortfall:
    duties = _duties(rule.clause, openings)
    known = facts.understands
    unknown = [] if known is None else sorted({duty.code.value for duty in duties if duty.code not in known})
    if unknown:
        text = f"The systems of {facts.requester} do not declare that they honour: {', '.join(unknown)}."
        return Shortfall(Layer.OBLIGATIONS, "obligation-not-understood", text, rule)
    return Evidence(
        chosen=chosen,
        ceiling=min((opening.ceiling for _, opening in openings), default=Level.RECORD),
        awaits=_awaited(facts, rule.clause, chosen, openings),
        obligations=duties,
        openings=openings,
    )


def _duties(clause: Clause, openings: Sequence[tuple[Law, Opening]]) -> tuple[Obligation, ...]:
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


def _awaited(
    facts: Facts, clause: Clause, chosen: Chosen, openings: Sequence[tuple[Law, Opening]]
) -> frozenset[Await]:
    by_person = clause.conditions.finding is FindingBy.CUSTODIAN
    by_person = by_person or any(opening.person_finds for _, opening in openings)
    review = clause.conditions.review
    awaited = {
        Await.REVIEW: review is not Review.NONE or facts.subject_kind is SubjectKind.GENERAL,
        Await.SECOND_REVIEW: review is Review.TWO_PERSON,
        Await.LEGAL_PROCESS: chosen.process is not None,
        Await.FINDING: chosen.exception is not None and by_person,
    }
    return frozenset(step for step, needed in awaited.items() if needed)
