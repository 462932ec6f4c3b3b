"""Whether a person may rely on an exception now, for a question or an offer alike."""

from __future__ import annotations

from datetime import datetime

from agreements.exceptions import Representation, says_something
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.records import Records
from gateway.store.transaction import Transaction

EMERGENCIES_PER_USER_DAY = 9


def emergency_refusal(
    records: Records, transaction: Transaction, requester: Requester, claim: Representation, at: datetime
) -> Problem | None:
    """Why a person may not rely on an exception now: it says nothing, is closed to them or used too often."""
    if not says_something(claim.statement, at_least=4):
        return Problem("emergency-refused", "exception.statement must say what happened in this case.")
    agency, actor = requester.agency, requester.actor.id
    connection = transaction.connection
    if records.closures.stands(connection, agency, actor) or records.emergencies.is_overdue(
        connection, agency, actor, at
    ):
        text = "Until an officer of the custodian or of another party reopens it."
        return Problem("emergency-closed", text)
    used = records.emergencies.opened_today(connection, agency, actor, at)
    if used >= EMERGENCIES_PER_USER_DAY:
        return Problem("emergency-refused", "This person has used emergency access too often today.")
    return None
