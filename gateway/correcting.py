"""Mistaken identity and corrected records: every agency that was told is told so, until each has taken note.

Whom to tell is read from the ledger, which knows who told whom what about whom. A correction says of whom and
of which exchanges it speaks, and never what the right words are: those are asked for, and decided, anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from agreements.terms import Category, Role
from audit.record import Entry
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.processes.correction import CORRECTION
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.retention import Retention
from gateway.store.corrections import Correction, Notified
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.timers import Timer, drop_timer, set_timer
from gateway.store.transaction import Transaction
from gateway.veil import Payload
from gateway.wire.onward import CorrectionBody
from gateway.wire.subject import subject_json
from gateway.wire.times import instant

CORRECTION_WAITS: Final = "correction-waits"
"""The timer of a correction that an agency has not acknowledged."""
_AGAIN: Final = timedelta(days=3)
_TOLD: Final = frozenset({"answered", "disclosed"})


class Correcting:
    def __init__(
        self, records: Records, store: Store, retention: Retention, clock: Callable[[], datetime]
    ) -> None:
        self._records = records
        self._store = store
        self._retention = retention
        self._clock = clock

    async def send(self, person: Requester, body: CorrectionBody) -> dict[str, Any]:
        """Tell every agency with which the caller's agency exchanged something about the subject.

        Raises:
            Problem: `not-found` where the ledger knows of no such exchange.
        """

        def write(transaction: Transaction) -> str:
            connection, at = transaction.connection, self._clock()
            named = self._records.subjects.named(connection, body.subject)
            parties = self._parties(connection, person.agency, body)
            if not parties or not named:
                raise Problem("not-found")
            correction = Correction(
                new_id("cor"), person.agency, named[0].id, at, body.kind, body.categories, body.statement,
                person.actor.id,
            )  # fmt: skip
            state = CORRECTION.after(NEW, "notify")
            notified = [
                Notified(correction.id, agency, state, tuple(dict.fromkeys(ids)))
                for agency, ids in sorted(parties.items())
            ]
            self._records.corrections.add(connection, correction, notified)
            for one in notified:
                self._tell(connection, one, at)
                self._record(transaction, "correction-sent", correction, one, person)
            return correction.id

        return await self.one(person, (await self._store.write(write)).value)

    async def listed(self, agency: str, state: str | None) -> list[dict[str, Any]]:
        """Corrections an agency sent or has to know of; nothing of anybody."""
        found = await self._store.read(partial(self._records.corrections.of, agency=agency))
        at = self._clock()
        told = [
            correction_json(correction, notified, agency)
            for correction, notified in found
            if not self._retention.record_is_past(correction, at)
        ]
        return [one for one in told if state in {None, one["state"]}]

    async def one(self, person: Requester, id: str) -> dict[str, Any]:
        """A correction with whom it is about, to who sent it and who has to know.

        Raises:
            Problem: `not-found` to any other agency.
        """

        def look(connection: Connection) -> dict[str, Any]:
            correction, notified = self._find(connection, person.agency, id)
            subject = self._records.subjects.get(connection, correction.subject).subject
            shown = correction_json(correction, notified, person.agency)
            return {**shown, "subject": subject_json(subject)}

        return await self._store.read(look)

    async def acknowledge(self, person: Requester, id: str, statement: str) -> dict[str, Any]:
        """Say that the agency has taken note, and what it did.

        Raises:
            Problem: `not-found`, `conflict` when it has said so before.
        """

        def write(transaction: Transaction) -> None:
            connection, at = transaction.connection, self._clock()
            correction, notified = self._find(connection, person.agency, id)
            mine = next((one for one in notified if one.recipient == person.agency), None)
            if mine is None or not CORRECTION.allows(mine.state, "acknowledge"):
                raise Problem("conflict", "Your agency need not acknowledge this, or has.")
            state = CORRECTION.after(mine.state, "acknowledge")
            taken = replace(mine, state=state, said_by=person.actor.id, statement=statement)
            self._records.corrections.change(connection, taken)
            drop_timer(connection, CORRECTION_WAITS, id, person.agency)
            self._record(transaction, "correction-acknowledged", correction, taken, person)
            notify(connection, correction.agency, Role.LIAISON.value, "correction-acknowledged", id, at)

        await self._store.write(write)
        return await self.one(person, id)

    def remind(self, transaction: Transaction, timer: Timer, _: Any, at: datetime) -> datetime | None:
        """The work of the timer: who has not acknowledged is told again, and who sent it is told so."""
        found = self._records.corrections.get(transaction.additive, timer.about)
        waiting = [one for one in found[1] if one.recipient == timer.agency] if found else []
        if found is None or not waiting or not CORRECTION.allows(waiting[0].state, "acknowledge"):
            return None
        for agency in (timer.agency, found[0].agency):
            role = Role.PRIVACY_OFFICER.value
            notify(transaction.additive, agency, role, "correction-waits", timer.about, at)
        return at + _AGAIN

    def _tell(self, connection: Connection, one: Notified, at: datetime) -> None:
        for role in (Role.LIAISON, Role.PRIVACY_OFFICER):
            notify(connection, one.recipient, role.value, "correction-sent", one.correction, at)
        set_timer(connection, CORRECTION_WAITS, one.correction, one.recipient, at + _AGAIN)

    def _find(self, connection: Connection, agency: str, id: str) -> tuple[Correction, list[Notified]]:
        found = self._records.corrections.get(connection, id)
        if found is None or agency not in {found[0].agency, *(one.recipient for one in found[1])}:
            raise Problem("not-found")
        if self._retention.record_is_past(found[0], self._clock()):
            raise Problem("not-found")
        return found

    def _parties(self, connection: Connection, agency: str, body: CorrectionBody) -> dict[str, list[str]]:
        """Every agency that told this one something about the subject or was told it, with the exchanges."""
        ledger = self._store.ledger
        keys = [kept.ledger_key for kept in self._records.subjects.named(connection, body.subject)]
        parties: dict[str, list[str]] = {}
        for index in ledger.scan(connection, keys):
            payload = ledger.open(connection, index)
            if payload is None or self._retention.is_past(payload, self._clock()):
                continue
            for other in _others(payload, agency, body.categories):
                parties.setdefault(other, []).append(str(payload["query"]))
        return parties

    def _record(
        self, transaction: Transaction, kind: str, correction: Correction, one: Notified, by: Requester
    ) -> None:
        body = {
            "correction": correction.id,
            "reason": correction.kind.value,
            "requester": one.recipient,
            "custodian": correction.agency,
            "by": by.agency,
            "user": by.actor.id,
            "role": by.actor.role,
            "exchanges": list(one.exchanges),
        }
        subject = self._records.subjects.get(transaction.connection, correction.subject)
        transaction.record(Entry(kind, self._clock(), subject.ledger_key, body))


def _others(payload: Payload, agency: str, categories: frozenset[Category]) -> Iterator[str]:
    """With whom the agency exchanged it in this entry; who it was granted to pass it on to, too."""
    if payload["kind"] == "onward-granted" and payload.get("custodian") == agency:
        if not categories or categories & set(payload["levels"]):
            yield str(payload["recipient"])
        return
    pair = {payload.get("requester"), payload.get("custodian")}
    if payload["kind"] in _TOLD and agency in pair and None not in pair and _told(payload, categories):
        yield from (str(other) for other in pair - {agency})


def _told(payload: Payload, categories: frozenset[Category]) -> bool:
    return any(
        outcome["result"] == "information-held"
        and (not categories or categories & set(outcome["categories"]))
        for outcome in payload["outcomes"]
    )


def correction_json(correction: Correction, notified: list[Notified], agency: str) -> dict[str, Any]:
    """To who sent it, who has taken note and what each did; to who has to know, its own exchanges."""
    sent = correction.agency == agency
    mine = next((one for one in notified if one.recipient == agency), None)
    state = mine.state if mine else "open" if any(one.state == "open" for one in notified) else "acknowledged"
    return {
        "id": correction.id,
        "direction": "sent" if sent else "received",
        "state": state,
        "kind": correction.kind.value,
        "from": correction.agency,
        "categories": sorted(correction.categories),
        "sent_at": instant(correction.sent_at),
        "statement": correction.statement if sent else None,
        "exchanges": list(mine.exchanges) if mine else [],
        "notified": [
            {"agency": one.recipient, "state": one.state, "statement": one.statement or None}
            for one in notified
            if sent
        ],
    }
