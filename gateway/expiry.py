"""Deleting what the schedules say is gone. It was served to nobody before, whenever this runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

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
        gone = (await self._store.erase(self._delete)).value
        self._records.forget_read()
        return gone

    def _delete(self, transaction: Transaction) -> int:
        connection, at = transaction.connection, self._clock()
        before = at - timedelta(seconds=self._retention.schedules.shortest.about_seconds)
        queries = []
        for id in old_queries(connection, before):
            stored = self._records.questions.get(connection, id)
            if stored is None or stored.policy is None:
                continue
            places = [(custodian, category.value) for custodian, category in places_kept(stored.facts)]
            if self._retention.query_is_past(places, stored.asked_at, at):
                queries.append(id)
        erase_queries(connection, queries)
        ledger, purged = self._store.ledger, 0
        for index in old_payloads(connection, before):
            payload = ledger.open(connection, index)
            if payload is not None and self._retention.is_past(payload, at):
                ledger.purge(connection, index)
                purged += 1
        erase_left_over(connection)
        return len(queries) + purged
