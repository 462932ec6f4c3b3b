"""Emergency accesses looked at afterwards, by somebody other than who used them; and who may use it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from audit.record import Entry
from gateway.awaiting import Closure, Emergency
from gateway.closing import Closing, closure_entry
from gateway.identity import Requester
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.processes.emergency import CLOSURE, EMERGENCY
from gateway.processes.runner import Work
from gateway.records import Records
from gateway.store.emergencies import REVIEW_DUE
from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.timers import Timer, drop_timer
from gateway.store.transaction import Transaction
from gateway.wire.query import exception_json
from gateway.wire.times import instant


@dataclass(frozen=True, slots=True)
class Finding:
    finding: str
    statement: str


class EmergencyReview:
    def __init__(
        self, policies: Policies, records: Records, store: Store, clock: Callable[[], datetime]
    ) -> None:
        self._policies = policies
        self._records = records
        self._store = store
        self._clock = clock
        self._closing = Closing(records)

    async def accesses(self, agency: str, state: str | None) -> list[dict[str, Any]]:
        """Emergency accesses by or towards the agency."""
        found = await self._store.read(partial(self._records.emergencies.of, agency=agency, state=state))
        return [emergency_json(emergency, self._clock()) for emergency in found]

    async def one(self, reader: Requester, id: str) -> dict[str, Any]:
        """One access with what was claimed, for who must judge it.

        Raises:
            Problem: `not-found` for another agency's.
        """

        def look(connection: Connection) -> dict[str, Any]:
            emergency = self._own(connection, reader, id)
            stored = self._records.questions.get(connection, emergency.query)
            look = self._records.second_looks.at(connection, emergency.query, emergency.custodian)
            claim = look.finding if look else None
            if claim is None and stored is not None:
                claim = stored.query.exception
            shown = emergency_json(emergency, self._clock())
            return {**shown, "exception": claim and exception_json(claim)}

        return await self._store.read(look)

    async def find(self, reviewer: Requester, id: str, finding: Finding) -> dict[str, Any]:
        """Record whether it was justified; where it was not, or is judged too late, the function closes.

        Raises:
            Problem: `not-found` for another agency's, `forbidden` for the person who used it, `conflict` when
                it has been reviewed.
        """
        find = partial(self._find, reviewer=reviewer, id=id, finding=finding)
        return emergency_json((await self._store.write(find)).value, self._clock())

    def overdue(self) -> Work:
        """What is done when nobody has reviewed an access in time."""
        return Work(self._fall_due)

    async def closures(self, reader: Requester, state: str | None) -> list[dict[str, Any]]:
        """To whom emergency access is closed, as far as the reader's agency is party to it."""
        found = await self._store.read(partial(self._records.closures.every, state=state))
        return [self._closure_json(each, reader) for each in found if self._concerns(each, reader.agency)]

    async def reopen(self, officer: Requester, id: str, statement: str) -> dict[str, Any]:
        """Let the person use emergency access again, by an officer of the custodian or of another party.

        Raises:
            Problem: `not-found` for an agency that shares no agreement with the person's, `forbidden` for the
                person's own agency, `conflict` when it is open again or the access still waits for review.
        """
        reopen = partial(self._reopen, officer=officer, id=id, statement=statement)
        return self._closure_json((await self._store.write(reopen)).value, officer)

    def _own(self, connection: Connection, reader: Requester, id: str) -> Emergency:
        emergency = self._records.emergencies.get(connection, id)
        if emergency is None or reader.agency not in {emergency.requester, emergency.custodian}:
            raise Problem("not-found")
        return emergency

    def _find(self, transaction: Transaction, reviewer: Requester, id: str, finding: Finding) -> Emergency:
        connection, at = transaction.connection, self._clock()
        emergency = self._own(connection, reviewer, id)
        if (emergency.requester, emergency.actor) == (reviewer.agency, reviewer.actor.id):
            raise Problem("forbidden", "Somebody other than the person who used it must review it.")
        if not EMERGENCY.allows(emergency.state, "find"):
            raise Problem("conflict", "This emergency access has been reviewed.")
        found = replace(
            emergency,
            state=EMERGENCY.after(emergency.state, "find"),
            finding=finding.finding,
            found_by=reviewer.actor.id,
            statement=finding.statement,
        )
        self._records.emergencies.found(connection, found)
        drop_timer(connection, REVIEW_DUE, id, emergency.custodian)
        key = self._records.ledger_key_of(connection, emergency.query)
        transaction.record(Entry("emergency-reviewed", at, key, _entry(found, reviewer)))
        if finding.finding == "unjustified":
            self._closing.close(transaction, found, "unjustified", at)
        elif at > emergency.review_due:
            self._closing.close(transaction, found, "overdue", at)
        return found

    def _fall_due(self, transaction: Transaction, timer: Timer, _: Any, at: datetime) -> datetime | None:
        connection = transaction.connection
        emergency = self._records.emergencies.get(connection, timer.about)
        if emergency is None or not EMERGENCY.allows(emergency.state, "fall-due"):
            return None
        late = replace(emergency, state=EMERGENCY.after(emergency.state, "fall-due"))
        self._records.emergencies.found(connection, late)
        for agency in sorted({late.requester, late.custodian}):
            notify(connection, agency, "privacy-officer", "emergency-overdue", late.id, at)
        self._closing.close(transaction, late, "overdue", at)
        return None

    def _reopen(self, transaction: Transaction, officer: Requester, id: str, statement: str) -> Closure:
        connection, at = transaction.connection, self._clock()
        closure = self._records.closures.get(connection, id)
        if closure is None or not self._concerns(closure, officer.agency):
            raise Problem("not-found")
        if officer.agency == closure.requester:
            raise Problem("forbidden", "An officer of the custodian or of another party must reopen it.")
        if not CLOSURE.allows(closure.state, "reopen"):
            raise Problem("conflict", "It has been reopened.")
        emergency = self._records.emergencies.get(connection, closure.emergency)
        if emergency is not None and emergency.state != "reviewed":
            raise Problem("conflict", "The access it was closed for must be reviewed first.")
        reopened = replace(
            closure,
            state=CLOSURE.after(closure.state, "reopen"),
            reopened_by=(officer.agency, officer.actor.id),
            statement=statement,
        )
        self._records.closures.change(connection, reopened)
        body = {**closure_entry(reopened), "by": officer.agency, "user": officer.actor.id}
        key = self._records.ledger_key_of(connection, emergency.query) if emergency else None
        transaction.record(Entry("emergency-reopened", at, key, body))
        notify(connection, closure.requester, "privacy-officer", "emergency-reopened", closure.id, at)
        return reopened

    def _concerns(self, closure: Closure, agency: str) -> bool:
        return agency == closure.custodian or agency in self._policies.current.partners(closure.requester)

    def _closure_json(self, closure: Closure, reader: Requester) -> dict[str, Any]:
        """A closure; who it is closed to is told to the person's own agency and the custodian."""
        named = reader.agency in {closure.requester, closure.custodian}
        return {
            "id": closure.id,
            "emergency": closure.emergency if named else None,
            "requester": closure.requester,
            "custodian": closure.custodian if named else None,
            "user": closure.actor if named else None,
            "why": closure.why,
            "state": closure.state,
            "closed_at": instant(closure.closed_at),
            "reopened_by": closure.reopened_by
            and {
                "agency": closure.reopened_by[0],
                "user": closure.reopened_by[1],
            },
            "statement": closure.statement or None,
        }


def emergency_json(emergency: Emergency, at: datetime) -> dict[str, Any]:
    return {
        "id": emergency.id,
        "query": emergency.query,
        "requester": emergency.requester,
        "custodian": emergency.custodian,
        "user": emergency.actor,
        "ground": emergency.ground,
        "recipient": emergency.recipient or None,
        "flags": list(emergency.flags),
        "state": "reviewed" if emergency.state == "reviewed" else "open",
        "opened_at": instant(emergency.opened_at),
        "expires_at": instant(emergency.expires_at),
        "review_due": instant(emergency.review_due),
        "overdue": emergency.state != "reviewed" and at > emergency.review_due,
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
