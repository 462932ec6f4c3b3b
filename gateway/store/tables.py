"""The store's tables. Nothing in clear names a person: words are sealed, references are tags."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData()

_ID = String(40)
_AGENCY = String(64)
_TAG = LargeBinary(32)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """An instant as the tables hold it."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A UTC instant as whole microseconds since 1970, the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


_WHEN = Instant()

subjects = Table(
    "subjects",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

subject_keys = Table(
    "subject_keys",
    metadata,
    Column("key", _TAG, nullable=False),
    Column("subject", _ID, nullable=False),
    UniqueConstraint("key", "subject"),
)

cases = Table(
    "cases",
    metadata,
    Column("agency", _AGENCY, primary_key=True),
    Column("reference", _TAG, primary_key=True),
    Column("state", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("subject", _ID, nullable=False, index=True),
    Column("recorded_by", _AGENCY, nullable=False),
    Column("status", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

queries = Table(
    "queries",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False),
    Column("case_reference", _TAG, nullable=False),
    Column("actor", _TAG, nullable=False),
    Column("day", String(10), nullable=False),
    Column("subject", _ID, nullable=False),
    Column("asked_at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("queries_of_case", "agency", "case_reference"),
    Index("queries_of_actor", "agency", "actor", "day", "subject"),
    Index("queries_in_time", "asked_at"),
)

answers = Table(
    "answers",
    metadata,
    Column("query", _ID, primary_key=True),
    Column("custodian", _AGENCY, primary_key=True),
    Column("round", Integer, nullable=False),
    Column("answered_at", _WHEN, nullable=False),
    Column("ledger_index", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("content", LargeBinary),
    Column("content_until", _WHEN),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("agency", _AGENCY, primary_key=True),
    Column("key", _TAG, primary_key=True),
    Column("fingerprint", _TAG, nullable=False),
    Column("query", _ID, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("query", _ID, nullable=False),
    Column("custodian", _AGENCY, nullable=False),
    Column("state", String(10), nullable=False),
    Column("opened_at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("reviews_of_custodian", "custodian", "state"),
)

emergencies = Table(
    "emergencies",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("query", _ID, nullable=False),
    Column("requester", _AGENCY, nullable=False),
    Column("custodian", _AGENCY, nullable=False),
    Column("actor", _TAG, nullable=False),
    Column("day", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("opened_at", _WHEN, nullable=False),
    Column("expires_at", _WHEN, nullable=False),
    Column("review_due", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False, index=True),
    Column("role", String(16), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("about", _AGENCY, nullable=False),
    Column("at", _WHEN, nullable=False),
    Column("read_at", _WHEN),
    Column("relayed_at", _WHEN, index=True),
)

used_assertions = Table(
    "used_assertions",
    metadata,
    Column("issuer", _AGENCY, primary_key=True),
    Column("jti", _TAG, primary_key=True),
    Column("until", _WHEN, nullable=False, index=True),
)

suspensions = Table(
    "suspensions",
    metadata,
    Column("agreement", _AGENCY, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("by", _AGENCY, nullable=False),
    Column("at", _WHEN, nullable=False),
)

terminations = Table(
    "terminations",
    metadata,
    Column("agreement", _AGENCY, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("by", _AGENCY, nullable=False),
    Column("at", _WHEN, nullable=False),
)

agreement_versions = Table(
    "agreement_versions",
    metadata,
    Column("agreement", _AGENCY, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", String(12), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("source", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

agreement_signatures = Table(
    "agreement_signatures",
    metadata,
    Column("agreement", _AGENCY, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("party", _AGENCY, primary_key=True),
    Column("jws", Text, nullable=False),
)

agreement_steps = Table(
    "agreement_steps",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("agreement", _AGENCY, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", String(12), nullable=False),
    Column("by", _AGENCY, nullable=False),
    Column("at", _WHEN, nullable=False),
    Index("steps_of_version", "agreement", "version"),
)

policy_sets = Table(
    "policy_sets",
    metadata,
    Column("version", _AGENCY, primary_key=True),
    Column("manifest", LargeBinary, nullable=False),
)

policy_documents = Table(
    "policy_documents",
    metadata,
    Column("digest", _AGENCY, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

account_suspensions = Table(
    "account_suspensions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("subject", _ID, nullable=False),
    Column("agency", _AGENCY, nullable=False),
    Column("recipient", _AGENCY, nullable=False),
    Column("at", _WHEN, nullable=False),
    Column("until", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("account_suspensions_of_subject", "subject", "agency"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agency", _AGENCY, nullable=False),
    Column("state", String(10), nullable=False),
    Column("proposed_at", _WHEN, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
