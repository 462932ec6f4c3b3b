"""Taking a query in, inside one commit: case, budgets, consents on record, the decision, the ask recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from adapters.matching import near_duplicate
from agreements.permit import Permit
from agreements.terms import Role
from audit.record import Entry
from gateway import entries
from gateway.answers import Cause
from gateway.case import Case
from gateway.claiming import emergency_refusal
from gateway.deciding import (
    AllFacts,
    Decisions,
    askable,
    decide_all,
    decide_facts,
    facts_all,
    facts_kept,
    grounds_now,
    standing_consents,
)
from gateway.facts import Grounds
from gateway.following import Following
from gateway.identity import Requester
from gateway.opening import Opening
from gateway.policy import Policies, PolicySet
from gateway.problems import Problem
from gateway.records import Records
from gateway.site import Site
from gateway.store.asked import asked_by_agency
from gateway.store.questions import CaseTally, DayTally, StoredAnswer, StoredQuery
from gateway.store.reviews import new_id
from gateway.store.subjects import KeptSubject
from gateway.store.transaction import Transaction
from gateway.wire.query import Query
from policies.decision import Permitted, Reason

THROTTLED = Reason("budget-exhausted", "The budget of questions of this person or case is used up.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was taken in and decided; its asks are in the ledger."""

    id: str
    grounds: Grounds
    subject: KeptSubject
    decisions: Decisions
    policy: PolicySet
    throttled: bool
    at: datetime
    turn: int = 1

    @property
    def masked(self) -> bool:
        return any(decision.masked for part in self.decisions.values() for decision in part.values())

    def permits(self, custodian: str) -> tuple[Permit, ...]:
        """What the custodian's system may be asked now; what a person must decide first is left out."""
        if self.throttled:
            return ()
        return tuple(
            decision.permit
            for decision in self.decisions[custodian].values()
            if isinstance(decision, Permitted) and not decision.awaits
        )


