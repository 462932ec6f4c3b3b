"""An auditor's questions put to the ledger and the store, each recorded before it is answered.

An auditor reads what its agency is party to, and of a masked negative to its own agency's question no
more than the answer said. How its own people ask, it reads in the agency's own queries.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from gateway import inquiry as inquiring
from gateway.identity import Requester
from gateway.inquiry import NOTE
from gateway.patterns import LookUp, Treated, lookups, sampled, uneven
from gateway.reads import Reads
from gateway.reconciling import reconciled
from gateway.records import Records
from gateway.retention import Retention
from gateway.store.store import Store
from gateway.veil import Payload, is_party, veiled
from gateway.wire.inquiry import AccessLog, Inquiry
from gateway.wire.span import Span
from gateway.wire.subject import family_name
from gateway.wire.times import instant
from policies.kept import facts_read

_BANDS: Final = ((12, "under 12"), (18, "12 to 17"), (25, "18 to 24"), (65, "25 to 64"))
_Found = list[tuple[int, Payload]]


class Auditing:
    def __init__(
        self, records: Records, store: Store, retention: Retention, sample_key: bytes,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._records = records
        self._store = store
        self._retention = retention
        self._sample_key = sample_key
        self._clock = clock
        self._reads = Reads(records, store, clock)

    async def received(self, reader: Requester, asked: Inquiry) -> dict[str, Any]:
        """Whether an agency did or did not receive something, each receipt of it with its proof."""
        found = await self._look(reader, "received", asked)
        lines = list(inquiring.told(found, asked))
        times = inquiring.asked(found, asked)
        agency = asked.requester or reader.agency
        proved = await self._store.read(partial(self._proved, lines=lines))
        return {
            "received": bool(lines),
            "verdict": inquiring.verdict(lines, agency, reader.agency, times),
            **proved,
            "examined": len(found),
            "note": NOTE,
        }

    async def who(self, reader: Requester, asked: Inquiry) -> dict[str, Any]:
        """Who got what, when, why and under which clause, for a subject, a person, a case or a clause."""
        found = await self._look(reader, "who", asked)
        lines = list(inquiring.told(found, asked))
        proved = await self._store.read(partial(self._proved, lines=lines))
        return {**proved, "asked": inquiring.asked(found, asked), "examined": len(found), "note": NOTE}

    async def unreviewed(self, reader: Requester, span: Span) -> dict[str, Any]:
        """Emergencies towards or by the agency that nobody has reviewed."""
        found = await self._seen(reader, "unreviewed-emergencies")
        rows = inquiring.unreviewed(found, self._clock())
        within = [row for row in rows if span.holds(row)]
        return {"emergencies": within, "overdue": sum(row["overdue"] for row in within), "note": NOTE}

    async def lookups(self, reader: Requester, span: Span) -> dict[str, Any]:
        """How many people each of the agency's own persons asked about, and what stands out."""
        await self._reads.record(reader, "audit", {"question": "lookups"})
        found = await self._store.read(partial(self._own_lookups, agency=reader.agency, span=span))
        return {"users": lookups(found), "note": NOTE}

    async def groups(self, reader: Requester, span: Span) -> dict[str, Any]:
        """Whether questions, answers and emergencies are uneven between groups; small numbers hidden."""
        found = [one for one in await self._seen(reader, "groups") if span.holds(one[1])]
        ages = await self._store.read(
            partial(self._ages, queries={one["query"] for _, one in found if "query" in one})
        )
        return {"groups": uneven(_treated(found, ages)), "smallest_shown": 5, "note": NOTE}

    async def samples(self, reader: Requester, span: Span) -> dict[str, Any]:
        """At least one in twenty of each day's queries the agency is party to, for a person to look at."""
        found = [one for one in await self._seen(reader, "samples") if span.holds(one[1])]
        asked = [payload for _, payload in found if payload["kind"] == "asked"]
        key = self._sample_key + reader.agency.encode()
        chosen = sampled(((one["query"], one["at"][:10]) for one in asked), key)
        shown: dict[str, list[dict[str, Any]]] = {id: [] for id in sorted(chosen)}
        for index, payload in found:
            if payload.get("query") in chosen and payload["kind"] in {"asked", "answered"}:
                shown[payload["query"]].append({"index": index, **payload})
        return {
            "of": len({one["query"] for one in asked}),
            "samples": [{"query": id, "entries": entries} for id, entries in shown.items()],
            "note": NOTE,
        }

    async def reconcile(self, reader: Requester, log: AccessLog) -> dict[str, Any]:
        """The agency's own access log held against what the gateway asked its system."""
        found = [one for one in await self._seen(reader, "reconcile") if log.span.holds(one[1])]
        return {**reconciled(found, log.accesses, reader.agency), "note": NOTE}

    async def _look(self, reader: Requester, question: str, asked: Inquiry) -> _Found:
        await self._reads.record(reader, "audit", {"question": question}, asked.subject)
        return await self._store.read(partial(self._entries, agency=reader.agency, asked=asked))

    async def _seen(self, reader: Requester, question: str) -> _Found:
        await self._reads.record(reader, "audit", {"question": question})
        return await self._store.read(partial(self._entries, agency=reader.agency, asked=None))

    def _entries(self, connection: Connection, agency: str, asked: Inquiry | None) -> _Found:
        """What the agency may read; about one subject alone where one is named."""
        at = self._clock()
        opened = (
            self._all(connection)
            if asked is None or asked.subject is None
            else self._about(connection, asked)
        )
        return [
            (index, veiled(payload, agency))
            for index, payload in opened
            if is_party(payload, agency) and not self._retention.is_past(payload, at)
        ]

    def _all(self, connection: Connection) -> Iterator[tuple[int, Payload]]:
        for leaf in self._store.ledger.exported(connection, reveal=lambda _: True):
            if leaf.opened is not None:
                yield leaf.index, json.loads(leaf.opened[1])

    def _about(self, connection: Connection, asked: Inquiry) -> Iterator[tuple[int, Payload]]:
        named = self._records.subjects.named(connection, asked.subject) if asked.subject else ()
        for index in self._store.ledger.scan(connection, [kept.ledger_key for kept in named]):
            payload = self._store.ledger.open(connection, index)
            if payload is not None:
                yield index, payload

    def _proved(self, connection: Connection, lines: list[dict[str, Any]]) -> dict[str, Any]:
        """The lines, each with its proof, and the checkpoint of the tree that was looked through."""
        ledger = self._store.ledger
        return {
            "lines": [
                {**line, "proof": ledger.receipt(connection, line["index"]).to_json()} for line in lines
            ],
            "checkpoint": ledger.checkpoint(connection),
        }

    def _own_lookups(self, connection: Connection, agency: str, span: Span) -> list[LookUp]:
        return [
            LookUp(
                query=stored.id,
                user=stored.requester.actor.id,
                user_name=stored.requester.actor.name,
                role=stored.requester.actor.role,
                subject=stored.subject,
                family_name=family_name(stored.query.subject),
            )
            for stored in self._records.questions.of_agency(connection, agency)
            if span.holds({"at": instant(stored.asked_at)})
        ]

    def _ages(self, connection: Connection, queries: set[str]) -> dict[str, str]:
        """The age band of each query's subject when it was asked, where an age was known."""
        bands = {}
        for kept in self._records.questions.kept_since(connection, None):
            if kept.id in queries and kept.policy is not None:
                age = next((facts.age for facts in facts_read(kept.facts)), None)
                bands[kept.id] = _band(age)
        return bands


def _band(age: int | None) -> str:
    if age is None:
        return "not known"
    return next((name for end, name in _BANDS if age < end), "65 and over")


def _treated(found: _Found, ages: dict[str, str]) -> Iterator[Treated]:
    kinds = {one["query"]: one for _, one in found if one["kind"] == "asked"}
    urgent = {one["query"] for _, one in found if one["kind"] == "emergency-opened"}
    for _, one in found:
        if one["kind"] != "answered" or one.get("act") == "tell":
            continue
        query = one["query"]
        for outcome in one["outcomes"]:
            groups = {
                "subject kind": kinds[query]["subject_kind"] if query in kinds else "not known",
                "requester": one["requester"],
                "custodian": one["custodian"],
                "role": one["role"],
                "purpose": one["purpose"],
                "category": outcome["categories"][0],
                "age": ages.get(query, "not known"),
            }
            yield Treated(groups, outcome["result"] == "information-held", query in urgent)
