"""Closures: to whom emergency access is closed, and who opened it to them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from gateway.awaiting import Closure
from gateway.store.oversight_tables import closures
from gateway.vault import Vault


class Closures:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, connection: Connection, closure: Closure) -> None:
        connection.execute(insert(closures).values(**self._row(closure)))

    def change(self, connection: Connection, closure: Closure) -> None:
        connection.execute(update(closures).where(closures.c.id == closure.id).values(**self._row(closure)))

    def get(self, connection: Connection, id: str) -> Closure | None:
        row = connection.execute(select(closures).where(closures.c.id == id)).mappings().first()
        return None if row is None else self._read(row)

    def for_emergency(self, connection: Connection, emergency: str) -> Closure | None:
        found = select(closures).where(closures.c.emergency == emergency)
        row = connection.execute(found).mappings().first()
        return None if row is None else self._read(row)

    def every(self, connection: Connection, state: str | None) -> Sequence[Closure]:
        """All of the site, the newest first; who may see which is the caller's to say."""
        found = select(closures).order_by(closures.c.closed_at.desc(), closures.c.id)
        if state is not None:
            found = found.where(closures.c.state == state)
        return [self._read(row) for row in connection.execute(found).mappings()]

    def stands(self, connection: Connection, agency: str, actor: str) -> bool:
        """Whether emergency access is closed to a person."""
        found = select(closures.c.id).where(
            closures.c.actor == self._tag(agency, actor), closures.c.state == "closed"
        )
        return connection.execute(found.limit(1)).first() is not None

    def _tag(self, agency: str, actor: str) -> bytes:
        return self._vault.tag("actor", f"{agency}\0{actor}")

    def _row(self, closure: Closure) -> dict[str, Any]:
        sealed = {
            "actor": closure.actor,
            "why": closure.why,
            "reopened_by": closure.reopened_by,
            "statement": closure.statement,
        }
        return {
            "id": closure.id,
            "emergency": closure.emergency,
            "requester": closure.requester,
            "custodian": closure.custodian,
            "actor": self._tag(closure.requester, closure.actor),
            "state": closure.state,
            "closed_at": closure.closed_at,
            "sealed": self._vault.seal(f"closure/{closure.id}", sealed),
        }

    def _read(self, row: RowMapping) -> Closure:
        opened: dict[str, Any] = self._vault.open(f"closure/{row['id']}", row["sealed"])
        officer = opened["reopened_by"]
        return Closure(
            id=row["id"],
            emergency=row["emergency"],
            requester=row["requester"],
            custodian=row["custodian"],
            actor=opened["actor"],
            why=opened["why"],
            state=row["state"],
            closed_at=row["closed_at"],
            reopened_by=(officer[0], officer[1]) if officer else None,
            statement=opened["statement"],
        )
