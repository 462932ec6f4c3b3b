"""Requests to pass something on, and the chain of agencies through which it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, insert, or_, select, update

from agreements.terms import Category, Purpose
from gateway.store.process_tables import onward
from gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class Onward:
    """`chain` runs from the agency that told it first to the one that asks to pass it on."""

    id: str
    agency: str
    custodian: str
    recipient: str
    state: str
    asked_at: datetime
    about: str
    subject: str
    case: str
    purpose: Purpose
    levels: tuple[tuple[Category, str], ...]
    """What the asking agency was told of each category, and once granted what may be passed on."""
    chain: tuple[str, ...]
    reason: str
    asked_by: str
    decided_by: str = ""
    answer: str = ""


class Onwards:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, connection: Connection, request: Onward) -> None:
        connection.execute(insert(onward), self._row(request))

    def change(self, connection: Connection, request: Onward) -> None:
        connection.execute(update(onward).where(onward.c.id == request.id).values(**self._row(request)))

    def get(self, connection: Connection, id: str) -> Onward | None:
        row = connection.execute(select(onward).where(onward.c.id == id)).mappings().first()
        return None if row is None else self._read(row)

    def of(self, connection: Connection, agency: str, state: str | None) -> list[Onward]:
        """Those an agency asked or decides, and granted ones that are for it, oldest first."""
        granted = and_(onward.c.recipient == agency, onward.c.state == "granted")
        found = select(onward).where(or_(onward.c.agency == agency, onward.c.custodian == agency, granted))
        if state is not None:
            found = found.where(onward.c.state == state)
        return [self._read(row) for row in connection.execute(found.order_by(onward.c.asked_at)).mappings()]

    def _row(self, request: Onward) -> dict[str, Any]:
        sealed = {
            "about": request.about,
            "case": request.case,
            "purpose": request.purpose.value,
            "levels": [[category.value, level] for category, level in request.levels],
            "chain": list(request.chain),
            "reason": request.reason,
            "asked_by": request.asked_by,
            "decided_by": request.decided_by,
            "answer": request.answer,
        }
        return {
            "id": request.id,
            "agency": request.agency,
            "custodian": request.custodian,
            "recipient": request.recipient,
            "subject": request.subject,
            "state": request.state,
            "asked_at": request.asked_at,
            "sealed": self._vault.seal(f"onward/{request.id}", sealed),
        }

    def _read(self, row: RowMapping) -> Onward:
        opened: dict[str, Any] = self._vault.open(f"onward/{row['id']}", row["sealed"])
        clear = {name: row[name] for name in ("id", "agency", "custodian", "recipient", "subject", "state")}
        return Onward(
            **clear,
            asked_at=row["asked_at"],
            about=opened["about"],
            case=opened["case"],
            purpose=Purpose(opened["purpose"]),
            levels=tuple((Category(name), level) for name, level in opened["levels"]),
            chain=tuple(opened["chain"]),
            reason=opened["reason"],
            asked_by=opened["asked_by"],
            decided_by=opened["decided_by"],
            answer=opened["answer"],
        )
