"""Emergency accesses looked at afterwards, by somebody other than who used them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from audit.record import Entry
from gateway.awaiting import Emergency
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.records import Records
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.wire.times import instant


@dataclass(frozen=True, slots=True)
class Finding:
    finding: str
    statement: str


class EmergencyReview:
    def __init__(self, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._store = store
        self._clock = clock

    async def list(self, agency: str, state: str | None) -> list[dict[str, Any]]:
        """Emergency accesses by or towards the agency."""
        found = await self._store.read(partial(self._records.emergencies.of, agency=agency, state=state))
        return [emergency_json(emergency, self._clock()) for emergency in found]

    async def find(self, reviewer: Requester, id: str, finding: Finding) -> dict[str, Any]:
        """Record whether the access was justified.

        Raises:
            Problem: `not-found` for another agency's, `forbidden` for the person who used it, `conflict` when
                it has been reviewed.
        """

        def write(transaction: Transaction) -> Emergency:
            connection, at = transaction.connection, self._clock()
            emergency = self._records.emergencies.get(connection, id)
            if emergency is None or reviewer.agency not in {emergency.requester, emergency.custodian}:
                raise Problem("not-found")
            if (emergency.requester, emergency.actor) == (reviewer.agency, reviewer.actor.id):
                raise Problem("forbidden", "Somebody other than the person who used it must review it.")
            if emergency.state != "open":
                raise Problem("conflict", "This emergency access has been reviewed.")
            found = replace(
                emergency,
                state="reviewed",
                finding=finding.finding,
                found_by=reviewer.actor.id,
                statement=finding.statement,
            )
            self._records.emergencies.found(connection, found)
            key = self._records.ledger_key_of(connection, emergency.query)
            transaction.record(Entry("emergency-reviewed", at, key, _entry(found, reviewer)))
            return found

        return emergency_json((await self._store.write(write)).value, self._clock())


def emergency_json(emergency: Emergency, at: datetime) -> dict[str, Any]:
    return {
        "id": emergency.id,
        "query": emergency.query,
        "requester": emergency.requester,
        "custodian": emergency.custodian,
        "user": emergency.actor,
        "ground": emergency.ground,
        "state": emergency.state,
        "opened_at": instant(emergency.opened_at),
        "expires_at": instant(emergency.expires_at),
        "review_due": instant(emergency.review_due),
        "overdue": emergency.state == "open" and at > emergency.review_due,
        "finding": emergency.finding or None,
        "found_by": emergency.found_by or None,
        "statement": emergency.statement or None,
    }


def _entry(emergency: Emergency, reviewer: Requester) -> dict[str, Any]:
    return {
        "emergency": emergency.id,
        "query": emergency.query,
        "requester": emergency.requester,
        "custodian": emergency.custodian,
        "finding": emergency.finding,
        "by": reviewer.agency,
        "user": reviewer.actor.id,
    }
