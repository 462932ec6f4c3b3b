"""May it be answered, and how much of it: one pure function from facts to a permit or a refusal.

Permitting clauses are alternatives, each with all of its own conditions. A prohibition of any agreement, and
every law the custodian declares for the category, cut across all of them. Whatever is missing, unknown or
unreadable refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from agreements.permit import Basis, Permit
from agreements.terms import Effect, Level
from policies.decision import Decision, Denied, Layer, Permitted, Reason
from policies.evidence import BoundLaws, Evidence, Shortfall, choices, weigh
from policies.explain import permitted_layers, refused_layers
from policies.facts import Facts
from policies.rules import Question, Rule, RuleBook, Stage
from policies.statute import Law


class Laws(Protocol):
    """Where laws are looked up; an unknown or unreadable one is None and refuses."""

    def get(self, law: str) -> Law | None: ...


@dataclass(frozen=True, slots=True)
class Way:
    """One clause together with the evidence that opens it, and how far."""

    rule: Rule
    evidence: Evidence
    level: Level

    def rank(self) -> tuple[int, bool, int, tuple[str, int, int]]:
        """Most first: the level, an answer at once, the fields; among equals the first clause."""
        fields = len(self.rule.clause.fields) if self.level is Level.RECORD else 0
        return (-self.level, bool(self.evidence.awaits), -fields, self.rule.order)


def decide(facts: Facts, rules: RuleBook, laws: Laws) -> Decision:
    """Decide one question about one category.

    Returns:
        `Permitted` under the one clause that allows the most up to what was asked, the first by agreement
        id and clause order among equals; `Denied` with what would change it otherwise.
    """
    bound = _bound_laws(facts, laws)
    masked = _clause_masks(facts, rules) or _law_masks(facts, bound)
    matched = _spoken_to(facts, rules, Stage.ROLE)
    if not any(rule.clause.effect is Effect.PERMIT for rule in matched):
        return _denied(_first_shortfall(facts, rules), masked=masked)
    prohibited = [rule for rule in matched if rule.clause.effect is Effect.PROHIBIT and _bites(facts, rule)]
    ways: list[Way] = []
    short: list[Shortfall] = []
    for rule in matched:
        if rule.clause.effect is Effect.PERMIT:
            opened = list(_ways(facts, rule, bound))
            ways.extend(way for way in opened if isinstance(way, Way))
            short.extend(way for way in opened if isinstance(way, Shortfall))
    if rules.matcher.allows(met=len(ways), prohibited=len(prohibited)):
        return _permitted(facts, min(ways, key=Way.rank), masked=masked)
    if prohibited:
        return _denied(_prohibition(prohibited[0]), masked=masked)
    return _denied(max(short, key=lambda item: item.depth), masked=masked)


def _bound_laws(facts: Facts, laws: Laws) -> BoundLaws:
    if facts.regimes is None:
        return None
    return tuple((name, laws.get(name)) for name in facts.regimes)


def _clause_masks(facts: Facts, rules: RuleBook) -> bool:
    """Any clause on the pair and category, met or not, of the version that governs or governed last."""
    partition = rules.partition(facts.requester, facts.custodian, facts.category)
    return any(rule.clause.masked and rules.governs(rule.agreement, facts.at) for rule in partition.rules)


def _law_masks(facts: Facts, bound: BoundLaws) -> bool:
    """An unreadable law may have masked; until it can be read it does."""
    return any(law is None or law.masks(facts.requester_sector) for _, law in bound or ())


def _spoken_to(facts: Facts, rules: RuleBook, stage: Stage) -> tuple[Rule, ...]:
    question = Question(facts.subject_kind, facts.purpose, facts.role)
    matched = rules.spoken_to(facts.requester, facts.custodian, facts.category, question, stage)
    return tuple(rule for rule in matched if rules.in_force(rule.agreement, facts.at))


def _first_shortfall(facts: Facts, rules: RuleBook) -> Shortfall:
    """The first of the layers before the clause's own conditions that no permitting clause passes.

    Asked when none passes them all.
    """
    between = rules.between(facts.requester, facts.custodian)
    if not any(rules.in_force(agreement, facts.at) for agreement in between):
        return Shortfall(
            Layer.AGREEMENT,
            "no-agreement",
            f"No agreement between {facts.requester} and {facts.custodian} is in force. "
            "An agreement both have signed would be needed.",
        )
    if not _any_clause(facts, rules):
        return Shortfall(
            Layer.PARTY,
            "no-clause-for-party",
            f"No clause in force lets {facts.requester} ask {facts.custodian} anything.",
        )
    what = f"{facts.category.value} of a {facts.subject_kind.value} held by {facts.custodian}"
    steps = (
        (Stage.SUBJECT, Layer.CLAUSE, "no-clause", f"No clause in force covers {what}."),
        (
            Stage.PURPOSE,
            Layer.PURPOSE,
            "purpose-not-allowed",
            f"No clause allows it for {facts.purpose.value}.",
        ),
    )
    for stage, layer, code, text in steps:
        found = _spoken_to(facts, rules, stage)
        if not any(rule.clause.effect is Effect.PERMIT for rule in found):
            return Shortfall(layer, code, text)
    return Shortfall(Layer.ROLE, "role-not-allowed", f"No clause lets a {facts.role.value} ask this.")


def _any_clause(facts: Facts, rules: RuleBook) -> bool:
    return any(
        rule.clause.effect is Effect.PERMIT and rules.in_force(rule.agreement, facts.at)
        for category in rules.categories(facts.requester, facts.custodian)
        for rule in rules.partition(facts.requester, facts.custodian, category).rules
    )


def _bites(facts: Facts, rule: Rule) -> bool:
    """A prohibition holds where its case conditions do; where they cannot be judged it holds too."""
    conditions, scale = rule.clause.conditions, rule.agreement.concern_scale
    judged = facts.concern in scale
    reached = not judged or rule.agreement.reaches(facts.concern, conditions.concern_at_least)
    return reached and conditions.case_flags <= facts.case_flags


def _ways(facts: Facts, rule: Rule, bound: BoundLaws) -> Iterator[Way | Shortfall]:
    case = _case_shortfall(facts, rule)
    if case is not None:
        yield case
        return
    for chosen in choices(facts, rule.clause):
        weighed = weigh(facts, rule, bound, chosen)
        if isinstance(weighed, Shortfall):
            yield weighed
        else:
            yield Way(rule, weighed, min(facts.level, rule.clause.level, weighed.ceiling))


def _case_shortfall(facts: Facts, rule: Rule) -> Shortfall | None:
    conditions, where = rule.clause.conditions, _where(rule)
    if facts.concern not in rule.agreement.concern_scale:
        return Shortfall(
            Layer.CASE,
            "concern-not-on-scale",
            f"The case's concern is not a word of the scale of {where}.",
            rule,
        )
    if not rule.agreement.reaches(facts.concern, conditions.concern_at_least):
        return Shortfall(
            Layer.CASE,
            "concern-too-low",
            f"{where} opens at a concern of at least {conditions.concern_at_least}.",
            rule,
        )
    missing = sorted(conditions.case_flags - facts.case_flags)
    if missing:
        return Shortfall(
            Layer.CASE, "case-flag-missing", f"{where} needs the case flags {', '.join(missing)}.", rule
        )
    return None


def _where(rule: Rule) -> str:
    return f"{rule.agreement.id} version {rule.agreement.version} clause {rule.clause.id}"


def _prohibition(rule: Rule) -> Shortfall:
    return Shortfall(
        Layer.CLAUSE,
        "prohibited",
        f"{_where(rule)} forbids it at every level, whatever else allows it.",
        rule,
    )


def _permitted(facts: Facts, way: Way, *, masked: bool) -> Permitted:
    agreement, clause, consent = way.rule.agreement, way.rule.clause, way.evidence.chosen.consent
    basis = Basis(way.evidence.chosen.basis, agreement.id, agreement.version, clause.id)
    permit = Permit(
        requester=facts.requester,
        custodian=facts.custodian,
        subject_kind=facts.subject_kind,
        category=facts.category,
        level=way.level,
        fields=clause.fields if way.level is Level.RECORD else frozenset(),
        basis=basis,
        obligations=way.evidence.obligations,
        expires=min(filter(None, (agreement.expires, way.evidence.until))),
    )
    return Permitted(
        permit=permit,
        awaits=frozenset() if facts.person_found else way.evidence.awaits,
        consent=consent.id if consent else None,
        masked=masked,
        layers=permitted_layers(facts, way.rule, way.evidence, way.level),
    )


def _denied(shortfall: Shortfall, *, masked: bool) -> Denied:
    reason = Reason(shortfall.code, shortfall.text)
    return Denied((reason,), masked, refused_layers(shortfall))
