"""Disclosures written for another system's log: masked first, and never sent where masking fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

import structlog
from sqlalchemy import Connection

from gateway.export_formats import FORMATS
from gateway.export_masking import KINDS, MaskingError, masked
from gateway.identity import Requester
from gateway.reads import Reads
from gateway.records import Records
from gateway.retention import Retention
from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.veil import is_party, veiled
from gateway.wire.span import Span

_IN_MEMORY: Final = 8 << 20
_MOST_NOTICES: Final = 20
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, how much of it, and the ledger entries that were dropped because masking failed."""

    file: BinaryIO
    media_type: str
    written: int
    dropped: tuple[int, ...]


class Exporting:
    def __init__(
        self, records: Records, store: Store, retention: Retention, key: bytes, clock: Callable[[], datetime]
    ) -> None:
        """`key` makes the pseudonyms."""
        self._store = store
        self._retention = retention
        self._key = key
        self._clock = clock
        self._reads = Reads(records, store, clock)

    async def export(self, reader: Requester, form: str, span: Span) -> Exported:
        """What the reader's agency is party to, in one of `FORMATS`, oldest first.

        It is written to a temporary file first, so that a slow reader holds no transaction open. An event
        that cannot be masked is left out, logged, and told to the agency's auditor by its ledger index.
        """
        await self._reads.record(reader, "export", {"format": form})
        write = partial(self._written, agency=reader.agency, form=form, span=span)
        exported = await self._store.read(write)
        if exported.dropped:
            _log.error("export-events-dropped", format=form, events=len(exported.dropped))
            await self._store.write(partial(self._alarm, agency=reader.agency, dropped=exported.dropped))
        return exported

    def _written(self, connection: Connection, agency: str, form: str, span: Span) -> Exported:
        write_event, media_type = FORMATS[form]
        file = cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 -- closed by who streams it
        at, written, dropped = self._clock(), 0, []
        for leaf in self._store.ledger.exported(connection, reveal=lambda told: told["kind"] in KINDS):
            payload = json.loads(leaf.opened[1]) if leaf.opened else None
            if payload is None or not is_party(payload, agency) or not span.holds(payload):
                continue
            if self._retention.is_past(payload, at):
                continue
            try:
                line = write_event(masked(leaf.index, veiled(payload, agency), self._key), agency)
            except MaskingError:
                dropped.append(leaf.index)
                continue
            if line is not None:
                file.write(line.encode())
                written += 1
        file.seek(0)
        return Exported(file, media_type, written, tuple(dropped))

    def _alarm(self, transaction: Transaction, agency: str, dropped: tuple[int, ...]) -> None:
        for index in dropped[:_MOST_NOTICES]:
            about = f"entry-{index}"
            notify(transaction.connection, agency, "auditor", "export-event-dropped", about, self._clock())
