"""Standing watches, sealed: what is asked again for whom, and marks of what was told last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from gateway.identity import Actor, Requester
from gateway.store.process_tables import watches
from gateway.store.subjects import Subjects
from gateway.vault import Vault
from gateway.wire.body import read_body
from gateway.wire.query import QUERY, Query, query_json
from gateway.wire.subject import subject_json


@dataclass(frozen=True, slots=True)
class Watch:
    """`told` marks, by custodian and category, what the last answer said; `queries` are its looks."""

    id: str
    requester: Requester
    query: Query
    subject: str
    state: str
    until: datetime
    told: Mapping[str, str]
    queries: tuple[str, ...]
    ended_for: str = ""


class Watches:
    def __init__(self, vault: Vault, subjects: Subjects) -> None:
        self._vault = vault
        self._subjects = subjects

    def add(self, connection: Connection, watch: Watch) -> None:
        connection.execute(insert(watches).values(**self._row(watch)))

    def change(self, connection: Connection, watch: Watch) -> None:
        connection.execute(update(watches).where(watches.c.id == watch.id).values(**self._row(watch)))

    def get(self, connection: Connection, id: str) -> Watch | None:
        row = connection.execute(select(watches).where(watches.c.id == id)).mappings().first()
        return None if row is None else self._read(connection, row)

    def of(self, connection: Connection, agency: str) -> list[Watch]:
        """An agency's watches, the first to end first."""
        found = select(watches).where(watches.c.agency == agency).order_by(watches.c.until, watches.c.id)
        return [self._read(connection, row) for row in connection.execute(found).mappings()]

    def _row(self, watch: Watch) -> dict[str, Any]:
        actor = watch.requester.actor
        sealed = {
            "query": query_json(watch.query),
            "user": {"id": actor.id, "name": actor.name, "role": actor.role},
            "told": dict(watch.told),
            "queries": list(watch.queries),
            "ended_for": watch.ended_for,
        }
        return {
            "id": watch.id,
            "agency": watch.requester.agency,
            "subject": watch.subject,
            "state": watch.state,
            "until": watch.until,
            "sealed": self._vault.seal(f"watch/{watch.id}", sealed),
        }

    def _read(self, connection: Connection, row: RowMapping) -> Watch:
        opened: dict[str, Any] = self._vault.open(f"watch/{row['id']}", row["sealed"])
        subject = self._subjects.get(connection, row["subject"]).subject
        return Watch(
            id=row["id"],
            requester=Requester(row["agency"], Actor(**opened["user"])),
            query=read_body({**opened["query"], "subject": subject_json(subject)}, QUERY),
            subject=row["subject"],
            state=row["state"],
            until=row["until"],
            told=opened["told"],
            queries=tuple(opened["queries"]),
            ended_for=opened["ended_for"],
        )
