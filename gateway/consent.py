"""A consent as it is kept: with who recorded it, about whom, and how it was withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agreements.consents import Consent


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

    def concerns(self, agency: str) -> bool:
        """Whether an agency may see it: who recorded it, its custodians, its recipients."""
        return agency in {self.recorded_by, *self.consent.custodians, *self.consent.recipients}
