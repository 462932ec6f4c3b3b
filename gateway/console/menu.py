"""What the console offers each role, and where it begins. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    path: str
    label: str


_CASES: Final = Entry("/console/cases", "Cases")
_ASK: Final = Entry("/console/ask", "Ask")
_CONSENTS: Final = Entry("/console/consents", "Consents")
_EMERGENCY: Final = Entry("/console/emergency", "Emergency access")
_REVIEWS: Final = Entry("/console/reviews", "In-tray")
_AGREEMENTS: Final = Entry("/console/agreements", "Agreements")
_CHECK: Final = Entry("/console/check", "Check a draft")
_EMERGENCIES: Final = Entry("/console/emergencies", "Emergencies to review")
_DISCLOSURES: Final = Entry("/console/disclosures", "Disclosures")
_LEDGER: Final = Entry("/console/ledger", "Ledger")

_MENUS: Final = {
    "caseworker": (_CASES, _ASK, _CONSENTS, _EMERGENCY, _AGREEMENTS),
    "liaison": (_REVIEWS, _CASES, _ASK, _CONSENTS, _AGREEMENTS),
    "privacy-officer": (_AGREEMENTS, _CHECK, _EMERGENCIES, _REVIEWS, _DISCLOSURES, _LEDGER),
    "auditor": (_DISCLOSURES, _LEDGER, _AGREEMENTS),
    "administrator": (_AGREEMENTS, _LEDGER),
}


def entries_for(role: str) -> tuple[Entry, ...]:
    """The pages of a role, the first of which is where it begins."""
    return _MENUS[role]
