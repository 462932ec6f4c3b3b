"""May it be answered, and how much of it: one pure function from facts to a permit or a refusal.

Permitting clauses are alternatives, each with all of its own conditions. A prohibition of any agreement, and
every law the custodian declares for the category, cut across all of them. Whatever is missing, unknown or
unreadable refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from agreements.permit import Basis, Permit
from agreements.terms import Act, Effect, Level, SubjectKind
from policies.circumstances import bites, case_shortfall, where
from policies.decision import Decision, Denied, Layer, Permitted, Reason
from policies.evidence import BoundLaws, Evidence, Shortfall, choices, weigh
from policies.explain import permitted_layers, refused_layers
from policies.facts import Facts
from policies.rules import Question, Rule, RuleBook, Stage
from policies.statute import Law


class Laws(Protocol):
    """Where laws are looked up; an unknown or unreadable one is None and refuses."""

    def get(self, law: str) -> Law | None: ...


_KINDS: Final = {
    SubjectKind.PERSON: "a person",
    SubjectKind.VENUE: "a venue",
    SubjectKind.COMMUNICATION: "a communication",
    SubjectKind.GENERAL: "nobody in particular",
}


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
    bound = _bound_laws(facts, laws)
    masked = _clause_masks(facts, rules) or _law_masks(facts, bound)
    matched = _open_to(facts, _spoken_to(facts, rules, Stage.ROLE))
    if not _permits(matched):
        return _denied(_first_shortfall(facts, rules), masked=masked)
    biting = [rule for rule in matched if rule.clause.effect is Effect.PROHIBIT and bites(facts, rule)]
    prohibited = [rule for rule in biting if not rule.clause.withholds]
    withheld = frozenset[str]().union(*(rule.clause.withholds for rule in biting))
    ways: list[Way] = []
    short: list[Shortfall] = []
    for rule in matched:
        if rule.clause.effect is Effect.PERMIT:
            opened = list(_ways(facts, rule, bound, withheld))
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


def _open_to(facts: Facts, matched: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules that speak of this act, and of this person where only named contacts may ask."""
    return tuple(
        rule
        for rule in matched
        if facts.act in rule.clause.acts and (facts.contact or not rule.clause.contacts_only)
    )


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
            f"No agreement between {facts.requester} and {facts.custodian} is in force. "
            "An agreement both have signed would be needed.",
        )
    if not _any_clause(facts, rules):
        return Shortfall(
            Layer.PARTY,
            "no-clause-for-party",
            f"No clause in force lets {facts.requester} ask {facts.custodian} anything.",
        )
    return _clause_shortfall(facts, rules)


def _clause_shortfall(facts: Facts, rules: RuleBook) -> Shortfall:
    """At which of subject, act, purpose, role and person the clauses between the two fall away."""
    found = _spoken_to(facts, rules, Stage.SUBJECT)
    if not _permits(found):
        what = f"{facts.category.value} of {_KINDS[facts.subject_kind]} held by {facts.custodian}"
        return Shortfall(Layer.CLAUSE, "no-clause", f"No clause in force covers {what}.")
    if not _permits(rule for rule in found if facts.act in rule.clause.acts):
        return Shortfall(Layer.CLAUSE, "act-not-allowed", _other_act(facts))
    found = _spoken_to(facts, rules, Stage.PURPOSE)
    if not _permits(rule for rule in found if facts.act in rule.clause.acts):
        text = f"No clause allows it for {facts.purpose.value}."
        return Shortfall(Layer.PURPOSE, "purpose-not-allowed", text)
    found = _spoken_to(facts, rules, Stage.ROLE)
    if not _permits(rule for rule in found if facts.act in rule.clause.acts):
        text = f"No clause lets a {facts.role.value} ask this."
        return Shortfall(Layer.ROLE, "role-not-allowed", text)
    text = f"Only a person whom {facts.requester} has named as its contact may ask this."
    return Shortfall(Layer.ROLE, "contact-person-only", text)


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


def _ways(facts: Facts, rule: Rule, bound: BoundLaws, withheld: frozenset[str]) -> Iterator[Way | Shortfall]:
    case = case_shortfall(facts, rule)
    if case is not None:
        yield case
        return
    for chosen in choices(facts, rule.clause):
        weighed = weigh(facts, rule, bound, chosen)
        if isinstance(weighed, Shortfall):
            yield weighed
        else:
            level = min(facts.level, rule.clause.level, weighed.ceiling)
            fields = rule.clause.fields - withheld if level is Level.RECORD else frozenset[str]()
            yield Way(rule, weighed, level, fields)


def _prohibition(rule: Rule) -> Shortfall:
    return Shortfall(
        Layer.CLAUSE,
        "prohibited",
        f"{where(rule)} forbids it at every level, whatever else allows it.",
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
        fields=way.fields,
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
