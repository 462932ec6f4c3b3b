"""Emergency accesses counted by person, agency and ground, for every party to see."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from gateway.awaiting import Emergency
from gateway.identity import Requester
from gateway.policy import Policies
from gateway.records import Records
from gateway.store.store import Store
from gateway.wire.times import instant

_FINDINGS: Final = ("justified", "unjustified", "inconclusive")


@dataclass(slots=True)
class _Count:
    """One person's accesses on one ground. A query that claimed it towards several custodians is one use."""

    queries: set[str] = field(default_factory=set)
    custodians: set[str] = field(default_factory=set)
    found: dict[str, int] = field(default_factory=dict)
    copied: int = 0
    overdue: int = 0

    def add(self, emergency: Emergency, at: datetime) -> None:
        self.queries.add(emergency.query)
        self.custodians.add(emergency.custodian)
        state = emergency.finding or "unreviewed"
        self.found[state] = self.found.get(state, 0) + 1
        self.copied += bool(emergency.flags)
        self.overdue += emergency.state != "reviewed" and at > emergency.review_due


class Tallying:
    def __init__(
        self, policies: Policies, records: Records, store: Store, clock: Callable[[], datetime]
    ) -> None:
        self._policies = policies
        self._records = records
        self._store = store
        self._clock = clock

    async def emergencies(
        self, reader: Requester, start: datetime | None, end: datetime | None
    ) -> dict[str, Any]:
        """Uses of emergency access in `[start, end)` by the reader's agency and the parties it deals with.

        No count is left out for being small. Who the person is, is told to their own agency and to the
        custodians they used it towards; to others a person is a code, the same in every report.
        """
        found = await self._store.read(partial(self._records.emergencies.every, since=start))
        shown = self._policies.current.partners(reader.agency)
        within = [
            one
            for one in found
            if (one.requester in shown or one.custodian == reader.agency)
            and (end is None or one.opened_at < end)
        ]
        return {
            "from": start and instant(start),
            "to": end and instant(end),
            "made_at": instant(self._clock()),
            "counts": self._counts(within, reader.agency),
        }

    def _counts(self, found: Iterable[Emergency], reader: str) -> list[dict[str, Any]]:
        counts: dict[tuple[str, str, str], _Count] = {}
        for one in found:
            counts.setdefault((one.requester, one.actor, one.ground), _Count()).add(one, self._clock())
        rows = [self._row(*key, count, reader) for key, count in counts.items()]
        return sorted(rows, key=lambda row: (row["agency"], row["person"], row["ground"]))

    def _row(self, agency: str, actor: str, ground: str, count: _Count, reader: str) -> dict[str, Any]:
        named = reader == agency or reader in count.custodians
        return {
            "agency": agency,
            "person": f"per_{self._records.emergencies.tag(agency, actor).hex()[:16]}",
            "user": actor if named else None,
            "ground": ground,
            "uses": len(count.queries),
            "accesses": sum(count.found.values()),
            **{finding: count.found.get(finding, 0) for finding in (*_FINDINGS, "unreviewed")},
            "overdue": count.overdue,
            "copied": count.copied,
        }
