"""What a role of an agency has been told, and what became of the letters sent about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from gateway.identity import Requester
from gateway.problems import Problem
from gateway.records import Records
from gateway.store.notices import Delivery, Notice, deliveries_of, mark_read, notice, notices_of
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.wire.times import instant

_MOST: Final = 500
"""The newest that are listed."""
ABOUT_CASES: Final = "case-"
"""How the kinds of notices about a case begin; they name it by its tag, which stands for its reference."""


class Inbox:
    def __init__(self, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._store = store
        self._clock = clock

    async def told(self, reader: Requester, *, read: bool | None) -> list[dict[str, Any]]:
        """The newest notices of the reader's role at the reader's agency."""

        def look(connection: Connection) -> list[dict[str, Any]]:
            found = notices_of(connection, reader.agency, reader.actor.role, read=read, most=_MOST)
            return [self._shown(connection, each) for each in found]

        return await self._store.read(look)

    async def read(self, reader: Requester, id: str) -> dict[str, Any]:
        """Mark a notice read, once and for everybody of the role.

        Raises:
            Problem: `not-found` for a notice of another agency or role.
        """

        def mark(transaction: Transaction) -> dict[str, Any]:
            connection = transaction.additive
            found = notice(connection, id)
            if found is None or (found.agency, found.role) != (reader.agency, reader.actor.role):
                raise Problem("not-found")
            mark_read(connection, id, self._clock())
            return self._shown(connection, notice(connection, id) or found)

        return (await self._store.write(mark)).value

    async def deliveries(self, agency: str, state: str | None) -> list[dict[str, Any]]:
        """The agency's newest deliveries; those given up are `dead`."""
        look = partial(deliveries_of, agency=agency, state=state, most=_MOST)
        return [_delivery_json(*pair) for pair in await self._store.read(look)]

    def _shown(self, connection: Connection, told: Notice) -> dict[str, Any]:
        case = None
        if told.kind.startswith(ABOUT_CASES):
            case = self._records.cases.tagged(connection, told.agency, bytes.fromhex(told.about))
        return {
            "id": told.id,
            "role": told.role,
            "kind": told.kind,
            "about": case.reference if case else told.about,
            "at": instant(told.at),
            "read_at": told.read_at and instant(told.read_at),
        }


def _delivery_json(sent: Delivery, told: Notice) -> dict[str, Any]:
    return {
        "id": sent.id,
        "notice": sent.notice,
        "kind": told.kind,
        "role": told.role,
        "channel": sent.channel,
        "state": sent.state,
        "tries": sent.tries,
        "fault": sent.fault,
        "at": instant(told.at),
        "next_at": sent.next_at and instant(sent.next_at),
    }
