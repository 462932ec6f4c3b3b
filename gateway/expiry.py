"""Deleting what the schedules say is gone. It was served to nobody before, whenever this runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from gateway.records import Records
from gateway.retention import Retention
from gateway.store.erasing import erase_left_over, erase_queries, old_payloads, old_queries
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from policies.kept import places_kept


class Expiry:
    def __init__(
        self, records: Records, store: Store, retention: Retention, clock: Callable[[], datetime]
    ) -> None:
        self._records = records
        self._store = store
        self._retention = retention
        self._clock = clock

    async def run(self) -> int:
        """Delete every record past its end; how many queries and ledger payloads.

        Raises:
            Problem: `not-recorded`; the next run tries again.
        """
        queries, entries = await self._store.read(self._past)
        await self._store.erase(partial(self._delete, queries=queries, entries=entries))
        self._records.forget_read()
        return len(queries) + len(entries)

    def _past(self, connection: Connection) -> tuple[list[str], list[int]]:
        """Queries and ledger entries past their end, looked for apart from the writer: it takes a while."""
        at, ledger = self._clock(), self._store.ledger
        before = at - timedelta(seconds=self._retention.schedules.shortest.about_seconds)
        queries = [id for id in old_queries(connection, before) if self._is_past(connection, id, at)]
        entries = [
            index
            for index in old_payloads(connection, before)
            if (payload := ledger.open(connection, index)) is not None
            and self._retention.is_past(payload, at)
        ]
        return queries, entries

    def _is_past(self, connection: Connection, id: str, at: datetime) -> bool:
        stored = self._records.questions.get(connection, id)
        if stored is None or stored.policy is None:
            return False
        places = [(custodian, category.value) for custodian, category in places_kept(stored.facts)]
        return self._retention.query_is_past(places, stored.asked_at, at)

    def _delete(self, transaction: Transaction, queries: list[str], entries: list[int]) -> None:
        connection = transaction.connection
        erase_queries(connection, queries)
        for index in entries:
            self._store.ledger.purge(connection, index)
        erase_left_over(connection)
