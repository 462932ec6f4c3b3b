"""What went through the ledger, for those entitled: an agency's disclosures, and one subject's accounting.

Both are read from the ledger's own payloads, and reading them is itself recorded.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast

from sqlalchemy import Connection

from agreements.subject import Subject
from audit.argument import verify
from audit.cosignature import parse_log_key
from audit.export import write_export
from audit.record import Entry
from audit.report import Report
from audit.sources import ExportSource
from gateway.identity import Requester
from gateway.records import Records
from gateway.site import Site
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.veil import Payload, is_open_to, veiled
from gateway.wire.times import instant

_IN_MEMORY: Final = 8 << 20
FILTERS = ("kind", "requester", "custodian", "case", "query", "user", "purpose")


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)`; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, payload: Payload) -> bool:
        at = datetime.fromisoformat(payload["at"])
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


class Accounts:
    def __init__(self, site: Site, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._records = records
        self._store = store
        self._clock = clock

    async def disclosures(
        self, reader: Requester, wanted: Mapping[str, str], span: Span
    ) -> list[dict[str, Any]]:
        """Every entry the reader's agency is party to that fits the filters, oldest first.

        Of a masked negative to its own question it sees what the answer said, not why.
        """
        await self._record_reading(reader, "log-read", None, {"filters": sorted(wanted)})
        return await self._store.read(
            partial(self._disclosures, agency=reader.agency, wanted=wanted, span=span)
        )

    async def accounting(
        self, reader: Requester, subject: Subject, span: Span, statute: str
    ) -> dict[str, Any]:
        """What the reader's agency told, or asked, about one subject; each line with its proof."""
        await self._record_reading(reader, "accounting", subject, {"statute": statute})
        lines = await self._store.read(
            partial(self._accounting, agency=reader.agency, subject=subject, span=span)
        )
        return {
            "agency": reader.agency,
            "statute": statute,
            "from": span.start and instant(span.start),
            "to": span.end and instant(span.end),
            "made_at": instant(self._clock()),
            "lines": lines,
            "note": "This accounts for what went through the gateway, and for nothing else.",
        }

    async def export(self, reader: Requester) -> BinaryIO:
        """The whole ledger as a file to hand over, opened where the reader's agency may see an entry whole.

        It is written to a temporary file first, so that a slow reader holds no transaction open.
        """
        await self._record_reading(reader, "export", None, {})
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
        leaves = ledger.exported(connection, reveal=partial(_opens_to, agency=agency))
        notes = self._store.witnessing.notes(connection)
        write_export(file, ledger.header(connection), leaves, notes)
        file.seek(0)
        return file

    async def _record_reading(
        self, reader: Requester, kind: str, subject: Subject | None, body: dict[str, Any]
    ) -> None:
        def write(transaction: Transaction) -> None:
            named = self._records.subjects.named(transaction.connection, subject) if subject else ()
            keys = [kept.ledger_key for kept in named]
            entry = {"requester": reader.agency, "user": reader.actor.id, "role": reader.actor.role, **body}
            transaction.record(Entry(kind, self._clock(), keys[0] if keys else None, entry))

        await self._store.write(write)

    def _disclosures(
        self, connection: Connection, agency: str, wanted: Mapping[str, str], span: Span
    ) -> list[dict[str, Any]]:
        def fits(payload: Payload) -> bool:
            named = all(str(payload.get(key)) == value for key, value in wanted.items())
            return named and is_party(payload, agency) and span.holds(payload)

        found = self._store.ledger.exported(connection, reveal=fits)
        opened = [(leaf.index, json.loads(leaf.opened[1])) for leaf in found if leaf.opened]
        return [{"index": index, **veiled(payload, agency)} for index, payload in opened]

    def _accounting(
        self, connection: Connection, agency: str, subject: Subject, span: Span
    ) -> list[dict[str, Any]]:
        ledger = self._store.ledger
        keys = [kept.ledger_key for kept in self._records.subjects.named(connection, subject)]
        lines: list[dict[str, Any]] = []
        for index in ledger.scan(connection, keys):
            payload = ledger.open(connection, index)
            if payload is not None and span.holds(payload):
                proof = ledger.receipt(connection, index).to_json()
                lines += [{**line, "proof": proof} for line in self._lines(payload, agency)]
        return lines

    def _lines(self, payload: Payload, agency: str) -> Iterator[dict[str, Any]]:
        """What one entry told of the subject, as far as this agency told it."""
        told = {"at": payload["at"], "purpose": payload.get("purpose"), "query": payload.get("query")}
        if payload["kind"] == "asked" and payload["requester"] == agency:
            categories = [decision["category"] for decision in payload["decisions"]]
            yield {
                **told,
                "kind": "question",
                "recipient": payload["custodian"],
                "recipient_name": self._name(payload["custodian"]),
                "what": {"categories": categories, "level": payload["level"], "fields": []},
                "basis": None,
            }
        if payload["kind"] in {"answered", "disclosed"} and payload["custodian"] == agency:
            for outcome in payload["outcomes"]:
                if outcome["result"] == "information-held":
                    yield {
                        **told,
                        "kind": "answer" if payload["kind"] == "answered" else "past-the-gateway",
                        "at": payload.get("occurred_at", payload["at"]),
                        "recipient": payload["requester"],
                        "recipient_name": self._name(payload["requester"]),
                        "what": {key: outcome[key] for key in ("categories", "level", "fields")},
                        "basis": outcome["basis"],
                    }

    def _name(self, agency: str) -> str:
        known = self._site.agencies.get(agency)
        return known.name if known else agency


def _opens_to(payload: Payload, agency: str) -> bool:
    return is_party(payload, agency) and is_open_to(payload, agency)


def is_party(payload: Payload, agency: str) -> bool:
    """Whether an entry is the agency's to read: it asked, was asked, or is named in the consent."""
    named = {payload.get("requester"), payload.get("custodian"), payload.get("by")}
    return agency in named | {*payload.get("custodians", ()), *payload.get("recipients", ())}
