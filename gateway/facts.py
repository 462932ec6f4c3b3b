"""From a query and what is on record to the facts one decision rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agreements.consents import Consent
from agreements.terms import Category, Level, Purpose, Role
from gateway.case import Case
from gateway.identity import Requester
from gateway.site import Site
from gateway.wire.query import Query
from gateway.workdays import workdays_between
from policies.facts import Facts

EMERGENCY_LASTS: Final = timedelta(hours=4)
"""How long a represented exception may be relied on before it must be represented anew."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What may change while a query is under way; equal standing means an equal decision."""

    policy: str
    case: tuple[int, bool]
    consents: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Grounds:
    """A query, who asks it, and what is on record about its case and its subject."""

    query: Query
    requester: Requester
    case: Case
    consents: tuple[Consent, ...]
    asked_at: datetime

    def standing(self, policy: str) -> Standing:
        consents = tuple((consent.id, consent.status.value) for consent in self.consents)
        return Standing(policy, (self.case.version, self.case.open), consents)


def facts_of(
    site: Site, grounds: Grounds, custodian: str, category: Category, at: datetime, *, person_found: bool
) -> Facts:
    """The facts about one custodian and category at an instant."""
    query, asking, holding = grounds.query, site.agencies[grounds.requester.agency], site.agencies[custodian]
    opened = grounds.case.opened_on
    fresh = at < grounds.asked_at + EMERGENCY_LASTS
    return Facts(
        at=at,
        requester=asking.id,
        requester_sector=asking.sector,
        role=Role(grounds.requester.actor.role),
        custodian=holding.id,
        custodian_sector=holding.sector,
        purpose=query.purpose,
        subject_kind=query.subject.kind,
        category=category,
        level=most_for(query.purpose, query.level),
        concern=grounds.case.concern,
        case_flags=grounds.case.flags,
        age=query.subject.age_on(at.date()),
        regimes=holding.regimes.get(category),
        consents=_usable(query, grounds.consents),
        representation=query.exception if fresh else None,
        legal_process=query.legal_process,
        understands=asking.understands,
        person_found=person_found,
        contact=grounds.requester.actor.id in asking.contacts,
        invited_by=grounds.case.invited_by(custodian),
        blinded=grounds.requester.actor.id in grounds.case.blinded,
        workdays_open=workdays_between(opened, at.date(), site.holidays) if opened else None,
    )


def most_for(purpose: Purpose, level: Level) -> Level:
    """How much may be asked or told at most for a purpose: deconfliction tells whom to ring and no more.

    Whoever else works on a person or a message is found by speaking with them, not by reading their file.
    """
    return min(level, Level.CONTACT) if purpose is Purpose.DECONFLICTION else level


def _usable(query: Query, consents: tuple[Consent, ...]) -> tuple[Consent, ...]:
    """All that are on record, a named one first; a named one that does not fit counts for nothing."""
    return tuple(sorted(consents, key=lambda consent: consent.id != query.consent))
