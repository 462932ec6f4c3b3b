"""Erasures from proposal to completion. Whom one is about stands sealed, and only until it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from agreements.subject import Subject
from gateway.store.tables import erasures
from gateway.vault import Vault
from gateway.wire.body import read_body
from gateway.wire.subject import NAMED_SUBJECT, subject_json


@dataclass(frozen=True, slots=True)
class Approval:
    """Another person's yes, and the schedules that person's agency sets aside for what it is party to."""

    agency: str
    by: str
    set_aside: frozenset[str]


@dataclass(frozen=True, slots=True)
class Erasure:
    """`state` is proposed, done or dropped; once decided, `subject` and `reason` are gone.

    `parties` are the agencies it concerns; only those who decide for one of them see it.
    """

    id: str
    agency: str
    state: str
    proposed_at: datetime
    proposed_by: str
    statute: str
    subject: Subject | None
    reason: str
    parties: tuple[str, ...]
    approvals: tuple[Approval, ...] = ()
    decided_by: str = ""
    decided_at: datetime | None = None
    counts: tuple[tuple[str, int], ...] = ()


class Erasures:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, connection: Connection, erasure: Erasure) -> None:
        connection.execute(insert(erasures).values(**self._row(erasure)))

    def change(self, connection: Connection, erasure: Erasure) -> None:
        row = self._row(erasure)
        connection.execute(update(erasures).where(erasures.c.id == erasure.id).values(**row))

    def get(self, connection: Connection, id: str) -> Erasure | None:
        row = connection.execute(select(erasures).where(erasures.c.id == id)).mappings().first()
        return None if row is None else self._read(row)

    def all(self, connection: Connection) -> Sequence[Erasure]:
        found = select(erasures).order_by(erasures.c.proposed_at, erasures.c.id)
        return [self._read(row) for row in connection.execute(found).mappings()]

    def _row(self, erasure: Erasure) -> dict[str, Any]:
        sealed = {
            "by": erasure.proposed_by,
            "statute": erasure.statute,
            "subject": erasure.subject and subject_json(erasure.subject),
            "reason": erasure.reason,
            "parties": list(erasure.parties),
            "decided_by": erasure.decided_by,
            "decided_at": erasure.decided_at and erasure.decided_at.isoformat(),
            "approvals": [[one.agency, one.by, sorted(one.set_aside)] for one in erasure.approvals],
            "counts": [list(count) for count in erasure.counts],
        }
        return {
            "id": erasure.id,
            "agency": erasure.agency,
            "state": erasure.state,
            "proposed_at": erasure.proposed_at,
            "sealed": self._vault.seal(f"erasure/{erasure.id}", sealed),
        }

    def _read(self, row: RowMapping) -> Erasure:
        opened: dict[str, Any] = self._vault.open(f"erasure/{row['id']}", row["sealed"])
        about, decided_at = opened["subject"], opened["decided_at"]
        return Erasure(
            id=row["id"],
            agency=row["agency"],
            state=row["state"],
            proposed_at=row["proposed_at"],
            proposed_by=opened["by"],
            statute=opened["statute"],
            subject=read_body(about, NAMED_SUBJECT) if about else None,
            reason=opened["reason"],
            parties=tuple(opened["parties"]),
            decided_by=opened["decided_by"],
            decided_at=datetime.fromisoformat(decided_at) if decided_at else None,
            approvals=tuple(
                Approval(agency, by, frozenset(set_aside)) for agency, by, set_aside in opened["approvals"]
            ),
            counts=tuple((name, number) for name, number in opened["counts"]),
        )
