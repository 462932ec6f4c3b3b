"""What would be decided, were it asked: asks nobody, releases nothing, and reveals no recorded consent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.consents import Consent
from agreements.terms import Category
from gateway.answers import basis_json, obligation_json
from gateway.case import Case
from gateway.deciding import Decisions, askable, consents_about, decide_all, explanations
from gateway.explaining import explained
from gateway.facts import Grounds
from gateway.identity import Requester
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.records import Records
from gateway.site import Site
from gateway.store.store import Store
from gateway.telling import DECIDING, Telling, readers_of, widest
from gateway.wire.offer import Levels, OfferBody
from gateway.wire.query import Query
from policies.decision import Await, Decision, Denied, Permitted


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The decisions, and those permitted in full for rendering."""

    decisions: Decisions
    at: datetime


class WhatIf:
    def __init__(
        self,
        site: Site,
        policies: Policies,
        records: Records,
        store: Store,
        clock: Callable[[], datetime],
    ) -> None:
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._clock = clock

    async def evaluate(self, requester: Requester, query: Query) -> list[dict[str, Any]]:
        """Every custodian's and category's decision, with the result of each layer.

        Raises:
            Problem: `case-not-open`, or `unprocessable` for a custodian the site does not have.
        """
        if not set(query.custodians or ()) <= self._site.agencies.keys():
            raise Problem("unprocessable", "custodians: expected ids of agencies of this site.")
        evaluated = await self._store.read(partial(self._evaluate, requester=requester, query=query))
        told = explanations(evaluated.decisions)
        flat = [decision for part in evaluated.decisions.values() for decision in part.values()]
        return [
            {**words, **_permitted(decision, evaluated.at)}
            for words, decision in zip(told, flat, strict=True)
        ]

    def askable(self, agency: str) -> dict[str, tuple[Category, ...]]:
        """Whom an agency's people may ask about what, so far as agreements in force have a clause for it."""
        at, policy = self._clock(), self._policies.current
        found: dict[str, list[Category]] = {}
        for category in Category:
            for custodian in askable(policy, agency, (category,), at):
                found.setdefault(custodian, []).append(category)
        return {custodian: tuple(found[custodian]) for custodian in sorted(found)}

    async def tell(self, teller: Requester, body: OfferBody, levels: Levels) -> list[dict[str, Any]]:
        """What would become of an offer at each recipient and category, for the reader who may be shown most.

        Raises:
            Problem: `case-not-open`, or `unprocessable` for a recipient that is none.
        """
        if teller.agency in body.to or not set(body.to) <= self._site.agencies.keys():
            raise Problem("unprocessable", "to: expected ids of other agencies of this site.")
        return await self._store.read(partial(self._tell, teller=teller, body=body, levels=levels))

    def _tell(
        self, connection: Connection, teller: Requester, body: OfferBody, levels: Levels
    ) -> list[dict[str, Any]]:
        at, policy = self._clock(), self._policies.current
        query = body.query(levels)
        case = self._case(connection, teller, query)
        telling = Telling.of(teller.agency, body, levels, case, self._named(connection, teller, query), at)
        told = []
        for recipient in body.to:
            named = body.reader.get(recipient)
            roles, contacts_only = readers_of(self._site, policy, telling, recipient, named, at)
            readers = {"roles": sorted(roles), "contacts_only": contacts_only}
            for category, decision in widest(self._site, policy, telling, recipient, named, at).items():
                decided = offered_by(decision, teller)
                words = explained(teller.agency, category, decided)
                told.append({**words, **_permitted(decided, at), "recipient": recipient, "readers": readers})
        return told

    def _case(self, connection: Connection, requester: Requester, query: Query) -> Case:
        case = self._records.cases.find(connection, requester.agency, query.case)
        if case is None or not case.open:
            raise Problem("case-not-open")
        return case

    def _named(self, connection: Connection, requester: Requester, query: Query) -> tuple[Consent, ...]:
        """The consent that is named, where it concerns who asks; no other one is looked up."""
        subject = self._records.subjects.unkept(query.subject)
        return tuple(
            consent
            for consent in consents_about(self._records, connection, subject)
            if consent.id == query.consent and requester.agency in consent.recipients | consent.custodians
        )

    def _evaluate(self, connection: Connection, requester: Requester, query: Query) -> Evaluated:
        at, policy = self._clock(), self._policies.current
        case = self._case(connection, requester, query)
        custodians = query.custodians or askable(policy, requester.agency, query.categories, at)
        grounds = Grounds(query, requester, case, self._named(connection, requester, query), at)
        return Evaluated(decide_all(self._site, policy, grounds, custodians, at), at)


def offered_by(decision: Decision, teller: Requester) -> Decision:
    """The decision as it stands once this person offers, who may be the one it awaits."""
    if isinstance(decision, Denied) or teller.actor.role not in DECIDING:
        return decision
    left = decision.awaits & {Await.SECOND_REVIEW}
    return replace(decision, awaits=left)


def _permitted(decision: object, at: datetime) -> dict[str, Any]:
    if not isinstance(decision, Permitted):
        return {}
    permit = decision.permit
    return {
        "basis": basis_json(permit.basis),
        "fields": sorted(permit.fields),
        "obligations": [obligation_json(duty, at) for duty in permit.obligations],
    }
