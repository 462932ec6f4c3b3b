"""The kinds of record a site keeps, over one vault."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.archive import Archive
from gateway.store.account_suspensions import AccountSuspensions
from gateway.store.agreements import AgreementVersions
from gateway.store.alarms import Alarms
from gateway.store.asked import Asked
from gateway.store.cases import Cases
from gateway.store.closures import Closures
from gateway.store.concerning import subject_of
from gateway.store.conferences import Conferences
from gateway.store.consents import Consents
from gateway.store.corrections import Corrections
from gateway.store.disclosures import Disclosures
from gateway.store.duties import Duties
from gateway.store.emergencies import Emergencies
from gateway.store.erasures import Erasures
from gateway.store.idempotency import IdempotencyKeys
from gateway.store.offers import Offers
from gateway.store.onward import Onwards
from gateway.store.questions import Questions
from gateway.store.reviews import Reviews
from gateway.store.second_looks import SecondLooks
from gateway.store.subjects import Subjects
from gateway.store.views import Views
from gateway.store.watches import Watches
from gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class Records:
    subjects: Subjects
    cases: Cases
    consents: Consents
    questions: Questions
    idempotency: IdempotencyKeys
    reviews: Reviews
    emergencies: Emergencies
    offers: Offers
    duties: Duties
    onwards: Onwards
    corrections: Corrections
    watches: Watches
    conferences: Conferences
    disclosures: Disclosures
    closures: Closures
    second_looks: SecondLooks
    views: Views
    asked: Asked
    alarms: Alarms
    agreements: AgreementVersions
    archive: Archive
    account_suspensions: AccountSuspensions
    erasures: Erasures

    @classmethod
    def over(cls, vault: Vault) -> Records:
        subjects = Subjects(vault)
        return cls(
            subjects,
            Cases(vault),
            Consents(vault, subjects),
            Questions(vault, subjects),
            IdempotencyKeys(vault),
            Reviews(vault),
            Emergencies(vault),
            Offers(vault, subjects),
            Duties(vault),
            Onwards(vault),
            Corrections(vault),
            Watches(vault, subjects),
            Conferences(vault, subjects),
            Disclosures(vault),
            Closures(vault),
            SecondLooks(vault),
            Views(vault),
            Asked(vault),
            Alarms(vault),
            AgreementVersions(vault),
            Archive(),
            AccountSuspensions(vault),
            Erasures(vault),
        )

    def ledger_key_of(self, connection: Connection, id: str) -> bytes | None:
        """The key that tags entries about whom a query, an offer or another record is about, if any is."""
        subject = subject_of(connection, id)
        return None if subject is None else self.subjects.get(connection, subject).ledger_key

    def forget_read(self) -> None:
        """Keep no identity in memory that was read before: it may have been erased since."""
        self.subjects.forget_read()
        self.consents.forget_read()
