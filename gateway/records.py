"""The kinds of record a site keeps, over one vault."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.archive import Archive
from gateway.store.account_suspensions import AccountSuspensions
from gateway.store.agreements import AgreementVersions
from gateway.store.cases import Cases
from gateway.store.consents import Consents
from gateway.store.erasures import Erasures
from gateway.store.questions import Questions
from gateway.store.reviews import Emergencies, Reviews
from gateway.store.subjects import Subjects
from gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class Records:
    subjects: Subjects
    cases: Cases
    consents: Consents
    questions: Questions
    reviews: Reviews
    emergencies: Emergencies
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
            Reviews(vault),
            Emergencies(vault),
            AgreementVersions(vault),
            Archive(),
            AccountSuspensions(vault),
            Erasures(vault),
        )

    def forget_read(self) -> None:
        """Keep no identity in memory that was read before: it may have been erased since."""
        self.subjects.forget_read()
        self.consents.forget_read()
