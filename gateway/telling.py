"""May it be told unasked, to whom there, and how much of it: the same decision, with the act of telling.

Of a telling the custodian is who tells. Role and contact are those of who reads at the recipient, never of
who tells: until somebody reads, the widest reader the recipient may have bounds what is kept for it, and the
person who then reads is decided again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from agreements.consents import Consent
from agreements.terms import Act, Category, Role
from gateway.case import Case
from gateway.facts import Grounds, facts_of, most_for
from gateway.identity import Actor, Requester
from gateway.policy import PolicySet
from gateway.site import Site
from gateway.wire.offer import Levels, OfferBody
from gateway.wire.query import Query
from policies.decide import decide
from policies.decision import Decision, Denied, Outcome, Permitted
from policies.facts import Facts

READING: Final = (Role.CASEWORKER, Role.LIAISON, Role.PRIVACY_OFFICER)
"""Roles of those who may read what their agency is told."""
DECIDING: Final = (Role.LIAISON, Role.PRIVACY_OFFICER)
"""Roles of those at the teller who stand for a finding or a review."""
_NOBODY: Final = ""

ByCategory = Mapping[Category, Decision]


@dataclass(frozen=True, slots=True)
class Telling:
    """Something told under a teller's case, and what is on record about its subject."""

    teller: str
    query: Query
    levels: Levels
    case: Case
    consents: tuple[Consent, ...]
    told_at: datetime

    @classmethod
    def of(
        cls, teller: str, body: OfferBody, levels: Levels, case: Case, consents: tuple[Consent, ...],
        told_at: datetime,
    ) -> Telling:  # fmt: skip
        return cls(teller, body.query(levels), levels, case, consents, told_at)

    def to(self, recipient: str, reader: Actor) -> Grounds:
        return Grounds(self.query, Requester(recipient, reader), self.case, self.consents, self.told_at)


def decided_for(
    site: Site, policy: PolicySet, telling: Telling, recipient: str, reader: Actor, at: datetime
) -> ByCategory:
    """Each category told, as one reader may be shown it."""
    return {
        category: decide(facts, policy.rules, policy.laws)
        for category, facts in facts_for(site, telling, recipient, reader, at).items()
    }


def facts_for(
    site: Site, telling: Telling, recipient: str, reader: Actor, at: datetime
) -> dict[Category, Facts]:
    grounds = telling.to(recipient, reader)
    return {
        category: replace(
            facts_of(site, grounds, telling.teller, category, at, person_found=False),
            act=Act.TELL,
            invited_by=telling.case.invited_by(recipient),
            level=most_for(telling.query.purpose, level),
        )
        for category, level in telling.levels.items()
    }


def widest(
    site: Site, policy: PolicySet, telling: Telling, recipient: str, named: str | None, at: datetime
) -> ByCategory:
    """Each category as far as any reader there may be shown it: a named one, or whoever reads.

    Its level is the highest, its fields are those of all such readers together; the one who reads is then
    shown no more of it than they may be.
    """
    decided = [
        decided_for(site, policy, telling, recipient, reader, at)
        for reader in possible_readers(site, recipient, named)
    ]
    return {category: _together([each[category] for each in decided]) for category in telling.levels}


def _together(decisions: Sequence[Decision]) -> Decision:
    first = min(decisions, key=_width)
    if isinstance(first, Denied):
        return first
    permits = [decision.permit for decision in decisions if isinstance(decision, Permitted)]
    fields = frozenset[str]().union(*(permit.fields for permit in permits))
    return replace(first, permit=replace(first.permit, fields=fields))


def possible_readers(site: Site, recipient: str, named: str | None) -> Iterator[Actor]:
    """Whoever could read: in each role the named person, or a contact person and somebody who is none."""
    contacts = sorted(site.agencies[recipient].contacts)
    ids = [named] if named is not None else [_NOBODY, *contacts[:1]]
    for role in READING:
        for id in ids:
            yield Actor(id, id, role.value)


def readers_of(
    site: Site, policy: PolicySet, telling: Telling, recipient: str, named: str | None, at: datetime
) -> tuple[frozenset[Role], bool]:
    """The roles in which some of it may be read, and whether only contact persons may."""
    opening = [
        reader
        for reader in possible_readers(site, recipient, named)
        if any(
            isinstance(decision, Permitted)
            for decision in decided_for(site, policy, telling, recipient, reader, at).values()
        )
    ]
    contacts = site.agencies[recipient].contacts
    roles = frozenset(Role(reader.role) for reader in opening)
    return roles, bool(opening) and all(reader.id in contacts for reader in opening)


def _width(decision: Decision) -> tuple[bool, int, int, int]:
    """Least for what shows most; of refusals, for the one that got furthest."""
    if isinstance(decision, Denied):
        passed = sum(layer.outcome is Outcome.PASSED for layer in decision.layers)
        return (True, -passed, 0, 0)
    permit = decision.permit
    return (False, -permit.level, len(decision.awaits), -len(permit.fields))
