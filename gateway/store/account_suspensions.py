"""Statements of officials that hold their disclosures back from a subject's account, sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select

from gateway.store.tables import account_suspensions
from gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class AccountSuspension:
    """One statement: until then the agency holds back from the account what it told the recipient."""

    id: str
    subject: str
    agency: str
    recipient: str
    form: str
    official: str
    statement: str
    at: datetime
    until: datetime


class AccountSuspensions:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, connection: Connection, suspension: AccountSuspension) -> None:
        sealed = {
            "form": suspension.form,
            "official": suspension.official,
            "statement": suspension.statement,
        }
        row = {
            "id": suspension.id,
            "subject": suspension.subject,
            "agency": suspension.agency,
            "recipient": suspension.recipient,
            "at": suspension.at,
            "until": suspension.until,
            "sealed": self._vault.seal(f"account-suspension/{suspension.id}", sealed),
        }
        connection.execute(insert(account_suspensions).values(**row))

    def of(
        self, connection: Connection, agency: str, subjects: Collection[str] | None = None
    ) -> Sequence[AccountSuspension]:
        """An agency's suspensions, oldest first; those of some kept subjects alone where they are named."""
        columns = account_suspensions.c
        found = select(account_suspensions).where(columns.agency == agency).order_by(columns.at, columns.id)
        if subjects is not None:
            found = found.where(columns.subject.in_(list(subjects)))
        return [self._read(row) for row in connection.execute(found).mappings()]

    def erase(self, connection: Connection, subjects: Collection[str]) -> int:
        """Delete what was stated about some kept subjects; how many statements."""
        gone = delete(account_suspensions).where(account_suspensions.c.subject.in_(list(subjects)))
        return connection.execute(gone).rowcount

    def _read(self, row: RowMapping) -> AccountSuspension:
        opened: dict[str, Any] = self._vault.open(f"account-suspension/{row['id']}", row["sealed"])
        columns = {name: row[name] for name in ("id", "subject", "agency", "recipient", "at", "until")}
        return AccountSuspension(**columns, **opened)
