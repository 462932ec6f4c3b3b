"""Emergency access opened towards each custodian, in the commit that takes the question in.

It is opened whatever is decided: that an exception was claimed is reviewed, and shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from agreements.exceptions import RECIPIENT, Representation, names_recipient
from agreements.terms import Act
from audit.record import Entry, exact_time
from gateway.awaiting import REVIEW_WITHIN, Emergency
from gateway.copied import is_copied, pieces
from gateway.facts import EMERGENCY_LASTS, Grounds
from gateway.identity import Actor, Requester
from gateway.processes.emergency import EMERGENCY
from gateway.processes.table import NEW
from gateway.records import Records
from gateway.store.reviews import new_id, notify
from gateway.store.subjects import KeptSubject
from gateway.store.transaction import Transaction

BY_USER: Final = "used-before-by-user"
BY_AGENCY: Final = "used-before-by-agency"


class Opening:
    def __init__(self, records: Records) -> None:
        self._records = records

    def open(
        self,
        transaction: Transaction,
        query: str,
        grounds: Grounds,
        custodians: Iterable[str],
        subject: KeptSubject,
        at: datetime,
    ) -> None:
        """Open one access towards each custodian, with its notices, its timer and its ledger entry."""
        claim = grounds.query.exception
        if claim is not None:
            self._open(transaction, query, grounds.requester, claim, custodians, subject, at, Act.ASK)

    def open_own_finding(
        self,
        transaction: Transaction,
        query: str,
        person: Requester,
        claim: Representation,
        subject: KeptSubject,
        at: datetime,
        act: Act = Act.ASK,
    ) -> None:
        """A holder's own person finds an exception met, to answer what was asked or to tell unasked; another
        of its people looks at that afterwards.
        """
        self._open(transaction, query, person, claim, [person.agency], subject, at, act)

    def _open(
        self, transaction: Transaction, query: str, person: Requester, claim: Representation,
        custodians: Iterable[str], subject: KeptSubject, at: datetime, act: Act,
    ) -> None:  # fmt: skip
        connection = transaction.connection
        flags = self._flags(connection, query, person, claim, at)
        for custodian in custodians:
            emergency = Emergency(
                id=new_id("emg"),
                query=query,
                requester=person.agency,
                custodian=custodian,
                actor=person.actor.id,
                ground=claim.ground.value,
                state=EMERGENCY.after(NEW, "open"),
                opened_at=at,
                expires_at=at + EMERGENCY_LASTS,
                review_due=at + REVIEW_WITHIN,
                recipient=_recipient(claim, person.actor),
                flags=flags,
            )
            self._records.emergencies.open(connection, emergency)
            if flags:
                for agency in sorted({custodian, person.agency}):
                    notify(connection, agency, "privacy-officer", "emergency-copied", emergency.id, at)
            body = {**_opened_entry(emergency, claim), "act": act.value}
            transaction.record(Entry("emergency-opened", at, subject.ledger_key, body))

    def _flags(
        self, connection: Connection, query: str, requester: Requester, claim: Representation, at: datetime
    ) -> tuple[str, ...]:
        """Whether the statement, or the elements together, were claimed before; and keep what they were."""
        agency, actor, emergencies = requester.agency, requester.actor.id, self._records.emergencies
        elements = [text for _, text in sorted(claim.elements.items()) if isinstance(text, str)]
        by_user = by_agency = False
        kept: dict[str, None] = {}
        for texts in ([claim.statement], elements):
            compared = pieces(texts)
            own, anybodys = emergencies.words_used(connection, agency, actor, compared)
            by_user = by_user or is_copied(len(compared), own)
            by_agency = by_agency or is_copied(len(compared), anybodys)
            kept |= dict.fromkeys(compared)
        emergencies.keep_words(connection, agency, actor, tuple(kept), query, at)
        if by_user:
            return (BY_USER,)
        return (BY_AGENCY,) if by_agency else ()


def _recipient(claim: Representation, actor: Actor) -> str:
    """Who is able to prevent the harm: whom the claim names, else the person acting."""
    if not names_recipient(claim.ground):
        return ""
    named = claim.elements.get(RECIPIENT)
    return named if isinstance(named, str) else actor.name


def _opened_entry(emergency: Emergency, claim: Representation) -> dict[str, Any]:
    return {
        "emergency": emergency.id,
        "query": emergency.query,
        "requester": emergency.requester,
        "custodian": emergency.custodian,
        "user": emergency.actor,
        "ground": emergency.ground,
        "elements": sorted(claim.elements),
        "flags": list(emergency.flags),
        "review_due": exact_time(emergency.review_due),
    }
