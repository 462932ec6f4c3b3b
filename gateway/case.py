"""A case: the open matter of one agency that justifies a query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from agreements.terms import Purpose


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
