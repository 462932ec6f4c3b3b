"""Whom a record of the store is about, found by its id alone."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select, union_all

from gateway.store.process_tables import (
    conferences,
    corrections,
    disclosures,
    offers,
    onward,
    watches,
)
from gateway.store.tables import account_suspensions, consents, queries

ABOUT_SUBJECTS: Final = (
    queries,
    consents,
    offers,
    conferences,
    onward,
    corrections,
    watches,
    disclosures,
    account_suspensions,
)
"""Tables whose rows each name a subject. An id says which table it is of."""


def subject_of(connection: Connection, id: str) -> str | None:
    """The id of the subject a record is about; None where there is no such record."""
    found = union_all(*(select(table.c.subject).where(table.c.id == id) for table in ABOUT_SUBJECTS))
    return connection.execute(found).scalars().first()
