"""Recording what became of a query, inside one commit that reads again whatever it rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from agreements.permit import Permit, minimise
from agreements.terms import Category
from audit.record import Entry
from gateway import entries
from gateway.answers import Cause, Outcome, answer_json, answers_of
from gateway.asking import Gathered
from gateway.awaiting import Review
from gateway.deciding import decide_all, standing_grounds
from gateway.facts import Grounds
from gateway.following import Following
from gateway.hidden import LOOK, looked_at
from gateway.intake import THROTTLED, Asked
from gateway.owing import owe
from gateway.policy import Policies, PolicySet
from gateway.processes.review import REVIEW
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.release import Sealed
from gateway.site import Site
from gateway.store.questions import StoredAnswer
from gateway.store.reviews import new_id, notify
from gateway.store.timers import set_timer
from gateway.store.transaction import Transaction
from gateway.workdays import due_after
from policies.decision import Await, Decision, Denied, Permitted, Reason

_CASE_CLOSED: Final = Reason("case-closed", "The case was closed before the answer could leave.")
_UNTIL_READ: Final = timedelta(hours=24)
"""How long content may wait to be read where the agreement keeps nothing after the answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """One custodian's part of a round: what was decided when it was asked, and what its system gave."""

    custodian: str
    decisions: Mapping[Category, Decision]
    gathered: Gathered
    reviewed: bool = False
    others: tuple[Outcome, ...] = ()
    """Outcomes of categories that this round leaves as they are."""
    call_back: str = ""
    """The number that the custodian's person gives with what they release."""


class Answering:
    def __init__(self, site: Site, policies: Policies, records: Records) -> None:
        self._site = site
        self._policies = policies
        self._records = records
        self.following = Following(site, records.cases.tag, records.ledger_key_of)

    def record(
        self, transaction: Transaction, asked: Asked, parts: Sequence[Part], at: datetime
    ) -> list[Sealed]:
        """Decide again on what holds now, and record each custodian's answer: one entry for each."""
        now = standing_grounds(self._records, transaction, asked.grounds, asked.subject)
        return [self._record_part(transaction, asked, part, now, at) for part in parts]

    def _record_part(
        self, transaction: Transaction, asked: Asked, part: Part, now: Grounds | None, at: datetime
    ) -> Sealed:
        policy = self._policies.current
        fresh = self._fresh(asked, part, now, policy, at)
        outcomes = [
            throttled(category, decision)
            if asked.throttled and not _unreachable(part, category)
            else self._due(policy, part.custodian, _outcome(part, category, decision, fresh), at)
            for category, decision in part.decisions.items()
        ]
        body = entries.answered(asked.grounds, asked.id, part.custodian, asked.turn, outcomes, policy.version)
        index = transaction.record(Entry("answered", at, asked.subject.ledger_key, body))
        everything = (*part.others, *outcomes)
        answer = StoredAnswer(
            query=asked.id,
            custodian=part.custodian,
            turn=asked.turn,
            answered_at=at,
            ledger_index=index,
            outcomes=everything,
            reviewed=part.reviewed,
            content_until=self._content_until(policy, everything, at, reviewed=part.reviewed),
        )
        if asked.turn == 1:
            self._records.questions.add_answer(transaction, answer)
        else:
            self._records.questions.put_answer(transaction.connection, answer)
        bound = asked.grounds.requester.agency
        owe(self._records, transaction, asked.id, bound, part.custodian, outcomes, at)
        if not part.reviewed and looked_at(policy, asked.grounds, part.custodian, outcomes, at):
            set_timer(transaction.additive, LOOK, asked.id, part.custodian, at)
        review = self._open_review(transaction, asked, part.custodian, outcomes, at)
        parties = (asked.id, asked.grounds.requester.agency, asked.grounds.query.case)
        self.following.follow(
            transaction, parties, part.custodian, everything, at, review=review, new=asked.turn == 1
        )
        return Sealed(render(self._site, part.custodian, everything, at), index)

    def _fresh(
        self, asked: Asked, part: Part, now: Grounds | None, policy: PolicySet, at: datetime
    ) -> Mapping[Category, Decision] | None:
        """Each category decided on what holds now: the first decision itself where nothing has changed."""
        if now is None or not now.case.open:
            return None
        same = now.standing(policy.version) == asked.grounds.standing(asked.policy.version)
        if same and not part.reviewed and not _lapsed(part.decisions.values(), at):
            return part.decisions
        decided = decide_all(self._site, policy, now, [part.custodian], at, person_found=part.reviewed)
        return decided[part.custodian]

    def _content_until(
        self, policy: PolicySet, outcomes: Iterable[Outcome], at: datetime, *, reviewed: bool
    ) -> datetime | None:
        """Until when content may be kept: the shortest time of the agreements it rests on."""
        times = []
        for outcome in outcomes:
            if outcome.disclosed is None or not isinstance(outcome.decision, Permitted):
                continue
            basis = outcome.decision.permit.basis
            agreement = policy.agreement(basis.agreement, basis.version)
            if agreement is None:
                return None
            if not agreement.retain.is_zero:
                times.append(agreement.retain.after(at))
            elif reviewed:
                times.append(at + _UNTIL_READ)
            else:
                return None
        return min(times, default=None)

    def _open_review(
        self,
        transaction: Transaction,
        asked: Asked,
        custodian: str,
        outcomes: Iterable[Outcome],
        at: datetime,
    ) -> str | None:
        waiting = [outcome for outcome in outcomes if outcome.cause is Cause.PENDING]
        if not waiting:
            return None
        awaits = {
            step.value
            for outcome in waiting
            if isinstance(outcome.decision, Permitted)
            for step in outcome.decision.awaits or {Await.REVIEW}
        }
        categories = tuple(outcome.category for outcome in waiting)
        due = min((outcome.due for outcome in waiting if outcome.due), default=None)
        steps = tuple(sorted(awaits))
        review = Review(
            new_id("rev"), asked.id, custodian, REVIEW.after(NEW, "ask"), at, categories, steps, due=due
        )
        connection = transaction.connection
        self._records.reviews.open(connection, review)
        notify(connection, custodian, "liaison", "review-opened", review.id, at)
        return review.id

    def _due(self, policy: PolicySet, custodian: str, outcome: Outcome, at: datetime) -> Outcome:
        """What waits for a person, with the time its agreement gives, in the custodian's working days."""
        if outcome.cause is not Cause.PENDING or not isinstance(outcome.decision, Permitted):
            return outcome
        basis = outcome.decision.permit.basis
        agreement = policy.agreement(basis.agreement, basis.version)
        within = agreement.answer_within if agreement else None
        if within is None:
            return outcome
        return replace(outcome, due=due_after(within, at, self._site.holidays_of(custodian)))


