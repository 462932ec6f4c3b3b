"""From a draft to a version that every party has signed: nothing here changes what is in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from agreements.agreement import Agreement, Signature
from agreements.life import State, Step, Version
from gateway.identity import Requester
from gateway.identity_keys import AgencyKeys
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.records import Records
from gateway.signatures import signed_by
from gateway.steps import check_step, record_step
from gateway.store.agreements import Person, StoredVersion
from gateway.store.store import Store
from gateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it was sent, read without a fault."""

    agreement: Agreement
    source: bytes


class Drafting:
    def __init__(
        self,
        policies: Policies,
        records: Records,
        store: Store,
        keys: Mapping[str, AgencyKeys],
        clock: Callable[[], datetime],
    ) -> None:
        self._policies = policies
        self._records = records
        self._store = store
        self._keys = keys
        self._clock = clock

    async def draft(self, officer: Requester, draft: Draft) -> tuple[StoredVersion, bool]:
        """Keep a new version as a draft; whether it is new. The same draft by the same person is kept once.

        Raises:
            Problem: `not-a-party` unless the draft names the officer's agency, `unprocessable` for what a
                draft may not say, `conflict` for a number that is not above every other.
        """
        _check_draft(officer, draft.agreement)
        return (await self._store.write(partial(self._draft, officer=officer, draft=draft))).value

    def _draft(
        self, transaction: Transaction, officer: Requester, draft: Draft
    ) -> tuple[StoredVersion, bool]:
        connection, versions = transaction.connection, self._records.agreements
        key, author = (draft.agreement.id, draft.agreement.version), person(officer)
        there = versions.get(connection, key)
        if there is not None and (there.source, there.authors, there.state) == (
            draft.source, (author,), State.DRAFT,
        ):  # fmt: skip
            return there, False
        self._check_number(connection, officer.agency, key, also_drafts=True)
        stored = StoredVersion(draft.agreement, State.DRAFT, 1, draft.source, (author,))
        versions.add(connection, stored)
        record_step(transaction, Step.DRAFT, draft.agreement, officer, self._clock())
        return stored, True

    async def edit(
        self, officer: Requester, key: Version, expected: int | None, draft: Draft
    ) -> StoredVersion:
        """Put another text in place of a draft's; `expected` is the revision it was read at.

        Raises:
            Problem: `not-found`, `precondition-failed`, `conflict` once it is proposed, and as `draft`.
        """
        _check_draft(officer, draft.agreement)
        if (draft.agreement.id, draft.agreement.version) != key:
            raise Problem("unprocessable", "id, version: expected those of the draft that is edited.")

        def write(transaction: Transaction) -> StoredVersion:
            stored = self._mine(transaction.connection, officer, key)
            check_step(Step.EDIT, self._state(stored))
            if expected is not None and expected != stored.revision:
                raise Problem("precondition-failed", "The draft was changed since it was read.")
            authors = tuple(dict.fromkeys((*stored.authors, person(officer))))
            changed = StoredVersion(draft.agreement, State.DRAFT, stored.revision + 1, draft.source, authors)
            self._records.agreements.change(transaction.connection, changed)
            told = stored.agreement.parties
            record_step(
                transaction, Step.EDIT, draft.agreement, officer, self._clock(),
                others=told, revision=changed.revision,
            )  # fmt: skip
            return changed

        return (await self._store.write(write)).value

    async def propose(self, officer: Requester, key: Version) -> StoredVersion:
        """Put a draft to the parties; from now on its text never changes.

        Raises:
            Problem: `not-found`, `conflict` in another state or when a higher version was proposed meanwhile.
        """

        def write(transaction: Transaction) -> StoredVersion:
            stored = self._mine(transaction.connection, officer, key)
            if stored.proposer == person(officer) and self._state(stored) is State.PROPOSED:
                return stored
            check_step(Step.PROPOSE, self._state(stored))
            self._check_number(transaction.connection, officer.agency, key, also_drafts=False)
            authors = tuple(dict.fromkeys((*stored.authors, person(officer))))
            proposed = replace(stored, state=State.PROPOSED, authors=authors, proposer=person(officer))
            self._records.agreements.change(transaction.connection, proposed)
            record_step(transaction, Step.PROPOSE, stored.agreement, officer, self._clock())
            return proposed

        return (await self._store.write(write)).value

    async def sign(self, officer: Requester, key: Version, signature: Signature) -> StoredVersion:
        """Add a party's signature under a proposed version.

        Raises:
            Problem: `not-found`, `forbidden` for another party's, `conflict` in another state,
                `unprocessable` when it is not by a key of the party over exactly this version.
        """
        if signature.party != officer.agency:
            raise Problem("forbidden", "A party signs for itself.")

        def write(transaction: Transaction) -> StoredVersion:
            stored = self._mine(transaction.connection, officer, key)
            check_step(Step.SIGN, self._state(stored))
            agreement = stored.agreement
            keys = self._keys.get(signature.party)
            signed = replace(agreement, signatures=(signature,))
            if keys is None or not signed_by(signed, signature.party, keys):
                raise Problem("unprocessable", "jws: expected a signature by the party under this version.")
            if any(one.party == signature.party for one in agreement.signatures):
                return stored
            self._records.agreements.sign(transaction.connection, key, signature)
            record_step(transaction, Step.SIGN, agreement, officer, self._clock(), party=signature.party)
            return replace(
                stored, agreement=replace(agreement, signatures=(*agreement.signatures, signature))
            )

        return (await self._store.write(write)).value

    def _mine(self, connection: Connection, officer: Requester, key: Version) -> StoredVersion:
        stored = self._records.agreements.get(connection, key)
        if stored is None or officer.agency not in stored.agreement.parties:
            raise Problem("not-found")
        return stored

    def _state(self, stored: StoredVersion) -> State:
        return State.TERMINATED if stored.key in self._policies.decided.terminated else stored.state

    def _check_number(self, connection: Connection, agency: str, key: Version, *, also_drafts: bool) -> None:
        """A version's number is above that of every other, and its agreement is one of the agency's own.

        Raises:
            Problem: `conflict`; the same for both, so that ids of others' agreements are not told apart.
        """
        id, number = key
        in_sight = [item for item in self._policies.current.rules.agreements if item.id == id]
        stored = self._records.agreements.all(connection, id)
        taken = {item.version: item for item in in_sight}
        taken |= {one.agreement.version: one.agreement for one in stored if one.state is not State.DRAFT}
        latest = max(taken.items(), default=None)
        stale = latest is not None and (number <= latest[0] or agency not in latest[1].parties)
        twice = also_drafts and any(one.key == key for one in stored)
        if stale or twice:
            raise Problem(
                "conflict", "version: expected one above every version of an agreement of your own."
            )


def person(officer: Requester) -> Person:
    return officer.agency, officer.actor.id.casefold()


def _check_draft(officer: Requester, agreement: Agreement) -> None:
    """What only others may add to a version is no part of a draft."""
    if officer.agency not in agreement.parties:
        raise Problem("not-a-party", "A draft names the agency that drafts it among its parties.")
    if agreement.signatures:
        raise Problem(
            "unprocessable", "signatures: expected none; each party adds its own once it is proposed."
        )
    if agreement.suspended:
        raise Problem("unprocessable", "suspended: expected false; a draft is not in force.")
