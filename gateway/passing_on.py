"""Passing on what one was told: the agency that told it first is asked, and decides as if it told it itself.

The chain of agencies is kept and grows by one at each step, so that whoever told it first is always the one
who is asked, and can tell everybody on it when something was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.terms import Category, Level, Role
from audit.record import Entry
from gateway.answers import Cause, Outcome, basis_json, obligation_json
from gateway.deciding import consents_about
from gateway.identity import Requester
from gateway.offered import stood_for
from gateway.owing import owe
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.processes.onward import ONWARD
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.retention import Retention
from gateway.site import Site
from gateway.store.onward import Onward
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.telling import Telling, widest
from gateway.wire.offer import OfferBody
from gateway.wire.onward import OnwardBody
from gateway.wire.subject import subject_json
from gateway.wire.times import instant
from policies.decision import Permitted

Permits = Mapping[Category, Permitted]


class PassingOn:
    def __init__(
        self, site: Site, policies: Policies, records: Records, store: Store, retention: Retention,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._retention = retention
        self._clock = clock

    async def ask(self, person: Requester, body: OnwardBody) -> dict[str, Any]:
        """Ask the agency that told something first whether it may be passed on.

        Raises:
            Problem: `not-found` unless the caller's agency was told all of it by that custodian,
                `case-not-open`, `unprocessable` for an agency it cannot be passed on to.
        """
        if body.to not in self._site.agencies or body.to in {person.agency, body.custodian}:
            raise Problem("unprocessable", "to: expected another agency of this site.")

        def write(transaction: Transaction) -> Onward:
            connection, at = transaction.connection, self._clock()
            case = self._records.cases.find(connection, person.agency, body.case)
            if case is None or not case.open:
                raise Problem("case-not-open")
            subject, levels, chain = self._told(connection, person.agency, body, at)
            if not body.categories <= levels.keys():
                raise Problem("not-found")
            request = Onward(
                id=new_id("onw"),
                agency=person.agency,
                custodian=body.custodian,
                recipient=body.to,
                state=ONWARD.after(NEW, "ask"),
                asked_at=at,
                about=body.about,
                subject=subject,
                case=body.case,
                purpose=body.purpose,
                levels=tuple((category, levels[category].word) for category in sorted(body.categories)),
                chain=(*chain, person.agency),
                reason=body.reason,
                asked_by=person.actor.id,
            )
            self._records.onwards.add(connection, request)
            self._record(transaction, "onward-asked", request, person)
            notify(connection, request.custodian, Role.LIAISON.value, "onward-asked", request.id, at)
            return request

        return await self.one(person, (await self._store.write(write)).value.id)

    async def listed(self, agency: str, state: str | None) -> list[dict[str, Any]]:
        """Requests that an agency asked, decides, or that were granted for it; nothing of anybody."""
        found = await self._store.read(partial(self._records.onwards.of, agency=agency, state=state))
        at = self._clock()
        return [onward_json(one) for one in found if not self._retention.record_is_past(one, at)]

    async def one(self, person: Requester, id: str) -> dict[str, Any]:
        """A request with whom it is about, to the agencies of it; to the one it is for once it is granted.

        Raises:
            Problem: `not-found` to any other.
        """

        def look(connection: Connection) -> dict[str, Any]:
            request = self._find(connection, person.agency, id)
            subject = self._records.subjects.get(connection, request.subject).subject
            return {**onward_json(request), "subject": subject_json(subject)}

        return await self._store.read(look)

    async def grant(self, person: Requester, id: str) -> dict[str, Any]:
        """Let it be passed on, as far as the custodian could tell it itself to that agency now.

        Raises:
            Problem: `not-found`, `conflict` where it is decided already or nothing of it could be told.
        """

        def write(transaction: Transaction) -> tuple[Onward, Permits]:
            request, at = self._mine(transaction.connection, person.agency, id), self._clock()
            permits = self._permits(transaction.connection, request, person, at)
            granted = replace(
                request,
                state=ONWARD.after(request.state, "grant"),
                levels=tuple((category, permit.permit.level.word) for category, permit in permits.items()),
                decided_by=person.actor.id,
            )
            self._records.onwards.change(transaction.connection, granted)
            self._record(transaction, "onward-granted", granted, person)
            outcomes = [Outcome(category, permit, Cause.HELD) for category, permit in permits.items()]
            owe(self._records, transaction, id, granted.recipient, granted.custodian, outcomes, at)
            self._tell(transaction, granted, at)
            return granted, permits

        granted, permits = (await self._store.write(write)).value
        at = self._clock()
        told = [
            {
                "category": category.value,
                "level": permit.permit.level.word,
                "fields": sorted(permit.permit.fields),
                "basis": basis_json(permit.permit.basis),
                "obligations": [obligation_json(duty, at) for duty in permit.permit.obligations],
            }
            for category, permit in permits.items()
        ]
        return {**onward_json(granted), "granted": told}

    async def refuse(self, person: Requester, id: str, reason: str) -> dict[str, Any]:
        """Refuse it with a reason, which the asking agency is told.

        Raises:
            Problem: `not-found`, `conflict` where it is decided already.
        """

        def write(transaction: Transaction) -> Onward:
            request = self._mine(transaction.connection, person.agency, id)
            state = ONWARD.after(request.state, "refuse")
            refused = replace(request, state=state, decided_by=person.actor.id, answer=reason)
            self._records.onwards.change(transaction.connection, refused)
            self._record(transaction, "onward-refused", refused, person)
            self._tell(transaction, refused, self._clock())
            return refused

        return onward_json((await self._store.write(write)).value)

    def _told(
        self, connection: Connection, agency: str, body: OnwardBody, at: datetime
    ) -> tuple[str, dict[Category, Level], tuple[str, ...]]:
        """About whom and how much of each category an agency was told by a custodian; the chain so far."""
        parent = self._records.onwards.get(connection, body.about)
        if parent is not None and parent.state == "granted" and parent.recipient == agency:
            passed = {category: Level.from_word(word) for category, word in parent.levels}
            return parent.subject, (passed if parent.custodian == body.custodian else {}), parent.chain
        offer = self._records.offers.get(connection, body.about)
        if offer is not None and offer.teller.agency == body.custodian:
            part = self._records.offers.telling(connection, body.about, agency, at)
            return offer.subject, _levels(part.outcomes if part else ()), (body.custodian,)
        query = self._records.questions.get(connection, body.about)
        if query is not None and query.requester.agency == agency:
            answer = self._records.questions.answer(connection, body.about, body.custodian, at)
            return query.subject, _levels(answer.outcomes if answer else ()), (body.custodian,)
        raise Problem("not-found")

    def _find(self, connection: Connection, agency: str, id: str) -> Onward:
        request = self._records.onwards.get(connection, id)
        if request is None or not (
            agency in {request.agency, request.custodian}
            or (agency == request.recipient and request.state == "granted")
        ):
            raise Problem("not-found")
        if self._retention.record_is_past(request, self._clock()):
            raise Problem("not-found")
        return request

    def _mine(self, connection: Connection, agency: str, id: str) -> Onward:
        """The request, where it is the agency's to decide."""
        request = self._find(connection, agency, id)
        if request.custodian != agency:
            raise Problem("forbidden", "The agency that told it first decides this.")
        if not ONWARD.allows(request.state, "grant"):
            raise Problem("conflict", "This request has been decided.")
        return request

    def _permits(self, connection: Connection, request: Onward, person: Requester, at: datetime) -> Permits:
        """What the custodian could tell that agency itself, under the case of who asks."""
        case = self._records.cases.find(connection, request.agency, request.case)
        if case is None or not case.open:
            raise Problem("conflict", "The case of this request is no longer open.")
        kept = self._records.subjects.get(connection, request.subject)
        levels = {category: Level.from_word(word) for category, word in request.levels}
        body = OfferBody(request.case, request.purpose, kept.subject, (), {}, {}, None, None, None, None)
        consents = consents_about(self._records, connection, kept)
        telling = Telling.of(request.custodian, body, levels, case, consents, at)
        decided = widest(self._site, self._policies.current, telling, request.recipient, None, at)
        permits = {
            category: decision
            for category, decision in decided.items()
            if isinstance(decision, Permitted) and stood_for(decision, (person.actor.id,))
        }
        if not permits:
            reasons = [
                {"code": reason.code, "text": reason.text}
                for decision in decided.values()
                if not isinstance(decision, Permitted)
                for reason in decision.reasons
            ]
            raise Problem("conflict", "Your agency could not tell this there itself.", reasons=reasons)
        return permits

    def _tell(self, transaction: Transaction, request: Onward, at: datetime) -> None:
        connection, kind = transaction.connection, f"onward-{request.state}"
        notify(connection, request.agency, Role.CASEWORKER.value, kind, request.id, at)
        if request.state == "granted":
            notify(connection, request.recipient, Role.LIAISON.value, kind, request.id, at)

    def _record(self, transaction: Transaction, kind: str, request: Onward, by: Requester) -> None:
        """The agency it is for is a party to the entry once it is granted."""
        body: dict[str, Any] = {
            "query": request.about,
            "onward": request.id,
            "requester": request.agency,
            "custodian": request.custodian,
            "recipient": request.recipient,
            "recipients": [request.recipient] if request.state == "granted" else [],
            "chain": list(request.chain),
            "purpose": request.purpose.value,
            "levels": {category.value: level for category, level in request.levels},
            "by": by.agency,
            "user": by.actor.id,
            "role": by.actor.role,
        }
        subject = self._records.subjects.get(transaction.connection, request.subject)
        transaction.record(Entry(kind, self._clock(), subject.ledger_key, body))


def _levels(outcomes: tuple[Outcome, ...]) -> dict[Category, Level]:
    return {outcome.category: outcome.disclosed for outcome in outcomes if outcome.disclosed is not None}


def onward_json(request: Onward) -> dict[str, Any]:
    return {
        "id": request.id,
        "about": request.about,
        "state": request.state,
        "requester": request.agency,
        "custodian": request.custodian,
        "to": request.recipient,
        "purpose": request.purpose.value,
        "levels": {category.value: level for category, level in request.levels},
        "chain": [*request.chain, request.recipient],
        "asked_at": instant(request.asked_at),
        "reason": request.reason,
        "answer": request.answer or None,
        "decided_by": request.decided_by or None,
    }
