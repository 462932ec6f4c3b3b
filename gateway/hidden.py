"""Which refused questions the custodian's duty person may see, as far as the agreements say. Pure.

It does not depend on what is held, nor on why the answer is a negative: being looked at says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Final

from agreements.agreement import Agreement, Clause
from agreements.duration import Duration
from agreements.terms import Act, Category, Role, SubjectKind
from gateway.answers import Cause, Outcome
from gateway.facts import Grounds
from gateway.policy import PolicySet
from gateway.workdays import due_after

LOOK: Final = "second-look"
"""The timer that has a negative answer looked at again, set in the commit that records the answer."""
_ACT_WITHIN: Final = Duration.parse("P2D")
_NEGATIVE: Final = frozenset(
    {
        Cause.NOTHING_HELD,
        Cause.UNCLEAR,
        Cause.REFUSED,
        Cause.WITHHELD,
        Cause.THROTTLED,
    }
)


def looked_at(
    policy: PolicySet, grounds: Grounds, custodian: str, outcomes: Iterable[Outcome], at: datetime
) -> tuple[Category, ...]:
    """The categories of an answer that is a negative, in which a clause allows a second look."""
    return tuple(
        outcome.category
        for outcome in outcomes
        if outcome.cause in _NEGATIVE
        and second_look_clause(policy, grounds, custodian, outcome.category, at) is not None
    )


def second_look_clause(
    policy: PolicySet, grounds: Grounds, custodian: str, category: Category, at: datetime
) -> tuple[Agreement, Clause] | None:
    """The first clause in force that lets the custodian's duty person see the question, if one does."""
    query, role = grounds.query, grounds.requester.actor.role
    if query.subject.kind is SubjectKind.GENERAL:
        return None
    for rule in policy.rules.partition(grounds.requester.agency, custodian, category).rules:
        clause = rule.clause
        if (
            clause.second_look
            and Act.ASK in clause.acts
            and query.purpose in clause.purposes
            and query.subject.kind in clause.subjects
            and Role(role) in clause.roles
            and policy.rules.in_force(rule.agreement, at)
        ):
            return rule.agreement, clause
    return None


def act_by(agreement: Agreement, at: datetime, holidays: Collection[date]) -> datetime:
    """By when the duty person should act: as soon as the agreement wants a person to answer."""
    return due_after(agreement.answer_within or _ACT_WITHIN, at, holidays)
