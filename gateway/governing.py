"""Agreements in sight and in force: the list, one of them, and taking one out of force at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import Connection

from agreements.agreement import Agreement
from agreements.life import STEPS, State, Step, Version, state_of
from agreements.parser import canonical_form
from gateway.activation import put_in_force
from gateway.identity import Requester
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.records import Records
from gateway.steps import check_step, record_step
from gateway.store.agreements import StoredVersion, suspended_by
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.wire.times import instant


@dataclass(frozen=True, slots=True)
class InSight:
    """A version with the state it is in now; `stored` where it lives in the store."""

    agreement: Agreement
    state: State
    in_force: bool
    stored: StoredVersion | None = None

    @property
    def key(self) -> Version:
        return self.agreement.id, self.agreement.version


Sighted: TypeAlias = list[InSight]


class Governing:
    def __init__(
        self, policies: Policies, records: Records, store: Store, clock: Callable[[], datetime]
    ) -> None:
        self._policies = policies
        self._records = records
        self._store = store
        self._clock = clock

    async def list(self, agency: str) -> list[dict[str, Any]]:
        """The agreement versions an agency is party to, drafts among them, with their state now."""
        found = await self._store.read(partial(self._in_sight, agency=agency))
        return [summary(one) for one in found]

    async def get(self, agency: str, id: str, version: int | None) -> InSight:
        """One version of an agreement; without a version the one in force, else the latest.

        Raises:
            Problem: `not-found` unless the agency is party to it.
        """
        found = await self._store.read(partial(self._in_sight, agency=agency, id=id))
        if version is not None:
            found = [one for one in found if one.agreement.version == version]
        if not found:
            raise Problem("not-found")
        return max(found, key=_standing)

    async def suspend(self, officer: Requester, id: str, version: int | None, reason: str) -> dict[str, Any]:
        """Take a version out of force at once, by default the one in force; any party may.

        Raises:
            Problem: `not-found` unless the agency is party to it, `conflict` when it is not active.
        """
        work = partial(
            self._change, step=Step.SUSPEND, officer=officer, id=id, version=version, reason=reason
        )
        return summary((await self._store.write(work)).value[-1])

    async def resume(self, officer: Requester, id: str, version: int | None, reason: str) -> dict[str, Any]:
        """Put a suspended version back in force; only the party that suspended it may.

        Raises:
            Problem: `not-found`, `conflict` when it is not suspended, `forbidden` for another party.
        """
        work = partial(self._change, step=Step.RESUME, officer=officer, id=id, version=version, reason=reason)
        return summary((await self._store.write(work)).value[-1])

    async def terminate(
        self, officer: Requester, id: str, version: int | None, reason: str
    ) -> dict[str, Any]:
        """End a version for good at once, by default every version that is left; any party may.

        Raises:
            Problem: `not-found`, `conflict` when there is nothing left to end.
        """
        work = partial(
            self._change, step=Step.TERMINATE, officer=officer, id=id, version=version, reason=reason
        )
        return summary((await self._store.write(work)).value[-1])

    def _change(
        self, transaction: Transaction, step: Step, officer: Requester, id: str, version: int | None,
        reason: str,
    ) -> Sighted:  # fmt: skip
        """Take one of the steps that go at once; the versions it was taken on, as they stand after it."""
        connection, at = transaction.connection, self._clock()
        found = list(self._in_sight(connection, officer.agency, id))
        chosen = [one for one in found if version in {None, one.agreement.version}]
        if not chosen:
            raise Problem("not-found")
        if version is None:
            chosen = _meant(step, chosen)
        for one in chosen:
            check_step(step, one.state)
            if step is Step.RESUME:
                _check_own(suspended_by(connection, one.key), officer.agency)
            record_step(transaction, step, one.agreement, officer, at, reason=reason)
        put_in_force(self._policies, transaction)
        keys = {one.key for one in chosen}
        return [one for one in self._in_sight(connection, officer.agency, id) if one.key in keys]

    def _in_sight(self, connection: Connection, agency: str, id: str | None = None) -> Sighted:
        """Every version an agency is party to, by id and number."""
        stored = self._records.agreements.all(connection, id)
        return [
            one
            for one in in_sight(self._policies, stored, self._clock())
            if agency in one.agreement.parties and id in {None, one.agreement.id}
        ]


def in_sight(policies: Policies, stored: Iterable[StoredVersion], at: datetime) -> Sighted:
    """Every version of the set in force and of the store, with the state it is in, by id and number."""
    kept, decided, rules = {one.key: one for one in stored}, policies.decided, policies.current.rules
    activated = {(item.id, item.version) for item in decided.activated}
    found: dict[Version, InSight] = {}
    for item in rules.agreements:
        key = (item.id, item.version)
        state = state_of(
            item, governs=rules.governs(item, at), activated=key in activated,
            terminated=key in decided.terminated, at=at,
        )  # fmt: skip
        found[key] = InSight(item, state, rules.in_force(item, at), kept.get(key))
    for key, version in kept.items():
        if key not in found:
            state = State.TERMINATED if key in decided.terminated else version.state
            found[key] = InSight(version.agreement, state, in_force=False, stored=version)
    return [found[key] for key in sorted(found)]


def _meant(step: Step, found: list[InSight]) -> Sighted:
    """The versions a step is about that names none: the one in force before others, or all that can end."""
    able = [one for one in found if one.state in STEPS[step].before]
    if step is Step.TERMINATE and able:
        return able
    return [max(able or found, key=_standing)]


def _check_own(by: str | None, agency: str) -> None:
    if by is None:
        raise Problem("conflict", "It is suspended in its file, and is resumed there.")
    if by != agency:
        raise Problem("forbidden", "The party that suspended it resumes it.")


def _standing(one: InSight) -> tuple[bool, bool, int]:
    """In force first, then what was at least put to the parties, then the latest."""
    return one.in_force, one.state is not State.DRAFT, one.agreement.version


def summary(one: InSight) -> dict[str, Any]:
    agreement = one.agreement
    return {
        "id": agreement.id,
        "version": agreement.version,
        "title": agreement.title,
        "instrument": agreement.instrument.value,
        "state": one.state.value,
        "in_force": one.in_force,
        "parties": list(agreement.parties),
        "signed_by": [signature.party for signature in agreement.signatures],
        "effective": instant(agreement.effective),
        "expires": instant(agreement.expires),
        "review_by": instant(agreement.review_by),
    }


def agreement_json(agreement: Agreement) -> dict[str, Any]:
    signatures = [{"party": item.party, "jws": item.jws} for item in agreement.signatures]
    return {**canonical_form(agreement), "signatures": signatures}
