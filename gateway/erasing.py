"""Erasing a subject: one privacy officer proposes, another decides, and then nothing of it can be read.

What goes is every row and key about the subject, and the salt and payload of every entry about it. What
stays is each leaf, so that every proof given out still verifies, and `erased` entries that name nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.subject import Subject
from audit.encoding import Json
from audit.record import Entry
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.records import Records
from gateway.retention import Retention
from gateway.store.erasing import erase_records, erase_subjects, records_about
from gateway.store.erasures import Approval, Erasure
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.subjects import KeptSubject
from gateway.store.transaction import Transaction
from gateway.veil import Payload, is_party, parties_of
from gateway.wire.erasure import ErasureDecision, ErasureRequest
from gateway.wire.times import instant
from policies.schedules import Schedule


@dataclass(frozen=True, slots=True)
class _Looked:
    """Entries found about some kept subjects up to a size of the ledger, before the writer is troubled."""

    kept: frozenset[str]
    size: int
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Extent:
    """All there is of a subject: its kept forms, the ids of records and the entries about it."""

    kept: tuple[KeptSubject, ...]
    records: list[str]
    payloads: dict[int, Payload]

    @property
    def parties(self) -> set[str]:
        """Agencies that told, asked or recorded something about the subject."""
        return {agency for payload in self.payloads.values() for agency in parties_of(payload)}


class Erasing:
    def __init__(
        self, records: Records, store: Store, retention: Retention, clock: Callable[[], datetime]
    ) -> None:
        self._records = records
        self._store = store
        self._retention = retention
        self._clock = clock

    async def propose(self, officer: Requester, asked: ErasureRequest) -> dict[str, Any]:
        """Propose to erase a subject; every agency that is party to anything about it is told by id.

        Raises:
            Problem: `not-found` where nothing on record about the subject concerns the officer's agency.
        """
        looked = await self._store.read(partial(self._look, subject=asked.subject))
        propose = partial(self._propose, officer=officer, asked=asked, looked=looked)
        return (await self._store.write(propose)).value

    async def get(self, officer: Requester, id: str) -> dict[str, Any]:
        """An erasure as an agency it concerns sees it; proposed, with the schedules that still keep records.

        Raises:
            Problem: `not-found`.
        """
        return await self._store.read(partial(self._shown, officer=officer, id=id))

    async def decide(self, officer: Requester, id: str, decision: ErasureDecision) -> dict[str, Any]:
        """Approve a proposed erasure, or drop it.

        Approved by another person, it is carried out once every schedule that still keeps a record has been
        set aside by an officer of a party to that record. What it deletes is then in no file of the store.

        Raises:
            Problem: `not-found`; `forbidden` for an approval by who proposed it; `conflict` when it was
                decided, or when the approval does not name exactly the schedules that still keep what the
                officer's agency is party to.
        """
        looked = await self._store.read(partial(self._look_again, officer=officer, id=id))
        work = partial(self._decide, officer=officer, id=id, decision=decision, looked=looked)
        decided = (await self._store.erase(work)).value
        self._records.forget_read()
        return decided

    def _propose(
        self, transaction: Transaction, officer: Requester, asked: ErasureRequest, looked: _Looked
    ) -> dict[str, Any]:
        connection, at = transaction.connection, self._clock()
        found = self._extent(connection, asked.subject, looked)
        if officer.agency not in found.parties:
            raise Problem("not-found", "Nothing on record about this subject concerns your agency.")
        erasure = Erasure(
            new_id("era"), officer.agency, "proposed", at, officer.actor.id, asked.statute, asked.subject,
            asked.reason, tuple(sorted(found.parties)),
        )  # fmt: skip
        self._records.erasures.add(connection, erasure)
        self._record(transaction, "erasure-proposed", erasure, officer, at)
        return erasure_json(erasure, officer.agency, self._holds(found, at, officer.agency))

    def _decide(
        self,
        transaction: Transaction,
        officer: Requester,
        id: str,
        decision: ErasureDecision,
        looked: _Looked | None,
    ) -> dict[str, Any]:
        connection, at = transaction.connection, self._clock()
        erasure = self._own(connection, officer, id)
        if erasure.state != "proposed" or erasure.subject is None or looked is None:
            raise Problem("conflict", "This erasure has been decided.")
        if not decision.approve:
            return self._settle(transaction, erasure, "dropped", {}, officer, at)
        if (erasure.agency, erasure.proposed_by) == (officer.agency, officer.actor.id):
            raise Problem("forbidden", "Somebody other than the person who proposed it must approve it.")
        found = self._extent(connection, erasure.subject, looked)
        _check_set_aside({one.id for one, _ in self._held(found, at, officer.agency)}, decision.set_aside)
        approval = Approval(officer.agency, officer.actor.id, decision.set_aside)
        approved = replace(erasure, approvals=(*erasure.approvals, approval))
        if self._is_still_kept(found, approved.approvals, at):
            self._records.erasures.change(connection, approved)
            self._record(transaction, "erasure-approved", approved, officer, at)
            return erasure_json(approved, officer.agency, self._holds(found, at, officer.agency))
        return self._settle(transaction, approved, "done", self._erase(connection, found), officer, at)

    def _settle(
        self, transaction: Transaction, erasure: Erasure, state: str, counts: Mapping[str, int],
        officer: Requester, at: datetime,
    ) -> dict[str, Any]:  # fmt: skip
        settled = replace(
            erasure, state=state, subject=None, reason="", decided_by=officer.actor.id, decided_at=at,
            counts=tuple(counts.items()),
        )  # fmt: skip
        self._records.erasures.change(transaction.connection, settled)
        self._record(transaction, "erased" if state == "done" else "erasure-dropped", settled, officer, at)
        return erasure_json(settled, officer.agency, [])

    def _is_still_kept(self, found: _Extent, approvals: tuple[Approval, ...], at: datetime) -> bool:
        """Whether a schedule keeps an entry and nobody of a party to that entry has set it aside."""
        return any(
            not any(is_party(payload, one.agency) and schedule.id in one.set_aside for one in approvals)
            for payload in found.payloads.values()
            for schedule, _ in self._retention.holds(payload, at)
        )

    def _erase(self, connection: Connection, found: _Extent) -> dict[str, int]:
        """Delete all there is; how many entries of each party are gone."""
        for index in found.payloads:
            self._store.ledger.purge(connection, index)
        erase_records(connection, found.records)
        erase_subjects(connection, [kept.id for kept in found.kept])
        return dict(Counter(agency for payload in found.payloads.values() for agency in parties_of(payload)))

    def _look(self, connection: Connection, subject: Subject) -> _Looked:
        """Reading the whole ledger takes a while; only what is appended meanwhile is read in the commit."""
        ledger, kept = self._store.ledger, self._records.subjects.named(connection, subject)
        size = ledger.size(connection)
        indices = ledger.scan(connection, [one.ledger_key for one in kept])
        return _Looked(frozenset(one.id for one in kept), size, tuple(indices))

    def _extent(self, connection: Connection, subject: Subject, looked: _Looked) -> _Extent:
        """All there is: the entries tagged for the subject under whatever name, and its rows in the store."""
        ledger, kept = self._store.ledger, self._records.subjects.named(connection, subject)
        ids = [one.id for one in kept]
        same = looked.kept == set(ids)
        later = ledger.scan(connection, [one.ledger_key for one in kept], since=looked.size if same else 0)
        indices = {*(looked.indices if same else ()), *later}
        opened = ((index, ledger.open(connection, index)) for index in sorted(indices))
        payloads: dict[int, Payload] = {index: told for index, told in opened if told is not None}
        return _Extent(kept, records_about(connection, ids), payloads)

    def _held(self, found: _Extent, at: datetime, agency: str) -> Iterator[tuple[Schedule, datetime]]:
        """Each schedule that still keeps an entry the agency is party to, with its end."""
        for payload in found.payloads.values():
            if is_party(payload, agency):
                yield from self._retention.holds(payload, at)

    def _holds(self, found: _Extent, at: datetime, agency: str) -> list[dict[str, Any]]:
        """Those schedules, each with its last end and how many entries it keeps."""
        held: dict[str, dict[str, Any]] = {}
        for schedule, end in self._held(found, at, agency):
            blank = {"schedule": schedule.id, "citation": schedule.citation, "until": "", "entries": 0}
            one = held.setdefault(schedule.id, blank)
            one["until"] = max(one["until"], instant(end))
            one["entries"] += 1
        return [held[id] for id in sorted(held)]

    def _shown(self, connection: Connection, officer: Requester, id: str) -> dict[str, Any]:
        erasure = self._own(connection, officer, id)
        if erasure.subject is None:
            return erasure_json(erasure, officer.agency, [])
        found = self._extent(connection, erasure.subject, self._look(connection, erasure.subject))
        return erasure_json(erasure, officer.agency, self._holds(found, self._clock(), officer.agency))

    def _look_again(self, connection: Connection, officer: Requester, id: str) -> _Looked | None:
        """As `_look`, for an erasure; None for one that was decided."""
        subject = self._own(connection, officer, id).subject
        return None if subject is None else self._look(connection, subject)

    def _own(self, connection: Connection, officer: Requester, id: str) -> Erasure:
        erasure = self._records.erasures.get(connection, id)
        if erasure is None or officer.agency not in {erasure.agency, *erasure.parties}:
            raise Problem("not-found")
        return erasure

    def _record(
        self, transaction: Transaction, kind: str, erasure: Erasure, officer: Requester, at: datetime
    ) -> None:
        """For every party an entry of its own, which names no subject and no other party, and a notice."""
        for agency in sorted({erasure.agency, *erasure.parties}):
            body: dict[str, Json] = {
                "erasure": erasure.id,
                "statute": erasure.statute,
                "custodian": agency,
                "user": officer.actor.id,
                "user_of": officer.agency,
                "set_aside": sorted({id for one in erasure.approvals for id in one.set_aside}),
                "entries": dict(erasure.counts).get(agency, 0),
            }
            transaction.record(Entry(kind, at, None, body))
            notify(transaction.connection, agency, "privacy-officer", kind, erasure.id, at)


def _check_set_aside(holds: set[str], named: frozenset[str]) -> None:
    if holds == named:
        return
    reasons: Iterator[Mapping[str, str]] = (
        {"code": "still-kept", "text": f"The schedule {id} still keeps records of this subject."}
        for id in sorted(holds - named)
    )
    raise Problem(
        "conflict", "set_aside: expected exactly the schedules that still keep a record.", reasons=reasons
    )


def erasure_json(erasure: Erasure, agency: str, holds: list[dict[str, Any]]) -> dict[str, Any]:
    """An erasure as an agency sees it: not whom it is about, and of no other agency's records anything."""
    return {
        "id": erasure.id,
        "agency": erasure.agency,
        "state": erasure.state,
        "statute": erasure.statute,
        "proposed_at": instant(erasure.proposed_at),
        "proposed_by": erasure.proposed_by,
        "approved_by": [one.by for one in erasure.approvals],
        "decided_at": erasure.decided_at and instant(erasure.decided_at),
        "holds": holds,
        "entries": dict(erasure.counts).get(agency, 0) if erasure.state == "done" else None,
    }
