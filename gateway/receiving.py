"""What an agency was told unasked: its inbox, each offer read as far as its reader may, and acknowledged.

Reading decides again, for the person who reads, on the consents, the agreements and the case of now, inside
the commit that records the reading; what had been delivered bounds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.terms import Role
from audit.record import Entry
from gateway import entries
from gateway.answers import Cause, Outcome
from gateway.deciding import offer_now, standing_consents
from gateway.delivering import set_reminder
from gateway.identity import Requester
from gateway.offered import as_read, inbox_json, received_json
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.processes.offer import OFFER
from gateway.records import Records
from gateway.release import Sealed
from gateway.retention import Retention
from gateway.site import Site
from gateway.store.offers import RECEIVED, StoredOffer, StoredTelling, TellingState
from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.telling import Telling, decided_for
from policies.decision import Permitted


@dataclass(frozen=True, slots=True)
class _Opened:
    """A part as one person reads it, and the index of the entry that records the reading."""

    offer: StoredOffer
    part: StoredTelling
    outcomes: tuple[Outcome, ...]
    index: int


class Receiving:
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

    async def received(self, agency: str, states: Sequence[TellingState]) -> list[dict[str, Any]]:
        """What the agency was told, oldest first: from whom, when and what for, and nothing of anybody."""

        def look(connection: Connection) -> list[dict[str, Any]]:
            parts = self._records.offers.received(connection, agency, states, self._clock())
            found = [(self._records.offers.get(connection, part.offer), part) for part in parts]
            return [
                inbox_json(offer, part)
                for offer, part in found
                if offer is not None and not self._retention.record_is_past(offer, self._clock())
            ]

        return await self._store.read(look)

    async def holds(self, agency: str, id: str) -> bool:
        """Whether an offer stands in the agency's inbox."""
        look = partial(self._records.offers.telling, offer=id, recipient=agency, at=self._clock())
        part = await self._store.read(look)
        return part is not None and part.state in RECEIVED

    async def read(self, reader: Requester, id: str) -> dict[str, Any]:
        """An offer as this person may read it, under the receipt of the entry that records the reading.

        Raises:
            Problem: `not-found` for one that was not delivered to the reader's agency.
        """
        committed = await self._store.write(partial(self._open, reader=reader, id=id, at=self._clock()))
        opened, receipts = committed.value, committed.receipts
        receipt = next(receipt for receipt in receipts if receipt.index == opened.index)
        shown = received_json(opened.offer, opened.part, opened.outcomes, self._site)
        released = Sealed(shown.pop("answers"), opened.index).release(receipt)
        await self._forget_once_read(opened)
        return {**shown, "answers": list(released.answers)}

    async def acknowledge(self, reader: Requester, id: str) -> dict[str, Any]:
        """Say that the agency has taken it up; its teller is told so.

        Raises:
            Problem: `not-found`, `role-not-allowed` for a person who may read nothing of it, `conflict` when
                it was acknowledged or has lapsed.
        """
        write = partial(self._acknowledge, reader=reader, id=id, at=self._clock())
        offer, part = (await self._store.write(write)).value
        return inbox_json(offer, part)

    def _acknowledge(
        self, transaction: Transaction, reader: Requester, id: str, at: datetime
    ) -> tuple[StoredOffer, StoredTelling]:
        offer, part = self._delivered(transaction.connection, reader.agency, id, at)
        if not OFFER.allows(part.state, "acknowledge"):
            raise Problem("conflict", "This offer was acknowledged, or its content has gone.")
        outcomes = self._outcomes(transaction, offer, part, reader, at)
        if not any(outcome.disclosed for outcome in outcomes):
            raise Problem("role-not-allowed", "Somebody who may read it acknowledges an offer.")
        state = TellingState(OFFER.after(part.state, "acknowledge"))
        taken = replace(part, state=state, acknowledged_by=reader.actor.id)
        self._records.offers.change(transaction.connection, taken)
        set_reminder(transaction.connection, taken, at)
        body = {
            "act": "tell",
            "query": id,
            "requester": reader.agency,
            "recipient": reader.agency,
            "custodian": part.teller,
            "user": reader.actor.id,
            "role": reader.actor.role,
        }
        subject = self._records.subjects.get(transaction.connection, offer.subject)
        transaction.record(Entry("offer-acknowledged", at, subject.ledger_key, body))
        role = offer.teller.actor.role
        notify(transaction.connection, part.teller, role, "offer-acknowledged", id, at)
        return offer, taken

    def _open(self, transaction: Transaction, reader: Requester, id: str, at: datetime) -> _Opened:
        offer, part = self._delivered(transaction.connection, reader.agency, id, at)
        outcomes = self._outcomes(transaction, offer, part, reader, at)
        subject = self._records.subjects.get(transaction.connection, offer.subject)
        telling = self._telling(transaction, offer)
        body = entries.offer_read(telling, reader, id, outcomes, self._policies.current.version)
        index = transaction.record(Entry("offer-read", at, subject.ledger_key, body))
        return _Opened(offer, part, outcomes, index)

    def _delivered(
        self, connection: Connection, agency: str, id: str, at: datetime
    ) -> tuple[StoredOffer, StoredTelling]:
        offer = self._records.offers.get(connection, id)
        part = self._records.offers.telling(connection, id, agency, at)
        if offer is None or part is None or part.state not in RECEIVED:
            raise Problem("not-found")
        if self._retention.record_is_past(offer, at):
            raise Problem("not-found")
        return offer, part

    def _outcomes(
        self, transaction: Transaction, offer: StoredOffer, part: StoredTelling, reader: Requester,
        at: datetime,
    ) -> tuple[Outcome, ...]:  # fmt: skip
        """What was delivered as this person may read it now; what was not delivered is not among it."""
        telling = self._telling(transaction, offer)
        fresh = decided_for(self._site, self._policies.current, telling, reader.agency, reader.actor, at)
        kept = part.content_until is not None
        return tuple(
            as_read(outcome, fresh[outcome.category], part.signed, kept=kept)
            for outcome in part.outcomes
            if outcome.cause is Cause.HELD
        )

    def _telling(self, transaction: Transaction, offer: StoredOffer) -> Telling:
        """The telling on what stands now. A case that was closed since takes back nothing."""
        case = self._records.cases.recalled(transaction, offer.case_of, offer.body.case)
        if case is None:
            raise Problem("not-found")
        subject = self._records.subjects.get(transaction.additive, offer.subject)
        consents = standing_consents(self._records, transaction, subject)
        body = offer_now(self._records, transaction.additive, offer)
        return Telling.of(offer.teller.agency, body, offer.levels, case, consents, offer.offered_at)

    async def _forget_once_read(self, opened: _Opened) -> None:
        """Content that agreed to be kept no longer than the answer goes when it has been read."""
        policy = self._policies.current
        keeps_nothing = False
        for outcome in opened.outcomes:
            if outcome.disclosed is None or not isinstance(outcome.decision, Permitted):
                continue
            basis = outcome.decision.permit.basis
            agreement = policy.agreement(basis.agreement, basis.version)
            keeps_nothing = keeps_nothing or agreement is None or agreement.retain.is_zero

        def forget(transaction: Transaction) -> None:
            at = self._clock()
            part = self._records.offers.telling(
                transaction.connection, opened.part.offer, opened.part.recipient, at
            )
            if part is not None and not part.waits:
                self._records.offers.change(transaction.connection, part.without_content())

        if keeps_nothing:
            await self._store.erase(forget)

    def forget_past(self, transaction: Transaction) -> None:
        """Drop content whose time has come; where nobody had taken it up, its teller is told."""
        at = self._clock()
        for part in self._records.offers.past(transaction.connection, at):
            lost = OFFER.allows(part.state, "lapse")
            gone = replace(part, state=TellingState(OFFER.after(part.state, "lapse"))) if lost else part
            self._records.offers.change(transaction.connection, gone.without_content())
            set_reminder(transaction.connection, gone.without_content(), at)
            if lost:
                for role in (Role.CASEWORKER, Role.LIAISON):
                    notify(transaction.connection, part.teller, role.value, "offer-lapsed", part.offer, at)
