"""Agreements in sight and in force: the list, one of them, and taking one out of force at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, insert, select

from agreements.agreement import Agreement
from agreements.parser import canonical_form
from audit.record import Entry
from gateway.identity import Requester
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.tables import suspensions
from gateway.store.transaction import Transaction
from gateway.wire.times import instant


class Governing:
    def __init__(self, policies: Policies, store: Store, clock: Callable[[], datetime]) -> None:
        self._policies = policies
        self._store = store
        self._clock = clock

    def list(self, agency: str) -> list[dict[str, Any]]:
        """The agreement versions an agency is party to, with their state now."""
        mine = [item for item in self._policies.current.rules.agreements if agency in item.parties]
        return [self._summary(agreement) for agreement in mine]

    def get(self, agency: str, id: str, version: int | None) -> Agreement:
        """One version of an agreement; without a version the one in force, else the latest.

        Raises:
            Problem: `not-found` unless the agency is party to it.
        """
        rules, at = self._policies.current.rules, self._clock()
        found = [item for item in rules.agreements if item.id == id and agency in item.parties]
        if version is not None:
            found = [item for item in found if item.version == version]
        if not found:
            raise Problem("not-found")
        return max(found, key=lambda item: (rules.in_force(item, at), item.version))

    async def suspend(self, officer: Requester, id: str, reason: str) -> dict[str, Any]:
        """Take an agreement's version in force out of force at once; any party may.

        Raises:
            Problem: `not-found` unless the agency is party to it, `conflict` when it is not in force.
        """
        agreement = self.get(officer.agency, id, None)
        at = self._clock()
        if not self._policies.current.rules.in_force(agreement, at):
            raise Problem("conflict", "No version of this agreement is in force.")
        await self._store.write(
            partial(self._suspend, officer=officer, agreement=agreement, reason=reason, at=at)
        )
        return self._summary(self.get(officer.agency, id, agreement.version))

    def _suspend(
        self, transaction: Transaction, officer: Requester, agreement: Agreement, reason: str, at: datetime
    ) -> None:
        transaction.connection.execute(
            insert(suspensions).values(
                agreement=agreement.id, version=agreement.version, by=officer.agency, at=at
            )
        )
        body: dict[str, Any] = {
            "agreement": agreement.id,
            "version": agreement.version,
            "by": officer.agency,
            "user": officer.actor.id,
            "reason": reason,
            "custodians": sorted(agreement.parties),
        }
        transaction.record(Entry("agreement-suspended", at, None, body))
        for party in agreement.parties:
            notify(transaction.connection, party, "privacy-officer", "agreement-suspended", agreement.id, at)
        # In force for this very commit: queries in flight decide again behind it.
        self._policies.suspend(agreement.id, agreement.version)

    def _summary(self, agreement: Agreement) -> dict[str, Any]:
        return {
            "id": agreement.id,
            "version": agreement.version,
            "title": agreement.title,
            "instrument": agreement.instrument.value,
            "state": self._state(agreement),
            "parties": list(agreement.parties),
            "effective": instant(agreement.effective),
            "expires": instant(agreement.expires),
            "review_by": instant(agreement.review_by),
        }

    def _state(self, agreement: Agreement) -> str:
        at = self._clock()
        if self._policies.current.rules.in_force(agreement, at):
            return "active"
        if agreement.suspended:
            return "suspended"
        if at >= agreement.expires:
            return "expired"
        return "proposed" if at < agreement.effective else "superseded"


def suspended_versions(connection: Connection) -> list[tuple[str, int]]:
    """The agreement versions that a party took out of force."""
    found = connection.execute(select(suspensions.c.agreement, suspensions.c.version))
    return [(row.agreement, row.version) for row in found]


def agreement_json(agreement: Agreement) -> dict[str, Any]:
    signatures = [{"party": item.party, "jws": item.jws} for item in agreement.signatures]
    return {**canonical_form(agreement), "signatures": signatures}
