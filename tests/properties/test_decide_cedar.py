"""Cedar, given the same agreements and laws as policies of its own, decides every question the same.

What is said is compared as far as Cedar can say it: permit or refusal, the level, the evidence and the
clause that a permit names, a field told and one not told, whether an answer may leave at once, and whether a
negative is masked. Planted bugs show that the comparison can fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from itertools import chain
from typing import Any

import cedarpy
import pytest

from agreements.agreement import Agreement, Clause
from agreements.consents import ConsentStatus
from agreements.terms import BasisKind, Effect, Level, Review
from policies.decide import decide
from policies.decision import Await, Decision, Permitted
from policies.facts import Facts
from policies.rules import RuleBook
from tests.cedar.policies import clause_name, compiled
from tests.cedar.questions import FIELDS, KNOWN, STRANGERS, Draw, Site, made_out
from tests.cedar.requests import Asked, Graph, Json

EACH = 500
"""Questions put to one site; each is two or three requests to Cedar."""
SITES = 100
CODES = (
    "no-agreement", "no-clause-for-party", "no-clause", "act-not-allowed", "purpose-not-allowed",
    "role-not-allowed", "contact-person-only", "prohibited", "concern-not-on-scale", "concern-too-low",
    "case-flag-missing", "case-flag-present", "too-long-since-opening", "not-invited", "not-yet-unblinded",
    "category-not-declared", "law-unknown", "law-forbids", "consent-missing", "exception-elements-missing",
    "legal-process-missing", "obligation-not-understood",
)  # fmt: skip
"""Everything a decision may refuse for, each of which the questions reach."""

Bug = Callable[[Site, Facts], tuple[Site, Facts]]


@dataclass(frozen=True, slots=True)
class Claim:
    """What follows from a decision for requests to Cedar: one of them is allowed by a policy, or none is."""

    requests: Sequence[Json]
    holds: bool
    by: str = ""
    """The policy; any, where none is named."""

    def agrees(self, results: Sequence[Any]) -> bool:
        allowed = [result.diagnostics for result in results if result.allowed]
        if self.by:
            allowed = [said for said in allowed if self.by in said.id_annotations_by_reason.values()]
        return bool(allowed) is self.holds


def claims(asked: Asked, facts: Facts, decision: Decision) -> Iterator[Claim]:
    if not isinstance(decision, Permitted):
        yield Claim(asked.at(Level.EXISTENCE), holds=False)
        return
    permit, basis = decision.permit, decision.permit.basis
    at_once = not decision.awaits
    rests_on = replace(asked, evidence=tuple(_named(asked.evidence, facts, decision)))
    clause = clause_name(basis.agreement, basis.version, basis.clause)
    named = rests_on.at(permit.level, at_once=at_once and not facts.person_found, field=_told(permit.fields))
    yield Claim(named, holds=True, by=clause)
    if not at_once:
        yield Claim(asked.at(permit.level, at_once=True), holds=False)
    if permit.level < facts.level:
        yield Claim(asked.at(Level(permit.level + 1)), holds=False)
    if permit.level is Level.RECORD and len(permit.fields) < len(FIELDS):
        untold = min({*FIELDS} - permit.fields)
        yield Claim(rests_on.at(permit.level, field=untold), holds=False, by=clause)


def _told(fields: frozenset[str]) -> str | None:
    return min(fields, default=None)


def _named(evidence: Sequence[Json], facts: Facts, decision: Permitted) -> Iterator[Json]:
    """The choices that a permit may mean.

    It says which consent, and process or exception if they opened it; beside a process it may or may not
    use an exception.
    """
    kind = decision.permit.basis.kind
    places = [None, *(consent.id for consent in facts.consents)]
    each = len(evidence) // len(places)
    start = places.index(decision.consent) * each
    for choice in evidence[start : start + each]:
        by_process, by_exception = "process" in choice, "exception" in choice
        if by_process is (kind is BasisKind.LEGAL_PROCESS) and (
            by_process or by_exception is (kind is BasisKind.EXCEPTION)
        ):
            yield choice


@dataclass(slots=True)
class Comparison:
    questions: int = 0
    requests: int = 0
    wrong: int = 0
    faults: int = 0
    """Requests that Cedar could not evaluate whole."""

    def add(self, results: Sequence[Any], asked: Sequence[Sequence[Claim]]) -> None:
        self.questions += len(asked)
        self.requests += len(results)
        self.faults += sum(bool(result.diagnostics.errors) for result in results)
        unread = iter(results)
        for made in asked:
            agreed = [claim.agrees([next(unread) for _ in claim.requests]) for claim in made]
            self.wrong += not all(agreed)


def compare(
    draw: Draw, sites: int, each: int, bug: Bug = lambda site, facts: (site, facts)
) -> Iterator[tuple[Comparison, Counter[str]]]:
    """Put so many questions to each of so many sites, and tell what was found after each site.

    A bug is what we decide on in place of what is asked.
    """
    found, seen = Comparison(), Counter[str]()
    for _ in range(sites):
        site = draw.site()
        graph, asked, rules = Graph(KNOWN, STRANGERS), [], RuleBook(site.agreements, KNOWN)
        for number in range(each):
            facts = draw.question(site)
            read, told = bug(site, facts)
            known = rules if read.agreements is site.agreements else _rules(read.agreements)
            decision = decide(told, known, {law.id: law for law in read.laws})
            question = graph.ask(facts)
            asked.append(list(claims(question, facts, decision)))
            if number % 8 == 0:
                asked[-1].append(Claim([question.masked()], decision.masked))
            seen.update(_said(decision))
        policies = cedarpy.PolicySet.from_str(compiled(site.agreements, site.laws))
        entities = cedarpy.Entities.from_json_str(graph.text())
        requests = [request for made in asked for claim in made for request in claim.requests]
        found.add(cedarpy.is_authorized_batch(requests, policies, entities), asked)
        yield found, seen


@lru_cache(maxsize=8)
def _rules(agreements: tuple[Agreement, ...]) -> RuleBook:
    return RuleBook(agreements, KNOWN)


def _said(decision: Decision) -> Iterator[str]:
    yield "masked" if decision.masked else "open"
    if isinstance(decision, Permitted):
        yield from ("permitted", decision.permit.basis.kind, decision.permit.level.word, *decision.awaits)
    else:
        yield decision.reasons[0].code


@pytest.mark.timeout(300)
def test_cedar_says_the_same() -> None:
    *_, (found, seen) = compare(Draw(1), SITES, EACH)
    assert found.requests >= 100_000
    assert found.wrong == found.faults == 0
    for word in chain(BasisKind, Await, (level.word for level in Level), CODES):
        assert seen[word] >= 15, word


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(10))
def test_cedar_says_the_same_of_a_million_requests(seed: int) -> None:
    *_, (found, _) = compare(Draw(seed), SITES, EACH)
    assert found.requests >= 100_000
    assert found.wrong == found.faults == 0


def prohibitions_unread(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return _clauses(site, lambda clause: [] if clause.effect is Effect.PROHIBIT else [clause]), facts


def withheld_fields_told(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return _clauses(site, lambda clause: [] if clause.withholds else [clause]), facts


def withdrawn_consents_used(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return site, _consents(facts, ConsentStatus.WITHDRAWN, replaced=ConsentStatus.GIVEN)


def refusals_overlooked(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return site, _consents(facts, ConsentStatus.REFUSED, replaced=ConsentStatus.UNKNOWN)


def suspended_versions_in_force(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return _agreements(site, lambda agreement: [replace(agreement, suspended=False)]), facts


def old_versions_in_force(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return _agreements(site, lambda one: [replace(one, id=f"{one.id}{one.version}")]), facts


def newest_version_unread(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return _agreements(site, lambda agreement: [] if agreement.version > 1 else [agreement]), facts


def expiry_a_moment_late(site: Site, facts: Facts) -> tuple[Site, Facts]:
    later = timedelta(microseconds=1)
    return _agreements(site, lambda one: [replace(one, expires=one.expires + later)]), facts


def roles_unread(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return _clauses(site, lambda clause: [replace(clause, roles=frozenset({facts.role}))]), facts


def contacts_taken_for_granted(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return site, replace(facts, contact=True)


def concern_taken_as_high(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return site, replace(facts, concern="high")


def elements_taken_as_made_out(site: Site, facts: Facts) -> tuple[Site, Facts]:
    claim = facts.representation
    return site, replace(facts, representation=None if claim is None else made_out(claim.ground))


def every_duty_taken_as_understood(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return site, replace(facts, understands=None)


def last_declared_law_unread(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return site, replace(facts, regimes=facts.regimes and facts.regimes[:-1])


def undeclared_taken_as_unbound(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return site, replace(facts, regimes=facts.regimes or ())


def last_opening_unread(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return replace(site, laws=tuple(replace(law, openings=law.openings[:-1]) for law in site.laws)), facts


def ages_unread(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return site, replace(facts, age=None)


def masks_unread(site: Site, facts: Facts) -> tuple[Site, Facts]:
    laws = tuple(replace(law, mask=None) for law in site.laws)
    return replace(_clauses(site, lambda clause: [replace(clause, masked=False)]), laws=laws), facts


def asked_one_level_lower(site: Site, facts: Facts) -> tuple[Site, Facts]:
    return site, replace(facts, level=max(Level.EXISTENCE, Level(facts.level - 1 or 1)))


def reviews_skipped(site: Site, facts: Facts) -> tuple[Site, Facts]:
    def unread(clause: Clause) -> list[Clause]:
        return [replace(clause, conditions=replace(clause.conditions, review=Review.NONE))]

    return _clauses(site, unread), facts


def _agreements(site: Site, change: Callable[[Agreement], list[Agreement]]) -> Site:
    return replace(site, agreements=tuple(new for one in site.agreements for new in change(one)))


def _clauses(site: Site, change: Callable[[Clause], list[Clause]]) -> Site:
    def changed(agreement: Agreement) -> list[Agreement]:
        clauses = tuple(new for clause in agreement.clauses for new in change(clause))
        return [replace(agreement, clauses=clauses)]

    return _agreements(site, changed)


def _consents(facts: Facts, status: ConsentStatus, *, replaced: ConsentStatus) -> Facts:
    consents = (
        replace(consent, status=replaced) if consent.status is status else consent
        for consent in facts.consents
    )
    return replace(facts, consents=tuple(consents))


BUGS: list[Bug] = [
    prohibitions_unread,
    withheld_fields_told,
    withdrawn_consents_used,
    refusals_overlooked,
    suspended_versions_in_force,
    old_versions_in_force,
    newest_version_unread,
    expiry_a_moment_late,
    roles_unread,
    contacts_taken_for_granted,
    concern_taken_as_high,
    elements_taken_as_made_out,
    every_duty_taken_as_understood,
    last_declared_law_unread,
    undeclared_taken_as_unbound,
    last_opening_unread,
    ages_unread,
    masks_unread,
    asked_one_level_lower,
    reviews_skipped,
]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_the_comparison_finds_a_planted_bug(bug: Bug) -> None:
    """At one of the first sites that it touches."""
    assert any(found.wrong for found, _ in compare(Draw(1), 120, 50, bug))
