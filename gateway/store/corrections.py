"""Corrections sent to every agency that was told something wrong, and whether each has taken note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from agreements.terms import Category
from gateway.store.process_tables import correction_notices, corrections
from gateway.vault import Vault
from gateway.wire.onward import CorrectionKind


@dataclass(frozen=True, slots=True)
class Correction:
    id: str
    agency: str
    subject: str
    sent_at: datetime
    kind: CorrectionKind
    categories: frozenset[Category]
    statement: str
    sent_by: str


@dataclass(frozen=True, slots=True)
class Notified:
    """One agency that has to know, with the exchanges of it that the correction is about."""

    correction: str
    recipient: str
    state: str
    exchanges: tuple[str, ...]
    said_by: str = ""
    statement: str = ""


class Corrections:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, connection: Connection, correction: Correction, notified: Sequence[Notified]) -> None:
        sealed = {
            "kind": correction.kind.value,
            "categories": sorted(correction.categories),
            "statement": correction.statement,
            "sent_by": correction.sent_by,
        }
        row = {
            "id": correction.id,
            "agency": correction.agency,
            "subject": correction.subject,
            "sent_at": correction.sent_at,
            "sealed": self._vault.seal(f"correction/{correction.id}", sealed),
        }
        connection.execute(insert(corrections), row)
        if notified:
            connection.execute(insert(correction_notices), [self._notice_row(one) for one in notified])

    def get(self, connection: Connection, id: str) -> tuple[Correction, list[Notified]] | None:
        row = connection.execute(select(corrections).where(corrections.c.id == id)).mappings().first()
        if row is None:
            return None
        found = select(correction_notices).where(correction_notices.c.correction == id)
        rows = connection.execute(found.order_by(correction_notices.c.recipient)).mappings()
        return self._read(row), [self._notice(each) for each in rows]

    def of(self, connection: Connection, agency: str) -> list[tuple[Correction, list[Notified]]]:
        """Corrections an agency sent or has to know of, oldest first."""
        mine = select(correction_notices.c.correction).where(correction_notices.c.recipient == agency)
        found = select(corrections.c.id).where(
            or_(corrections.c.agency == agency, corrections.c.id.in_(mine))
        )
        ids = connection.execute(found.order_by(corrections.c.sent_at)).scalars().all()
        return [one for one in (self.get(connection, id) for id in ids) if one is not None]

    def change(self, connection: Connection, notified: Notified) -> None:
        key = (correction_notices.c.correction == notified.correction) & (
            correction_notices.c.recipient == notified.recipient
        )
        connection.execute(update(correction_notices).where(key).values(**self._notice_row(notified)))

    def _notice_row(self, one: Notified) -> dict[str, Any]:
        place = f"correction/{one.correction}/{one.recipient}"
        sealed = {"exchanges": list(one.exchanges), "said_by": one.said_by, "statement": one.statement}
        return {
            "correction": one.correction,
            "recipient": one.recipient,
            "state": one.state,
            "sealed": self._vault.seal(place, sealed),
        }

    def _notice(self, row: RowMapping) -> Notified:
        opened: dict[str, Any] = self._vault.open(
            f"correction/{row['correction']}/{row['recipient']}", row["sealed"]
        )
        return Notified(
            row["correction"], row["recipient"], row["state"],
            tuple(opened["exchanges"]), opened["said_by"], opened["statement"],
        )  # fmt: skip

    def _read(self, row: RowMapping) -> Correction:
        opened: dict[str, Any] = self._vault.open(f"correction/{row['id']}", row["sealed"])
        return Correction(
            id=row["id"],
            agency=row["agency"],
            subject=row["subject"],
            sent_at=row["sent_at"],
            kind=CorrectionKind(opened["kind"]),
            categories=frozenset(map(Category, opened["categories"])),
            statement=opened["statement"],
            sent_by=opened["sent_by"],
        )
