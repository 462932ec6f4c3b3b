"""A lead followed too little, measured: questions that came to nothing, and how long partners take.

Counts only, computed from the ledger's entries as the reader's agency may read them: of its own questions no
more than the answers told it, of what it was asked everything. So nothing masked shows in a count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from math import ceil
from statistics import median
from typing import Any, Final

from sqlalchemy import Connection

from audit.ledger import Ledger
from audit.record import Entry
from gateway.identity import Requester
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.veil import Payload, is_party, veiled
from gateway.wire.span import Span
from gateway.wire.times import instant

FEWEST: Final = 5
"""Smaller counts than this, but for none, are not told: they could be about one person."""
_WAITING: Final = frozenset({"pending", "unavailable"})
_OPENED_BY_MORE: Final = frozenset({"consent-missing", "exception-elements-missing", "law-forbids"})
_NO_AGREEMENT: Final = frozenset({"no-agreement"})


@dataclass(slots=True)
class _Part:
    """One question to one custodian, as its entries tell it."""

    requester: str
    custodian: str
    asked_at: datetime
    causes: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, frozenset[str]] = field(default_factory=dict)
    settled_at: datetime | None = None

    def take(self, payload: Payload) -> None:
        """An answer to it, whole or in part; later ones stand in the place of earlier ones."""
        for outcome in payload["outcomes"]:
            for category in outcome["categories"]:
                self.causes[category] = outcome.get("cause", "answered")
                self.reasons[category] = frozenset(outcome.get("reasons", ()))
        if self.waits:
            self.settled_at = None
        elif self.settled_at is None:
            self.settled_at = _at(payload)

    @property
    def waits(self) -> bool:
        return not self.causes or not _WAITING.isdisjoint(self.causes.values())

    def refused_for(self, codes: frozenset[str]) -> bool:
        return any(not codes.isdisjoint(reasons) for reasons in self.reasons.values())


class UnderSharing:
    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def report(self, reader: Requester, span: Span) -> dict[str, Any]:
        """What was asked of and by the reader's agency in a span; that it was read is recorded."""

        def write(transaction: Transaction) -> None:
            body = {"requester": reader.agency, "user": reader.actor.id, "role": reader.actor.role}
            transaction.record(Entry("report-read", self._clock(), None, {**body, "report": "under-sharing"}))

        await self._store.write(write)
        measured = partial(measure, ledger=self._store.ledger, agency=reader.agency, span=span)
        return await self._store.read(measured)


def measure(connection: Connection, ledger: Ledger, agency: str, span: Span) -> dict[str, Any]:
    """The report over a store's ledger."""
    leaves = ledger.exported(connection, reveal=partial(is_party, agency=agency))
    payloads = (veiled(json.loads(leaf.opened[1]), agency) for leaf in leaves if leaf.opened)
    return {
        "agency": agency,
        "from": span.start and instant(span.start),
        "to": span.end and instant(span.end),
        "suppressed_below": FEWEST,
        **counted(payloads, span),
        "note": "Counts of one to four are null. Of your own questions, what an answer masks is counted as "
        "answered.",
    }


def counted(payloads: Iterable[Payload], span: Span) -> dict[str, Any]:
    """The counts over entries, oldest first: by requester and custodian, and of what nobody was asked."""
    parts: dict[tuple[str, str], _Part] = {}
    turned_away = 0
    for payload in payloads:
        kind, key = payload["kind"], (str(payload.get("query")), str(payload.get("custodian")))
        if kind == "refused" and payload.get("code") == "not-a-party" and span.holds(payload):
            turned_away += 1
        elif kind == "asked" and key not in parts and span.holds(payload):
            parts[key] = _Part(payload["requester"], payload["custodian"], _at(payload))
        elif kind == "answered" and key in parts:
            parts[key].take(payload)
    pairs: dict[tuple[str, str], list[_Part]] = {}
    for part in parts.values():
        pairs.setdefault((part.requester, part.custodian), []).append(part)
    return {
        "partners": [_pair_json(*pair, pairs[pair]) for pair in sorted(pairs)],
        "turned_away_without_agreement": told(turned_away),
    }


def _pair_json(requester: str, custodian: str, parts: Sequence[_Part]) -> dict[str, Any]:
    seconds = sorted(
        (part.settled_at - part.asked_at).total_seconds() for part in parts if part.settled_at is not None
    )
    enough = len(seconds) >= FEWEST
    return {
        "requester": requester,
        "custodian": custodian,
        "questions": told(len(parts)),
        "unanswered": told(sum(part.waits for part in parts)),
        "no_agreement": told(sum(part.refused_for(_NO_AGREEMENT) for part in parts)),
        "consent_or_exception_would_have_opened": told(
            sum(part.refused_for(_OPENED_BY_MORE) for part in parts)
        ),
        "median_seconds": round(median(seconds), 1) if enough else None,
        "p95_seconds": round(seconds[ceil(len(seconds) * 0.95) - 1], 1) if enough else None,
    }


def told(count: int) -> int | None:
    """A count as it may be told: none, or at least five."""
    return count if count == 0 or count >= FEWEST else None


def _at(payload: Payload) -> datetime:
    return datetime.fromisoformat(payload["at"])
