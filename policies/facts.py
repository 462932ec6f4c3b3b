"""Everything one decision rests on: values only, no identity, so that a decision can be made again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agreements.consents import Consent
from agreements.exceptions import LegalProcess, Representation
from agreements.terms import Act, Category, Level, ObligationCode, Purpose, Role, Sector, SubjectKind


@dataclass(frozen=True, slots=True)
class Facts:
    """One question to one custodian about one category, and what is on record about it."""

    at: datetime
    requester: str
    requester_sector: Sector
    role: Role
    custodian: str
    custodian_sector: Sector
    purpose: Purpose
    subject_kind: SubjectKind
    category: Category
    level: Level
    """The level asked for; a decision may allow less, never more."""
    concern: str
    case_flags: frozenset[str]
    age: int | None
    """The subject's age in years where known; some laws let a guardian, not the child, consent."""
    regimes: tuple[str, ...] | None
    """Laws the custodian declares for this category; empty: none, on purpose; None: it declared nothing."""
    consents: tuple[Consent, ...] = ()
    """Recorded consents about this very subject; whether one reaches this disclosure is decided here."""
    representation: Representation | None = None
    legal_process: LegalProcess | None = None
    understands: frozenset[ObligationCode] | None = None
    """Obligations the requester's systems honour; None: all of them."""
    person_found: bool = False
    """A person at the custodian has looked at this question and found that it may be answered."""
    act: Act = Act.ASK
    """Of a telling, the custodian is who tells and the requester who is told."""
    contact: bool = False
    """The person who asks is one whom the requester has named as its contact."""
    invited_by: frozenset[Role] = frozenset()
    """Roles of those who invited the custodian, or whom it tells unasked, on the case; empty: nobody did."""
    blinded: bool = False
    """The case keeps the person who asks from its context."""
    workdays_open: int | None = None
    """Working days since the case was opened; None: not known."""
