"""That something was told past the gateway: about whom, and of which categories. What it was is not kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from agreements.terms import Category
from gateway.store.process_tables import disclosures
from gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class KeptDisclosure:
    """`agency` told it; `subject` is the id of whom it was about."""

    id: str
    agency: str
    subject: str
    entered_at: datetime
    categories: frozenset[Category]


class Disclosures:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, connection: Connection, disclosure: KeptDisclosure) -> None:
        row = {
            "id": disclosure.id,
            "agency": disclosure.agency,
            "subject": disclosure.subject,
            "entered_at": disclosure.entered_at,
            "sealed": self._vault.seal(f"disclosure/{disclosure.id}", sorted(disclosure.categories)),
        }
        connection.execute(insert(disclosures), row)

    def get(self, connection: Connection, id: str) -> KeptDisclosure | None:
        row = connection.execute(select(disclosures).where(disclosures.c.id == id)).mappings().first()
        if row is None:
            return None
        categories = frozenset(map(Category, self._vault.open(f"disclosure/{id}", row["sealed"])))
        return KeptDisclosure(id, row["agency"], row["subject"], row["entered_at"], categories)
