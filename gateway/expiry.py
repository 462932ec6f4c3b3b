"""Deleting what the schedules say is gone. It was served to nobody before, whenever this runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from gateway.records import Records
from gateway.retention import Record, Retention
from gateway.store.corrections import Correction
from gateway.store.erasing import erase_left_over, erase_records, old_payloads, old_records
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
        self._read: Mapping[str, Callable[[Connection, str], Record | None]] = {
            "offers": records.offers.get,
            "conferences": records.conferences.get,
            "onward": records.onwards.get,
            "corrections": self._correction,
            "watches": records.watches.get,
            "disclosures": records.disclosures.get,
        }

    async def run(self) -> int:
        """Delete every record past its end; how many records and ledger payloads.

        Raises:
            Problem: `not-recorded`; the next run tries again.
        """
        records, entries = await self._store.read(self._past)
        await self._store.erase(partial(self._delete, records=records, entries=entries))
        self._records.forget_read()
        return len(records) + len(entries)

    def _past(self, connection: Connection) -> tuple[list[str], list[int]]:
        """Records and ledger entries past their end, looked for apart from the writer: it takes a while."""
        at, ledger = self._clock(), self._store.ledger
        before = at - timedelta(seconds=self._retention.schedules.shortest.about_seconds)
        records = [
            id
            for table, ids in old_records(connection, before).items()
            for id in ids
            if self._is_past(connection, table, id, at)
        ]
        entries = [
            index
            for index in old_payloads(connection, before)
            if (payload := ledger.open(connection, index)) is not None
            and self._retention.is_past(payload, at)
        ]
        return records, entries

    def _is_past(self, connection: Connection, table: str, id: str, at: datetime) -> bool:
        if table == "queries":
            return self._query_is_past(connection, id, at)
        record = self._read[table](connection, id)
        return record is not None and self._retention.record_is_past(record, at)

    def _query_is_past(self, connection: Connection, id: str, at: datetime) -> bool:
        stored = self._records.questions.get(connection, id)
        if stored is None or stored.policy is None:
            return False
        places = [(custodian, category.value) for custodian, category in places_kept(stored.facts)]
        return self._retention.query_is_past(places, stored.asked_at, at)

    def _correction(self, connection: Connection, id: str) -> Correction | None:
        found = self._records.corrections.get(connection, id)
        return found[0] if found is not None else None

    def _delete(self, transaction: Transaction, records: list[str], entries: list[int]) -> None:
        connection = transaction.connection
        erase_records(connection, records)
        for index in entries:
            self._store.ledger.purge(connection, index)
        erase_left_over(connection)
