"""What follows a consent in time: its period ends, and who was told on it learns that it was withdrawn.

A withdrawal closes everything in its own commit. Who was told before is then looked for off the writer's
way, by a timer of that same commit; on a withdrawn consent nothing more can be told meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from agreements.consents import ConsentStatus
from audit.record import Entry
from gateway.processes.consent import CONSENT
from gateway.processes.runner import Work
from gateway.records import Records
from gateway.store.asked import asked_about
from gateway.store.reviews import notify
from gateway.store.store import Store
from gateway.store.timers import Timer
from gateway.store.transaction import Transaction
from policies.decision import Permitted

EXPIRY: Final = "consent-expiry"
"""The timer of a consent whose period ends."""
WITHDRAWAL: Final = "consent-withdrawal"
"""The timer that has earlier recipients told of a withdrawal."""


@dataclass(frozen=True, slots=True)
class Told:
    """A custodian's answer that rested on a consent."""

    requester: str
    custodian: str
    query: str


class Remembering:
    def __init__(self, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._store = store
        self._clock = clock

    def works(self) -> dict[str, Work]:
        """What each of these timers does."""
        return {EXPIRY: Work(self._expire), WITHDRAWAL: Work(self._tell_earlier, self._find_earlier)}

    def _expire(self, transaction: Transaction, timer: Timer, _: Any, at: datetime) -> datetime | None:
        connection = transaction.connection
        found = self._records.consents.get(connection, timer.about)
        if found is None or not CONSENT.allows(found.consent.status.value, "expire"):
            return None
        state = ConsentStatus(CONSENT.after(found.consent.status.value, "expire"))
        expired = replace(found, consent=replace(found.consent, status=state), version=found.version + 1)
        self._records.consents.change(connection, expired)
        consent = expired.consent
        body: dict[str, Any] = {
            "consent": consent.id,
            "custodians": sorted(consent.custodians),
            "recipients": sorted(consent.recipients),
            "by": found.recorded_by,
        }
        subject = self._records.subjects.get(connection, found.subject)
        transaction.record(Entry("consent-expired", at, subject.ledger_key, body))
        notify(connection, found.recorded_by, "caseworker", "consent-expired", consent.id, at)
        for agency in sorted(consent.custodians | consent.recipients):
            notify(connection, agency, "privacy-officer", "consent-expired", consent.id, at)
        return None

    async def _find_earlier(self, timer: Timer) -> tuple[Told, ...]:
        return await self._store.read(partial(self._earlier, consent=timer.about))

    def _earlier(self, connection: Connection, consent: str) -> tuple[Told, ...]:
        """Every answer that told something on a consent."""
        found = self._records.consents.get(connection, consent)
        if found is None:
            return ()
        kept = self._records.subjects.get(connection, found.subject)
        named = {kept.id, *(other.id for other in self._records.subjects.named(connection, kept.subject))}
        asked = asked_about(connection, named, found.consent.recipients)
        return tuple(
            Told(requester, answer.custodian, query)
            for query, requester in asked
            for answer in self._records.questions.answers(connection, query, self._clock())
            if any(
                outcome.disclosed is not None
                and isinstance(outcome.decision, Permitted)
                and outcome.decision.consent == consent
                for outcome in answer.outcomes
            )
        )

    def _tell_earlier(
        self, transaction: Transaction, timer: Timer, told: tuple[Told, ...], at: datetime
    ) -> datetime | None:
        """Tell each recipient once for each query, and keep none of what was told on the consent."""
        connection = transaction.connection
        found = self._records.consents.get(connection, timer.about)
        if found is None or not told:
            return None
        subject = self._records.subjects.get(connection, found.subject)
        for requester, query in sorted({(one.requester, one.query) for one in told}):
            for role in ("caseworker", "privacy-officer"):
                notify(connection, requester, role, "answered-on-withdrawn-consent", query, at)
        for one in told:
            self._records.questions.forget_content(connection, one.query, one.custodian)
            body = {
                "consent": timer.about,
                "query": one.query,
                "requester": one.requester,
                "custodian": one.custodian,
            }
            transaction.record(Entry("withdrawal-told", at, subject.ledger_key, body))
        return None
