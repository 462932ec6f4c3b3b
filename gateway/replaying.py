"""Past decisions made again under a draft, from the facts that were kept: what would have come out otherwise.

Each decision is first made again under the policy set that made it, then under that set with the draft in
place of the agreement's own versions. Nothing here opens a subject, and nothing names a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from agreements.agreement import Agreement
from agreements.life import Version
from gateway.explaining import explained
from gateway.identity import Requester
from gateway.policy import PolicySet
from gateway.problems import Problem
from gateway.records import Records
from gateway.store.questions import KeptQuery, open_to_requester
from gateway.store.store import Store
from gateway.wire.times import instant
from policies.decide import decide
from policies.decision import Decision, Permitted
from policies.facts import Facts
from policies.kept import facts_read
from policies.replay import Change, change, in_place_of

MOST_SHOWN: Final = 1000
_ORDER: Final = {one: number for number, one in enumerate(Change)}


@dataclass(frozen=True, slots=True)
class Changed:
    """One decision that would have come out otherwise."""

    change: Change
    query: KeptQuery
    facts: Facts
    before: Decision
    after: Decision


@dataclass(slots=True)
class Replay:
    """What making past decisions again has shown; `unkept` are queries whose facts were not kept."""

    draft: Agreement
    decisions: int = 0
    unkept: int = 0
    changes: list[Changed] | None = None


class Replaying:
    def __init__(self, records: Records, store: Store, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._store = store
        self._clock = clock

    async def replay(self, officer: Requester, key: Version, since: datetime | None) -> dict[str, Any]:
        """Past decisions of the officer's agency, as requester or custodian, under a version in the store.

        Raises:
            Problem: `not-found` unless the agency is party to the version.
        """
        look = partial(self._replay, officer=officer, key=key, since=since)
        return await self._store.read(look)

    def _replay(
        self, connection: Connection, officer: Requester, key: Version, since: datetime | None
    ) -> dict[str, Any]:
        stored = self._records.agreements.get(connection, key)
        if stored is None or officer.agency not in stored.agreement.parties:
            raise Problem("not-found")
        sight = _PartySight(self._records, connection, officer.agency, self._clock())
        return replay_json(replayed(self._records, connection, stored.agreement, since, sight))


class Sight:
    """What may be replayed for whom. This is that of who runs the site, and sees no identity here."""

    def counts(self, _query: KeptQuery) -> bool:
        """Whether a query that cannot be replayed is one to tell of."""
        return True

    def of(self, _query: KeptQuery, facts: Facts, _before: Decision) -> Facts | None:
        """The facts a decision may be made again from; None where it may not be."""
        return facts


class _PartySight(Sight):
    """What one agency may see replayed: its own part as custodian; as requester what it was told openly.

    A masked negative is left out altogether, for a draft could be written to find out what is behind it; and
    of the consents on record only the one an answer named is used.
    """

    def __init__(self, records: Records, connection: Connection, agency: str, at: datetime) -> None:
        self._records = records
        self._connection = connection
        self._agency = agency
        self._at = at

    def counts(self, query: KeptQuery) -> bool:
        return query.requester == self._agency

    def of(self, query: KeptQuery, facts: Facts, before: Decision) -> Facts | None:
        if facts.custodian == self._agency:
            return facts
        if facts.requester != self._agency or before.masked:
            return None
        told = open_to_requester(self._records.questions.answers(self._connection, query.id, self._at))
        if (facts.custodian, facts.category.value) not in told:
            return None
        used = before.consent if isinstance(before, Permitted) else None
        return replace(facts, consents=tuple(one for one in facts.consents if one.id == used))


EVERYTHING: Final = Sight()


def replayed(
    records: Records,
    connection: Connection,
    draft: Agreement,
    since: datetime | None,
    sight: Sight = EVERYTHING,
) -> Replay:
    """Make past decisions again under a draft; what lets out more comes first, then the oldest."""
    replay = Replay(draft)
    found: list[Changed] = []
    sets: dict[str, tuple[PolicySet, PolicySet] | None] = {}
    for query in records.questions.kept_since(connection, since):
        policies = _policies(records, connection, draft, query, sets)
        if policies is None:
            replay.unkept += sight.counts(query)
            continue
        for facts, before in _decided(query, policies[0]):
            seen = sight.of(query, facts, before)
            if seen is None:
                continue
            replay.decisions += 1
            after = decide(seen, policies[1].rules, policies[1].laws)
            differs = change(before, after)
            hidden = seen is not facts and after.masked
            if differs is not None and not hidden:
                found.append(Changed(differs, query, facts, before, after))
    replay.changes = sorted(found, key=lambda one: _ORDER[one.change])
    return replay


def _policies(
    records: Records,
    connection: Connection,
    draft: Agreement,
    query: KeptQuery,
    known: dict[str, tuple[PolicySet, PolicySet] | None],
) -> tuple[PolicySet, PolicySet] | None:
    """The set that decided a query, and the same with the draft in it; None where it was not kept."""
    if query.policy is None:
        return None
    if query.policy not in known:
        then = records.archive.read(connection, query.policy)
        known[query.policy] = None if then is None else (then, _drafted(then, draft))
    return known[query.policy]


def _drafted(then: PolicySet, draft: Agreement) -> PolicySet:
    return PolicySet.of(in_place_of(draft, then.rules.agreements), then.rules.sectors, then.laws)


def _decided(query: KeptQuery, policy: PolicySet) -> Iterator[tuple[Facts, Decision]]:
    for facts in facts_read(query.facts):
        yield facts, decide(facts, policy.rules, policy.laws)


def replay_json(replay: Replay) -> dict[str, Any]:
    """A replay for people and programs; at most `MOST_SHOWN` changes, `left_off` says how many more."""
    changes = replay.changes or []
    counted = Counter(one.change for one in changes)
    return {
        "agreement": replay.draft.id,
        "version": replay.draft.version,
        "decisions": replay.decisions,
        "changed": len(changes),
        "counts": {one.value: counted[one] for one in Change},
        "not_replayable": replay.unkept,
        "changes": [_changed(one) for one in changes[:MOST_SHOWN]],
        "left_off": max(0, len(changes) - MOST_SHOWN),
    }


def _changed(one: Changed) -> dict[str, Any]:
    facts = one.facts
    return {
        "change": one.change.value,
        "query": one.query.id,
        "asked_at": instant(one.query.asked_at),
        "requester": facts.requester,
        "custodian": facts.custodian,
        "category": facts.category.value,
        "purpose": facts.purpose.value,
        "before": explained(facts.custodian, facts.category, one.before),
        "after": explained(facts.custodian, facts.category, one.after),
    }
