"""One query, top to bottom. Start here.

A query reaches `Exchange.ask` as a value: the edge has refused malformed input and `identity` has turned the
token into a `Requester`. What follows is the order of things that nothing may change:

1. the query is taken in: an open case, budgets, agreements in force and consents on record, one decision
   for each custodian and category, and one ledger entry for each custodian, about to learn of the interest;
2. the permitted custodians are asked, all at once, each for the permitted fields only;
3. what they send is cut to what was permitted;
4. everything the decision rests on is read again in the commit that records the answers;
5. the receipts of those entries, once cosigned by the witnesses the site demands, open the sealed answers,
   and only then is anything rendered;
6. a masked answer leaves at its deadline, whatever stood behind it.

*Answered means recorded.* Refusals, no-hits, time-outs and errors are recorded too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from agreements.terms import SubjectKind
from audit.receipt import Receipt
from gateway.answering import Answering, Part, settled
from gateway.answers import Cause, State
from gateway.asking import Asking, Gathered
from gateway.identity import Requester
from gateway.intake import Asked, Intake, Repeated, Turned
from gateway.pace import Pace
from gateway.policy import Policies
from gateway.records import Records
from gateway.release import Released, Sealed
from gateway.site import Site
from gateway.store.questions import StoredAnswer, StoredQuery
from gateway.store.store import Store
from gateway.wire.query import Query
from policies.decision import Permitted

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class View:
    """A query as its requester sees it now."""

    id: str
    case: str
    answers: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, id: str, case: str, released: Iterable[Released]) -> View:
        return cls(id, case, tuple(answer for part in released for answer in part.answers))

    @property
    def state(self) -> State:
        states = {answer["state"] for answer in self.answers}
        if any(answer["escalated"] for answer in self.answers):
            return State.ESCALATED
        return next(
            (state for state in (State.PENDING, State.UNAVAILABLE) if state in states), State.ANSWERED
        )


class Exchange:
    def __init__(
        self,
        site: Site,
        policies: Policies,
        records: Records,
        store: Store,
        asking: Asking,
        pace: Pace,
        clock: Clock,
    ) -> None:
        self._policies = policies
        self._records = records
        self._store = store
        self._asking = asking
        self._pace = pace
        self._clock = clock
        self._intake = Intake(site, policies, records)
        self._answering = Answering(site, policies, records)

    async def ask(
        self, requester: Requester, query: Query, key: tuple[str, str] | None = None
    ) -> View | Repeated:
        """Ask one question and return every custodian's answer so far.

        `key` is an idempotency key with the fingerprint of the request it came with.

        Raises:
            Problem: the query was turned away, or could not be recorded; then nothing was disclosed.
        """
        started = time.monotonic()
        take = partial(self._intake.take, requester=requester, query=query, key=key, at=self._clock())
        written = await self._store.write(take)
        taken = written.value
        if isinstance(taken, Turned):
            raise taken.problem
        if isinstance(taken, Repeated):
            return taken
        await self._store.witnessing.cosigned(written.receipts)
        allowance = self._pace.allowance(taken.decisions)
        released = await self._round(taken)
        if taken.masked:
            await self._pace.until(started, allowance)
        return View.of(taken.id, query.case, released)

    async def again(self, stored: StoredQuery, late: Sequence[StoredAnswer]) -> None:
        """A further round for custodians that were unavailable, decided and recorded like the first."""
        taken = await self._store.write(
            partial(self._intake.take_again, stored=stored, late=late, at=self._clock())
        )
        if taken.value is not None:
            await self._store.witnessing.cosigned(taken.receipts)
            await self._round(taken.value, {answer.custodian: answer for answer in late})

    async def _round(self, asked: Asked, before: Mapping[str, StoredAnswer] | None = None) -> list[Released]:
        """Ask custodians, record what became of it, and release it against the receipts."""
        parts = await self._gather(asked, before or {})
        record = partial(self._answering.record, asked=asked, parts=parts, at=self._clock())
        committed = await self._store.write(record)
        return _release(committed.value, await self._store.witnessing.cosigned(committed.receipts))

    async def _gather(self, asked: Asked, before: Mapping[str, StoredAnswer]) -> list[Part]:
        """Every custodian at once; what an earlier round has settled stays as it is."""
        asking = [self._ask_one(asked, custodian) for custodian in asked.decisions]
        found = [await asking[0]] if len(asking) == 1 else await asyncio.gather(*asking)
        return [
            Part(custodian, decided, gathered, others=settled(before.get(custodian)))
            for (custodian, decided), gathered in zip(asked.decisions.items(), found, strict=True)
        ]

    async def _ask_one(self, asked: Asked, custodian: str) -> Gathered:
        """Ask one custodian's system; for a masked refusal only see whether it answers at all.

        A question about nobody is put to no system: a person answers it.
        """
        about_nobody = asked.grounds.query.subject.kind is SubjectKind.GENERAL
        if about_nobody or not self._asking.reachable(custodian):
            return {}
        permits = asked.permits(custodian)
        decisions = asked.decisions[custodian]
        if permits:
            gathered = await self._asking.ask(custodian, asked.grounds.query.subject, permits)
            down = all(cause is Cause.UNAVAILABLE for cause, _ in gathered.values())
        elif any(decision.masked for decision in decisions.values()):
            gathered, down = {}, not await self._asking.is_up(custodian)
        else:
            return {}
        if not down:
            return gathered
        unseen = {
            category: (Cause.UNAVAILABLE, ())
            for category, decision in decisions.items()
            if decision.masked and not (isinstance(decision, Permitted) and decision.awaits)
        }
        return {**unseen, **gathered}


def _release(sealed: Sequence[Sealed], receipts: Sequence[Receipt]) -> list[Released]:
    return [part.release(receipt) for part, receipt in zip(sealed, receipts, strict=True)]
