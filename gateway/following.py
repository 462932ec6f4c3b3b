"""Nothing waits silently: what a question waits for is followed, step by step, until it is settled.

A follow-up is made in the commit that leaves an answer pending or unavailable, together with its timers, and
ended in the commit that settles it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from audit.record import Entry
from gateway.answers import Cause, Outcome
from gateway.processes.follow_up import FOLLOW_UP
from gateway.processes.runner import Work
from gateway.processes.table import NEW
from gateway.site import Site
from gateway.store.follow_ups import (
    FollowUp,
    add_follow_up,
    change_follow_up,
    drop_follow_up,
    follow_up,
    follow_ups_of_query,
)
from gateway.store.reviews import notify
from gateway.store.timers import Timer, drop_timer, set_timer
from gateway.store.transaction import Transaction
from gateway.workdays import add_workdays

REVIEW: Final = "review"
UNAVAILABLE: Final = "unavailable"
TELLING: Final[Mapping[str, str]] = {REVIEW: "tell-review", UNAVAILABLE: "tell-unavailable"}
"""The timers that tell the next person, by what is waited for."""
WAITING_FOR: Final = {Cause.PENDING: REVIEW, Cause.UNAVAILABLE: UNAVAILABLE}
ASK_AGAIN: Final = "ask-again"

_WORKDAYS_TO_ANSWER: Final = 5
"""How long a person may take where no agreement says so."""
_DOWN_FOR: Final = timedelta(minutes=15)
"""How long a system may be unavailable before its agency's liaison is told."""
_SOONEST: Final = timedelta(seconds=3)
_LATEST: Final = timedelta(hours=4)
_NEXT: Final = {"waiting": "tell-liaison", "liaison-told": "tell-officer", "officer-told": "escalate"}
_KINDS: Final = {REVIEW: "review-late", UNAVAILABLE: "custodian-unavailable"}


def asked_again_after(since: datetime, at: datetime) -> datetime:
    """When a system that has not answered since an instant is asked again: twice as long after each time."""
    return at + min(max(at - since, _SOONEST), _LATEST)


class Following:
    def __init__(
        self, site: Site, tag: Callable[[str, str], bytes], key_of: Callable[[Connection, str], bytes | None]
    ) -> None:
        """`tag` gives what stands for a case: of an agency and its reference; `key_of` what tags the ledger's
        entries about whom a query is of.
        """
        self._site = site
        self._tag = tag
        self._key_of = key_of

    def follow(
        self,
        transaction: Transaction,
        parties: tuple[str, str, str],
        custodian: str,
        outcomes: Iterable[Outcome],
        at: datetime,
        *,
        review: str | None = None,
        new: bool = False,
    ) -> None:
        """Begin to follow what a custodian's part waits for, and end what it waits for no more.

        `parties` are query, requester and case; `review` is the review opened just now; of a `new` part
        nothing can be followed yet.
        """
        waiting: dict[str, list[Outcome]] = {}
        for outcome in outcomes:
            if outcome.cause in WAITING_FOR:
                waiting.setdefault(WAITING_FOR[outcome.cause], []).append(outcome)
        if new and not waiting:
            return
        connection = transaction.additive
        known = {
            one.kind: one for one in follow_ups_of_query(connection, parties[0]) if one.custodian == custodian
        }
        for kind, one in known.items():
            if kind not in waiting:
                self.settle(transaction, one)
        for kind in waiting.keys() - known.keys():
            due = self._due(custodian, kind, waiting[kind], at)
            self._begin(transaction, parties, custodian, kind, review if kind == REVIEW else None, at, due)

    def lost(
        self, transaction: Transaction, parties: tuple[str, str, str], custodian: str, at: datetime
    ) -> None:
        """Follow a part whose answer was never recorded, and have it asked again at once."""
        query = parties[0]
        if follow_up(transaction.additive, query, custodian, UNAVAILABLE) is None:
            self._begin(transaction, parties, custodian, UNAVAILABLE, None, at, at + _DOWN_FOR)
            set_timer(transaction.additive, ASK_AGAIN, query, custodian, at)

    def settle(self, transaction: Transaction, one: FollowUp) -> None:
        """End a follow-up: its question is answered, or may be answered no more."""
        FOLLOW_UP.after(one.state, "settle")
        connection = transaction.additive
        drop_follow_up(connection, one)
        drop_timer(connection, TELLING[one.kind], one.query, one.custodian)
        if one.kind == UNAVAILABLE:
            drop_timer(connection, ASK_AGAIN, one.query, one.custodian)

    @property
    def works(self) -> dict[str, Work]:
        """What the timers that tell somebody do."""
        return {name: Work(self._telling(kind)) for kind, name in TELLING.items()}

    def _begin(
        self, transaction: Transaction, parties: tuple[str, str, str], custodian: str, kind: str,
        review: str | None, at: datetime, due: datetime,
    ) -> None:  # fmt: skip
        query, requester, case = parties
        made = FollowUp(
            query, custodian, kind, requester, self._tag(requester, case), review or query,
            FOLLOW_UP.after(NEW, "wait"), at, due,
        )  # fmt: skip
        connection = transaction.additive
        add_follow_up(connection, made)
        set_timer(connection, TELLING[kind], query, custodian, due)
        if kind == UNAVAILABLE:
            set_timer(connection, ASK_AGAIN, query, custodian, asked_again_after(at, at))

    def _due(self, custodian: str, kind: str, waiting: Iterable[Outcome], at: datetime) -> datetime:
        if kind == UNAVAILABLE:
            return at + _DOWN_FOR
        agreed = [outcome.due for outcome in waiting if outcome.due is not None]
        return min(agreed) if agreed else self._workdays(custodian, at, _WORKDAYS_TO_ANSWER)

    def _workdays(self, custodian: str, at: datetime, number: int) -> datetime:
        return add_workdays(at, number, self._site.holidays_of(custodian))

    def _telling(self, kind: str) -> Callable[[Transaction, Timer, Any, datetime], datetime | None]:
        def tell(transaction: Transaction, timer: Timer, _: Any, at: datetime) -> datetime | None:
            one = follow_up(transaction.additive, timer.about, timer.agency, kind)
            move = _NEXT.get(one.state) if one is not None else None
            return None if one is None or move is None else self._tell(transaction, one, move, at)

        return tell

    def _tell(self, transaction: Transaction, one: FollowUp, move: str, at: datetime) -> datetime | None:
        """Tell the next person; when the one after is told, if there is one."""
        state, connection = FOLLOW_UP.after(one.state, move), transaction.additive
        kind = _KINDS[one.kind]
        if move == "escalate":
            change_follow_up(connection, replace(one, state=state, due_at=at, escalated_at=at))
            notify(connection, one.requester, "caseworker", "query-escalated", one.query, at)
            body = {
                "query": one.query,
                "requester": one.requester,
                "custodian": one.custodian,
                "waits_for": one.kind,
            }
            key = self._key_of(connection, one.query)
            transaction.record(Entry("query-escalated", at, key, body))
            return None
        role = "liaison" if move == "tell-liaison" else "privacy-officer"
        notify(connection, one.custodian, role, kind, one.about, at)
        due = self._workdays(one.custodian, at, 1)
        change_follow_up(connection, replace(one, state=state, due_at=due))
        return due
