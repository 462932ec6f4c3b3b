"""The kinds of record a site keeps, over one vault."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.archive import Archive
from gateway.store.agreements import AgreementVersions
from gateway.store.alarms import Alarms
from gateway.store.asked import Asked
from gateway.store.cases import Cases
from gateway.store.closures import Closures
from gateway.store.conferences import Conferences
from gateway.store.consents import Consents
from gateway.store.corrections import Corrections
from gateway.store.duties import Duties
from gateway.store.emergencies import Emergencies
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
    reviews: Reviews
    emergencies: Emergencies
    offers: Offers
    duties: Duties
    onwards: Onwards
    corrections: Corrections
    watches: Watches
    conferences: Conferences
    closures: Closures
    second_looks: SecondLooks
    views: Views
    asked: Asked
    alarms: Alarms
    agreements: AgreementVersions
    archive: Archive

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
            Offers(vault, subjects),
            Duties(vault),
            Onwards(vault),
            Corrections(vault),
            Watches(vault, subjects),
            Conferences(vault, subjects),
            Closures(vault),
            SecondLooks(vault),
            Views(vault),
            Asked(vault),
            Alarms(vault),
            AgreementVersions(vault),
            Archive(),
        )
