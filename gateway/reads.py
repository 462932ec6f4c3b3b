"""Looking at what was disclosed is itself recorded, before anything is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from agreements.subject import Subject
from audit.encoding import Json
from audit.record import Entry
from gateway.identity import Requester
from gateway.records import Records
from gateway.store.store import Store
from gateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Reads:
    """Writes down who looked at what."""

    records: Records
    store: Store
    clock: Callable[[], datetime]

    async def record(
        self, reader: Requester, kind: str, body: Mapping[str, Json], subject: Subject | None = None
    ) -> None:
        """One entry for a look; about a subject, it stands in that subject's own account too.

        Raises:
            Problem: `not-recorded`; then nothing may be shown.
        """

        def write(transaction: Transaction) -> None:
            named = self.records.subjects.named(transaction.connection, subject) if subject else ()
            keys = [kept.ledger_key for kept in named]
            entry = {"requester": reader.agency, "user": reader.actor.id, "role": reader.actor.role, **body}
            transaction.record(Entry(kind, self.clock(), keys[0] if keys else None, entry))

        await self.store.write(write)
