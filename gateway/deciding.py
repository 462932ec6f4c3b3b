"""Deciding a whole query: every custodian and category, on what is on record about case and subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from agreements.consents import Consent
from agreements.document import Json
from agreements.terms import Act, Category, Effect
from gateway.explaining import explained
from gateway.facts import Grounds, facts_of
from gateway.identity import Requester
from gateway.policy import PolicySet
from gateway.records import Records
from gateway.site import Site
from gateway.store.offers import StoredOffer
from gateway.store.questions import StoredQuery
from gateway.store.subjects import KeptSubject
from gateway.store.transaction import Transaction
from gateway.wire.offer import OfferBody
from gateway.wire.query import Query
from policies.decide import decide
from policies.decision import Decision
from policies.facts import Facts
from policies.kept import facts_stored

AllFacts = Mapping[str, Mapping[Category, Facts]]
Decisions = Mapping[str, Mapping[Category, Decision]]
"""By custodian and category."""


def consents_about(records: Records, connection: Connection, subject: KeptSubject) -> tuple[Consent, ...]:
    """Every consent on record about a subject, under whatever name it was recorded."""
    return tuple(recorded.counted for recorded in records.consents.about(connection, subject))


def standing_consents(
    records: Records, transaction: Transaction, subject: KeptSubject
) -> tuple[Consent, ...]:
    """As `consents_about`, inside a commit."""
    return tuple(recorded.counted for recorded in records.consents.recalled_about(transaction, subject))


def offer_now(records: Records, connection: Connection, offer: StoredOffer) -> OfferBody:
    """What was offered; an exception that was found not to be met counts for nothing."""
    if offer.body.exception is None or not records.emergencies.is_unjustified(connection, offer.id):
        return offer.body
    return replace(offer.body, exception=None)


def grounds_now(records: Records, connection: Connection, stored: StoredQuery) -> Grounds | None:
    """What a query rests on as it stands now, its case open or closed; None when the case is gone.

    An exception that was found not to be met counts for nothing.
    """
    subject, query = records.subjects.get(connection, stored.subject), stored.query
    if query.exception is not None and records.emergencies.is_unjustified(connection, stored.id):
        query = replace(query, exception=None)
    return grounds_again(records, connection, query, stored.requester, subject, stored.asked_at)


def grounds_found(
    records: Records, connection: Connection, stored: StoredQuery, grounds: Grounds, custodian: str
) -> Grounds:
    """The grounds with what one custodian's person found at a second look: an exception, from then on.

    One that was found unjustified since counts for nothing.
    """
    look = records.second_looks.at(connection, stored.id, custodian)
    if look is None or look.finding is None or look.acted_at is None:
        return grounds
    if records.emergencies.is_unjustified(connection, stored.id):
        return grounds
    return replace(grounds, query=replace(grounds.query, exception=look.finding), asked_at=look.acted_at)


def grounds_again(
    records: Records,
    connection: Connection,
    query: Query,
    requester: Requester,
    subject: KeptSubject,
    asked_at: datetime,
) -> Grounds | None:
    """Case and consents of a query read anew; None when the case is gone."""
    case = records.cases.find(connection, requester.agency, query.case)
    if case is None:
        return None
    return Grounds(query, requester, case, consents_about(records, connection, subject), asked_at)


def standing_grounds(
    records: Records, transaction: Transaction, before: Grounds, subject: KeptSubject
) -> Grounds | None:
    """As `grounds_again`, inside a commit."""
    case = records.cases.recalled(transaction, before.requester.agency, before.query.case)
    if case is None:
        return None
    consents = standing_consents(records, transaction, subject)
    return Grounds(before.query, before.requester, case, consents, before.asked_at)


def decide_all(
    site: Site, policy: PolicySet, grounds: Grounds, custodians: Iterable[str], at: datetime,
    *, person_found: bool = False,
) -> Decisions:  # fmt: skip
    """Decide every custodian and category of a query."""
    return decide_facts(policy, facts_all(site, grounds, custodians, at, person_found=person_found))


def facts_all(
    site: Site, grounds: Grounds, custodians: Iterable[str], at: datetime, *, person_found: bool = False
) -> AllFacts:
    """The facts of every decision of a query."""
    return {
        custodian: {
            category: facts_of(site, grounds, custodian, category, at, person_found=person_found)
            for category in grounds.query.categories
        }
        for custodian in custodians
    }


def decide_facts(policy: PolicySet, facts: AllFacts) -> Decisions:
    """Decide each."""
    return {
        custodian: {category: decide(each, policy.rules, policy.laws) for category, each in part.items()}
        for custodian, part in facts.items()
    }


def askable(
    policy: PolicySet, requester: str, categories: Iterable[Category], at: datetime
) -> tuple[str, ...]:
    """Every party that an agreement in force lets an agency ask about any of these categories."""
    wanted = tuple(categories)
    rules = policy.rules
    return tuple(
        custodian
        for custodian in sorted(rules.custodians(requester))
        if any(
            rule.clause.effect is Effect.PERMIT
            and Act.ASK in rule.clause.acts
            and rules.in_force(rule.agreement, at)
            for category in wanted
            for rule in rules.partition(requester, custodian, category).rules
        )
    )


def facts_kept(facts: AllFacts) -> Json:
    """The facts of every decision of a query, free of identity, from which each can be made again."""
    return facts_stored([each for part in facts.values() for each in part.values()])


def explanations(decisions: Decisions) -> list[dict[str, Any]]:
    """Every layer's result; holds nobody's identity."""
    return [
        explained(custodian, category, decision)
        for custodian, part in decisions.items()
        for category, decision in part.items()
    ]
