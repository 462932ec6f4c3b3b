"""A case is looked at again by a day, and what is late is told and can be listed: of whom, by how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from gateway.case import Case
from gateway.problems import Problem
from gateway.processes.case import CASE
from gateway.processes.runner import Work
from gateway.records import Records
from gateway.store.follow_ups import FollowUp, follow_ups_of, follow_ups_of_case
from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.timers import Timer, drop_timer, set_timer
from gateway.store.transaction import Transaction
from gateway.wire.case import case_json
from gateway.wire.times import instant

CASE_REVIEW: Final = "case-review"
_AGAIN: Final = timedelta(days=7)
_TOLD: Final = ("caseworker", "privacy-officer")


class CaseReviews:
    def __init__(self, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._store = store
        self._clock = clock

    def expect(self, transaction: Transaction, case: Case) -> None:
        """Have the case's next review watched, or no longer watched once it is closed."""
        tag = self._records.cases.tag(case.agency, case.reference).hex()
        if case.open:
            set_timer(transaction.additive, CASE_REVIEW, tag, case.agency, late_from(case))
        else:
            drop_timer(transaction.additive, CASE_REVIEW, tag, case.agency)

    @property
    def work(self) -> Work:
        """What the timer of a case's review does."""
        return Work(self._missed)

    def check_settled(self, connection: Connection, case: Case) -> Sequence[FollowUp]:
        """What the case's questions still wait for and was escalated, if nothing else is open.

        Raises:
            Problem: `conflict` naming how many questions are open.
        """
        tag = self._records.cases.tag(case.agency, case.reference)
        found = follow_ups_of_case(connection, case.agency, tag)
        waiting = [one for one in found if one.escalated_at is None]
        if waiting:
            number = len({one.query for one in waiting})
            questions = "1 question is" if number == 1 else f"{number} questions are"
            raise Problem(
                "conflict",
                f"{questions} open: each must be answered, declined or escalated before the case is closed.",
                reasons=[
                    {
                        "code": "open-question",
                        "text": f"waits at {one.custodian}: {one.kind}",
                        "query": one.query,
                    }
                    for one in waiting
                ],
            )
        return found

    async def due(self, agency: str, day: date | None) -> dict[str, Any]:
        """The agency's open cases that are to be reviewed by a day, or whose questions are late, and of whom.

        None is today.
        """
        at = self._clock()
        look = partial(due_cases, records=self._records, agency=agency, day=day or at.date(), at=at)
        return {"due": (day or at.date()).isoformat(), "cases": await self._store.read(look)}

    async def all(self, agency: str) -> list[dict[str, Any]]:
        """The agency's open cases, by reference."""
        found = await self._store.read(partial(self._records.cases.open_of, agency=agency))
        return [case_json(case) for case in sorted(found, key=lambda case: case.reference)]

    def _missed(self, transaction: Transaction, timer: Timer, _: Any, at: datetime) -> datetime | None:
        case = self._records.cases.tagged(transaction.additive, timer.agency, bytes.fromhex(timer.about))
        if case is None or not case.open:
            return None
        if at < late_from(case):
            return late_from(case)
        CASE.after(state_on(case, at.date()), "miss-review")
        for role in _TOLD:
            notify(transaction.additive, case.agency, role, "case-review-late", timer.about, at)
        return at + _AGAIN


def late_from(case: Case) -> datetime:
    """The end of the day of its next review, UTC."""
    return datetime.combine(case.next_review, datetime.min.time(), UTC) + timedelta(days=1)


def state_on(case: Case, day: date) -> str:
    """The state of its process on a day: open, late or closed."""
    if not case.open:
        return "closed"
    return "late" if case.next_review < day else "open"


def due_cases(
    connection: Connection, records: Records, agency: str, day: date, at: datetime
) -> list[dict[str, Any]]:
    """As `CaseReviews.due`, the longest overdue first."""
    waiting: dict[bytes, list[FollowUp]] = {}
    for one in follow_ups_of(connection, agency):
        if one.due_at <= at:
            waiting.setdefault(one.case_reference, []).append(one)
    found = []
    for case in records.cases.open_of(connection, agency):
        late = waiting.get(records.cases.tag(agency, case.reference), [])
        if case.next_review <= day or late:
            found.append((case, late))
    found.sort(key=lambda pair: (pair[0].next_review, pair[0].reference))
    return [_due_json(case, late, at) for case, late in found]


def _due_json(case: Case, late: Sequence[FollowUp], at: datetime) -> dict[str, Any]:
    days = max((at.date() - case.next_review).days, 0)
    return {
        "id": case.reference,
        "agency": case.agency,
        "manager": {"id": case.manager_id, "name": case.manager_name},
        "concern": case.concern,
        "next_review": case.next_review.isoformat(),
        "state": state_on(case, at.date()),
        "days_late": days,
        "questions": [
            {
                "query": one.query,
                "by": one.custodian,
                "waits_for": one.kind,
                "state": one.state,
                "since": instant(one.since),
            }
            for one in late
        ],
    }
