"""What waits for a person: a custodian's review, and an emergency access to be looked at afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agreements.terms import Category

REVIEW_WITHIN: Final = timedelta(hours=72)
"""How soon somebody else must have looked at an emergency access."""


@dataclass(frozen=True, slots=True)
class Review:
    """A question that a person at the custodian must decide."""

    id: str
    query: str
    custodian: str
    state: str
    opened_at: datetime
    categories: tuple[Category, ...]
    awaits: tuple[str, ...]
    decided_by: str = ""
    reason: str = ""


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