@dataclass(frozen=True, slots=True)
class Turned:
    """A query that was turned away; that it came is in the ledger."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Repeated:
    """A query that was asked before under the same idempotency key."""

    query: str


class Intake:
    def __init__(self, site: Site, policies: Policies, records: Records) -> None:
        self._site = site
        self._policies = policies
        self._records = records
        self._following = Following(site, records.cases.tag, records.ledger_key_of)
        self._opening = Opening(records)

    def take(
        self,
        transaction: Transaction,
        requester: Requester,
        query: Query,
        key: tuple[str, str] | None,
        at: datetime,
    ) -> Asked | Turned | Repeated:
        """Everything between a well-formed query and its custodians."""
        records = self._records
        if key is not None:
            known = records.idempotency.repeated(transaction.additive, requester.agency, *key)
            if known is not None:
                return Repeated(known[0]) if known[1] else Turned(Problem("idempotency-key-reused"))
        subject = records.subjects.recalled(transaction, query.subject)
        case = records.cases.recalled(transaction, requester.agency, query.case)
        policy = self._policies.current
        custodians = query.custodians or askable(policy, requester.agency, query.categories, at)
        refusal = self._refusal(transaction, requester, query, case, custodians, at)
        if case is None or refusal is not None:
            problem = refusal or Problem("case-not-open")
            return self._turn_away(transaction, requester, query, subject, problem, at)
        grounds = Grounds(query, requester, case, standing_consents(records, transaction, subject), at)
        facts = facts_all(self._site, grounds, custodians, at)
        decisions = decide_facts(policy, facts)
        throttled = self._over_budget(transaction, requester, query, subject, at)
        asked = Asked(new_id("qry"), grounds, subject, decisions, policy, throttled, at)
        if throttled and not asked.masked:
            problem = Problem("budget-exhausted", THROTTLED.text, retry_after=_seconds_to_midnight(at))
            return self._turn_away(transaction, requester, query, subject, problem, at)
        self._record(transaction, asked, facts, key)
        return asked

    def take_again(
        self, transaction: Transaction, stored: StoredQuery, late: Sequence[StoredAnswer], at: datetime
    ) -> Asked | None:
        """Decide and record the ask anew for what is unavailable; None when there is nothing to ask.

        Each custodian is claimed by counting its round up, so that of two readers only one asks it again.
        """
        connection, questions = transaction.connection, self._records.questions
        grounds = grounds_now(self._records, connection, stored)
        turns = {answer.custodian: answer.turn for answer in questions.answers(connection, stored.id, at)}
        claimed = [answer for answer in late if turns.get(answer.custodian) == answer.stood_at]
        if grounds is None or not grounds.case.open or not claimed:
            return None
        policy = self._policies.current
        decided = decide_all(self._site, policy, grounds, [answer.custodian for answer in claimed], at)
        waiting = {
            answer.custodian: {
                outcome.category: decided[answer.custodian][outcome.category]
                for outcome in answer.outcomes
                if outcome.cause is Cause.UNAVAILABLE
            }
            for answer in claimed
        }
        subject = self._records.subjects.get(connection, stored.subject)
        turn = max(answer.turn for answer in claimed) + 1
        asked = Asked(stored.id, grounds, subject, waiting, policy, stored.throttled, at, turn)
        for answer, index in zip(claimed, record_asks(transaction, asked), strict=True):
            questions.put_answer(connection, replace(answer, turn=turn, answered_at=at, ledger_index=index))
            if answer.stood_at is None:
                parties = (stored.id, stored.requester.agency, stored.query.case)
                self._following.lost(transaction, parties, answer.custodian, at)
        return asked

    def _turn_away(
        self, transaction: Transaction, requester: Requester, query: Query, subject: KeptSubject,
        problem: Problem, at: datetime,
    ) -> Turned:  # fmt: skip
        body = {
            "requester": requester.agency,
            "user": requester.actor.id,
            "role": requester.actor.role,
            "purpose": query.purpose.value,
            "code": problem.code,
        }
        transaction.record(Entry("refused", at, subject.ledger_key, body))
        return Turned(problem)

    def _refusal(
        self,
        transaction: Transaction,
        requester: Requester,
        query: Query,
        case: Case | None,
        custodians: Sequence[str],
        at: datetime,
    ) -> Problem | None:
        """Why this caller may not ask this at all. An unknown, a foreign and a closed case are the same."""
        if requester.actor.role == Role.ADMINISTRATOR:
            return Problem("role-not-allowed", "An administrator reads nothing about anybody.")
        if case is None or not case.open:
            return Problem("case-not-open")
        if not self._site.agencies.keys() >= set(custodians):
            return Problem("unprocessable", "custodians: expected ids of agencies of this site.")
        if not custodians:
            return Problem("not-a-party", "No agreement lets your agency ask anybody about this.")
        if query.exception is None:
            return None
        return emergency_refusal(self._records, transaction, requester, query.exception, at)

    def _over_budget(
        self, transaction: Transaction, requester: Requester, query: Query, subject: KeptSubject, at: datetime
    ) -> bool:
        """Whether this case or this person has asked enough; naming somebody nearly alike counts once."""
        budgets = self._site.budgets
        of_case, of_day = self._tallies(transaction, requester, query.case, at)
        if of_case.queries >= budgets.queries_per_case or self._agency_is_over(transaction, requester, at):
            return True
        if subject.id in of_day.subjects or len(of_day.subjects) < budgets.subjects_per_user_day:
            return False
        different: list[KeptSubject] = []
        for kept in self._records.subjects.get_all(transaction.additive, sorted(of_day.subjects)):
            if near_duplicate(kept.subject, query.subject):
                return False
            if not any(near_duplicate(kept.subject, other.subject) for other in different):
                different.append(kept)
        return len(different) >= budgets.subjects_per_user_day

    def _agency_is_over(self, transaction: Transaction, requester: Requester, at: datetime) -> bool:
        """Whether all people of the agency together have asked enough today; counts this question."""
        most = self._site.budgets.queries_per_agency_day
        if most is None:
            return False
        of_agency = asked_by_agency(transaction, requester.agency, at, most)
        of_agency.queries += 1
        return of_agency.queries > most

    def _tallies(
        self, transaction: Transaction, requester: Requester, case: str, at: datetime
    ) -> tuple[CaseTally, DayTally]:
        """What has been asked so far under the case, and by the person today."""
        records, most = self._records, self._site.budgets.queries_per_case
        tag = partial(records.cases.tag, requester.agency, case)
        of_case = records.questions.of_case(transaction, requester.agency, case, tag, most)
        return of_case, records.questions.of_day(transaction, requester, at)

    def _record(
        self, transaction: Transaction, asked: Asked, facts: AllFacts, key: tuple[str, str] | None
    ) -> None:
        """Keep the query, open the emergency with its notice, and record one ask for each custodian."""
        records, grounds = self._records, asked.grounds
        requester = grounds.requester
        stored = StoredQuery(
            asked.id,
            requester,
            grounds.query,
            asked.subject.id,
            asked.at,
            asked.throttled,
            facts_kept(facts),
            asked.policy.version,
        )
        records.archive.keep(transaction.additive, asked.policy)
        tallies = self._tallies(transaction, requester, grounds.query.case, asked.at)
        records.questions.add(transaction, stored, *tallies)
        if key is not None:
            records.idempotency.remember(transaction.additive, requester.agency, *key, asked.id)
        record_asks(transaction, asked)
        if grounds.query.exception is not None:
            self._opening.open(transaction, asked.id, grounds, asked.decisions, asked.subject, asked.at)


def record_asks(transaction: Transaction, asked: Asked) -> list[int]:
    """One entry for each custodian, whether or not it will be asked; their ledger indices."""
    indices = []
    for custodian, decisions in asked.decisions.items():
        body = entries.asked(
            asked.grounds, asked.id, custodian, asked.turn,
            {category.value: decision for category, decision in decisions.items()}, asked.policy.version,
        )  # fmt: skip
        indices.append(transaction.record(Entry("asked", asked.at, asked.subject.ledger_key, body)))
    return indices


def _seconds_to_midnight(at: datetime) -> int:
    tomorrow = at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return int((tomorrow - at).total_seconds()) + 1
