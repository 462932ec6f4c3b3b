"""Cases opened, changed and closed by the agency they belong to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

from agreements.terms import Role
from audit.record import Entry
from gateway.case import Case, ConcernMove, Invitation
from gateway.case_reviews import CaseReviews, state_on
from gateway.following import Following
from gateway.identity import Actor
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.processes.case import CASE
from gateway.records import Records
from gateway.site import Site
from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.wire.case import CaseEdit, NewCase


class Casework:
    def __init__(
        self,
        site: Site,
        policies: Policies,
        records: Records,
        store: Store,
        reviews: CaseReviews,
        following: Following,
        clock: Callable[[], datetime],
    ) -> None:
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._reviews = reviews
        self._following = following
        self._clock = clock

    async def open(self, agency: str, actor: Actor | None, body: NewCase) -> Case:
        """Open a case.

        Raises:
            Problem: `conflict` for a reference in use; `unprocessable` for a concern that stands on no scale
                of an agreement the agency is party to, for a review later than the one agreement on whose
                scale it stands allows, and for an invitation that is nobody's or of a stranger.
        """
        today = self._clock().date()
        self._check_concern(agency, body.concern, body.scale_of)
        self._check_review(agency, body.concern, body.scale_of, body.next_review)
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
            opened_on=today,
            invited=self._invitations((), body.invited, actor),
            blinded=body.blinded,
        )

        def add(transaction: Transaction) -> Case:
            self._records.cases.add(transaction.connection, case)
            self._reviews.expect(transaction, case)
            self._record(transaction, "case-opened", case, actor)
            return case

        return (await self._store.write(add)).value

    def concerns(self, agency: str) -> tuple[str, ...]:
        """The words in which an agency can say how grave a case is: those of its agreements' scales."""
        scales = [
            agreement.concern_scale
            for agreement in self._policies.current.rules.agreements
            if agency in agreement.parties
        ]
        return tuple(dict.fromkeys(word for scale in scales for word in scale))

    async def get(self, agency: str, reference: str) -> Case:
        """Raises Problem `not-found` unless the agency has such a case."""
        found = await self._store.read(partial(self._records.cases.find, agency=agency, reference=reference))
        if found is None:
            raise Problem("not-found")
        return found

    async def change(
        self, agency: str, actor: Actor | None, reference: str, edit: CaseEdit, expected: int | None
    ) -> Case:
        """Change an open case; `expected` is the version the caller has seen, if it says so.

        A changed concern is kept with its reason; where none is given, the privacy officer is told.

        Raises:
            Problem: `not-found`, `conflict` for a closed case, `precondition-failed` for another version,
                `unprocessable` as for a new case.
        """
        if edit.concern is not None:
            self._check_concern(agency, edit.concern, None)

        def edited(case: Case) -> Case:
            manager, concern, moves = edit.manager, edit.concern or case.concern, case.concern_moves
            if concern != case.concern:
                by = actor.id if actor else None
                moves += (ConcernMove(self._clock(), case.concern, concern, by, edit.reason),)
            next_review = edit.next_review or case.next_review
            if edit.next_review or edit.concern:
                self._check_review(agency, concern, case.scale_of, next_review)
            invited = case.invited
            if edit.invited is not None:
                invited = self._invitations(case.invited, edit.invited, actor)
            return replace(
                case,
                concern=concern,
                flags=case.flags if edit.flags is None else edit.flags,
                manager_id=manager.id if manager else case.manager_id,
                manager_name=manager.name if manager else case.manager_name,
                next_review=next_review,
                invited=invited,
                blinded=case.blinded if edit.blinded is None else edit.blinded,
                concern_moves=moves,
            )

        move = "change" if edit.next_review is None else "review"
        return await self._edit(agency, actor, reference, move, edited, expected)

    async def close(self, agency: str, actor: Actor | None, reference: str, reason: str) -> Case:
        """Close a case for a reason; what is open under it is answered no more.

        Raises:
            Problem: `not-found`, or `conflict` when it is closed already or questions under it are open.
        """

        def closed(case: Case) -> Case:
            return replace(case, open=False, close_reason=reason)

        return await self._edit(agency, actor, reference, "close", closed, None)

    async def _edit(
        self,
        agency: str,
        actor: Actor | None,
        reference: str,
        move: str,
        edited: Callable[[Case], Case],
        expected: int | None,
    ) -> Case:
        def write(transaction: Transaction) -> Case:
            case = self._records.cases.find(transaction.connection, agency, reference)
            if case is None:
                raise Problem("not-found")
            if expected is not None and expected != case.version:
                raise Problem("precondition-failed", "The case was changed since it was read.")
            if not CASE.allows(state_on(case, self._clock().date()), move):
                raise Problem("conflict", "The case is closed.")
            changed = replace(edited(case), version=case.version + 1)
            self._follow_up(transaction, case, changed)
            self._records.cases.change(transaction.connection, changed)
            self._record(transaction, "case-changed" if changed.open else "case-closed", changed, actor)
            return changed

        return (await self._store.write(write)).value

    def _follow_up(self, transaction: Transaction, before: Case, after: Case) -> None:
        """What else a change brings: another review to watch, a question left behind, somebody to tell."""
        if not after.open:
            for one in self._reviews.check_settled(transaction.connection, before):
                self._following.settle(transaction, one)
        if after.next_review != before.next_review or not after.open:
            self._reviews.expect(transaction, after)
        unexplained = after.concern != before.concern and not after.concern_moves[-1].reason
        if unexplained:
            tag = self._records.cases.tag(after.agency, after.reference).hex()
            notify(
                transaction.connection,
                after.agency,
                "privacy-officer",
                "case-concern-unexplained",
                tag,
                self._clock(),
            )

    def _record(self, transaction: Transaction, kind: str, case: Case, actor: Actor | None) -> None:
        body: dict[str, Any] = {
            "requester": case.agency,
            "case": case.reference,
            "concern": case.concern,
            "flags": sorted(case.flags),
            "invited": {each.agency: each.role.value for each in case.invited},
            "blinded": sorted(case.blinded),
            "user": actor.id if actor else None,
        }
        transaction.record(Entry(kind, self._clock(), None, body))

    def _invitations(
        self, before: Sequence[Invitation], agencies: Sequence[str], actor: Actor | None
    ) -> tuple[Invitation, ...]:
        """The agencies invited: one that was already keeps its role, a new one takes the actor's."""
        known = {each.agency: each for each in before}
        if not set(agencies) <= self._site.agencies.keys():
            raise Problem("unprocessable", "invited: expected ids of agencies of this site.")
        new = [agency for agency in agencies if agency not in known]
        if new and actor is None:
            raise Problem("unprocessable", "user: expected the person who invites, whose role is kept.")
        role = Role(actor.role) if actor else Role.CASEWORKER
        return tuple(known.get(agency) or Invitation(agency, role) for agency in agencies)

    def _check_review(self, agency: str, concern: str, scale_of: str | None, next_review: date) -> None:
        """The one agreement whose scale the case is on may say how far off its next review may be."""
        at, rules = self._clock(), self._policies.current.rules
        scales = {
            agreement.id: agreement
            for agreement in rules.agreements
            if agency in agreement.parties
            and scale_of in {None, agreement.id}
            and concern in agreement.concern_scale
            and rules.in_force(agreement, at)
        }
        every = [agreement.review_every for agreement in scales.values()]
        if len(every) == 1 and every[0] is not None and next_review > every[0].after(at).date():
            raise Problem(
                "unprocessable",
                f"next_review: expected a day no later than {every[0]} from now, as the agreement wants.",
            )

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
