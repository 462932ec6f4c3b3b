"""The custodian's own decision: what waits for its person, what would be released, release or decline.

The custodian is asked whether or not anything is held, so that being asked says nothing. What would be
released is looked up when its person looks, under the permit their finding would open, and not kept before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.permit import Holding
from agreements.terms import Category, Level
from audit.record import Entry
from gateway import entries
from gateway.answering import Answering, Part
from gateway.answers import Cause, Outcome
from gateway.asking import Asking
from gateway.awaiting import Review
from gateway.deciding import decide_all, grounds_now
from gateway.facts import Grounds
from gateway.identity import Requester
from gateway.intake import Asked
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.records import Records
from gateway.reviewable import (
    Item,
    attested_item,
    chosen_holdings,
    decided_json,
    item_json,
    items_of,
    permits_json,
    review_json,
)
from gateway.site import Site
from gateway.store.questions import StoredAnswer, StoredQuery
from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.wire.review import ItemChoice
from policies.decision import Decision, Denied, Permitted, Reason


@dataclass(frozen=True, slots=True)
class Opened:
    """A review as it stands now: its question, what a finding would permit, and what is held."""

    review: Review
    stored: StoredQuery
    grounds: Grounds
    decisions: Mapping[Category, Decision]
    items: tuple[Item, ...]
    reached: bool


class Reviewing:
    def __init__(
        self,
        site: Site,
        policies: Policies,
        records: Records,
        store: Store,
        asking: Asking,
        clock: Callable[[], datetime],
    ) -> None:
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._asking = asking
        self._clock = clock
        self._answering = Answering(site, policies, records)

    async def waiting(self, agency: str, state: str | None) -> list[dict[str, Any]]:
        """The agency's reviews, each with the question and, while open, what would be released."""
        reviews = await self._store.read(partial(self._records.reviews.of, custodian=agency, state=state))
        return list(await asyncio.gather(*(self._shown(review) for review in reviews)))

    async def one(self, agency: str, id: str) -> dict[str, Any]:
        return await self._shown(await self._own(agency, id))

    async def release(self, reviewer: Requester, id: str, chosen: Sequence[ItemChoice]) -> dict[str, Any]:
        """Release the chosen items, and none but them; with none chosen, nothing is said to be held.

        Categories that may no longer be told are refused; they do not hold back the others.

        Raises:
            Problem: `conflict` when it is decided already or nothing of it may be released, `unprocessable`
                when an item is not among those offered.
        """
        opened = await self._open(await self._own(reviewer.agency, id, state="open"))
        if opened is None:
            raise Problem("conflict", "The case of this question is no longer open.")
        refused = [decision for decision in opened.decisions.values() if isinstance(decision, Denied)]
        if len(refused) == len(opened.decisions):
            reasons = [{"code": reason.code, "text": reason.text} for reason in refused[0].reasons]
            raise Problem("conflict", "This may no longer be released.", reasons=reasons)
        if not opened.reached:
            raise Problem("conflict", "The agency's own system cannot be reached; try again, or ring.")
        part = self._released_part(opened, chosen_holdings(opened.items, chosen))
        record = partial(
            self._decide, opened=opened, part=part, reviewer=reviewer, state="released", reason=""
        )
        return (await self._store.write(record)).value

    async def decline(self, reviewer: Requester, id: str, reason: str) -> dict[str, Any]:
        """Decline with a reason, which the requester is told unless the answer is masked."""
        review = await self._own(reviewer.agency, id, state="open")
        decline = partial(self._decline, review=review, reviewer=reviewer, reason=reason)
        return (await self._store.write(decline)).value

    async def _own(self, agency: str, id: str, state: str | None = None) -> Review:
        review = await self._store.read(partial(self._records.reviews.get, id=id))
        if review is None or review.custodian != agency:
            raise Problem("not-found")
        if state is not None and review.state != state:
            raise Problem("conflict", "This review has been decided.")
        return review

    async def _shown(self, review: Review) -> dict[str, Any]:
        opened = await self._open(review) if review.state == "open" else None
        stored = await self._store.read(partial(self._records.questions.get, id=review.query))
        if stored is None:
            raise Problem("not-found")
        return {
            **review_json(review, stored, self._site),
            "items": [item_json(item) for item in opened.items] if opened else [],
            "reachable": opened.reached if opened else None,
            "permits": permits_json(opened.decisions) if opened else [],
        }

    async def _open(self, review: Review) -> Opened | None:
        """Look up what a finding would open; None when the question's case is no longer open."""
        found = await self._store.read(partial(self._now, review=review))
        if found is None:
            return None
        stored, grounds, decisions = found
        permits = [decision.permit for decision in decisions.values() if isinstance(decision, Permitted)]
        if not self._asking.reachable(review.custodian):
            items = tuple(attested_item(permit.category) for permit in permits)
            return Opened(review, stored, grounds, decisions, items, reached=True)
        gathered = await self._asking.ask(review.custodian, stored.query.subject, permits) if permits else {}
        reached = all(cause is not Cause.UNAVAILABLE for cause, _ in gathered.values())
        return Opened(review, stored, grounds, decisions, items_of(gathered), reached)

    def _now(
        self, connection: Connection, review: Review
    ) -> tuple[StoredQuery, Grounds, dict[Category, Decision]] | None:
        stored = self._records.questions.get(connection, review.query)
        grounds = grounds_now(self._records, connection, stored) if stored is not None else None
        if stored is None or grounds is None or not grounds.case.open:
            return None
        decided = decide_all(
            self._site, self._policies.current, grounds, [review.custodian], self._clock(), person_found=True
        )[review.custodian]
        return stored, grounds, {category: decided[category] for category in review.categories}

    def _released_part(self, opened: Opened, holdings: Sequence[Holding]) -> Part:
        gathered: dict[Category, tuple[Cause, tuple[Holding, ...]]] = {}
        for category in opened.review.categories:
            own = tuple(holding for holding in holdings if holding.category is category)
            gathered[category] = (Cause.HELD if own else Cause.NOTHING_HELD, own)
        decisions = _attestable(opened) if any(item.attested for item in opened.items) else opened.decisions
        return Part(opened.review.custodian, decisions, gathered, reviewed=True)

    def _decide(
        self,
        transaction: Transaction,
        opened: Opened,
        part: Part,
        reviewer: Requester,
        state: str,
        reason: str,
    ) -> dict[str, Any]:
        review = self._close(transaction, opened.review, reviewer, state, reason)
        asked, part = self._further(transaction.connection, opened.stored, opened.grounds, part)
        self._answering.record(transaction, asked, [part], asked.at)
        return decided_json(review)

    def _decline(
        self, transaction: Transaction, review: Review, reviewer: Requester, reason: str
    ) -> dict[str, Any]:
        connection, at = transaction.connection, self._clock()
        stored = self._records.questions.get(connection, review.query)
        answer = self._records.questions.answer(connection, review.query, review.custodian, at)
        if stored is None or answer is None:
            raise Problem("not-found")
        closed = self._close(transaction, review, reviewer, "declined", reason)
        told = (Reason("declined-by-custodian", reason),)
        outcomes = tuple(
            replace(outcome, cause=Cause.DECLINED, reasons=told)
            if outcome.category in review.categories
            else outcome
            for outcome in answer.outcomes
        )
        self._record_declined(transaction, stored, answer, outcomes, at)
        return decided_json(closed)

    def _record_declined(
        self,
        transaction: Transaction,
        stored: StoredQuery,
        answer: StoredAnswer,
        outcomes: tuple[Outcome, ...],
        at: datetime,
    ) -> None:
        case = self._records.cases.find(transaction.connection, stored.requester.agency, stored.query.case)
        if case is None:
            raise Problem("not-found")
        subject = self._records.subjects.get(transaction.connection, stored.subject)
        grounds = Grounds(stored.query, stored.requester, case, (), stored.asked_at)
        declined = [outcome for outcome in outcomes if outcome.cause is Cause.DECLINED]
        turn = answer.turn + 1
        body = entries.answered(
            grounds, stored.id, answer.custodian, turn, declined, self._policies.current.version
        )
        index = transaction.record(Entry("answered", at, subject.ledger_key, body))
        self._records.questions.put_answer(
            transaction.connection,
            replace(answer, turn=turn, answered_at=at, ledger_index=index, outcomes=outcomes),
        )

    def _close(
        self, transaction: Transaction, review: Review, reviewer: Requester, state: str, reason: str
    ) -> Review:
        """Mark it decided, once, and tell the requester that there is something to read."""
        current = self._records.reviews.get(transaction.connection, review.id)
        if current is None or current.state != "open":
            raise Problem("conflict", "This review has been decided.")
        decided = replace(current, state=state, decided_by=reviewer.actor.id, reason=reason)
        self._records.reviews.decide(transaction.connection, decided)
        stored = self._records.questions.get(transaction.connection, review.query)
        if stored is not None:
            at = self._clock()
            agency = stored.requester.agency
            notify(transaction.connection, agency, "caseworker", "query-decided", stored.id, at)
        return decided

    def _further(
        self, connection: Connection, stored: StoredQuery, grounds: Grounds, part: Part
    ) -> tuple[Asked, Part]:
        """The review's release as a further round of the query it belongs to."""
        at = self._clock()
        answer = self._records.questions.answer(connection, stored.id, part.custodian, at)
        if answer is None:
            raise Problem("not-found")
        decisions = {part.custodian: part.decisions}
        subject = self._records.subjects.get(connection, stored.subject)
        policy = self._policies.current
        asked = Asked(
            stored.id, grounds, subject, decisions, policy, throttled=False, at=at, turn=answer.turn + 1
        )
        others = tuple(outcome for outcome in answer.outcomes if outcome.category not in part.decisions)
        return asked, replace(part, others=others)


def _attestable(opened: Opened) -> dict[Category, Decision]:
    """Where a person vouches without a system behind them, no more than existence and whom to ring."""
    return {
        category: replace(
            decision, permit=replace(decision.permit, level=min(decision.permit.level, Level.CONTACT))
        )
        if isinstance(decision, Permitted)
        else decision
        for category, decision in opened.decisions.items()
    }
