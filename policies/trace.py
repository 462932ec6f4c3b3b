"""The full trace of a decision: every clause between the two agencies that speaks of the category, what each
alone would have decided, and what every law declared for it lets pass.

It is told by the deciding function itself, put to one clause at a time, so it cannot say otherwise than that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from agreements.agreement import Agreement, Clause, Conditions
from agreements.terms import Effect, Level
from policies.decide import decide
from policies.decision import Decision, Denied, Permitted, Reason
from policies.evidence import Laws
from policies.facts import Facts
from policies.rules import Rule, RuleBook
from policies.statute import Opening


class Effected(StrEnum):
    """What a clause by itself does to the question."""

    OPENS = "opens"
    SHORT = "falls-short"
    FORBIDS = "forbids"
    WITHHOLDS = "withholds"
    """It takes fields away from whatever another clause opens."""
    SILENT = "does-not-apply"


@dataclass(frozen=True, slots=True)
class ClauseTrace:
    """One clause; `reason` says where it falls short, `level` how far it opens."""

    agreement: Agreement
    clause: Clause
    in_force: bool
    effected: Effected
    level: Level | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class LawTrace:
    """One law the custodian declares; `title` None where it is unknown or cannot be read, and refuses."""

    id: str
    title: str | None
    citation: str | None
    openings: tuple[Opening, ...] = ()
    """Those whose scopes reach this disclosure, whether or not their evidence was shown."""


def clauses_traced(facts: Facts, rules: RuleBook, laws: Laws) -> tuple[ClauseTrace, ...]:
    """Every clause of the requester, custodian and category, in clause order."""
    partition = rules.partition(facts.requester, facts.custodian, facts.category)
    return tuple(_clause_traced(facts, rule, rules, laws) for rule in partition.rules)


def laws_traced(facts: Facts, laws: Laws) -> tuple[LawTrace, ...]:
    """Every law declared for the category as this custodian holds it."""
    return tuple(_law_traced(facts, name, laws) for name in facts.regimes or ())


def _clause_traced(facts: Facts, rule: Rule, rules: RuleBook, laws: Laws) -> ClauseTrace:
    agreement, clause = rule.agreement, rule.clause
    if not rules.in_force(agreement, facts.at):
        return ClauseTrace(agreement, clause, in_force=False, effected=Effected.SILENT)
    if clause.effect is Effect.PROHIBIT:
        bites = Effected.WITHHOLDS if clause.withholds else Effected.FORBIDS
        effected = bites if _forbids(facts, rule, rules, laws) else Effected.SILENT
        return ClauseTrace(agreement, clause, in_force=True, effected=effected)
    decision = _alone(facts, rule, (clause,), rules, laws)
    if isinstance(decision, Permitted):
        return ClauseTrace(agreement, clause, True, Effected.OPENS, level=decision.permit.level)  # noqa: FBT003
    return ClauseTrace(agreement, clause, True, Effected.SHORT, reason=decision.reasons[0])  # noqa: FBT003


def _forbids(facts: Facts, rule: Rule, rules: RuleBook, laws: Laws) -> bool:
    """Whether a prohibition bites: put beside a clause that permits the same without conditions."""
    whole = replace(rule.clause, withholds=frozenset())
    permitting = replace(whole, effect=Effect.PERMIT, conditions=Conditions(), level=Level.EXISTENCE)
    decision = _alone(facts, rule, (permitting, whole), rules, laws)
    return isinstance(decision, Denied) and any(reason.code == "prohibited" for reason in decision.reasons)


def _alone(facts: Facts, rule: Rule, clauses: tuple[Clause, ...], rules: RuleBook, laws: Laws) -> Decision:
    return decide(facts, RuleBook([replace(rule.agreement, clauses=clauses)], rules.sectors), laws)


def _law_traced(facts: Facts, name: str, laws: Laws) -> LawTrace:
    law = laws.get(name)
    if law is None:
        return LawTrace(name, None, None)
    openings = law.openings_for(
        facts.category, facts.purpose, facts.subject_kind, facts.requester_sector, facts.custodian_sector
    )
    return LawTrace(law.id, law.title, law.citation, tuple(openings))
