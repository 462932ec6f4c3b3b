"""One immutable version of an instrument between agencies, and its numbered clauses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agreements.duration import Duration
from agreements.terms import (
    Act,
    Category,
    ConsentNeed,
    Effect,
    FindingBy,
    GrantorKind,
    Ground,
    Instrument,
    Level,
    ObligationCode,
    Purpose,
    Review,
    Role,
    Sector,
    SubjectKind,
)


@dataclass(frozen=True, slots=True)
class PartySelector:
    """Agencies named one by one or by sector (alternatives); naming none selects nobody."""

    agencies: frozenset[str] = frozenset()
    sectors: frozenset[Sector] = frozenset()

    def selects(self, agency: str, sector: Sector) -> bool:
        return agency in self.agencies or sector in self.sectors


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold, all of it, before a clause permits."""

    concern_at_least: str | None = None
    consent: ConsentNeed = ConsentNeed.NOT_REQUIRED
    consent_from: GrantorKind = GrantorKind.SUBJECT
    exceptions: tuple[Ground, ...] = ()
    finding: FindingBy = FindingBy.CUSTODIAN
    legal_process: bool = False
    case_flags: frozenset[str] = frozenset()
    case_flags_absent: frozenset[str] = frozenset()
    """Flags none of which the case may carry."""
    workdays_since_opening: int | None = None
    """At most so many working days since the case was opened, whose day counts as 0."""
    invited_by: frozenset[Role] = frozenset()
    """The case invites the custodian, and somebody in one of these roles put that on it."""
    unblinded: bool = False
    """Closed to an assessor whom the case keeps from context."""
    review: Review = Review.NONE


@dataclass(frozen=True, slots=True)
class Obligation:
    """A duty attached to an answer; `within` counts from the answer.

    `places` and `never_in` say where a `store-in` keeps it and where it must not stand, `whom` whom a
    `notify-party` tells; other codes have none of them.
    """

    code: ObligationCode
    within: Duration | None = None
    places: frozenset[str] = frozenset()
    never_in: frozenset[str] = frozenset()
    whom: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Clause:
    id: str
    text: str
    effect: Effect
    requester: PartySelector
    roles: frozenset[Role]
    custodian: PartySelector
    purposes: frozenset[Purpose]
    subjects: frozenset[SubjectKind]
    categories: frozenset[Category]
    level: Level
    fields: frozenset[str] = frozenset()
    conditions: Conditions = Conditions()
    masked: bool = False
    obligations: tuple[Obligation, ...] = ()
    acts: frozenset[Act] = frozenset(Act)
    contacts_only: bool = False
    """Only the persons whom the requesting agency has named as its contacts may ask."""
    withholds: frozenset[str] = frozenset()
    """Of a prohibition: the fields it takes from what is released; none: it forbids the category."""
    second_look: bool = False
    """The custodian's duty person may see a question that a refusal ends though something is held."""


@dataclass(frozen=True, slots=True)
class Signature:
    party: str
    jws: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """A version in force over `[effective, expires)` in UTC unless it is suspended."""

    id: str
    version: int
    title: str
    instrument: Instrument
    jurisdiction: str
    parties: tuple[str, ...]
    effective: datetime
    expires: datetime
    review_by: datetime
    concern_scale: tuple[str, ...]
    clauses: tuple[Clause, ...]
    retain: Duration
    suspended: bool = False
    review_every: Duration | None = None
    """How far off the next review of a case on this agreement's scale may be."""
    answer_within: Duration | None = None
    """How long a question may wait for a person at the custodian."""
    signatures: tuple[Signature, ...] = ()

    def in_force(self, instant: datetime) -> bool:
        return not self.suspended and self.effective <= instant < self.expires

    def reaches(self, concern: str, least: str | None) -> bool:
        """Whether a concern stands on this agreement's scale at or above a clause's least level."""
        if least is None:
            return True
        scale = self.concern_scale
        return concern in scale and scale.index(concern) >= scale.index(least)
