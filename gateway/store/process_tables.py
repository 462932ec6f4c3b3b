"""The tables of what goes on by itself: timers, what questions wait for, and notices on their way out.

Nothing in them names a person. They belong to the store's one `metadata`.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from gateway.store.tables import Instant, metadata

__all__ = ["deliveries", "follow_ups", "metadata", "timers"]

_ID = String(40)
_AGENCY = String(64)
_TAG = LargeBinary(32)
_WHEN = Instant()

timers = Table(
    "timers",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("about", _AGENCY, nullable=False),
    Column("agency", _AGENCY, nullable=False),
    Column("due_at", _WHEN, nullable=False, index=True),
    Column("claimed_until", _WHEN),
    Column("tries", Integer, nullable=False),
    UniqueConstraint("kind", "about", "agency"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("notice", _ID, nullable=False),
    Column("agency", _AGENCY, nullable=False),
    Column("channel", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", _WHEN),
    Column("fault", String(16)),
    Index("deliveries_of_agency", "agency", "state"),
)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("query", _ID, primary_key=True),
    Column("custodian", _AGENCY, primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("requester", _AGENCY, nullable=False),
    Column("case_reference", _TAG, nullable=False),
    Column("about", _ID, nullable=False),
    Column("state", String(16), nullable=False),
    Column("since", _WHEN, nullable=False),
    Column("due_at", _WHEN, nullable=False),
    Column("escalated_at", _WHEN),
    Index("follow_ups_of_case", "requester", "case_reference"),
)
