"""Cases opened, changed and closed by the agency they belong to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from audit.record import Entry
from gateway.case import Case
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.records import Records
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.wire.case import CaseEdit, NewCase


class Casework:
    def __init__(
        self, policies: Policies, records: Records, store: Store, clock: Callable[[], datetime]
    ) -> None:
        self._policies = policies
        self._records = records
        self._store = store
        self._clock = clock

    async def open(self, agency: str, user: str | None, body: NewCase) -> Case:
        """Open a case.

        Raises:
            Problem: `conflict` for a reference in use; `unprocessable` for a concern that stands on no scale
                of an agreement the agency is party to.
        """
        self._check_concern(agency, body.concern, body.scale_of)
        case = Case(
            agency=agency,
            reference=body.reference,
            kind=body.kind,
            concern=body.concern,
            scale_of=body.scale_of,
            flags=body.flags,
            manager_id=body.manager.id,
            manager_name=body.manager.name,
            next_review=body.next_review,
        )

        def add(transaction: Transaction) -> Case:
            self._records.cases.add(transaction.connection, case)
            self._record(transaction, "case-opened", case, user)
            return case

        return (await self._store.write(add)).value

    async def get(self, agency: str, reference: str) -> Case:
        """Raises Problem `not-found` unless the agency has such a case."""
        found = await self._store.read(partial(self._records.cases.find, agency=agency, reference=reference))
        if found is None:
            raise Problem("not-found")
        return found

    async def change(
        self, agency: str, user: str | None, reference: str, edit: CaseEdit, expected: int | None
    ) -> Case:
        """Change an open case; `expected` is the version the caller has seen, if it says so.

        Raises:
            Problem: `not-found`, `conflict` for a closed case, `precondition-failed` for another version.
        """
        if edit.concern is not None:
            self._check_concern(agency, edit.concern, None)

        def edited(case: Case) -> Case:
            manager = edit.manager
            return replace(
                case,
                concern=edit.concern or case.concern,
                flags=case.flags if edit.flags is None else edit.flags,
                manager_id=manager.id if manager else case.manager_id,
                manager_name=manager.name if manager else case.manager_name,
                next_review=edit.next_review or case.next_review,
            )

        return await self._edit(agency, user, reference, "case-changed", edited, expected)

    async def close(self, agency: str, user: str | None, reference: str, reason: str) -> Case:
        """Close a case for a reason; what is open under it is answered no more.

        Raises:
            Problem: `not-found`, or `conflict` when it is closed already.
        """

        def closed(case: Case) -> Case:
            return replace(case, open=False, close_reason=reason)

        return await self._edit(agency, user, reference, "case-closed", closed, None)

    async def _edit(
        self,
        agency: str,
        user: str | None,
        reference: str,
        kind: str,
        edited: Callable[[Case], Case],
        expected: int | None,
    ) -> Case:
        def write(transaction: Transaction) -> Case:
            case = self._records.cases.find(transaction.connection, agency, reference)
            if case is None:
                raise Problem("not-found")
            if expected is not None and expected != case.version:
                raise Problem("precondition-failed", "The case was changed since it was read.")
            if not case.open:
                raise Problem("conflict", "The case is closed.")
            changed = replace(edited(case), version=case.version + 1)
            self._records.cases.change(transaction.connection, changed)
            self._record(transaction, kind, changed, user)
            return changed

        return (await self._store.write(write)).value

    def _record(self, transaction: Transaction, kind: str, case: Case, user: str | None) -> None:
        body: dict[str, Any] = {
            "requester": case.agency,
            "case": case.reference,
            "concern": case.concern,
            "flags": sorted(case.flags),
            "user": user,
        }
        transaction.record(Entry(kind, self._clock(), None, body))

    def _check_concern(self, agency: str, concern: str, scale_of: str | None) -> None:
        scales = [
            agreement.concern_scale
            for agreement in self._policies.current.rules.agreements
            if agency in agreement.parties and scale_of in {None, agreement.id}
        ]
        if not any(concern in scale for scale in scales):
            raise Problem(
                "unprocessable",
                "concern: expected a word on the concern scale of an agreement your agency is party to.",
            )
