"""Consents recorded, read and withdrawn. A withdrawal takes its place in the ledger's order at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.consents import Consent, ConsentStatus
from agreements.subject import Subject
from audit.record import Entry
from gateway.consent import RecordedConsent
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.records import Records
from gateway.site import Site
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.subjects import KeptSubject
from gateway.store.transaction import Transaction
from gateway.wire.consent import ConsentBody, SubjectOf


class Consenting:
    def __init__(self, site: Site, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._records = records
        self._store = store
        self._clock = clock

    async def record(self, requester: Requester, body: ConsentBody) -> RecordedConsent:
        """Record a consent, by one of its custodians or recipients.

        Raises:
            Problem: `not-a-party` from anybody else; `unprocessable` when it names agencies the site does not
                have, or evidence dated in the future.
        """
        if requester.agency not in body.custodians | body.recipients:
            raise Problem("not-a-party", "A custodian or a recipient that it names records a consent.")
        for key, named in (("custodians", body.custodians), ("recipients", body.recipients)):
            if not named <= self._site.agencies.keys():
                raise Problem("unprocessable", f"{key}: expected ids of agencies of this site.")
        at = self._clock()
        if body.evidence is not None and body.evidence.signed_at > at:
            raise Problem(
                "unprocessable", "evidence.signed_at: expected an instant that is not in the future."
            )
        recorded = partial(self._add, requester=requester, body=body, at=at)
        return (await self._store.write(recorded)).value

    async def get(self, agency: str, id: str) -> RecordedConsent:
        """Raises Problem `not-found` unless the consent concerns the agency."""
        found = await self._store.read(partial(self._records.consents.get, id=id))
        if found is None or not found.concerns(agency):
            raise Problem("not-found")
        return found

    async def recorded_by(self, agency: str) -> list[tuple[RecordedConsent, Subject]]:
        """The consents an agency recorded itself, each with whom it is about, the latest start first."""

        def look(connection: Connection) -> list[tuple[RecordedConsent, Subject]]:
            found = self._records.consents.recorded_by(connection, agency)
            get = partial(self._records.subjects.get, connection)
            return [(one, get(one.subject).subject) for one in found]

        found = await self._store.read(look)
        return sorted(found, key=lambda one: one[0].consent.start, reverse=True)

    async def withdraw(self, requester: Requester, id: str, reason: str) -> RecordedConsent:
        """Withdraw a consent; withdrawing again changes nothing.

        Raises:
            Problem: `not-found` unless the consent concerns the agency.
        """
        withdraw = partial(self._withdraw, requester=requester, id=id, reason=reason, at=self._clock())
        return (await self._store.write(withdraw)).value

    def _add(
        self, transaction: Transaction, requester: Requester, body: ConsentBody, at: datetime
    ) -> RecordedConsent:
        subject = self._subject(transaction.connection, requester, body.subject)
        consent = Consent(
            id=new_id("con"),
            status=body.status,
            grantor=body.grantor.kind,
            purposes=body.purposes,
            categories=body.categories,
            custodians=body.custodians,
            recipients=body.recipients,
            start=body.period.start,
            end=body.period.end,
            grantor_named=bool(body.grantor.name),
            evidence=body.evidence,
        )
        recorded = RecordedConsent(consent, subject.id, requester.agency, body.grantor.name)
        self._records.consents.add(transaction.connection, recorded)
        kind = f"consent-{body.status.value}"
        transaction.record(Entry(kind, at, subject.ledger_key, _entry(recorded, requester)))
        return recorded

    def _subject(
        self, connection: Connection, requester: Requester, about: Subject | SubjectOf
    ) -> KeptSubject:
        if isinstance(about, Subject):
            return self._records.subjects.keep(connection, about)
        found = self._records.consents.get(connection, about.consent)
        if found is None or not found.concerns(requester.agency):
            raise Problem("unprocessable", "patient: expected a consent on record that concerns the agency.")
        return self._records.subjects.get(connection, found.subject)

    def _withdraw(
        self, transaction: Transaction, requester: Requester, id: str, reason: str, at: datetime
    ) -> RecordedConsent:
        connection = transaction.connection
        found = self._records.consents.get(connection, id)
        if found is None or not found.concerns(requester.agency):
            raise Problem("not-found")
        if found.consent.status is ConsentStatus.WITHDRAWN:
            return found
        withdrawn = replace(
            found,
            consent=replace(found.consent, status=ConsentStatus.WITHDRAWN),
            withdrawn_at=at,
            withdrawal_reason=reason,
            version=found.version + 1,
        )
        self._records.consents.change(connection, withdrawn)
        subject = self._records.subjects.get(connection, found.subject)
        transaction.record(Entry("consent-withdrawn", at, subject.ledger_key, _entry(withdrawn, requester)))
        for agency in sorted(found.consent.custodians | found.consent.recipients):
            notify(connection, agency, "privacy-officer", "consent-withdrawn", id, at)
        return withdrawn


def _entry(recorded: RecordedConsent, requester: Requester) -> dict[str, Any]:
    consent = recorded.consent
    return {
        "consent": consent.id,
        "grantor": consent.grantor.value,
        "purposes": sorted(purpose.value for purpose in consent.purposes),
        "categories": sorted(category.value for category in consent.categories),
        "custodians": sorted(consent.custodians),
        "recipients": sorted(consent.recipients),
        "by": requester.agency,
        "user": requester.actor.id,
    }
