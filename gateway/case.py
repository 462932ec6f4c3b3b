"""A case: the open matter of one agency that justifies a query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from agreements.terms import Purpose, Role


@dataclass(frozen=True, slots=True)
class Invitation:
    """An agency invited into a case, and the role of the person who put that on it."""

    agency: str
    role: Role


@dataclass(frozen=True, slots=True)
class ConcernMove:
    """A change of a case's concern: when, from which word to which, by whom and why, as far as was said."""

    at: datetime
    before: str
    after: str
    by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A matter of one agency. `version` counts its edits; it has one manager and a next review date."""

    agency: str
    reference: str
    kind: Purpose
    concern: str
    scale_of: str | None
    flags: frozenset[str]
    manager_id: str
    manager_name: str
    next_review: date
    open: bool = True
    version: int = 1
    close_reason: str = ""
    opened_on: date | None = None
    """The day it was opened, UTC; None: not known."""
    invited: tuple[Invitation, ...] = ()
    blinded: frozenset[str] = frozenset()
    """Ids of assessors whom the case keeps from its context until they have presented a view."""
    concern_moves: tuple[ConcernMove, ...] = ()
    """Every change of its concern, oldest first."""

    def invited_by(self, agency: str) -> frozenset[Role]:
        """The roles of those who invited an agency; empty: it is not invited."""
        return frozenset(each.role for each in self.invited if each.agency == agency)
