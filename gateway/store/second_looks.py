"""Second looks: what the custodian's duty person sees of a refused question, and what they did."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from agreements.exceptions import Representation
from agreements.terms import Category, Ground
from gateway.store.oversight_tables import second_looks
from gateway.vault import Vault
from gateway.wire.query import exception_json


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A refused question about what is held, at the custodian that holds it."""

    id: str
    query: str
    custodian: str
    state: str
    opened_at: datetime
    due_at: datetime
    categories: tuple[Category, ...]
    """In which something is held."""
    acted_by: str = ""
    acted_at: datetime | None = None
    words: str = ""
    """The reason, or what was done by telephone."""
    finding: Representation | None = None
    """The exception that the custodian's person found met."""


class SecondLooks:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, connection: Connection, look: SecondLook) -> None:
        connection.execute(insert(second_looks).values(**self._row(look)))

    def change(self, connection: Connection, look: SecondLook) -> None:
        connection.execute(update(second_looks).where(second_looks.c.id == look.id).values(**self._row(look)))

    def get(self, connection: Connection, id: str) -> SecondLook | None:
        row = connection.execute(select(second_looks).where(second_looks.c.id == id)).mappings().first()
        return None if row is None else self._read(row)

    def at(self, connection: Connection, query: str, custodian: str) -> SecondLook | None:
        """The second look at a query at one custodian, if there is one."""
        found = select(second_looks).where(
            second_looks.c.query == query, second_looks.c.custodian == custodian
        )
        row = connection.execute(found).mappings().first()
        return None if row is None else self._read(row)

    def of(
        self, connection: Connection, custodian: str, states: Collection[str] | None
    ) -> Sequence[SecondLook]:
        """A custodian's in these states, or all, the oldest first."""
        found = select(second_looks).where(second_looks.c.custodian == custodian)
        if states is not None:
            found = found.where(second_looks.c.state.in_(states))
        return [
            self._read(row) for row in connection.execute(found.order_by(second_looks.c.opened_at)).mappings()
        ]

    def _row(self, look: SecondLook) -> dict[str, Any]:
        sealed = {
            "categories": [category.value for category in look.categories],
            "acted_by": look.acted_by,
            "acted_at": look.acted_at and look.acted_at.isoformat(),
            "words": look.words,
            "finding": look.finding and exception_json(look.finding),
        }
        return {
            "id": look.id,
            "query": look.query,
            "custodian": look.custodian,
            "state": look.state,
            "opened_at": look.opened_at,
            "due_at": look.due_at,
            "sealed": self._vault.seal(f"second-look/{look.id}", sealed),
        }

    def _read(self, row: RowMapping) -> SecondLook:
        opened: dict[str, Any] = self._vault.open(f"second-look/{row['id']}", row["sealed"])
        finding, acted_at = opened["finding"], opened["acted_at"]
        return SecondLook(
            id=row["id"],
            query=row["query"],
            custodian=row["custodian"],
            state=row["state"],
            opened_at=row["opened_at"],
            due_at=row["due_at"],
            categories=tuple(map(Category, opened["categories"])),
            acted_by=opened["acted_by"],
            acted_at=datetime.fromisoformat(acted_at) if acted_at else None,
            words=opened["words"],
            finding=finding
            and Representation(Ground(finding["ground"]), finding["elements"], finding.get("statement", "")),
        )
