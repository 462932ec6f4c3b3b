"""Cases of an agency: the open matter that justifies a query."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select, update

from agreements.terms import Purpose, Role
from gateway.case import Case, ConcernMove, Invitation
from gateway.problems import Problem
from gateway.store.hot import Hot
from gateway.store.remembered import Remembered
from gateway.store.tables import cases
from gateway.store.transaction import Transaction
from gateway.vault import Vault

_ONE: Final = Hot(
    select(cases.c.state, cases.c.version, cases.c.sealed).where(
        cases.c.agency == bindparam("agency"), cases.c.reference == bindparam("reference")
    )
)


class Cases:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._read: Remembered[tuple[int, bytes], Case] = Remembered()

    def tag(self, agency: str, reference: str) -> bytes:
        """What stands for a case's reference in other tables."""
        return self._vault.tag("case", f"{agency}\0{reference}")

    def find(self, connection: Connection, agency: str, reference: str) -> Case | None:
        tag = self.tag(agency, reference)
        for state, version, sealed in _ONE.rows(connection, {"agency": agency, "reference": tag}):
            read = partial(self._opened, agency, tag, state, version, sealed)
            return self._read.get((version, sealed), read)
        return None

    def tagged(self, connection: Connection, agency: str, tag: bytes) -> Case | None:
        """The case that a tag stands for."""
        for state, version, sealed in _ONE.rows(connection, {"agency": agency, "reference": tag}):
            return self._opened(agency, tag, state, version, sealed)
        return None

    def open_of(self, connection: Connection, agency: str) -> list[Case]:
        """Every open case of an agency."""
        found = select(cases).where(cases.c.agency == agency, cases.c.state == "open")
        return [
            self._opened(agency, row.reference, row.state, row.version, row.sealed)
            for row in connection.execute(found)
        ]

    def recalled(self, transaction: Transaction, agency: str, reference: str) -> Case | None:
        """As `find`, without reading again a case that cannot have changed."""
        read = partial(self.find, agency=agency, reference=reference)
        return transaction.recall(("case", agency, reference), read)

    def _opened(self, agency: str, tag: bytes, state: str, version: int, sealed: bytes) -> Case:
        opened: dict[str, Any] = self._vault.open(_place(agency, tag), sealed)
        return Case(
            agency=agency,
            reference=opened["reference"],
            kind=Purpose(opened["kind"]),
            concern=opened["concern"],
            scale_of=opened["scale_of"],
            flags=frozenset(opened["flags"]),
            manager_id=opened["manager"]["id"],
            manager_name=opened["manager"]["name"],
            next_review=date.fromisoformat(opened["next_review"]),
            open=state == "open",
            version=version,
            close_reason=opened["close_reason"],
            opened_on=date.fromisoformat(opened["opened_on"]) if opened.get("opened_on") else None,
            invited=tuple(Invitation(agency, Role(role)) for agency, role in opened.get("invited", ())),
            blinded=frozenset(opened.get("blinded", ())),
            concern_moves=tuple(_move_read(move) for move in opened.get("concern_moves", ())),
        )

    def add(self, connection: Connection, case: Case) -> None:
        """Open a new case.

        Raises:
            Problem: `conflict` when the agency already has a case of this reference.
        """
        if self.find(connection, case.agency, case.reference) is not None:
            raise Problem("conflict", "A case with this reference already exists.")
        connection.execute(insert(cases).values(**self._row(case)))

    def change(self, connection: Connection, case: Case) -> None:
        """Write an edited case, whose version is one above the one it was read with.

        Raises:
            Problem: `precondition-failed` when somebody else edited it since.
        """
        row = self._row(case)
        changed = connection.execute(
            update(cases)
            .where(
                cases.c.agency == case.agency,
                cases.c.reference == row["reference"],
                cases.c.version == case.version - 1,
            )
            .values(state=row["state"], version=row["version"], sealed=row["sealed"])
        )
        if changed.rowcount != 1:
            raise Problem("precondition-failed", "The case was changed since it was read.")

    def _row(self, case: Case) -> dict[str, Any]:
        tag = self.tag(case.agency, case.reference)
        sealed = self._vault.seal(
            _place(case.agency, tag),
            {
                "reference": case.reference,
                "kind": case.kind.value,
                "concern": case.concern,
                "scale_of": case.scale_of,
                "flags": sorted(case.flags),
                "manager": {"id": case.manager_id, "name": case.manager_name},
                "next_review": case.next_review.isoformat(),
                "close_reason": case.close_reason,
                "opened_on": case.opened_on and case.opened_on.isoformat(),
                "invited": [[each.agency, each.role.value] for each in case.invited],
                "blinded": sorted(case.blinded),
                "concern_moves": [_move_stored(move) for move in case.concern_moves],
            },
        )
        return {
            "agency": case.agency,
            "reference": tag,
            "state": "open" if case.open else "closed",
            "version": case.version,
            "sealed": sealed,
        }


def _move_stored(move: ConcernMove) -> dict[str, Any]:
    said = {"before": move.before, "after": move.after, "by": move.by, "reason": move.reason}
    return {"at": move.at.isoformat(), **said}


def _move_read(stored: dict[str, Any]) -> ConcernMove:
    return ConcernMove(**{**stored, "at": datetime.fromisoformat(stored["at"])})


def _place(agency: str, tag: bytes) -> str:
    return f"case/{agency}/{tag.hex()}"
