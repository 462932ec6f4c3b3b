"""Emergency access closed to who abused it, and what it released recalled, in the commit that found it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agreements.terms import BasisKind
from audit.record import Entry
from gateway.answers import Outcome, basis_json
from gateway.awaiting import Closure, Emergency
from gateway.processes.emergency import CLOSURE
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.store.offers import OFFER_WAITS, StoredTelling
from gateway.store.reviews import new_id, notify
from gateway.store.timers import drop_timer
from gateway.store.transaction import Transaction
from policies.decision import Permitted


class Closing:
    def __init__(self, records: Records) -> None:
        self._records = records

    def close(self, transaction: Transaction, emergency: Emergency, why: str, at: datetime) -> None:
        """Close the function to the person, once for each access, tell both sides, and recall."""
        connection = transaction.connection
        if self._records.closures.for_emergency(connection, emergency.id) is not None:
            return
        closure = Closure(
            id=new_id("clo"),
            emergency=emergency.id,
            requester=emergency.requester,
            custodian=emergency.custodian,
            actor=emergency.actor,
            why=why,
            state=CLOSURE.after(NEW, "close"),
            closed_at=at,
        )
        self._records.closures.add(connection, closure)
        key = self._records.ledger_key_of(connection, emergency.query)
        transaction.record(Entry("emergency-closed", at, key, closure_entry(closure)))
        for agency in sorted({emergency.requester, emergency.custodian}):
            notify(connection, agency, "privacy-officer", "emergency-closed", closure.id, at)
        self._recall(transaction, emergency, at)

    def _recall(self, transaction: Transaction, emergency: Emergency, at: datetime) -> None:
        """Tell who was told to give back what the exception released; its content is kept no longer."""
        connection, questions = transaction.connection, self._records.questions
        for part in self._records.offers.tellings(connection, emergency.query, at):
            self._recall_telling(transaction, emergency, part, at)
        answer = questions.answer(connection, emergency.query, emergency.custodian, at)
        released = _released(answer.outcomes if answer else ())
        if not released:
            return
        stored = questions.get(connection, emergency.query)
        told = stored.requester.agency if stored else emergency.requester
        questions.forget_content(connection, emergency.query, emergency.custodian)
        self._tell(
            transaction, emergency, {"requester": told, "custodian": emergency.custodian}, released, at
        )

    def _recall_telling(
        self, transaction: Transaction, emergency: Emergency, part: StoredTelling, at: datetime
    ) -> None:
        released = _released(part.outcomes)
        if not released:
            return
        self._records.offers.change(transaction.connection, part.without_content())
        drop_timer(transaction.connection, OFFER_WAITS, part.offer, part.recipient)
        self._tell(
            transaction, emergency, {"requester": part.recipient, "custodian": part.teller}, released, at
        )

    def _tell(
        self, transaction: Transaction, emergency: Emergency, parties: Mapping[str, str],
        released: Sequence[dict[str, Any]], at: datetime,
    ) -> None:  # fmt: skip
        connection = transaction.connection
        for role in ("caseworker", "privacy-officer"):
            notify(connection, parties["requester"], role, "emergency-recalled", emergency.query, at)
        what = {"emergency": emergency.id, "query": emergency.query}
        body: dict[str, Any] = {**what, **parties, "released": released}
        key = self._records.ledger_key_of(connection, emergency.query)
        transaction.record(Entry("emergency-recalled", at, key, body))


def _released(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """What was told on the exception, by category and level."""
    return [
        {
            "category": outcome.category.value,
            "level": outcome.disclosed.word,
            "basis": basis_json(outcome.decision.permit.basis),
        }
        for outcome in outcomes
        if outcome.disclosed is not None
        and isinstance(outcome.decision, Permitted)
        and outcome.decision.permit.basis.kind is BasisKind.EXCEPTION
    ]


def closure_entry(closure: Closure) -> dict[str, Any]:
    """What the ledger says of a closure."""
    return {
        "closure": closure.id,
        "emergency": closure.emergency,
        "requester": closure.requester,
        "custodian": closure.custodian,
        "person": closure.actor,
        "why": closure.why,
    }
