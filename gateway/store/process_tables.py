"""The tables of processes: timers, what questions wait for, notices on their way, what is told unasked.

Nothing in them names a person. They belong to the store's one `metadata`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from gateway.store.tables import Instant, metadata

__all__ = [
    "conference_seats",
    "conferences",
    "correction_notices",
    "corrections",
    "deliveries",
    "disclosures",
    "duties",
    "follow_ups",
    "metadata",
    "offers",
    "onward",
    "tellings",
    "timers",
    "watches",
]

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

offers = Table(
    "offers",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False),
    Column("subject", _ID, nullable=False),
    Column("offered_at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

tellings = Table(
    "tellings",
    metadata,
    Column("offer", _ID, primary_key=True),
    Column("recipient", _AGENCY, primary_key=True),
    Column("teller", _AGENCY, nullable=False),
    Column("state", String(12), nullable=False),
    Column("round", Integer, nullable=False),
    Column("told_at", _WHEN, nullable=False),
    Column("ledger_index", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("content", LargeBinary),
    Column("content_until", _WHEN),
    Index("tellings_received", "recipient", "state"),
    Index("tellings_sent", "teller"),
)

conferences = Table(
    "conferences",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False),
    Column("subject", _ID, nullable=False),
    Column("state", String(8), nullable=False),
    Column("meets_at", _WHEN, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

conference_seats = Table(
    "conference_seats",
    metadata,
    Column("conference", _ID, primary_key=True),
    Column("agency", _AGENCY, primary_key=True),
    Index("conferences_of_agency", "agency"),
)

duties = Table(
    "duties",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("about", _ID, nullable=False),
    Column("agency", _AGENCY, nullable=False),
    Column("owner", _AGENCY, nullable=False),
    Column("state", String(12), nullable=False),
    Column("since", _WHEN, nullable=False),
    Column("due_at", _WHEN),
    Column("sealed", LargeBinary, nullable=False),
    Index("duties_owed", "agency", "state"),
    Index("duties_due_to", "owner", "state"),
)

onward = Table(
    "onward",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False, index=True),
    Column("custodian", _AGENCY, nullable=False, index=True),
    Column("recipient", _AGENCY, nullable=False, index=True),
    Column("subject", _ID, nullable=False),
    Column("state", String(8), nullable=False),
    Column("asked_at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False, index=True),
    Column("subject", _ID, nullable=False),
    Column("sent_at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

correction_notices = Table(
    "correction_notices",
    metadata,
    Column("correction", _ID, primary_key=True),
    Column("recipient", _AGENCY, primary_key=True),
    Column("state", String(12), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("corrections_received", "recipient"),
)

watches = Table(
    "watches",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False, index=True),
    Column("subject", _ID, nullable=False),
    Column("state", String(8), nullable=False),
    Column("until", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

disclosures = Table(
    "disclosures",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False),
    Column("subject", _ID, nullable=False),
    Column("entered_at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
