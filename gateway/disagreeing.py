"""Both views on a decided review kept on record: whether an exception was met, or enough was released.

A view changes nothing that was decided. What the requester reads of the custodian's side is what its answer
told anyway: the reason for a decline only where the answer is not masked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from audit.record import Entry
from gateway.awaiting import WAITING, Review
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.records import Records
from gateway.store.questions import StoredQuery, open_to_requester
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.store.views import ReviewView
from gateway.wire.times import instant


class Disagreeing:
    def __init__(self, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._store = store
        self._clock = clock

    async def state(self, officer: Requester, id: str, statement: str) -> dict[str, Any]:
        """Put a side's view on record, beside the other's.

        Raises:
            Problem: `not-found` for an agency that neither asked nor was asked, `conflict` while the review
                waits to be decided.
        """

        def write(transaction: Transaction) -> dict[str, Any]:
            connection, at = transaction.connection, self._clock()
            review, stored = self._found(connection, officer.agency, id)
            if review.state in WAITING:
                raise Problem("conflict", "This review waits to be decided.")
            view = ReviewView(new_id("vie"), id, officer.agency, officer.actor.id, statement, at)
            self._records.views.add(connection, view)
            other = review.custodian if officer.agency != review.custodian else stored.requester.agency
            notify(connection, other, "privacy-officer", "review-view", id, at)
            body = {
                "view": view.id,
                "review": id,
                "query": stored.id,
                "requester": stored.requester.agency,
                "custodian": review.custodian,
                "by": officer.agency,
                "user": officer.actor.id,
            }
            subject = self._records.subjects.get(connection, stored.subject)
            transaction.record(Entry("review-view", at, subject.ledger_key, body))
            return {"review": id, "views": [_json(each) for each in self._records.views.of(connection, id)]}

        return (await self._store.write(write)).value

    def _found(self, connection: Connection, agency: str, id: str) -> tuple[Review, StoredQuery]:
        review = self._records.reviews.get(connection, id)
        stored = self._records.questions.get(connection, review.query) if review else None
        if review is None or stored is None or agency not in {review.custodian, stored.requester.agency}:
            raise Problem("not-found")
        return review, stored


def reviews_told(
    records: Records, connection: Connection, stored: StoredQuery, reader: str, at: datetime
) -> list[dict[str, Any]]:
    """The reviews of a query with both sides' views, for its requester and for each its own custodian."""
    asked_it = reader == stored.requester.agency
    told = open_to_requester(records.questions.answers(connection, stored.id, at))
    shown = []
    for review in records.reviews.of_query(connection, stored.id):
        if not asked_it and review.custodian != reader:
            continue
        decided = review.state not in WAITING
        whole = review.custodian == reader or all(
            (review.custodian, category.value) in told for category in review.categories
        )
        shown.append(
            {
                "id": review.id,
                "custodian": review.custodian,
                "categories": [category.value for category in review.categories],
                "state": "decided" if decided else "open",
                "decision": review.state if decided and whole else None,
                "reason": (review.reason or None) if whole else None,
                "views": [_json(each) for each in records.views.of(connection, review.id)],
            }
        )
    return shown


def _json(view: ReviewView) -> dict[str, Any]:
    return {"agency": view.agency, "user": view.user, "statement": view.statement, "at": instant(view.at)}
