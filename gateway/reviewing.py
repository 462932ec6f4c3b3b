"""The custodian's own decision: what waits for its person, what would be released, release or decline.

The custodian is asked whether or not anything is held, so that being asked says nothing. What would be
released is looked up when its person looks, under the permit their finding would open, and not kept before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.permit import Holding
from agreements.terms import Category
from audit.record import Entry
from gateway import entries
from gateway.answering import Answering, Part
from gateway.answers import Cause, Outcome
from gateway.asking import Asking
from gateway.awaiting import WAITING, FirstRelease, Review
from gateway.facts import Grounds
from gateway.identity import Requester
from gateway.intake import Asked
from gateway.looking import Looking, Opened, chosen_of
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.processes.review import REVIEW
from gateway.records import Records
from gateway.reviewable import (
    Item,
    attested,
    both_chose,
    decided_json,
    first_release,
    item_json,
    permits_json,
    review_json,
)
from gateway.site import Site
from gateway.store.questions import StoredAnswer, StoredQuery
from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.wire.review import Release
from policies.decision import Denied, Reason


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
        self._clock = clock
        self._looking = Looking(site, policies, records, store, asking, clock)
        self._answering = Answering(site, policies, records)

    async def waiting(self, agency: str, state: str | None) -> list[dict[str, Any]]:
        """The agency's reviews, each with the question and, while open, what would be released."""
        reviews = await self._store.read(partial(self._records.reviews.of, custodian=agency, state=state))
        return list(await asyncio.gather(*(self._shown(review) for review in reviews)))

    async def one(self, agency: str, id: str) -> dict[str, Any]:
        return await self._shown(await self._own(agency, id))

    async def release(self, reviewer: Requester, id: str, release: Release) -> dict[str, Any]:
        """Release the chosen items, and none but them; with none chosen, nothing is said to be held.

        A question about nobody is answered by a text. Where two persons must release, the first one's choice
        is kept and the second releases what both chose. Categories that may no longer be told are refused;
        they do not hold back the others.

        Raises:
            Problem: `conflict` when it is decided already, nothing of it may be released or one person would
                be both, `unprocessable` when an item is not among those offered or a text is out of place.
        """
        opened = await self._releasable(await self._own(reviewer.agency, id, waiting=True))
        chosen, first = chosen_of(opened, release), opened.review.first
        if opened.by_two:
            if first is None:
                kept = first_release(reviewer.actor.id, chosen, release.text)
                return (await self._store.write(partial(self._sign, opened=opened, first=kept))).value
            if first.by == reviewer.actor.id:
                raise Problem("conflict", "Another person than the one who signed must release it too.")
            if opened.about_nobody:
                chosen = both_chose(first, chosen, release.text)
            else:  # words beside items are an item among them, named by what it says
                chosen = both_chose(replace(first, text=None), chosen, None)
        part = self._released_part(opened, chosen, release.call_back)
        record = partial(self._decide, opened=opened, part=part, reviewer=reviewer, move="release", reason="")
        return (await self._store.write(record)).value

    async def _releasable(self, review: Review) -> Opened:
        """The review as it stands, where something of it may be told."""
        opened = await self._looking.open(review)
        if opened is None:
            raise Problem("conflict", "The case of this question is no longer open.")
        refused = [decision for decision in opened.decisions.values() if isinstance(decision, Denied)]
        if len(refused) == len(opened.decisions):
            reasons = [{"code": reason.code, "text": reason.text} for reason in refused[0].reasons]
            raise Problem("conflict", "This may no longer be released.", reasons=reasons)
        if not opened.reached:
            raise Problem("conflict", "The agency's own system cannot be reached; try again, or ring.")
        return opened

    async def decline(self, reviewer: Requester, id: str, reason: str) -> dict[str, Any]:
        """Decline with a reason, which the requester is told unless the answer is masked."""
        review = await self._own(reviewer.agency, id, waiting=True)
        decline = partial(self._decline, review=review, reviewer=reviewer, reason=reason)
        return (await self._store.write(decline)).value

    async def _own(self, agency: str, id: str, *, waiting: bool = False) -> Review:
        review = await self._store.read(partial(self._records.reviews.get, id=id))
        if review is None or review.custodian != agency:
            raise Problem("not-found")
        if waiting and review.state not in WAITING:
            raise Problem("conflict", "This review has been decided.")
        return review

    async def _shown(self, review: Review) -> dict[str, Any]:
        opened = await self._looking.open(review) if review.state in WAITING else None
        stored = await self._store.read(partial(self._records.questions.get, id=review.query))
        if stored is None:
            raise Problem("not-found")
        return {
            **review_json(review, stored, self._site),
            "items": [item_json(item) for item in opened.items] if opened else [],
            "reachable": opened.reached if opened else None,
            "permits": permits_json(opened.decisions) if opened else [],
        }

    def _sign(self, transaction: Transaction, opened: Opened, first: FirstRelease) -> dict[str, Any]:
        """Keep the first of two releases. Nothing leaves, and the ledger knows who signed."""
        review = self._unchanged(transaction, opened.review)
        signed = replace(review, state=REVIEW.after(review.state, "sign"), first=first)
        self._records.reviews.decide(transaction.connection, signed)
        body = {"query": review.query, "custodian": review.custodian, "user": first.by, "review": review.id}
        subject = self._records.subjects.get(transaction.connection, opened.stored.subject)
        transaction.record(Entry("review-signed", self._clock(), subject.ledger_key, body))
        notify(transaction.connection, review.custodian, "liaison", "review-signed", review.id, self._clock())
        return decided_json(signed)

    def _released_part(self, opened: Opened, chosen: Sequence[Item], call_back: str) -> Part:
        gathered: dict[Category, tuple[Cause, tuple[Holding, ...]]] = {}
        for category in opened.review.categories:
            own = tuple(item.holding for item in chosen if item.holding.category is category)
            gathered[category] = (Cause.HELD if own else Cause.NOTHING_HELD, own)
        vouched = any(item.attested for item in (*opened.items, *chosen))
        decisions = attested(opened.decisions) if vouched else opened.decisions
        return Part(opened.review.custodian, decisions, gathered, reviewed=True, call_back=call_back)

    def _decide(
        self,
        transaction: Transaction,
        opened: Opened,
        part: Part,
        reviewer: Requester,
        move: str,
        reason: str,
    ) -> dict[str, Any]:
        review = self._close(transaction, opened.review, reviewer, move, reason)
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
        closed = self._close(transaction, review, reviewer, "decline", reason)
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
        parties = (stored.id, stored.requester.agency, stored.query.case)
        self._answering.following.follow(transaction, parties, answer.custodian, outcomes, at)

    def _close(
        self, transaction: Transaction, review: Review, reviewer: Requester, move: str, reason: str
    ) -> Review:
        """Mark it decided, once, and tell the requester that there is something to read."""
        current = self._unchanged(transaction, review)
        state = REVIEW.after(current.state, move)
        decided = replace(current, state=state, decided_by=reviewer.actor.id, reason=reason)
        self._records.reviews.decide(transaction.connection, decided)
        stored = self._records.questions.get(transaction.connection, review.query)
        if stored is not None:
            at = self._clock()
            agency = stored.requester.agency
            notify(transaction.connection, agency, "caseworker", "query-decided", stored.id, at)
        return decided

    def _unchanged(self, transaction: Transaction, review: Review) -> Review:
        """The review in this commit, if it still stands as it was read."""
        current = self._records.reviews.get(transaction.connection, review.id)
        if current is None or current.state not in WAITING:
            raise Problem("conflict", "This review has been decided.")
        if current.first != review.first:
            raise Problem("conflict", "This review was signed meanwhile; look at it again.")
        return current

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
