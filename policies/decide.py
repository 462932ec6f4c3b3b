"""May it be answered, and how much of it: one pure function from facts to a permit or a refusal.

Permitting clauses are alternatives, each with all of its own conditions. A prohibition of any agreement, and
every law the custodian declares for the category, cut across all of them. Whatever is missing, unknown or
unreadable refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agreements.permit import Basis, Permit
from agreements.terms import Act, Effect, Level, SubjectKind
from policies.circumstances import bites, case_shortfall, where
from policies.decision import Await, Decision, Denied, Layer, Permitted, Reason
from policies.evidence import Bound, Evidence, Laws, bound_laws, duties, weigh
from policies.explain import Passed
from policies.facts import Facts
from policies.offered import Offered, offered
from policies.rules import Question, Rule, RuleBook, Stage
from policies.shortfall import Shortfall

_KINDS: Final = {
    SubjectKind.PERSON: "a person",
    SubjectKind.VENUE: "a venue",
    SubjectKind.COMMUNICATION: "a communication",
    SubjectKind.GENERAL: "nobody in particular",
}


_NO_FIELDS: Final[frozenset[str]] = frozenset()
_NOBODY: Final[frozenset[Await]] = frozenset()


@dataclass(frozen=True, slots=True)
class Way:
    """One clause together with the evidence that opens it, and how far."""

    rule: Rule
    evidence: Evidence
    level: Level
    fields: frozenset[str]

    def rank(self) -> tuple[int, bool, int, tuple[str, int, int]]:
        """Most first: the level, an answer at once, the fields; among equals the first clause."""
        return (-self.level, bool(self.evidence.awaits), -len(self.fields), self.rule.order)


def decide(facts: Facts, rules: RuleBook, laws: Laws) -> Decision:
    """Decide one question about one category.

    Returns:
        `Permitted` under the one clause that allows the most up to what was asked, the first by agreement
        id and clause order among equals; `Denied` with what would change it otherwise.
    """
    bound = bound_laws(facts, laws)
    period = rules.period(facts.requester, facts.custodian, facts.category, facts.at)
    masked = period.masked or _law_masks(facts, bound)
    question = Question(facts.subject_kind, facts.purpose, facts.role)
    speaking = period.speaking(question, facts.act, contact=facts.contact)
    if not speaking.permits:
        return _denied(_first_shortfall(facts, rules), masked=masked)
    biting = [rule for rule in speaking.prohibitions if bites(facts, rule)]
    prohibited = [rule for rule in biting if not rule.clause.withholds]
    withheld = _NO_FIELDS.union(*(rule.clause.withholds for rule in biting)) if biting else _NO_FIELDS
    best, short = _search(facts, speaking.permits, bound, withheld)
    if best is not None and rules.matcher.allows(met=True, prohibited=bool(prohibited)):
        return _permitted(facts, best, masked=masked)
    if prohibited:
        return _denied(_prohibition(prohibited[0]), masked=masked)
    return _denied(max(short, key=lambda item: item.depth), masked=masked)


def _law_masks(facts: Facts, bound: Sequence[Bound] | None) -> bool:
    """An unreadable law may have masked; until it can be read it does."""
    return any(each.law is None or each.law.masks(facts.requester_sector) for each in bound or ())


def _search(
    facts: Facts, permits: Sequence[Rule], bound: Sequence[Bound] | None, withheld: frozenset[str]
) -> tuple[Way | None, list[Shortfall]]:
    """The best of all ways, and where each attempt that is none falls short."""
    evidence = offered(facts)
    best: Way | None = None
    short: list[Shortfall] = []
    for rule in permits:
        for way in _ways(facts, rule, bound, evidence, withheld):
            if isinstance(way, Shortfall):
                short.append(way)
            elif best is None or way.rank() < best.rank():
                best = way
    return best, short


def _spoken_to(facts: Facts, rules: RuleBook, stage: Stage) -> tuple[Rule, ...]:
    question = Question(facts.subject_kind, facts.purpose, facts.role)
    matched = rules.spoken_to(facts.requester, facts.custodian, facts.category, question, stage)
    return tuple(rule for rule in matched if rules.in_force(rule.agreement, facts.at))


def _permits(matched: Iterable[Rule]) -> bool:
    return any(rule.clause.effect is Effect.PERMIT for rule in matched)


def _first_shortfall(facts: Facts, rules: RuleBook) -> Shortfall:
    """The first of the layers before the clause's own conditions that no permitting clause passes.

    Asked when none passes them all.
    """
    between = rules.between(facts.requester, facts.custodian)
    if not any(rules.in_force(agreement, facts.at) for agreement in between):
        return Shortfall(
            Layer.AGREEMENT,
            "no-agreement",
            lambda: (
                f"No agreement between {facts.requester} and {facts.custodian} is in force. "
                "An agreement both have signed would be needed."
            ),
        )
    if not _any_clause(facts, rules):
        return Shortfall(
            Layer.PARTY,
            "no-clause-for-party",
            lambda: f"No clause in force lets {facts.requester} ask {facts.custodian} anything.",
        )
    return _clause_shortfall(facts, rules)


def _clause_shortfall(facts: Facts, rules: RuleBook) -> Shortfall:
    """At which of subject, act, purpose, role and person the clauses between the two fall away."""
    found = _spoken_to(facts, rules, Stage.SUBJECT)
    if not _permits(found):
        what = f"{facts.category.value} of {_KINDS[facts.subject_kind]} held by {facts.custodian}"
        return Shortfall(Layer.CLAUSE, "no-clause", lambda: f"No clause in force covers {what}.")
    if not _permits(rule for rule in found if facts.act in rule.clause.acts):
        return Shortfall(Layer.CLAUSE, "act-not-allowed", lambda: _other_act(facts))
    found = _spoken_to(facts, rules, Stage.PURPOSE)
    if not _permits(rule for rule in found if facts.act in rule.clause.acts):
        return Shortfall(
            Layer.PURPOSE, "purpose-not-allowed", lambda: f"No clause allows it for {facts.purpose.value}."
        )
    found = _spoken_to(facts, rules, Stage.ROLE)
    if not _permits(rule for rule in found if facts.act in rule.clause.acts):
        return Shortfall(
            Layer.ROLE, "role-not-allowed", lambda: f"No clause lets a {facts.role.value} ask this."
        )
    return Shortfall(
        Layer.ROLE,
        "contact-person-only",
        lambda: f"Only a person whom {facts.requester} has named as its contact may ask this.",
    )


def _other_act(facts: Facts) -> str:
    """Every clause on this matter speaks of the other act, or of none."""
    if facts.act is Act.ASK:
        return f"No clause lets {facts.requester} ask {facts.custodian} for it; it can only be told unasked."
    return f"No clause lets {facts.custodian} tell {facts.requester} of it unasked; it can only be asked for."


def _any_clause(facts: Facts, rules: RuleBook) -> bool:
    return any(
        rule.clause.effect is Effect.PERMIT and rules.in_force(rule.agreement, facts.at)
        for category in rules.categories(facts.requester, facts.custodian)
        for rule in rules.partition(facts.requester, facts.custodian, category).rules
    )


def _ways(
    facts: Facts,
    rule: Rule,
    bound: Sequence[Bound] | None,
    evidence: Offered,
    withheld: frozenset[str],
) -> Iterator[Way | Shortfall]:
    """What each choice of evidence opens under one clause, until one opens all it can, at once."""
    case = case_shortfall(facts, rule)
    if case is not None:
        yield case
        return
    most = min(facts.level, rule.clause.level)
    for chosen in evidence.choices(rule.clause):
        weighed = weigh(facts, rule, bound, chosen)
        if isinstance(weighed, Shortfall):
            yield weighed
            continue
        level = min(most, weighed.ceiling)
        fields = rule.clause.fields - withheld if level is Level.RECORD else _NO_FIELDS
        yield Way(rule, weighed, level, fields)
        if level == most and not weighed.awaits:
            return


def _prohibition(rule: Rule) -> Shortfall:
    return Shortfall(
        Layer.CLAUSE,
        "prohibited",
        lambda: f"{where(rule)} forbids it at every level, whatever else allows it.",
    )


def _permitted(facts: Facts, way: Way, *, masked: bool) -> Permitted:
    agreement, clause, evidence = way.rule.agreement, way.rule.clause, way.evidence
    chosen, until = evidence.chosen, evidence.until
    permit = Permit(
        requester=facts.requester,
        custodian=facts.custodian,
        subject_kind=facts.subject_kind,
        category=facts.category,
        level=way.level,
        fields=way.fields,
        basis=Basis(chosen.basis, agreement.id, agreement.version, clause.id),
        obligations=duties(clause, evidence.openings),
        expires=agreement.expires if until is None else min(agreement.expires, until),
    )
    return Permitted(
        permit=permit,
        awaits=_NOBODY if facts.person_found else evidence.awaits,
        consent=chosen.consent.id if chosen.consent else None,
        masked=masked,
        account=Passed(
            way.rule,
            facts.purpose,
            facts.role,
            facts.level,
            evidence.openings,
            chosen.exception.ground if chosen.exception else None,
            chosen.process.kind if chosen.process else None,
        ),
    )


def _denied(shortfall: Shortfall, *, masked: bool) -> Denied:
    return Denied((Reason(shortfall.code, shortfall.words()),), masked, shortfall.layer)
