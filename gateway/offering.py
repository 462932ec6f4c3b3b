"""Telling without being asked: an offer taken in, decided for each recipient and recorded, in one commit.

Nothing has to be asked of anybody's system, so that what is decided and what became of it are recorded
together. Where a person at the teller must stand for it, one of its deciding roles who makes the offer does;
an offer of anybody else waits for one of them, and where two must, for another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from agreements.terms import Act, Role
from audit.record import Entry
from gateway import entries
from gateway.case import Case
from gateway.claiming import emergency_refusal
from gateway.deciding import standing_consents
from gateway.delivering import record_told, tell_those_concerned
from gateway.identity import Requester
from gateway.intake import Repeated, Turned
from gateway.offered import Offered, kept_until, outcome_of, state_after, told_json
from gateway.opening import Opening
from gateway.owing import owe
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.site import Site
from gateway.store.offers import StoredOffer, StoredTelling
from gateway.store.reviews import new_id
from gateway.store.store import Store
from gateway.store.subjects import KeptSubject
from gateway.store.transaction import Transaction
from gateway.telling import DECIDING, ByCategory, Telling, readers_of, widest
from gateway.wire.offer import OfferBody


class Offering:
    def __init__(
        self, site: Site, policies: Policies, records: Records, store: Store, clock: Callable[[], datetime]
    ) -> None:
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._clock = clock

    async def make(
        self,
        teller: Requester,
        body: OfferBody,
        key: tuple[str, str] | None = None,
        case_of: str | None = None,
    ) -> dict[str, Any] | Repeated:
        """Tell each recipient what it may be told, and say to the teller what that was.

        `key` is an idempotency key with the fingerprint of the request it came with, `case_of` the agency
        whose case it is told under where that is not the teller.

        Raises:
            Problem: the offer was turned away, or could not be recorded; then nobody was told.
        """
        of = case_of or teller.agency
        make = partial(self._make, teller=teller, body=body, key=key, case_of=of, at=self._clock())
        committed = await self._store.write(make)
        if isinstance(committed.value, Turned):
            raise committed.value.problem
        if isinstance(committed.value, Repeated):
            return committed.value
        return told_json(committed.value, committed.receipts, self._site)

    def _make(
        self, transaction: Transaction, teller: Requester, body: OfferBody, key: tuple[str, str] | None,
        case_of: str, at: datetime,
    ) -> Offered | Turned | Repeated:  # fmt: skip
        records = self._records
        if key is not None:
            known = records.idempotency.repeated(transaction.additive, teller.agency, *key)
            if known is not None:
                return Repeated(known[0]) if known[1] else Turned(Problem("idempotency-key-reused"))
        subject = records.subjects.recalled(transaction, body.subject)
        case = records.cases.recalled(transaction, case_of, body.case)
        refusal = self._refusal(transaction, teller, body, case, at)
        if case is None or refusal is not None:
            return self._turn_away(
                transaction, teller, body, subject, refusal or Problem("case-not-open"), at
            )
        consents = standing_consents(records, transaction, subject)
        telling = Telling.of(teller.agency, body, body.levels, case, consents, at)
        offer = StoredOffer(new_id("off"), teller, body, body.levels, subject.id, at, case_of)
        records.offers.add(transaction.connection, offer)
        if key is not None:
            records.idempotency.remember(transaction.additive, teller.agency, *key, offer.id)
        parts = self._decide(transaction, offer, telling, subject, at)
        if body.exception is not None:
            opening = Opening(records)
            opening.open_own_finding(transaction, offer.id, teller, body.exception, subject, at, Act.TELL)
        return Offered(offer, parts)

    def _decide(
        self, transaction: Transaction, offer: StoredOffer, telling: Telling, subject: KeptSubject,
        at: datetime,
    ) -> tuple[StoredTelling, ...]:  # fmt: skip
        """Record for every recipient what is offered, then what became of it."""
        policy = self._policies.current
        self._records.archive.keep(transaction.connection, policy)
        decided = {
            recipient: widest(self._site, policy, telling, recipient, offer.body.reader.get(recipient), at)
            for recipient in offer.body.to
        }
        for recipient, decisions in decided.items():
            entry = entries.offered(
                telling, offer.teller.actor, offer.id, recipient, decisions, policy.version
            )
            transaction.record(Entry("offered", at, subject.ledger_key, entry))
        actor = offer.teller.actor
        signed = (actor.id,) if actor.role in DECIDING else ()
        return tuple(
            self._record_part(transaction, offer, telling, subject, recipient, decisions, signed, at)
            for recipient, decisions in decided.items()
        )

    def _record_part(
        self, transaction: Transaction, offer: StoredOffer, telling: Telling, subject: KeptSubject,
        recipient: str, decisions: ByCategory, signed: tuple[str, ...], at: datetime,
    ) -> StoredTelling:  # fmt: skip
        policy = self._policies.current
        outcomes = tuple(
            outcome_of(decision, offer.body.information[category], signed)
            for category, decision in decisions.items()
        )
        roles, contacts_only = readers_of(
            self._site, policy, telling, recipient, offer.body.reader.get(recipient), at
        )
        part = StoredTelling(
            offer=offer.id,
            recipient=recipient,
            teller=offer.teller.agency,
            state=state_after(NEW, outcomes),
            turn=1,
            told_at=at,
            ledger_index=record_told(
                transaction,
                telling,
                offer.teller.actor,
                offer.id,
                recipient,
                1,
                outcomes,
                subject,
                policy.version,
                at,
            ),
            outcomes=outcomes,
            signed=signed,
            content_until=kept_until(policy, outcomes, at),
            roles=tuple(sorted(role.value for role in roles)),
            contacts_only=contacts_only,
        )
        self._records.offers.add_telling(transaction.connection, part)
        owe(self._records, transaction, offer.id, recipient, offer.teller.agency, outcomes, at)
        tell_those_concerned(transaction.connection, part, at)
        return part

    def _refusal(
        self, transaction: Transaction, teller: Requester, body: OfferBody, case: Case | None, at: datetime
    ) -> Problem | None:
        """Why this caller may not offer this at all; an unknown, a foreign and a closed case are the same."""
        if teller.actor.role == Role.ADMINISTRATOR:
            return Problem("role-not-allowed", "An administrator tells nothing about anybody.")
        if case is None or not case.open:
            return Problem("case-not-open")
        if teller.agency in body.to or not self._site.agencies.keys() >= set(body.to):
            return Problem("unprocessable", "to: expected ids of other agencies of this site.")
        if body.exception is None:
            return None
        return emergency_refusal(self._records, transaction, teller, body.exception, at)

    def _turn_away(
        self, transaction: Transaction, teller: Requester, body: OfferBody, subject: KeptSubject,
        problem: Problem, at: datetime,
    ) -> Turned:  # fmt: skip
        entry = {
            "act": Act.TELL.value,
            "requester": teller.agency,
            "user": teller.actor.id,
            "role": teller.actor.role,
            "purpose": body.purpose.value,
            "code": problem.code,
        }
        transaction.record(Entry("refused", at, subject.ledger_key, entry))
        return Turned(problem)
