"""A review as its person looks at it: what a finding would open now, what is held, what of it they choose.

The custodian's system is asked when its person looks and not before. A question about nobody is never put to
it: the person answers in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from agreements.terms import Category, SubjectKind
from gateway.answers import Cause
from gateway.asking import Asking
from gateway.awaiting import Review
from gateway.beside import rings, said_beside
from gateway.deciding import decide_all, grounds_now
from gateway.facts import Grounds
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.records import Records
from gateway.reviewable import Item, attested_item, chosen_items, items_of, text_items
from gateway.site import Site
from gateway.store.questions import StoredQuery
from gateway.store.store import Store
from gateway.wire.review import Release
from policies.decision import Await, Decision, Permitted


@dataclass(frozen=True, slots=True)
class Opened:
    """A review as it stands now: its question, what a finding would permit, and what is held."""

    review: Review
    stored: StoredQuery
    grounds: Grounds
    decisions: Mapping[Category, Decision]
    items: tuple[Item, ...]
    reached: bool
    by_two: bool
    """Two different persons must release it."""

    @property
    def about_nobody(self) -> bool:
        return self.stored.query.subject.kind is SubjectKind.GENERAL


def chosen_of(opened: Opened, release: Release) -> tuple[Item, ...]:
    """What the person would release: items of what is offered, words beside them, or that one may ring.

    Raises:
        Problem: `unprocessable` for an item that is not offered, and for one where the other belongs.
    """
    if not opened.about_nobody:
        if release.items is None and release.text is None and not release.call_back:
            raise Problem("unprocessable", "items: expected this key to be present.")
        chosen = chosen_items(opened.items, release.items or ())
        if release.text is not None:
            chosen = (*chosen, said_beside(opened.decisions, release.text, release.about))
        return chosen or (rings(opened.decisions, release.about) if release.call_back else ())
    if release.items:
        raise Problem("unprocessable", "items: expected none where the question is about nobody.")
    if release.text is None:
        if release.items is None:
            raise Problem("unprocessable", "text: expected this key where the question is about nobody.")
        return ()
    return text_items(opened.decisions, release.text)


class Looking:
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

    async def open(self, review: Review) -> Opened | None:
        """Look up what a finding would open; None when the question's case is no longer open."""
        found = await self._store.read(partial(self._now, review=review))
        if found is None:
            return None
        stored, grounds, decisions, by_two = found
        opened = partial(Opened, review, stored, grounds, decisions, by_two=by_two)
        if stored.query.subject.kind is SubjectKind.GENERAL:
            return opened((), reached=True)
        permits = [decision.permit for decision in decisions.values() if isinstance(decision, Permitted)]
        if not self._asking.reachable(review.custodian):
            items = tuple(attested_item(permit.category) for permit in permits)
            return opened(items, reached=True)
        gathered = await self._asking.ask(review.custodian, stored.query.subject, permits) if permits else {}
        reached = all(cause is not Cause.UNAVAILABLE for cause, _ in gathered.values())
        return opened(items_of(gathered), reached=reached)

    def _now(
        self, connection: Connection, review: Review
    ) -> tuple[StoredQuery, Grounds, dict[Category, Decision], bool] | None:
        stored = self._records.questions.get(connection, review.query)
        grounds = grounds_now(self._records, connection, stored) if stored is not None else None
        if stored is None or grounds is None or not grounds.case.open:
            return None
        decide = partial(
            decide_all, self._site, self._policies.current, grounds, [review.custodian], self._clock()
        )
        before, decided = decide()[review.custodian], decide(person_found=True)[review.custodian]
        by_two = Await.SECOND_REVIEW.value in review.awaits or any(
            isinstance(decision, Permitted) and Await.SECOND_REVIEW in decision.awaits
            for decision in before.values()
        )
        return stored, grounds, {category: decided[category] for category in review.categories}, by_two
