"""Consents asked for, given, refused, read and withdrawn, each in the ledger's order at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.consents import Consent, ConsentStatus, Evidence
from agreements.subject import Subject
from agreements.terms import Category, GrantorKind
from audit.record import Entry
from gateway.ages import age_rules
from gateway.consent import RecordedConsent
from gateway.guardians import in_conflict
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.processes.consent import CONSENT, RECORDING
from gateway.processes.runner import Work
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.remembering import EXPIRY, WITHDRAWAL, Remembering
from gateway.site import Site
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.subjects import KeptSubject
from gateway.store.timers import drop_timer, set_timer
from gateway.store.transaction import Transaction
from gateway.wire.consent import ConsentBody, Given, SubjectOf


class Consenting:
    def __init__(self, site: Site, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._ages = age_rules(site.jurisdiction)
        self._site = site
        self._records = records
        self._store = store
        self._clock = clock

    async def record(self, requester: Requester, body: ConsentBody) -> RecordedConsent:
        """Record a consent, by one of its custodians or recipients.

        Raises:
            Problem: `not-a-party` from anybody else; `unprocessable` when it names agencies the site does not
                have, or evidence dated in the future; `conflict` for a request where asking is unsafe.
        """
        if requester.agency not in body.custodians | body.recipients:
            raise Problem("not-a-party", "A custodian or a recipient that it names records a consent.")
        for key, named in (("custodians", body.custodians), ("recipients", body.recipients)):
            if not named <= self._site.agencies.keys():
                raise Problem("unprocessable", f"{key}: expected ids of agencies of this site.")
        at = self._clock()
        _check_evidence(body.evidence, at)
        recorded = partial(self._add, requester=requester, body=body, at=at)
        return (await self._store.write(recorded)).value

    async def get(self, agency: str, id: str) -> RecordedConsent:
        """Raises Problem `not-found` unless the consent concerns the agency."""
        found = await self._store.read(partial(self._records.consents.get, id=id))
        if found is None or not found.concerns(agency):
            raise Problem("not-found")
        return found

    async def give(self, requester: Requester, id: str, given: Given) -> RecordedConsent:
        """A consent that was asked for is given.

        Raises:
            Problem: `not-found` unless it concerns the agency; `conflict` unless it was asked for;
                `unprocessable` where limits were never explained, or evidence is dated in the future.
        """
        at = self._clock()
        _check_evidence(given.evidence, at)
        give = partial(self._give, requester=requester, id=id, given=given, at=at)
        return (await self._store.write(give)).value

    async def refuse(self, requester: Requester, id: str, reason: str) -> RecordedConsent:
        """A consent that was asked for is refused.

        Raises:
            Problem: `not-found` unless it concerns the agency; `conflict` unless it was asked for.
        """
        refuse = partial(self._refuse, requester=requester, id=id, reason=reason, at=self._clock())
        return (await self._store.write(refuse)).value

    async def withdraw(self, requester: Requester, id: str, reason: str) -> RecordedConsent:
        """Withdraw a consent; withdrawing again changes nothing.

        Raises:
            Problem: `not-found` unless it concerns the agency; `conflict` for a refusal, which stands.
        """
        withdraw = partial(self._withdraw, requester=requester, id=id, reason=reason, at=self._clock())
        return (await self._store.write(withdraw)).value

    def works(self) -> dict[str, Work]:
        """What the timers of consents do."""
        return Remembering(self._records, self._store, self._clock).works()

    def _add(
        self, transaction: Transaction, requester: Requester, body: ConsentBody, at: datetime
    ) -> RecordedConsent:
        connection = transaction.connection
        subject = self._subject(connection, requester, body.subject)
        move = RECORDING[body.status.value]
        if move == "request":
            self._check_safe(connection, requester, subject, body)
        consent = Consent(
            id=new_id("con"),
            status=ConsentStatus(CONSENT.after(NEW, move)),
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
        recorded = RecordedConsent(
            consent,
            subject.id,
            requester.agency,
            body.grantor.name,
            limits_explained=body.limits_explained,
            unsafe_to_ask=body.unsafe_to_ask,
            do_not_contact_at_home=body.do_not_contact_at_home,
            too_young_for=self._too_young_for(subject, consent, at),
        )
        self._records.consents.add(connection, recorded)
        if consent.end is not None and CONSENT.allows(consent.status.value, "expire"):
            set_timer(connection, EXPIRY, consent.id, requester.agency, consent.end)
        self._tell(transaction, recorded, requester, subject, at)
        return self._settled(transaction, recorded, subject, at)

    def _check_safe(
        self, connection: Connection, requester: Requester, subject: KeptSubject, body: ConsentBody
    ) -> None:
        """Nobody asks where an agency that this one shares the consent with knows that asking is unsafe."""
        for known in self._records.consents.about(connection, subject):
            named = known.consent.custodians & body.custodians
            if known.unsafe_to_ask and named and known.concerns(requester.agency):
                raise Problem("conflict", "It is on record that asking for this consent is unsafe.")

    def _too_young_for(self, subject: KeptSubject, consent: Consent, at: datetime) -> frozenset[Category]:
        """Categories for which the age rule wants a guardian; none where the age is not known."""
        signed = consent.evidence.signed_at if consent.evidence else at
        age = subject.subject.age_on(signed.date())
        if consent.grantor is not GrantorKind.SUBJECT or age is None:
            return frozenset()
        return frozenset(each for each in consent.categories if age < self._ages.rule(each).age)

    def _subject(
        self, connection: Connection, requester: Requester, about: Subject | SubjectOf
    ) -> KeptSubject:
        if isinstance(about, Subject):
            return self._records.subjects.keep(connection, about)
        found = self._records.consents.get(connection, about.consent)
        if found is None or not found.concerns(requester.agency):
            raise Problem("unprocessable", "patient: expected a consent on record that concerns the agency.")
        return self._records.subjects.get(connection, found.subject)

    def _own(self, connection: Connection, requester: Requester, id: str) -> RecordedConsent:
        found = self._records.consents.get(connection, id)
        if found is None or not found.concerns(requester.agency):
            raise Problem("not-found")
        return found

    def _give(
        self, transaction: Transaction, requester: Requester, id: str, given: Given, at: datetime
    ) -> RecordedConsent:
        found = self._own(transaction.connection, requester, id)
        explained = found.limits_explained or given.limits_explained
        if CONSENT.allows(found.consent.status.value, "give") and not explained:
            raise Problem("unprocessable", "limits_explained: expected true, as no consent is given without.")
        grantor = given.grantor.kind if given.grantor else found.consent.grantor
        name = given.grantor.name if given.grantor else found.grantor_name
        consent = replace(
            found.consent,
            grantor=grantor,
            grantor_named=bool(name),
            evidence=given.evidence or found.consent.evidence,
        )
        changed = replace(
            found, consent=_moved(consent, "give"), grantor_name=name, limits_explained=explained
        )
        return self._change(transaction, changed, requester, at)

    def _refuse(
        self, transaction: Transaction, requester: Requester, id: str, reason: str, at: datetime
    ) -> RecordedConsent:
        found = self._own(transaction.connection, requester, id)
        refused = replace(found, consent=_moved(found.consent, "refuse"), refusal_reason=reason)
        drop_timer(transaction.connection, EXPIRY, id, found.recorded_by)
        return self._change(transaction, refused, requester, at)

    def _withdraw(
        self, transaction: Transaction, requester: Requester, id: str, reason: str, at: datetime
    ) -> RecordedConsent:
        connection = transaction.connection
        found = self._own(connection, requester, id)
        if found.consent.status is ConsentStatus.WITHDRAWN:
            return found
        withdrawn = replace(
            found,
            consent=_moved(found.consent, "withdraw"),
            withdrawn_at=at,
            withdrawal_reason=reason,
        )
        drop_timer(connection, EXPIRY, id, found.recorded_by)
        set_timer(connection, WITHDRAWAL, id, found.recorded_by, at)
        for agency in sorted(found.consent.custodians | found.consent.recipients):
            notify(connection, agency, "privacy-officer", "consent-withdrawn", id, at)
        return self._change(transaction, withdrawn, requester, at)

    def _change(
        self, transaction: Transaction, changed: RecordedConsent, requester: Requester, at: datetime
    ) -> RecordedConsent:
        """Write a consent as it stands after a move, with its ledger entry."""
        connection = transaction.connection
        subject = self._records.subjects.get(connection, changed.subject)
        too_young = self._too_young_for(subject, changed.consent, at)
        changed = replace(changed, version=changed.version + 1, too_young_for=too_young)
        self._records.consents.change(connection, changed)
        self._tell(transaction, changed, requester, subject, at)
        return self._settled(transaction, changed, subject, at)

    def _tell(
        self,
        transaction: Transaction,
        recorded: RecordedConsent,
        requester: Requester,
        subject: KeptSubject,
        at: datetime,
    ) -> None:
        kind = f"consent-{recorded.consent.status.value}"
        transaction.record(Entry(kind, at, subject.ledger_key, _entry(recorded, requester)))

    def _settled(
        self, transaction: Transaction, recorded: RecordedConsent, subject: KeptSubject, at: datetime
    ) -> RecordedConsent:
        """Escalate where another guardian says the opposite; until they agree, decisions deny."""
        connection = transaction.connection
        known = self._records.consents.about(connection, subject)
        others = [other for other in known if in_conflict(recorded, other)]
        if not others:
            return recorded
        ids = sorted({recorded.consent.id, *(other.consent.id for other in others)})
        for each in (recorded, *others):
            conflicts = tuple(id for id in ids if id != each.consent.id)
            self._records.consents.change(connection, replace(each, conflicts=conflicts))
        told = {recorded.recorded_by, *recorded.consent.custodians}
        told |= {agency for other in others for agency in {other.recorded_by, *other.consent.custodians}}
        for agency in sorted(told):
            notify(connection, agency, "privacy-officer", "guardians-differ", recorded.consent.id, at)
        body = {"consents": [*ids], "custodians": sorted(told), "recipients": []}
        transaction.record(Entry("guardians-differ", at, subject.ledger_key, body))
        return replace(recorded, conflicts=tuple(id for id in ids if id != recorded.consent.id))


def _moved(consent: Consent, move: str) -> Consent:
    """The consent in the state a move leads to. Raises Problem `conflict` for a move that is not allowed."""
    if not CONSENT.allows(consent.status.value, move):
        raise Problem("conflict", f"A consent that is {consent.status.value} does not allow this.")
    return replace(consent, status=ConsentStatus(CONSENT.after(consent.status.value, move)))


def _check_evidence(evidence: Evidence | None, at: datetime) -> None:
    if evidence is not None and evidence.signed_at > at:
        raise Problem("unprocessable", "evidence.signed_at: expected an instant that is not in the future.")


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
