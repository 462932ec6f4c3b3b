"""Putting a proposed version in force: by a second person, and only where nothing speaks against it.

`CHECKS` is the list of what is looked at before; each says what it found, and any finding refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from agreements.agreement import Agreement
from agreements.life import State, Step, Version
from gateway.drafting import person
from gateway.identity import Requester
from gateway.identity_keys import AgencyKeys
from gateway.policy import Policies, PolicySet, fully_signed
from gateway.problems import Problem
from gateway.records import Records
from gateway.site import InvalidSiteError, Site
from gateway.statements import statements_of
from gateway.steps import check_step, record_step
from gateway.store.agreements import StoredVersion, approved
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from policies.findings import broken_said
from policies.never import broken_statements


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a version must not be put in force: a stable code, and words that name the rule or the request."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that is to be put in force, the set of now, and the set there would be."""

    agreement: Agreement
    site: Site
    at: datetime
    present: PolicySet
    proposed: PolicySet


Check = Callable[[Candidate], Iterable[Finding]]


def follows(candidate: Candidate) -> Iterator[Finding]:
    """No way back: the number is above that of every version that is or was in force."""
    agreement = candidate.agreement
    versions = [item.version for item in candidate.present.rules.agreements if item.id == agreement.id]
    if any(version >= agreement.version for version in versions):
        yield Finding("stale-version", f"Version {max(versions)} of this agreement is there already.")


def lasts(candidate: Candidate) -> Iterator[Finding]:
    """A version that has run out is never put in force."""
    if candidate.agreement.expires <= candidate.at:
        yield Finding("expired", "The version has expired.")


def binds_agencies(candidate: Candidate) -> Iterator[Finding]:
    """Every party is an agency of the site."""
    for party in candidate.agreement.parties:
        if party not in candidate.site.agencies:
            yield Finding("unknown-party", f"{party} is no agency of this site.")


def keeps_statements(candidate: Candidate) -> Iterator[Finding]:
    """No request breaks a never-statement that none breaks now, and the version itself breaks none."""
    site, at = candidate.site, candidate.at
    try:
        statements = statements_of(site)
    except InvalidSiteError as invalid:
        yield from (Finding("never-statements-invalid", message) for message in invalid.messages)
        return
    present, proposed = (
        broken_statements(policy.rules, policy.laws, site.agencies, statements, at)
        for policy in (candidate.present, candidate.proposed)
    )
    known = {broken.named for broken in present}
    version = (candidate.agreement.id, candidate.agreement.version)
    for broken in proposed:
        own = (broken.rule.agreement.id, broken.rule.agreement.version) == version
        if own or broken.named not in known:
            yield Finding("never-statement-broken", broken_said(broken))


CHECKS: Final[tuple[Check, ...]] = (follows, lasts, binds_agencies, keeps_statements)


class Activation:
    def __init__(
        self,
        site: Site,
        policies: Policies,
        records: Records,
        store: Store,
        keys: Mapping[str, AgencyKeys],
        clock: Callable[[], datetime],
        checks: Sequence[Check] = CHECKS,
    ) -> None:
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._keys = keys
        self._clock = clock
        self._checks = checks

    async def findings(self, agreement: Agreement) -> list[Finding]:
        """What speaks against a version as things stand now, signatures and persons apart."""
        found, _ = await asyncio.to_thread(self._examined, agreement)
        return found

    async def activate(self, officer: Requester, key: Version) -> StoredVersion:
        """Put a proposed version in force from its effective date on.

        Raises:
            Problem: `not-found`, `forbidden` for a person who drafted, edited or proposed it, `conflict` in
                another state, without the signatures that are needed, or with findings, which it names.
        """
        stored = await self._store.read(lambda connection: self._ready(connection, officer, key))
        if stored.state is State.ACTIVE:
            return stored
        found, examined = await asyncio.to_thread(self._examined, stored.agreement)
        if found:
            reasons = [{"code": one.code, "text": one.text} for one in found]
            raise Problem("conflict", "This version cannot be put in force.", reasons=reasons)

        def write(transaction: Transaction) -> StoredVersion:
            stored = self._ready(transaction.connection, officer, key)
            if stored.state is State.ACTIVE:
                return stored
            if self._policies.current.version != examined:
                raise Problem("conflict", "What is in force changed meanwhile; try again.")
            return self._activate(transaction, officer, stored)

        return (await self._store.write(write)).value

    def _activate(self, transaction: Transaction, officer: Requester, stored: StoredVersion) -> StoredVersion:
        at, policies, agreement = self._clock(), self._policies, stored.agreement
        before = max(
            (item for item in policies.current.rules.agreements if item.id == agreement.id),
            key=lambda item: item.version,
            default=None,
        )
        active = replace(stored, state=State.ACTIVE, activator=person(officer))
        self._records.agreements.change(transaction.connection, active)
        record_step(
            transaction, Step.ACTIVATE, agreement, officer, at,
            others=before.parties if before else (), supersedes=before.version if before else None,
            signed=[one.party for one in agreement.signatures],
        )  # fmt: skip
        put_in_force(policies, transaction)
        return active

    def _ready(self, connection: Connection, officer: Requester, key: Version) -> StoredVersion:
        """The version, when this officer may activate it now; as it is, when this officer did so already."""
        stored = self._records.agreements.get(connection, key)
        if stored is None or officer.agency not in stored.agreement.parties:
            raise Problem("not-found")
        terminated = stored.key in self._policies.decided.terminated
        if stored.state is State.ACTIVE and stored.activator == person(officer) and not terminated:
            return stored
        check_step(Step.ACTIVATE, State.TERMINATED if terminated else stored.state)
        self._check_second(officer, stored)
        return stored

    def _check_second(self, officer: Requester, stored: StoredVersion) -> None:
        """Nobody approves their own work, and no agency alone binds the others.

        Raises:
            Problem: `forbidden` for somebody who had a hand in it, `conflict` for missing signatures.
        """
        if person(officer) in stored.authors:
            raise Problem("forbidden", "Somebody other than who drafted, edited or proposed it activates it.")
        signed = fully_signed(stored.agreement, self._keys)
        if signed:
            return
        if self._site.require_signatures:
            raise Problem("conflict", "Every party must have signed before a version is put in force.")
        if officer.agency in {agency for agency, _ in stored.authors}:
            raise Problem(
                "forbidden", "Until every party has signed, a person of another party activates a version."
            )

    def _examined(self, agreement: Agreement) -> tuple[list[Finding], str]:
        """What every check finds, and the policy version it was found under."""
        policies = self._policies
        present = policies.current
        proposed = policies.with_version(agreement)
        candidate = Candidate(agreement, self._site, self._clock(), present, proposed)
        return [one for check in self._checks for one in check(candidate)], present.version


def put_in_force(policies: Policies, transaction: Transaction) -> None:
    """Let what was decided in this commit hold for everything after it in the same commit.

    Queries in flight decide again behind it; should the commit fail, it was never so.
    """
    before = policies.decided
    transaction.if_undone(lambda: policies.take_back(before))
    policies.take_up(approved(transaction.connection, before))