def settled(answer: StoredAnswer | None) -> tuple[Outcome, ...]:
    """The outcomes of an earlier round that need no asking again."""
    outcomes = answer.outcomes if answer else ()
    return tuple(outcome for outcome in outcomes if outcome.cause is not Cause.UNAVAILABLE)


def throttled(category: Category, decision: Decision) -> Outcome:
    return Outcome(category, decision, Cause.THROTTLED, reasons=(THROTTLED,))


def render(site: Site, custodian: str, outcomes: Collection[Outcome], at: datetime) -> list[dict[str, Any]]:
    agency = site.agencies[custodian]
    return [answer_json(answer, agency, at) for answer in answers_of(custodian, outcomes)]


def _unreachable(part: Part, category: Category) -> bool:
    found = part.gathered.get(category)
    return found is not None and found[0] is Cause.UNAVAILABLE


def _lapsed(decisions: Iterable[Decision], at: datetime) -> bool:
    return any(
        isinstance(decision, Permitted)
        and decision.permit.expires is not None
        and decision.permit.expires <= at
        for decision in decisions
    )


def _outcome(
    part: Part, category: Category, first: Decision, fresh: Mapping[Category, Decision] | None
) -> Outcome:
    """What a category came to: never more than both the first decision and the one made now allow."""
    found = part.gathered.get(category)
    if isinstance(first, Denied):
        if found is not None and found[0] is Cause.UNAVAILABLE:
            return Outcome(category, first, Cause.UNAVAILABLE)
        return Outcome(category, first, Cause.REFUSED, reasons=first.reasons)
    again = Denied((), first.masked) if fresh is None else fresh[category]
    if isinstance(again, Denied):
        return Outcome(category, again, Cause.WITHHELD, reasons=again.reasons or (_CASE_CLOSED,))
    permitted = again if again is first else _narrower(first, again)
    if found is None or permitted.awaits:
        return Outcome(category, permitted, Cause.PENDING)
    cause, holdings = found
    if cause is not Cause.HELD:
        return Outcome(category, permitted, cause)
    kept = minimise(permitted.permit, holdings)
    cause = Cause.HELD if kept else Cause.NOTHING_HELD
    return Outcome(category, permitted, cause, kept, call_back=part.call_back if kept else "")


def _narrower(first: Permitted, again: Permitted) -> Permitted:
    return replace(again, permit=narrower(first.permit, again.permit), masked=first.masked or again.masked)


def narrower(first: Permit, again: Permit) -> Permit:
    """The present permit, cut to what the earlier one allowed too."""
    return replace(again, level=min(first.level, again.level), fields=first.fields & again.fields)
