"""What waits for a person: a custodian's review, and an emergency access to be looked at afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agreements.terms import Category

REVIEW_WITHIN: Final = timedelta(hours=72)
"""How soon somebody else must have looked at an emergency access."""


WAITING: Final = ("open", "signed")
"""States of a review that somebody must still decide."""


UNREVIEWED: Final = ("open", "overdue")
"""States of an emergency access that somebody must still review."""


@dataclass(frozen=True, slots=True)
class FirstRelease:
    """What the first of two persons would release: items by id with the fields left in each, or a text."""

    by: str
    items: tuple[tuple[str, frozenset[str]], ...]
    text: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """A question that a person at the custodian must decide; two of them where the agreement says so."""

    id: str
    query: str
    custodian: str
    state: str
    opened_at: datetime
    categories: tuple[Category, ...]
    awaits: tuple[str, ...]
    decided_by: str = ""
    reason: str = ""
    due: datetime | None = None
    """When it should have been decided; None: the agreement sets no time."""
    first: FirstRelease | None = None
    """Of a review that two persons decide, once one of them has."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """One use of an exception towards one custodian."""

    id: str
    query: str
    requester: str
    custodian: str
    actor: str
    ground: str
    state: str
    opened_at: datetime
    expires_at: datetime
    review_due: datetime
    finding: str = ""
    found_by: str = ""
    statement: str = ""
    recipient: str = ""
    """Who can prevent the harm, as the requester names them; empty where the ground does not ask it."""
    flags: tuple[str, ...] = ()
    """Why the claim's words look copied: `used-before-by-user`, `used-before-by-agency`."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Emergency access closed to a person, for one access of theirs."""

    id: str
    emergency: str
    requester: str
    custodian: str
    actor: str
    why: str
    """`unjustified` or `overdue`."""
    state: str
    closed_at: datetime
    reopened_by: tuple[str, str] | None = None
    """Agency and id of the officer who reopened it."""
    statement: str = ""
