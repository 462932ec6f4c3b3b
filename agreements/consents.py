"""Consent flags: what was consented to, by whom, and whether it reaches one disclosure.

A consent record here holds no identity: whether it concerns the subject asked about is settled before,
by matching, and only records that do are put to a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agreements.terms import Category, GrantorKind, Purpose


class ConsentStatus(StrEnum):
    REQUESTED = "requested"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class FormElement(StrEnum):
    """Parts of a written consent that laws demand by name."""

    GRANTOR_NAMED = "grantor-named"
    CUSTODIAN_NAMED = "custodian-named"
    RECIPIENT_NAMED = "recipient-named"
    PURPOSE_STATED = "purpose-stated"
    EXPIRY_STATED = "expiry-stated"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that the consent was given; the digest is of the signed form kept by who recorded it."""

    kind: str
    digest: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """One recorded consent. Scopes name values one by one; an empty scope reaches nothing."""

    id: str
    status: ConsentStatus
    grantor: GrantorKind
    purposes: frozenset[Purpose]
    categories: frozenset[Category]
    custodians: frozenset[str]
    recipients: frozenset[str]
    start: datetime
    end: datetime | None
    grantor_named: bool
    evidence: Evidence | None

    def reaches(
        self, *, custodian: str, recipient: str, category: Category, purpose: Purpose, at: datetime
    ) -> bool:
        """Whether it is given, in its period, and names this custodian, recipient, category and purpose."""
        return (
            self.status is ConsentStatus.GIVEN
            and self.start <= at
            and (self.end is None or at < self.end)
            and custodian in self.custodians
            and recipient in self.recipients
            and category in self.categories
            and purpose in self.purposes
        )

    def form(self) -> frozenset[FormElement]:
        """The formal elements this record has."""
        present = {
            FormElement.GRANTOR_NAMED: self.grantor_named,
            FormElement.CUSTODIAN_NAMED: bool(self.custodians),
            FormElement.RECIPIENT_NAMED: bool(self.recipients),
            FormElement.PURPOSE_STATED: bool(self.purposes),
            FormElement.EXPIRY_STATED: self.end is not None,
            FormElement.SIGNED: self.evidence is not None,
        }
        return frozenset(element for element, holds in present.items() if holds)
