"""A consent as it is kept: with who recorded it, about whom, and how it was withdrawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from agreements.consents import Consent, ConsentStatus
from agreements.terms import Category


@dataclass(frozen=True, slots=True)
class RecordedConsent:
    """A consent with what surrounds it: who recorded it, about whom, and the words of its withdrawal."""

    consent: Consent
    subject: str
    recorded_by: str
    grantor_name: str
    withdrawn_at: datetime | None = None
    withdrawal_reason: str = ""
    version: int = 1
    limits_explained: bool = False
    """Whether the limits of confidentiality were explained before it was asked for."""
    refusal_reason: str = ""
    unsafe_to_ask: str = ""
    """Why nobody may ask for it; empty: it may be asked for."""
    do_not_contact_at_home: bool = False
    too_young_for: frozenset[Category] = frozenset()
    """Categories for which the subject was too young to consent alone when it was given."""
    conflicts: tuple[str, ...] = ()
    """Ids of other guardians' consents that say the opposite."""

    @property
    def counted(self) -> Consent:
        """The consent as far as it counts: who is too young gives no consent, but may refuse."""
        if not self.too_young_for or self.consent.status is not ConsentStatus.GIVEN:
            return self.consent
        return replace(self.consent, categories=self.consent.categories - self.too_young_for)

    def concerns(self, agency: str) -> bool:
        """Whether an agency may see it: who recorded it, its custodians, its recipients."""
        return agency in {self.recorded_by, *self.consent.custodians, *self.consent.recipients}
