"""What its teller still decides about an offer, and how its offers stand.

What waits is decided anew when a person stands for it: an agreement suspended, a consent withdrawn or a case
closed meanwhile keeps it from leaving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.permit import Holding
from audit.receipt import Receipt
from gateway.answers import Cause, Outcome
from gateway.deciding import consents_about, offer_now
from gateway.delivering import record_told, tell_those_concerned
from gateway.identity import Actor, Requester
from gateway.offered import Offered, kept_until, outcome_of, sent_json, state_after, told_json
from gateway.owing import owe
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.records import Records
from gateway.retention import Retention
from gateway.site import Site
from gateway.store.offers import StoredOffer, StoredTelling
from gateway.store.store import Store
from gateway.store.subjects import KeptSubject
from gateway.store.transaction import Transaction
from gateway.telling import Telling, widest
from policies.decision import Reason


class Settling:
    def __init__(
        self, site: Site, policies: Policies, records: Records, store: Store, retention: Retention,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._retention = retention
        self._clock = clock

    async def one(self, teller: Requester, id: str) -> dict[str, Any]:
        """An offer of the teller's agency as it stands.

        Raises:
            Problem: `not-found` for another agency's.
        """

        def look(connection: Connection) -> tuple[Offered, list[Receipt]]:
            offered = self._own(connection, teller.agency, id)
            indices = [part.ledger_index for part in offered.parts]
            return offered, [self._store.ledger.receipt(connection, index) for index in indices]

        offered, receipts = await self._store.read(look)
        return told_json(offered, receipts, self._site)

    async def sent(self, agency: str) -> list[dict[str, Any]]:
        """The agency's own offers, oldest first."""

        def look(connection: Connection) -> list[dict[str, Any]]:
            parts = self._records.offers.sent(connection, agency, self._clock())
            ids = dict.fromkeys(part.offer for part in parts)
            found = [self._records.offers.get(connection, id) for id in ids]
            return [
                sent_json(offer, [part for part in parts if part.offer == offer.id])
                for offer in found
                if offer is not None and not self._retention.record_is_past(offer, self._clock())
            ]

        return await self._store.read(look)

    async def release(self, person: Requester, id: str) -> dict[str, Any]:
        """Stand for what waits for a person at the teller; it is delivered once enough have.

        Raises:
            Problem: `not-found`, `conflict` where nothing waits, the case is closed, the content is gone or
                the person has stood for it already.
        """
        settle = partial(self._settle, person=person, id=id, at=self._clock(), declined="")
        await self._store.write(settle)
        return await self.one(person, id)

    async def decline(self, person: Requester, id: str, reason: str) -> dict[str, Any]:
        """Decide that what waits is not told.

        Raises:
            Problem: `not-found`, `conflict` where nothing waits.
        """
        settle = partial(self._settle, person=person, id=id, at=self._clock(), declined=reason)
        await self._store.write(settle)
        return await self.one(person, id)

    def _own(self, connection: Connection, agency: str, id: str) -> Offered:
        offer = self._records.offers.get(connection, id)
        if (
            offer is None
            or offer.teller.agency != agency
            or self._retention.record_is_past(offer, self._clock())
        ):
            raise Problem("not-found")
        return Offered(offer, self._records.offers.tellings(connection, id, self._clock()))

    def _settle(
        self, transaction: Transaction, person: Requester, id: str, at: datetime, declined: str
    ) -> None:
        offered = self._own(transaction.connection, person.agency, id)
        waiting = [part for part in offered.parts if part.waits]
        if not waiting:
            raise Problem("conflict", "Nothing of this offer waits for a person.")
        telling = self._now(transaction.connection, offered.offer)
        subject = self._records.subjects.get(transaction.connection, offered.offer.subject)
        for part in waiting:
            outcomes = (
                _declined(part, declined)
                if declined
                else self._stood_for(telling, offered.offer, part, person, at)
            )
            signed = part.signed if declined else (*part.signed, person.actor.id)
            self._change(transaction, telling, part, outcomes, signed, person.actor, subject, at)

    def _now(self, connection: Connection, offer: StoredOffer) -> Telling:
        """The telling on what stands now.

        Raises:
            Problem: `conflict` when its case is no longer open.
        """
        case = self._records.cases.find(connection, offer.case_of, offer.body.case)
        if case is None or not case.open:
            raise Problem("conflict", "The case of this offer is no longer open.")
        subject = self._records.subjects.get(connection, offer.subject)
        consents = consents_about(self._records, connection, subject)
        body = offer_now(self._records, connection, offer)
        return Telling.of(offer.teller.agency, body, offer.levels, case, consents, offer.offered_at)

    def _stood_for(
        self, telling: Telling, offer: StoredOffer, part: StoredTelling, person: Requester, at: datetime
    ) -> tuple[Outcome, ...]:
        """What waits, decided anew with one more person who stands for it."""
        if person.actor.id in part.signed:
            raise Problem("conflict", "Another person than the one who stands for it already must do so too.")
        if part.content_until is None:
            raise Problem("conflict", "What was to be told was kept as long as agreed; offer it again.")
        signed = (*part.signed, person.actor.id)
        named = offer.body.reader.get(part.recipient)
        fresh = widest(self._site, self._policies.current, telling, part.recipient, named, at)
        return tuple(
            outcome_of(fresh[outcome.category], _one(outcome), signed)
            if outcome.cause is Cause.PENDING
            else outcome
            for outcome in part.outcomes
        )

    def _change(
        self, transaction: Transaction, telling: Telling, part: StoredTelling, outcomes: tuple[Outcome, ...],
        signed: tuple[str, ...], by: Actor, subject: KeptSubject, at: datetime,
    ) -> None:  # fmt: skip
        """Record what a part has come to in a further round."""
        turn = part.turn + 1
        settled = [
            after
            for before, after in zip(part.outcomes, outcomes, strict=True)
            if before.cause is Cause.PENDING
        ]
        version = self._policies.current.version
        index = record_told(
            transaction, telling, by, part.offer, part.recipient, turn, settled, subject, version, at
        )
        changed = replace(
            part,
            state=state_after(part.state, settled),
            turn=turn,
            told_at=at,
            ledger_index=index,
            outcomes=outcomes,
            signed=signed,
            content_until=kept_until(self._policies.current, outcomes, at),
        )
        self._records.offers.change(transaction.connection, changed)
        owe(self._records, transaction, part.offer, part.recipient, part.teller, settled, at)
        tell_those_concerned(transaction.connection, changed, at)


def _one(outcome: Outcome) -> Holding:
    return outcome.holdings[0] if outcome.holdings else Holding(outcome.category)


def _declined(part: StoredTelling, reason: str) -> tuple[Outcome, ...]:
    told = (Reason("declined-by-custodian", reason),)
    return tuple(
        replace(outcome, cause=Cause.DECLINED, reasons=told, holdings=())
        if outcome.cause is Cause.PENDING
        else outcome
        for outcome in part.outcomes
    )
