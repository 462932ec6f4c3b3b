"""The holder's second look begun: whether a refusal hides something held, found out afterwards.

A timer set in the commit of a negative answer has this done, whatever the negative is: the custodian's own
system is asked alike, and one entry is recorded alike. Only the custodian can read which it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from agreements.agreement import Agreement, Clause
from agreements.permit import Basis, Permit
from agreements.terms import BasisKind, Category, Level
from audit.record import Entry
from gateway.answers import Cause
from gateway.asking import Asking
from gateway.deciding import decide_all, grounds_now
from gateway.facts import Grounds
from gateway.hidden import LOOK, act_by, looked_at, second_look_clause
from gateway.policy import Policies
from gateway.processes.runner import Work
from gateway.processes.second_look import SECOND_LOOK
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.site import Site
from gateway.store.questions import StoredQuery
from gateway.store.reviews import new_id, notify
from gateway.store.second_looks import SecondLook
from gateway.store.store import Store
from gateway.store.timers import Timer, set_timer
from gateway.store.transaction import Transaction
from policies.decision import Denied

DUE: Final = "second-look-due"
"""The timer of a second look that somebody must act on."""
_AGAIN_AFTER: Final = timedelta(minutes=15)
_TRIED_FOR: Final = timedelta(days=1)
"""How long a custodian's system that does not answer is tried again."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look found: the question, in which refused categories something is held, and by when to act."""

    stored: StoredQuery
    held: tuple[Category, ...]
    due: datetime
    reached: bool


class LookingBack:
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

    def works(self) -> dict[str, Work]:
        """What each of these timers does."""
        return {LOOK: Work(self._open, self._look), DUE: Work(self._fall_due)}

    async def _look(self, timer: Timer) -> _Seen | None:
        found = await self._store.read(partial(self._question, query=timer.about, custodian=timer.agency))
        if found is None:
            return None
        stored, permits, refused, due = found
        if not permits or not self._asking.reachable(timer.agency):
            return _Seen(stored, (), due, reached=True)
        gathered = await self._asking.ask(timer.agency, stored.query.subject, list(permits.values()))
        causes = {category: cause for category, (cause, _) in gathered.items()}
        # Over its budget a question is asked of the system like any other, so that it takes as long.
        wanted = () if stored.throttled else refused
        held = tuple(category for category in wanted if causes.get(category) is Cause.HELD)
        return _Seen(stored, held, due, reached=Cause.UNAVAILABLE not in causes.values())

    def _question(
        self, connection: Connection, query: str, custodian: str
    ) -> tuple[StoredQuery, Mapping[Category, Permit], tuple[Category, ...], datetime] | None:
        """The question, what its custodian's system may be asked for its own people, and what is refused."""
        at, policy = self._clock(), self._policies.current
        stored = self._records.questions.get(connection, query)
        grounds = grounds_now(self._records, connection, stored) if stored is not None else None
        answer = self._records.questions.answer(connection, query, custodian, at)
        if stored is None or grounds is None or answer is None or not grounds.case.open:
            return None
        permits: dict[Category, Permit] = {}
        dues = [at]
        for category in looked_at(policy, grounds, custodian, answer.outcomes, at):
            clause = second_look_clause(policy, grounds, custodian, category, at)
            if clause is not None:
                permits[category] = _own_permit(grounds, custodian, category, *clause)
                dues.append(act_by(clause[0], at, self._site.holidays_of(custodian)))
        decided = decide_all(self._site, policy, grounds, [custodian], at)[custodian]
        refused = tuple(each for each in permits if isinstance(decided.get(each), Denied))
        return stored, permits, refused, min(dues[1:], default=at)

    def _open(
        self, transaction: Transaction, timer: Timer, seen: _Seen | None, at: datetime
    ) -> datetime | None:
        connection, looks = transaction.connection, self._records.second_looks
        if seen is None:
            return None
        if not seen.reached and at < seen.stored.asked_at + _TRIED_FOR:
            return at + _AGAIN_AFTER
        known = looks.at(connection, timer.about, timer.agency)
        body: dict[str, Any] = {
            "by": timer.agency,
            "of": seen.stored.requester.agency,
            "query": timer.about,
            "held": [category.value for category in seen.held],
            "reached": seen.reached,
        }
        subject = self._records.subjects.get(connection, seen.stored.subject)
        transaction.record(Entry("second-look", at, subject.ledger_key, body))
        if seen.held and known is None:
            state = SECOND_LOOK.after(NEW, "open")
            look = SecondLook(
                new_id("sec"), timer.about, timer.agency, state, at, seen.due, categories=seen.held
            )
            looks.add(connection, look)
            set_timer(connection, DUE, look.id, look.custodian, look.due_at)
            notify(connection, look.custodian, "liaison", "second-look-opened", look.id, at)
        return None

    def _fall_due(self, transaction: Transaction, timer: Timer, _: Any, at: datetime) -> datetime | None:
        connection = transaction.connection
        look = self._records.second_looks.get(connection, timer.about)
        if look is None or not SECOND_LOOK.allows(look.state, "fall-due"):
            return None
        late = replace(look, state=SECOND_LOOK.after(look.state, "fall-due"))
        self._records.second_looks.change(connection, late)
        notify(connection, look.custodian, "privacy-officer", "second-look-late", look.id, at)
        return None


def _own_permit(
    grounds: Grounds, custodian: str, category: Category, agreement: Agreement, clause: Clause
) -> Permit:
    """What is asked of the custodian's system for its own duty person: whether anything is held."""
    return Permit(
        requester=grounds.requester.agency,
        custodian=custodian,
        subject_kind=grounds.query.subject.kind,
        category=category,
        level=Level.EXISTENCE,
        fields=frozenset(),
        basis=Basis(BasisKind.AGREEMENT, agreement.id, agreement.version, clause.id),
    )
