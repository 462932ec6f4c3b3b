"""What went through the ledger, for those entitled: an agency's disclosures, and the ledger itself.

Both are read from the ledger's own payloads, and reading them is itself recorded.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast

from sqlalchemy import Connection

from audit.argument import verify
from audit.cosignature import parse_log_key
from audit.export import write_export
from audit.report import Report
from audit.sources import ExportSource
from gateway.identity import Requester
from gateway.reads import Reads
from gateway.records import Records
from gateway.retention import Retention
from gateway.store.store import Store
from gateway.veil import Payload, is_open_to, is_party, veiled
from gateway.wire.span import Span

_IN_MEMORY: Final = 8 << 20
FILTERS = ("kind", "requester", "custodian", "case", "query", "user", "purpose")


class Accounts:
    def __init__(
        self, records: Records, store: Store, retention: Retention, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._retention = retention
        self._clock = clock
        self._reads = Reads(records, store, clock)

    async def disclosures(
        self, reader: Requester, wanted: Mapping[str, str], span: Span
    ) -> list[dict[str, Any]]:
        """Every entry the reader's agency is party to that fits the filters, oldest first.

        Of a masked negative to its own question it sees what the answer said, not why.
        """
        await self._reads.record(reader, "log-read", {"filters": sorted(wanted)})
        return await self._store.read(
            partial(self._disclosures, agency=reader.agency, wanted=wanted, span=span)
        )

    async def export(self, reader: Requester) -> BinaryIO:
        """The whole ledger as a file to hand over, opened where the reader's agency may see an entry whole.

        It is written to a temporary file first, so that a slow reader holds no transaction open.
        """
        await self._reads.record(reader, "export", {})
        return await self._store.read(partial(self._export, agency=reader.agency))

    async def verified(self, reader: Requester) -> Report:
        """The whole ledger, as `export` hands it over, put through the offline verifier's argument."""
        file = await self.export(reader)
        with file:
            return await asyncio.to_thread(
                verify, ExportSource(file), [parse_log_key(self._store.ledger.vkey)]
            )

    def _export(self, connection: Connection, agency: str) -> BinaryIO:
        ledger = self._store.ledger
        file = cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 -- closed by who streams it
        leaves = ledger.exported(connection, reveal=self._opens_to(agency))
        notes = self._store.witnessing.notes(connection)
        write_export(file, ledger.header(connection), leaves, notes)
        file.seek(0)
        return file

    def _opens_to(self, agency: str) -> Callable[[Payload], bool]:
        """What an export opens for an agency: what it may see whole, and what is not past its date."""
        at = self._clock()
        return lambda payload: (
            is_party(payload, agency)
            and is_open_to(payload, agency)
            and not self._retention.is_past(payload, at)
        )

    def _disclosures(
        self, connection: Connection, agency: str, wanted: Mapping[str, str], span: Span
    ) -> list[dict[str, Any]]:
        at = self._clock()

        def fits(payload: Payload) -> bool:
            named = all(str(payload.get(key)) == value for key, value in wanted.items())
            served = span.holds(payload) and not self._retention.is_past(payload, at)
            return named and is_party(payload, agency) and served

        found = self._store.ledger.exported(connection, reveal=fits)
        opened = [(leaf.index, json.loads(leaf.opened[1])) for leaf in found if leaf.opened]
        return [{"index": index, **veiled(payload, agency)} for index, payload in opened]
