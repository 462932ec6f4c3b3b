"""The circumstances of the case: whether a clause's case conditions hold, and what would make them hold."""

from __future__ import annotations

from collections.abc import Iterator

from agreements.agreement import Conditions
from policies.decision import Layer
from policies.evidence import Shortfall
from policies.facts import Facts
from policies.rules import Rule


def bites(facts: Facts, rule: Rule) -> bool:
    """A prohibition holds where its case conditions do; where they cannot be judged it holds too."""
    conditions = rule.clause.conditions
    judged = facts.concern in rule.agreement.concern_scale
    reached = not judged or rule.agreement.reaches(facts.concern, conditions.concern_at_least)
    days = facts.workdays_open
    soon = days is None or _soon_enough(days, conditions.workdays_since_opening)
    return (
        reached
        and soon
        and conditions.case_flags <= facts.case_flags
        and not conditions.case_flags_absent & facts.case_flags
        and _invited(facts, conditions)
        and not (conditions.unblinded and facts.blinded)
    )


def case_shortfall(facts: Facts, rule: Rule) -> Shortfall | None:
    """The first of a permission's case conditions that does not hold; unknown is not held."""
    return next(_shortfalls(facts, rule, where(rule)), None)


def _shortfalls(facts: Facts, rule: Rule, place: str) -> Iterator[Shortfall]:
    conditions = rule.clause.conditions
    if facts.concern not in rule.agreement.concern_scale:
        text = f"The case's concern is not a word of the scale of {place}."
        yield Shortfall(Layer.CASE, "concern-not-on-scale", text, rule)
    if not rule.agreement.reaches(facts.concern, conditions.concern_at_least):
        text = f"{place} opens at a concern of at least {conditions.concern_at_least}."
        yield Shortfall(Layer.CASE, "concern-too-low", text, rule)
    missing = sorted(conditions.case_flags - facts.case_flags)
    if missing:
        text = f"{place} needs the case flags {', '.join(missing)}."
        yield Shortfall(Layer.CASE, "case-flag-missing", text, rule)
    yield from _further(facts, rule, place)


def _further(facts: Facts, rule: Rule, place: str) -> Iterator[Shortfall]:
    conditions, days = rule.clause.conditions, facts.workdays_open
    present = sorted(conditions.case_flags_absent & facts.case_flags)
    if present:
        text = f"{place} is closed while the case carries the flags {', '.join(present)}."
        yield Shortfall(Layer.CASE, "case-flag-present", text, rule)
    most = conditions.workdays_since_opening
    if most is not None and (days is None or not _soon_enough(days, most)):
        unknown = "; when this case was opened is not known" if days is None else ""
        text = f"{place} is open for {most} working days after a case is opened{unknown}."
        yield Shortfall(Layer.CASE, "too-long-since-opening", text, rule)
    if not _invited(facts, conditions):
        who = " or ".join(sorted(conditions.invited_by))
        text = f"{place} opens once a {who} has put {facts.custodian} on the case as invited."
        yield Shortfall(Layer.CASE, "not-invited", text, rule)
    if conditions.unblinded and facts.blinded:
        text = (
            f"{place} opens to this person once they have presented a view and the case no longer keeps "
            "them from its context."
        )
        yield Shortfall(Layer.CASE, "not-yet-unblinded", text, rule)


def _soon_enough(days: int, most: int | None) -> bool:
    return most is None or days <= most


def _invited(facts: Facts, conditions: Conditions) -> bool:
    return not conditions.invited_by or bool(conditions.invited_by & facts.invited_by)


def where(rule: Rule) -> str:
    """The clause as a reason names it."""
    return f"{rule.agreement.id} version {rule.agreement.version} clause {rule.clause.id}"


def circumstances(conditions: Conditions) -> str:
    """What a permission asked of the case, as an explanation says it."""
    said = [f"concern and flags reach {conditions.concern_at_least or 'any concern'}"]
    if conditions.case_flags_absent:
        said.append(f"no flag {' or '.join(sorted(conditions.case_flags_absent))}")
    if conditions.workdays_since_opening is not None:
        said.append(f"within {conditions.workdays_since_opening} working days of its opening")
    if conditions.invited_by:
        said.append(f"invited by a {' or '.join(sorted(conditions.invited_by))}")
    if conditions.unblinded:
        said.append("the person is not kept from its context")
    return "; ".join(said)
