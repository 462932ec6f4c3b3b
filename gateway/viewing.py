"""Answers read again: each shown only as far as a decision made now would tell it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from agreements.permit import minimise
from agreements.terms import Level
from gateway.answering import render
from gateway.answers import Cause, Outcome
from gateway.deciding import Decisions, decide_all, grounds_found, grounds_now
from gateway.disagreeing import reviews_told
from gateway.exchange import Exchange, View
from gateway.explaining import explained, traced, veiled
from gateway.facts import Grounds
from gateway.following import WAITING_FOR
from gateway.identity import Requester
from gateway.pace import Pace
from gateway.policy import Policies, PolicySet
from gateway.problems import Problem
from gateway.records import Records
from gateway.release import Released, Sealed
from gateway.retention import Retention
from gateway.site import Site
from gateway.store.follow_ups import follow_ups_of_query
from gateway.store.questions import StoredAnswer, StoredQuery, open_to_requester
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.unanswered import places, unanswered
from policies.decide import decide
from policies.decision import Decision, Denied, Permitted, Reason
from policies.kept import facts_read

TRACED: Final = ("auditor", "privacy-officer")
"""Roles that see the full trace of a decision."""
ASK_AGAIN_AFTER: Final = timedelta(seconds=2.5)
"""How long a custodian that was unavailable is left alone before a reader has it asked again."""
_ANSWERED_WITHIN: Final = timedelta(seconds=4)
"""When a part that was asked and has no answer was lost on the way: the process died, or could not record."""
_LOOKS: Final = 80
_CHANGED: Final = Reason("no-longer-permitted", "What this answer rested on no longer holds.")
_GONE: Final = Reason("content-expired", "The content was kept as long as agreed; ask again to see it.")


@dataclass(frozen=True, slots=True)
class _Kept:
    """One decision of a query: its explanation, and how to trace it where its facts were kept."""

    part: dict[str, Any]
    tracing: Callable[[], dict[str, Any]] | None = None

    @property
    def custodian(self) -> str:
        return str(self.part["custodian"])

    @property
    def category(self) -> str:
        return str(self.part["category"])

    def trace(self) -> dict[str, Any] | None:
        """The full trace, which says what it is of."""
        if self.tracing is None:
            return None
        return {"custodian": self.custodian, "category": self.category, **self.tracing()}


class Viewing:
    def __init__(
        self,
        site: Site,
        policies: Policies,
        records: Records,
        store: Store,
        exchange: Exchange,
        retention: Retention,
        pace: Pace,
        clock: Callable[[], datetime],
    ) -> None:
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._exchange = exchange
        self._retention = retention
        self._pace = pace
        self._clock = clock

    async def view(self, requester: Requester, query_id: str) -> View:
        """The answers so far, each decided again on what holds now; an unavailable custodian is asked again.

        Raises:
            Problem: `not-found` unless the requester's agency asked this query.
        """
        started = time.monotonic()
        stored, answers = await self._settled(requester, query_id)
        late = [answer for answer in answers if self._is_late(answer)] + unanswered(stored, answers)
        if late:
            await self._exchange.again(stored, late)
        released, shown = await self._store.read(partial(self._shown, stored=stored, at=self._clock()))
        await self._forget_once_read(stored, shown)
        if any(outcome.decision.masked for answer in shown for outcome in answer.outcomes):
            await self._pace.until(started, self._pace.allowance(()))
        return View.of(stored.id, stored.query.case, released)

    async def explanation(self, reader: Requester, query_id: str) -> dict[str, Any]:
        """Every layer's result, to those entitled, made again from the facts under the policies of then.

        The custodian's own people see their part whole. The requester sees its own query, but of a masked
        negative only what the answer itself says: why it is one is what is masked. Privacy officers and
        auditors get the full trace of what they see beside it.

        Raises:
            Problem: `not-found` for an agency that is neither.
        """
        return await self._store.read(partial(self._explained, reader=reader, id=query_id))

    def _explained(self, connection: Connection, reader: Requester, id: str) -> dict[str, Any]:
        stored = self._records.questions.get(connection, id)
        if stored is None or self._is_past(stored):
            raise Problem("not-found")
        asked_it = reader.agency == stored.requester.agency
        kept = [one for one in self._kept(connection, stored) if asked_it or one.custodian == reader.agency]
        if not kept:
            raise Problem("not-found")
        told = {(one.custodian, one.category) for one in kept}
        if asked_it:
            told &= open_to_requester(self._records.questions.answers(connection, id, self._clock()))
        shown = [one for one in kept if (one.custodian, one.category) in told]
        traces = [one.trace() for one in shown] if reader.actor.role in TRACED else []
        return {
            "id": id,
            "decisions": [one.part if one in shown else veiled(one.part) for one in kept],
            "traces": [trace for trace in traces if trace is not None],
            "reviews": reviews_told(self._records, connection, stored, reader.agency, self._clock()),
        }

    def _kept(self, connection: Connection, stored: StoredQuery) -> list[_Kept]:
        """Each decision as it was made; those from before facts were kept as they were told."""
        if stored.policy is None:
            return [_Kept(part) for part in stored.explanations]
        policy = self._policy_of(connection, stored.policy)
        return [
            _Kept(
                explained(facts.custodian, facts.category, decide(facts, policy.rules, policy.laws)),
                partial(traced, facts, policy),
            )
            for facts in facts_read(stored.facts)
        ]

    def _policy_of(self, connection: Connection, version: str) -> PolicySet:
        """The set that decided; every one that ever did is in the archive."""
        current = self._policies.current
        found = current if current.version == version else self._records.archive.read(connection, version)
        if found is None:
            raise Problem("not-found")
        return found

    async def _settled(
        self, requester: Requester, query_id: str
    ) -> tuple[StoredQuery, tuple[StoredAnswer, ...]]:
        """The query and its parts, once those being asked at this moment have come or should have."""
        look = partial(self._own, requester=requester, id=query_id)
        stored, answers = await self._store.read(look)
        for _ in range(_LOOKS):
            if not unanswered(stored, answers) or self._clock() >= stored.asked_at + _ANSWERED_WITHIN:
                break
            await asyncio.sleep(_ANSWERED_WITHIN.total_seconds() / _LOOKS)
            stored, answers = await self._store.read(look)
        return stored, answers

    def _own(
        self, connection: Connection, requester: Requester, id: str
    ) -> tuple[StoredQuery, tuple[StoredAnswer, ...]]:
        stored = self._records.questions.get(connection, id)
        if stored is None or stored.requester.agency != requester.agency or self._is_past(stored):
            raise Problem("not-found")
        return stored, self._records.questions.answers(connection, id, self._clock())

    def _is_past(self, stored: StoredQuery) -> bool:
        """Whether the schedules say that it is gone, whether or not it has been deleted."""
        return self._retention.query_is_past(places(stored), stored.asked_at, self._clock())

    def _is_late(self, answer: StoredAnswer) -> bool:
        waiting = any(outcome.cause is Cause.UNAVAILABLE for outcome in answer.outcomes)
        return waiting and self._clock() >= answer.answered_at + ASK_AGAIN_AFTER

    def _shown(
        self, connection: Connection, stored: StoredQuery, at: datetime
    ) -> tuple[list[Released], list[StoredAnswer]]:
        """Every part as it may be shown now, under the receipt of the entry that recorded it."""
        grounds = grounds_now(self._records, connection, stored)
        answers = self._records.questions.answers(connection, stored.id, at)
        escalated = {
            (one.custodian, one.kind): one.escalated_at for one in follow_ups_of_query(connection, stored.id)
        }
        released = []
        for answer in answers:
            outcomes = [
                replace(outcome, escalated=escalated.get((answer.custodian, WAITING_FOR[outcome.cause])))
                if outcome.cause in WAITING_FOR
                else outcome
                for outcome in self._still_allowed(
                    self._found(connection, stored, grounds, answer), answer, at
                )
            ]
            sealed = Sealed(
                render(self._site, answer.custodian, outcomes, answer.answered_at), answer.ledger_index
            )
            released.append(sealed.release(self._store.witnessing.receipt(connection, answer.ledger_index)))
        return released, list(answers)

    def _found(
        self, connection: Connection, stored: StoredQuery, grounds: Grounds | None, answer: StoredAnswer
    ) -> Grounds | None:
        """The grounds, with what the custodian's person found where one has looked."""
        if grounds is None or not answer.reviewed:
            return grounds
        return grounds_found(self._records, connection, stored, grounds, answer.custodian)

    def _still_allowed(self, grounds: Grounds | None, answer: StoredAnswer, at: datetime) -> list[Outcome]:
        policy, custodian = self._policies.current, answer.custodian
        fresh: Decisions = {custodian: {}}
        if grounds is not None:
            fresh = decide_all(self._site, policy, grounds, [custodian], at, person_found=answer.reviewed)
        kept = answer.content_until is not None
        return [
            _as_of_now(outcome, fresh[custodian].get(outcome.category), kept=kept)
            for outcome in answer.outcomes
        ]

    async def _forget_once_read(self, stored: StoredQuery, answers: Sequence[StoredAnswer]) -> None:
        """Content that agreed to be kept no longer than the answer goes when it has been read."""
        policy = self._policies.current
        read = [answer for answer in answers if answer.content_until and _keeps_nothing(policy, answer)]

        def forget(transaction: Transaction) -> None:
            for answer in read:
                self._records.questions.forget_content(transaction.connection, stored.id, answer.custodian)

        if read:
            await self._store.erase(forget)


