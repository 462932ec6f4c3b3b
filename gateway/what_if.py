"""What would be decided, were it asked: asks nobody, releases nothing, and reveals no recorded consent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway.answers import basis_json, obligation_json
from gateway.deciding import Decisions, askable, consents_about, decide_all, explanations
from gateway.facts import Grounds
from gateway.identity import Requester
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.records import Records
from gateway.site import Site
from gateway.store.store import Store
from gateway.wire.query import Query
from policies.decision import Permitted


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

    def _evaluate(self, connection: Connection, requester: Requester, query: Query) -> Evaluated:
        at, policy = self._clock(), self._policies.current
        case = self._records.cases.find(connection, requester.agency, query.case)
        if case is None or not case.open:
            raise Problem("case-not-open")
        custodians = query.custodians or askable(policy, requester.agency, query.categories, at)
        named = tuple(
            consent
            for consent in consents_about(
                self._records, connection, self._records.subjects.unkept(query.subject)
            )
            if consent.id == query.consent and requester.agency in consent.recipients
        )
        grounds = Grounds(query, requester, case, named, at)
        return Evaluated(decide_all(self._site, policy, grounds, custodians, at), at)


def _permitted(decision: object, at: datetime) -> dict[str, Any]:
    if not isinstance(decision, Permitted):
        return {}
    permit = decision.permit
    return {
        "basis": basis_json(permit.basis),
        "fields": sorted(permit.fields),
        "obligations": [obligation_json(duty, at) for duty in permit.obligations],
    }
