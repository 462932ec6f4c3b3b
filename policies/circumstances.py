"""The circumstances of the case: whether a clause's case conditions hold, and what would make them hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from agreements.agreement import Conditions
from agreements.terms import Act
from policies.decision import Layer
from policies.facts import Facts
from policies.rules import Rule
from policies.shortfall import Shortfall


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
    for layer, code, fails, words in _CASE:
        if fails(facts, rule):
            return Shortfall(layer, code, partial(words, facts, rule))
    return None


def _off_scale(facts: Facts, rule: Rule) -> bool:
    return facts.concern not in rule.agreement.concern_scale


def _say_off_scale(_: Facts, rule: Rule) -> str:
    return f"The case's concern is not a word of the scale of {where(rule)}."


def _too_low(facts: Facts, rule: Rule) -> bool:
    return not rule.agreement.reaches(facts.concern, rule.clause.conditions.concern_at_least)


def _say_too_low(_: Facts, rule: Rule) -> str:
    return f"{where(rule)} opens at a concern of at least {rule.clause.conditions.concern_at_least}."


def _flag_missing(facts: Facts, rule: Rule) -> bool:
    return not rule.clause.conditions.case_flags <= facts.case_flags


def _say_flag_missing(facts: Facts, rule: Rule) -> str:
    missing = sorted(rule.clause.conditions.case_flags - facts.case_flags)
    return f"{where(rule)} needs the case flags {', '.join(missing)}."


def _flag_present(facts: Facts, rule: Rule) -> bool:
    return not rule.clause.conditions.case_flags_absent.isdisjoint(facts.case_flags)


def _say_flag_present(facts: Facts, rule: Rule) -> str:
    present = sorted(rule.clause.conditions.case_flags_absent & facts.case_flags)
    return f"{where(rule)} is closed while the case carries the flags {', '.join(present)}."


def _too_late(facts: Facts, rule: Rule) -> bool:
    most, days = rule.clause.conditions.workdays_since_opening, facts.workdays_open
    return most is not None and (days is None or days > most)


def _say_too_late(facts: Facts, rule: Rule) -> str:
    most = rule.clause.conditions.workdays_since_opening
    unknown = "; when this case was opened is not known" if facts.workdays_open is None else ""
    return f"{where(rule)} is open for {most} working days after a case is opened{unknown}."


def _not_invited(facts: Facts, rule: Rule) -> bool:
    return not _invited(facts, rule.clause.conditions)


def _say_not_invited(facts: Facts, rule: Rule) -> str:
    who = " or ".join(sorted(rule.clause.conditions.invited_by))
    joining = facts.requester if facts.act is Act.TELL else facts.custodian
    return f"{where(rule)} opens once a {who} has put {joining} on the case as invited."


def _kept_from(facts: Facts, rule: Rule) -> bool:
    return facts.blinded and rule.clause.conditions.unblinded


def _say_kept_from(_: Facts, rule: Rule) -> str:
    return (
        f"{where(rule)} opens to this person once they have presented a view and the case no longer keeps "
        "them from its context."
    )


_CASE: Final[Sequence[tuple[Layer, str, Callable[[Facts, Rule], bool], Callable[[Facts, Rule], str]]]] = (
    (Layer.CASE, "concern-not-on-scale", _off_scale, _say_off_scale),
    (Layer.CASE, "concern-too-low", _too_low, _say_too_low),
    (Layer.CASE, "case-flag-missing", _flag_missing, _say_flag_missing),
    (Layer.CASE, "case-flag-present", _flag_present, _say_flag_present),
    (Layer.CASE, "too-long-since-opening", _too_late, _say_too_late),
    (Layer.CASE, "not-invited", _not_invited, _say_not_invited),
    (Layer.CASE, "not-yet-unblinded", _kept_from, _say_kept_from),
)
"""Each case condition in the order asked: layer and code, whether it fails, and what would make it hold."""


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
