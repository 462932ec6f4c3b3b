"""What an agency's people have to follow up: their cases, the questions asked under them, and what is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias

from sqlalchemy import Connection

from agreements.subject import Subject
from gateway.answers import Cause
from gateway.case import Case
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.records import Records
from gateway.store.asked_under import asked_under
from gateway.store.duties import Duty
from gateway.store.questions import StoredQuery
from gateway.store.store import Store

_WAITING = (Cause.PENDING, Cause.UNAVAILABLE)
_OWED = ("open", "violated")

Owed: TypeAlias = dict[str, list[Duty]]
"""Duties by the query they came with."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question asked under a case. `waits_for`: the custodians whose answer has not come."""

    id: str
    asked_at: datetime
    by: str
    about: Subject
    purpose: str
    categories: tuple[str, ...]
    waits_for: tuple[str, ...]
    due: datetime | None
    """When the first of those should have come, where an agreement says so."""
    duties: tuple[Duty, ...]
    """What the agency owes for what it was told and has not done yet, with a time, the first due first."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A case with its questions, the latest first."""

    case: Case
    overdue: bool
    questions: tuple[Question, ...]

    @property
    def waiting(self) -> int:
        return sum(bool(question.waits_for) for question in self.questions)


class Caseload:
    def __init__(self, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._store = store
        self._clock = clock

    async def cases(self, requester: Requester, *, everybodys: bool = False) -> list[Followed]:
        """The open cases a person manages or, with `everybodys`, all of the agency's; by next review.

        A case that keeps the person from its context is not among them.
        """
        look = partial(self._cases, requester=requester, everybodys=everybodys)
        return await self._store.read(look)

    async def case(self, requester: Requester, reference: str) -> Followed:
        """One case of the person's agency.

        Raises:
            Problem: `not-found` unless there is one that does not keep the person from its context.
        """

        def look(connection: Connection) -> Followed | None:
            case = self._records.cases.find(connection, requester.agency, reference)
            if case is None or _kept_from(case, requester):
                return None
            return self._followed(connection, case, self._owed(connection, requester.agency))

        found = await self._store.read(look)
        if found is None:
            raise Problem("not-found")
        return found

    async def question(self, requester: Requester, id: str) -> Question:
        """One question of the person's agency.

        Raises:
            Problem: `not-found` unless it asked this, under a case that does not keep the person from it.
        """

        def look(connection: Connection) -> Question | None:
            stored = self._records.questions.get(connection, id)
            if stored is None or stored.requester.agency != requester.agency:
                return None
            case = self._records.cases.find(connection, requester.agency, stored.query.case)
            if case is None or _kept_from(case, requester):
                return None
            return self._question(connection, stored, self._owed(connection, requester.agency))

        found = await self._store.read(look)
        if found is None:
            raise Problem("not-found")
        return found

    def _cases(self, connection: Connection, requester: Requester, *, everybodys: bool) -> list[Followed]:
        found = [
            case
            for case in self._records.cases.open_of(connection, requester.agency)
            if not _kept_from(case, requester) and (everybodys or case.manager_id == requester.actor.id)
        ]
        found.sort(key=lambda case: (case.next_review, case.reference))
        owed = self._owed(connection, requester.agency)
        return [self._followed(connection, case, owed) for case in found]

    def _owed(self, connection: Connection, agency: str) -> Owed:
        """What an agency owes and has not done, by the query it came with."""
        owed: Owed = {}
        for duty in self._records.duties.of(connection, agency, None):
            if duty.agency == agency and duty.due_at is not None and duty.state in _OWED:
                owed.setdefault(duty.about, []).append(duty)
        return owed

    def _followed(self, connection: Connection, case: Case, owed: Owed) -> Followed:
        tag = self._records.cases.tag(case.agency, case.reference)
        get = partial(self._records.questions.get, connection)
        asked = filter(None, map(get, asked_under(connection, case.agency, tag)))
        overdue = case.open and case.next_review < self._clock().date()
        return Followed(case, overdue, tuple(self._question(connection, one, owed) for one in asked))

    def _question(self, connection: Connection, stored: StoredQuery, owed: Owed) -> Question:
        answers = self._records.questions.answers(connection, stored.id, self._clock())
        waiting = [
            (answer.custodian, outcome.due)
            for answer in answers
            for outcome in answer.outcomes
            if outcome.cause in _WAITING
        ]
        return Question(
            id=stored.id,
            asked_at=stored.asked_at,
            by=stored.requester.actor.name,
            about=stored.query.subject,
            purpose=stored.query.purpose.value,
            categories=tuple(category.value for category in stored.query.categories),
            waits_for=tuple(dict.fromkeys(custodian for custodian, _ in waiting)),
            due=min((due for _, due in waiting if due is not None), default=None),
            duties=tuple(owed.get(stored.id, ())),
        )


def _kept_from(case: Case, requester: Requester) -> bool:
    return requester.actor.id in case.blinded