def _as_of_now(outcome: Outcome, now: Decision | None, *, kept: bool) -> Outcome:
    """What was told, if it still may be, without the fields that no longer may; else withheld.

    It is masked where either decision masks.
    """
    told = outcome.decision
    if outcome.cause is not Cause.HELD or not isinstance(told, Permitted):
        return outcome
    if not isinstance(now, Permitted) or now.awaits or now.permit.level < told.permit.level:
        denied = Denied((_CHANGED,), told.masked or (now is not None and now.masked))
        return Outcome(outcome.category, denied, Cause.WITHHELD, reasons=denied.reasons)
    if not kept and told.permit.level >= Level.SUMMARY:
        return replace(outcome, reasons=(_GONE,))
    if told.permit.fields <= now.permit.fields:
        return outcome
    permit = replace(told.permit, fields=told.permit.fields & now.permit.fields)
    left = minimise(permit, outcome.holdings)
    return replace(outcome, decision=replace(told, permit=permit), holdings=left)


def _keeps_nothing(policy: PolicySet, answer: StoredAnswer) -> bool:
    bases = [decision.permit.basis for decision in _told(answer)]
    agreements = [policy.agreement(basis.agreement, basis.version) for basis in bases]
    return any(agreement is None or agreement.retain.is_zero for agreement in agreements)


def _told(answer: StoredAnswer) -> Sequence[Permitted]:
    """The decisions under which something held was told."""
    return [
        outcome.decision
        for outcome in answer.outcomes
        if outcome.disclosed is not None and isinstance(outcome.decision, Permitted)
    ]
