"""What was told past the gateway, by telephone or on paper while it could not be reached, entered afterwards.

It is decided as it would have been at the time, and recorded as having happened whatever the decision says:
one that nothing allowed is flagged, and the privacy officers of both sides are told. No content is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.consents import Consent, ConsentStatus
from agreements.permit import Holding
from agreements.terms import Category, Level, Role
from audit.record import Entry, exact_time
from gateway import entries
from gateway.answers import basis_json, obligation_json
from gateway.identity import Requester
from gateway.offered import stood_for
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.records import Records
from gateway.release import Released, Sealed
from gateway.site import Site
from gateway.store.disclosures import KeptDisclosure
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.subjects import KeptSubject
from gateway.store.transaction import Transaction
from gateway.telling import DECIDING, Telling, widest
from gateway.wire.offer import DisclosureBody, level_of
from policies.decision import Decision, Denied, Permitted, Reason

_AWAITS = Reason("awaits", "A person at the agency that tells had to decide first.")


@dataclass(frozen=True, slots=True)
class Happened:
    """One category as it was told to one recipient, and what the decision says of that."""

    category: Category
    told: Holding
    decision: Decision
    faults: tuple[Reason, ...]
    """What it went beyond; empty: it was within what the decision allows."""


class Afterwards:
    def __init__(
        self, site: Site, policies: Policies, records: Records, store: Store, clock: Callable[[], datetime]
    ) -> None:
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._clock = clock

    async def enter(self, teller: Requester, body: DisclosureBody) -> dict[str, Any]:
        """Record a disclosure that has happened.

        Raises:
            Problem: `unprocessable` for a time to come or recipients that are none, `case-not-open` for a
                case the teller's agency does not have.
        """
        if body.occurred_at > self._clock():
            raise Problem("unprocessable", "occurred_at: expected an instant that is not in the future.")
        if teller.agency in body.told.to or not self._site.agencies.keys() >= set(body.told.to):
            raise Problem("unprocessable", "to: expected ids of other agencies of this site.")
        committed = await self._store.write(partial(self._enter, teller=teller, body=body))
        id, sealed = committed.value
        by_index = {receipt.index: receipt for receipt in committed.receipts}
        released: list[Released] = [part.release(by_index[part.index]) for part in sealed]
        answers = [answer for part in released for answer in part.answers]
        return {"id": id, "violation": any(answer["violation"] for answer in answers), "answers": answers}

    def _enter(
        self, transaction: Transaction, teller: Requester, body: DisclosureBody
    ) -> tuple[str, list[Sealed]]:
        connection, told, at = transaction.connection, body.told, self._clock()
        case = self._records.cases.find(connection, teller.agency, told.case)
        if case is None:
            raise Problem("case-not-open")
        subject = self._records.subjects.keep(connection, told.subject)
        consents = self._consents_then(connection, subject, body.occurred_at)
        telling = Telling.of(teller.agency, told, told.levels, case, consents, body.occurred_at)
        id = new_id("dis")
        kept = KeptDisclosure(id, teller.agency, subject.id, at, frozenset(told.levels))
        self._records.disclosures.add(connection, kept)
        return id, [
            self._record(transaction, teller, body, telling, recipient, subject, id, at)
            for recipient in told.to
        ]

    def _record(
        self, transaction: Transaction, teller: Requester, body: DisclosureBody, telling: Telling,
        recipient: str, subject: KeptSubject, id: str, at: datetime,
    ) -> Sealed:  # fmt: skip
        policy, then = self._policies.current, body.occurred_at
        decisions = widest(self._site, policy, telling, recipient, body.told.reader.get(recipient), then)
        signed = (teller.actor.id,) if teller.actor.role in DECIDING else ()
        happened = [
            _happened(category, body.told.information[category], decision, signed)
            for category, decision in decisions.items()
        ]
        entry = {
            **entries.told_parties(telling, teller.actor, id, recipient, policy.version),
            "requester": recipient,
            "how": body.how,
            "occurred_at": exact_time(then),
            "outcomes": [_entry(one) for one in happened],
        }
        index = transaction.record(Entry("disclosed", at, subject.ledger_key, entry))
        notify(transaction.connection, recipient, Role.LIAISON.value, "disclosure-entered", id, at)
        if any(one.faults for one in happened):
            for agency in (teller.agency, recipient):
                notify(
                    transaction.connection, agency, Role.PRIVACY_OFFICER.value, "disclosure-violation", id, at
                )
        return Sealed([_json(teller.agency, recipient, one, then) for one in happened], index)

    def _consents_then(
        self, connection: Connection, subject: KeptSubject, then: datetime
    ) -> tuple[Consent, ...]:
        """The consents on record, one that was withdrawn only later as it stood."""
        return tuple(
            replace(recorded.consent, status=ConsentStatus.GIVEN)
            if recorded.withdrawn_at is not None and recorded.withdrawn_at > then
            else recorded.consent
            for recorded in self._records.consents.about(connection, subject)
        )


def _happened(category: Category, told: Holding, decision: Decision, signed: tuple[str, ...]) -> Happened:
    return Happened(category, told, decision, tuple(_faults(told, decision, signed)))


def _faults(told: Holding, decision: Decision, signed: tuple[str, ...]) -> Iterator[Reason]:
    """What a disclosure went beyond, with what would have made it lawful."""
    if isinstance(decision, Denied):
        yield from decision.reasons
        return
    permit = decision.permit
    if level_of(told) > permit.level:
        yield Reason("level-exceeded", f"No more than {permit.level.word} could be told.")
    elif permit.level is Level.RECORD and not told.fields.keys() <= permit.fields:
        yield Reason("fields-exceeded", "Some of the fields told are not among those that could be.")
    if not stood_for(decision, signed):
        yield _AWAITS


def _entry(one: Happened) -> dict[str, Any]:
    permitted = one.decision if isinstance(one.decision, Permitted) else None
    return {
        "categories": [one.category.value],
        "cause": "held",
        "result": "information-held",
        "masked": one.decision.masked,
        "level": level_of(one.told).word,
        "fields": sorted(one.told.fields),
        "violation": bool(one.faults),
        "reasons": [reason.code for reason in one.faults],
        "basis": basis_json(permitted.permit.basis) if permitted else None,
        "consent": permitted.consent if permitted else None,
        "obligations": [duty.code.value for duty in permitted.permit.obligations] if permitted else [],
    }


def _json(teller: str, recipient: str, one: Happened, at: datetime) -> dict[str, Any]:
    permitted = one.decision if isinstance(one.decision, Permitted) else None
    return {
        "recipient": recipient,
        "custodian": teller,
        "categories": [one.category.value],
        "told": level_of(one.told).word,
        "violation": bool(one.faults),
        "decision": "permit" if permitted else "deny",
        "level": permitted.permit.level.word if permitted else None,
        "basis": basis_json(permitted.permit.basis) if permitted else None,
        "obligations": [obligation_json(duty, at) for duty in permitted.permit.obligations]
        if permitted
        else [],
        "reasons": [{"code": reason.code, "text": reason.text} for reason in one.faults],
    }
