"""Duties kept: what an agency owes for what it was told, said to be fulfilled, reported or overdue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.duties import named_tokens
from agreements.terms import Role
from agreements.vocabulary import duty_text
from audit.record import Entry
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.processes.duty import DUTY
from gateway.records import Records
from gateway.store.duties import DUTY_DUE, Duty
from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.timers import Timer, drop_timer
from gateway.store.transaction import Transaction
from gateway.wire.times import instant


class DutyBook:
    def __init__(self, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._store = store
        self._clock = clock

    async def listed(self, agency: str, state: str | None) -> list[dict[str, Any]]:
        """What the agency owes and what is owed to it."""
        found = await self._store.read(partial(self._records.duties.of, agency=agency, state=state))
        return [duty_json(duty, agency, self._clock()) for duty in found]

    async def one(self, agency: str, id: str) -> dict[str, Any]:
        """A duty, to the agency that is bound by it and the one it is owed to.

        Raises:
            Problem: `not-found` to any other.
        """
        duty = await self._store.read(partial(self._find, agency=agency, id=id))
        return duty_json(duty, agency, self._clock())

    async def fulfil(self, person: Requester, id: str, statement: str) -> dict[str, Any]:
        """Say that a duty was done, and how; late it is made good, and stays a violation that was.

        Raises:
            Problem: `not-found`, `forbidden` to the agency it is owed to, `conflict` when it is done already.
        """
        return await self._move(person, id, "fulfil", statement)

    async def report(self, person: Requester, id: str, statement: str) -> dict[str, Any]:
        """Say that a duty was violated, by the agency it is owed to.

        Raises:
            Problem: `not-found`, `forbidden` to the agency that is bound, `conflict` when it is known.
        """
        return await self._move(person, id, "report", statement)

    async def _move(self, person: Requester, id: str, move: str, statement: str) -> dict[str, Any]:
        def write(transaction: Transaction) -> Duty:
            duty = self._find(transaction.connection, person.agency, id)
            maker = duty.agency if move == "fulfil" else duty.owner
            if person.agency != maker:
                raise Problem("forbidden", "The other agency of this duty says this.")
            if not DUTY.allows(duty.state, move):
                raise Problem("conflict", "This duty stands so already.")
            moved = replace(
                duty, state=DUTY.after(duty.state, move), statement=statement, said_by=person.actor.id
            )
            self._keep(transaction, moved, person, self._clock())
            return moved

        moved = (await self._store.write(write)).value
        return duty_json(moved, person.agency, self._clock())

    def overdue(self, transaction: Transaction, timer: Timer, _: Any, at: datetime) -> None:
        """The work of the timer: what was due and is still open is violated."""
        duty = self._records.duties.get(transaction.connection, timer.about)
        if duty is not None and DUTY.allows(duty.state, "lapse"):
            self._keep(transaction, replace(duty, state=DUTY.after(duty.state, "lapse")), None, at)

    def _find(self, connection: Connection, agency: str, id: str) -> Duty:
        duty = self._records.duties.get(connection, id)
        if duty is None or agency not in {duty.agency, duty.owner}:
            raise Problem("not-found")
        return duty

    def _keep(self, transaction: Transaction, duty: Duty, by: Requester | None, at: datetime) -> None:
        """Write how a duty stands, record that, and tell who must know."""
        connection = transaction.connection
        self._records.duties.change(connection, duty)
        drop_timer(connection, DUTY_DUE, duty.id, duty.agency)
        body = {
            "query": duty.about,
            "duty": duty.id,
            "code": duty.duty.code.value,
            "requester": duty.agency,
            "custodian": duty.owner,
            "by": by.agency if by else None,
            "user": by.actor.id if by else None,
        }
        key = self._records.ledger_key_of(connection, duty.about)
        transaction.record(Entry(f"duty-{duty.state}", at, key, body))
        told = [(duty.owner, Role.LIAISON)]
        if duty.state == "violated":
            told = [
                (duty.owner, Role.PRIVACY_OFFICER),
                (duty.agency, Role.LIAISON),
                (duty.agency, Role.PRIVACY_OFFICER),
            ]
        for agency, role in told:
            notify(connection, agency, role.value, f"duty-{duty.state}", duty.id, at)


def duty_json(duty: Duty, agency: str, at: datetime) -> dict[str, Any]:
    return {
        "id": duty.id,
        "about": duty.about,
        "direction": "owed" if agency == duty.agency else "due-to-us",
        "requester": duty.agency,
        "custodian": duty.owner,
        "code": duty.duty.code.value,
        "text": duty_text(duty.duty),
        **named_tokens(duty.duty),
        "state": duty.state,
        "since": instant(duty.since),
        "due": duty.due_at and instant(duty.due_at),
        "overdue": duty.due_at is not None and duty.state == "open" and at > duty.due_at,
        "statement": duty.statement or None,
        "said_by": duty.said_by or None,
    }
