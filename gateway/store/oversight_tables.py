"""The tables of who watches over the asking: emergency access closed, words used before,
questions looked at again.

Nothing in clear names a person. They belong to the store's one `metadata`.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table, UniqueConstraint

from gateway.store.process_tables import metadata
from gateway.store.tables import Instant

__all__ = ["alarms", "closures", "emergency_words", "metadata", "review_views", "second_looks"]

_ID = String(40)
_AGENCY = String(64)
_TAG = LargeBinary(32)
_WHEN = Instant()

closures = Table(
    "closures",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("emergency", _ID, nullable=False, unique=True),
    Column("requester", _AGENCY, nullable=False),
    Column("custodian", _AGENCY, nullable=False),
    Column("actor", _TAG, nullable=False),
    Column("state", String(10), nullable=False),
    Column("closed_at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("closures_of_actor", "actor", "state"),
)

emergency_words = Table(
    "emergency_words",
    metadata,
    Column("digest", _TAG, primary_key=True),
    Column("query", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False),
    Column("actor", _TAG, nullable=False),
    Column("at", _WHEN, nullable=False),
)

second_looks = Table(
    "second_looks",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("query", _ID, nullable=False),
    Column("custodian", _AGENCY, nullable=False),
    Column("state", String(10), nullable=False),
    Column("opened_at", _WHEN, nullable=False),
    Column("due_at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("query", "custodian"),
    Index("second_looks_of_custodian", "custodian", "state"),
)

review_views = Table(
    "review_views",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("review", _ID, nullable=False, index=True),
    Column("agency", _AGENCY, nullable=False),
    Column("at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False),
    Column("actor", _TAG, nullable=False),
    Column("day", String(10), nullable=False),
    Column("sign", String(24), nullable=False),
    Column("state", String(8), nullable=False),
    Column("at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("alarms_of_day", "agency", "actor", "day"),
)
