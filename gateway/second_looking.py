"""The holder's second look acted on: its duty person sees the concern and releases, rings, or declines.

Where nothing more is lawful nothing more can be released, whoever wishes it: what they release is decided
again like every answer, on a consent given since or an exception that they themselves find met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agreements.exceptions import Representation
from agreements.permit import Holding
from agreements.terms import Category
from audit.record import Entry
from gateway.ages import age_rules
from gateway.answering import Answering, Part
from gateway.answers import Cause
from gateway.asking import Asking
from gateway.claiming import emergency_refusal
from gateway.deciding import decide_all, grounds_now
from gateway.facts import Grounds, facts_of
from gateway.identity import Requester
from gateway.intake import Asked
from gateway.looking_back import DUE, LookingBack
from gateway.opening import Opening
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.processes.runner import Work
from gateway.processes.second_look import SECOND_LOOK, WAITING
from gateway.records import Records
from gateway.reviewable import chosen_items, items_of, second_look_json
from gateway.routes import lawful_routes
from gateway.site import Site
from gateway.store.questions import StoredQuery
from gateway.store.reviews import notify
from gateway.store.second_looks import SecondLook
from gateway.store.store import Store
from gateway.store.timers import drop_timer
from gateway.store.transaction import Transaction
from gateway.wire.second_look import Acting
from policies.decision import Await, Decision, Denied, Permitted


@dataclass(frozen=True, slots=True)
class _Opened:
    """A second look as it stands, with what its person finds, and what may be released."""

    look: SecondLook
    stored: StoredQuery
    grounds: Grounds
    decisions: Mapping[Category, Decision]


class SecondLooking:
    def __init__(
        self,
        site: Site,
        policies: Policies,
        records: Records,
        store: Store,
        asking: Asking,
        clock: Callable[[], datetime],
    ) -> None:
        self._site = site
        self._ages = age_rules(site.jurisdiction)
        self._policies = policies
        self._records = records
        self._store = store
        self._asking = asking
        self._clock = clock
        self._answering = Answering(site, policies, records)
        self._opening = Opening(records)
        self._looking_back = LookingBack(site, policies, records, store, asking, clock)

    def works(self) -> dict[str, Work]:
        """What the timers of second looks do."""
        return self._looking_back.works()

    async def waiting(self, agency: str, state: str | None) -> list[dict[str, Any]]:
        """The agency's second looks, each with the concern and the lawful routes there are.

        `open` are all that somebody must still act on.
        """
        states = None if state is None else WAITING if state == "open" else (state,)

        def look(connection: Connection) -> list[dict[str, Any]]:
            found = self._records.second_looks.of(connection, agency, states)
            return [self._shown(connection, each) for each in found]

        return await self._store.read(look)

    async def one(self, agency: str, id: str) -> dict[str, Any]:
        """Raises Problem `not-found` for another agency's."""
        return await self._store.read(
            lambda connection: self._shown(connection, self._own(connection, agency, id))
        )

    async def release(self, person: Requester, id: str, acting: Acting) -> dict[str, Any]:
        """Release what is held, as far as it is lawful now.

        Raises:
            Problem: `not-found`, `conflict` where it was acted on, nothing of it is lawful, two persons must
                release it or the system cannot be reached; `unprocessable` for items that are not held;
                `emergency-refused` or `emergency-closed` for who may not find an exception.
        """
        at = self._clock()
        opened = await self._store.read(
            partial(self._opened, person=person, id=id, finding=acting.exception, at=at)
        )
        permits = [each.permit for each in opened.decisions.values() if isinstance(each, Permitted)]
        gathered = await self._asking.ask(person.agency, opened.stored.query.subject, permits)
        if any(cause is Cause.UNAVAILABLE for cause, _ in gathered.values()):
            raise Problem("conflict", "The agency's own system cannot be reached; try again, or ring.")
        items = items_of(gathered)
        chosen = items if acting.items is None else chosen_items(items, acting.items)
        held: dict[Category, tuple[Cause, tuple[Holding, ...]]] = {
            category: (Cause.HELD, own)
            for category in opened.decisions
            if (own := tuple(item.holding for item in chosen if item.holding.category is category))
        }
        if not held:
            raise Problem("unprocessable", "items: expected at least one thing that is held.")
        decisions = {category: opened.decisions[category] for category in held}
        part = Part(person.agency, decisions, held, reviewed=True)
        release = partial(self._release, person=person, opened=opened, part=part, at=at)
        return (await self._store.write(release)).value

    async def call(self, person: Requester, id: str, words: str) -> dict[str, Any]:
        """Record that they rang the requester, and what was said of it."""
        return await self._act(person, id, "call", words)

    async def decline(self, person: Requester, id: str, reason: str) -> dict[str, Any]:
        """Leave it as it is, for a reason that stays here."""
        return await self._act(person, id, "decline", reason)

    async def _act(self, person: Requester, id: str, move: str, words: str) -> dict[str, Any]:
        def write(transaction: Transaction) -> dict[str, Any]:
            look = self._own(transaction.connection, person.agency, id)
            acted = self._acted(transaction, look, person, move, words, None, self._clock())
            return self._shown(transaction.connection, acted)

        return (await self._store.write(write)).value

    def _own(self, connection: Connection, agency: str, id: str) -> SecondLook:
        look = self._records.second_looks.get(connection, id)
        if look is None or look.custodian != agency:
            raise Problem("not-found")
        return look

    def _opened(
        self, connection: Connection, person: Requester, id: str, finding: Representation | None, at: datetime
    ) -> _Opened:
        look = self._own(connection, person.agency, id)
        _check(look, "release")
        stored = self._records.questions.get(connection, look.query)
        grounds = grounds_now(self._records, connection, stored) if stored is not None else None
        if stored is None or grounds is None or not grounds.case.open:
            raise Problem("conflict", "The case of this question is no longer open.")
        if finding is not None:
            grounds = replace(grounds, query=replace(grounds.query, exception=finding), asked_at=at)
        decide = partial(decide_all, self._site, self._policies.current, grounds, [look.custodian], at)
        before, found = decide()[look.custodian], decide(person_found=True)[look.custodian]
        if any(
            isinstance(each, Permitted) and Await.SECOND_REVIEW in each.awaits for each in before.values()
        ):
            raise Problem("conflict", "Two persons must release this; have it asked again, or ring.")
        decisions = {each: found[each] for each in look.categories if isinstance(found[each], Permitted)}
        if not decisions:
            refused = [each for each in found.values() if isinstance(each, Denied)]
            reasons = [{"code": reason.code, "text": reason.text} for reason in refused[0].reasons]
            raise Problem("conflict", "No lawful ground opens this now.", reasons=reasons)
        return _Opened(look, stored, grounds, decisions)

    def _release(
        self, transaction: Transaction, person: Requester, opened: _Opened, part: Part, at: datetime
    ) -> dict[str, Any]:
        connection, stored = transaction.connection, opened.stored
        finding = opened.grounds.query.exception if opened.grounds.asked_at == at else None
        subject = self._records.subjects.get(connection, stored.subject)
        if finding is not None:
            refusal = emergency_refusal(self._records, transaction, person, finding, at)
            if refusal is not None:
                raise refusal
            self._opening.open_own_finding(transaction, stored.id, person, finding, subject, at)
        look = self._own(connection, person.agency, opened.look.id)
        acted = self._acted(transaction, look, person, "release", "", finding, at)
        answer = self._records.questions.answer(connection, stored.id, part.custodian, at)
        if answer is None:
            raise Problem("not-found")
        others = tuple(one for one in answer.outcomes if one.category not in part.decisions)
        asked = Asked(
            stored.id, opened.grounds, subject, {part.custodian: part.decisions}, self._policies.current,
            throttled=False, at=at, turn=answer.turn + 1,
        )  # fmt: skip
        self._answering.record(transaction, asked, [replace(part, others=others)], at)
        notify(connection, stored.requester.agency, "caseworker", "query-decided", stored.id, at)
        return self._shown(connection, acted)

    def _acted(
        self, transaction: Transaction, look: SecondLook, person: Requester, move: str, words: str,
        finding: Representation | None, at: datetime,
    ) -> SecondLook:  # fmt: skip
        """Mark it acted on, once. The ledger has who did what, for the custodian alone."""
        _check(look, move)
        connection = transaction.connection
        acted = replace(
            look,
            state=SECOND_LOOK.after(look.state, move),
            acted_by=person.actor.id,
            acted_at=at,
            words=words,
            finding=finding,
        )
        self._records.second_looks.change(connection, acted)
        drop_timer(connection, DUE, look.id, look.custodian)
        stored = self._records.questions.get(connection, look.query)
        subject = self._records.subjects.get(connection, stored.subject) if stored else None
        body: dict[str, Any] = {
            "by": look.custodian,
            "of": stored.requester.agency if stored else None,
            "query": look.query,
            "second_look": look.id,
            "user": person.actor.id,
            "exception": finding.ground.value if finding else None,
        }
        kind = f"second-look-{acted.state}"
        transaction.record(Entry(kind, at, subject.ledger_key if subject else None, body))
        return acted

    def _shown(self, connection: Connection, look: SecondLook) -> dict[str, Any]:
        stored = self._records.questions.get(connection, look.query)
        if stored is None:
            raise Problem("not-found")
        grounds = grounds_now(self._records, connection, stored)
        subject = self._records.subjects.get(connection, stored.subject)
        recorded = [
            each
            for each in self._records.consents.about(connection, subject)
            if each.concerns(look.custodian)
        ]
        routes = (
            {each.value: self._routes(grounds, look.custodian, each) for each in look.categories}
            if grounds is not None and grounds.case.open
            else {}
        )
        return {
            **second_look_json(look, stored, self._site),
            "routes": routes,
            "unsafe_to_ask": any(each.unsafe_to_ask for each in recorded),
            "do_not_contact_at_home": any(each.do_not_contact_at_home for each in recorded),
        }

    def _routes(self, grounds: Grounds, custodian: str, category: Category) -> list[dict[str, Any]]:
        policy = self._policies.current
        facts = facts_of(self._site, grounds, custodian, category, self._clock(), person_found=True)
        return lawful_routes(facts, policy.rules, policy.laws, self._ages)


def _check(look: SecondLook, move: str) -> None:
    if not SECOND_LOOK.allows(look.state, move):
        raise Problem("conflict", "This second look has been acted on.")
