"""What an agency's people have to follow up: their cases, the questions asked under them, and what is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from agreements.subject import Subject
from agreements.vocabulary import duty_text
from gateway.answers import Cause
from gateway.case import Case
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.records import Records
from gateway.store.asked_under import asked_under
from gateway.store.questions import StoredAnswer, StoredQuery
from gateway.store.store import Store
from policies.decision import Permitted

_WAITING = (Cause.PENDING, Cause.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something an answer obliges its requester to do until a time."""

    text: str
    due: datetime


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
            return None if case is None or _kept_from(case, requester) else self._followed(connection, case)

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
        return [self._followed(connection, case) for case in found]

    def _followed(self, connection: Connection, case: Case) -> Followed:
        tag = self._records.cases.tag(case.agency, case.reference)
        get = partial(self._records.questions.get, connection)
        asked = filter(None, map(get, asked_under(connection, case.agency, tag)))
        overdue = case.open and case.next_review < self._clock().date()
        return Followed(case, overdue, tuple(self._question(connection, one) for one in asked))

    def _question(self, connection: Connection, stored: StoredQuery) -> Question:
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
            duties=_duties(answers),
        )


def _kept_from(case: Case, requester: Requester) -> bool:
    return requester.actor.id in case.blinded


def _duties(answers: Sequence[StoredAnswer]) -> tuple[Duty, ...]:
    """What has a time, of what was told with something held; each once, the first due first."""
    found = {
        Duty(duty_text(duty), duty.within.after(answer.answered_at))
        for answer in answers
        for outcome in answer.outcomes
        if outcome.disclosed is not None and isinstance(outcome.decision, Permitted)
        for duty in outcome.decision.permit.obligations
        if duty.within is not None
    }
    return tuple(sorted(found, key=lambda duty: duty.due))
