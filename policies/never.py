"""What must never happen, whatever agreements say; and the requests by which a set of them breaks it.

A statement holds of a set of agreements and laws where no request of any class breaks it: that is a proof,
because the classes are all there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agreements.agreement import PartySelector
from agreements.terms import Act, Category, GrantorKind, Ground, Level, Purpose, Role, SubjectKind
from policies.brought import NONE, Brought
from policies.cells import (
    ACT,
    PURPOSE,
    ROLE,
    SUBJECT,
    Bound,
    Calendar,
    Key,
    Period,
    Setting,
    keys,
    periods,
    relation,
)
from policies.evidence import Laws
from policies.facts import Facts
from policies.ladder import Outcome
from policies.regions import Box, meet
from policies.rules import Rule, RuleBook
from policies.space import RequestClass, Space, example


@dataclass(frozen=True, slots=True)
class Unless:
    """What excuses a release; each alone does. Nothing named: nothing excuses it."""

    consent: bool = False
    consent_from: frozenset[GrantorKind] = frozenset()
    exception: frozenset[Ground] = frozenset()
    legal_process: bool = False
    person: bool = False
    """A person at the custodian releases it, finds the exception met or verifies the process."""


@dataclass(frozen=True, slots=True)
class Statement:
    """No requester of these ever gets these categories from custodians of these, save as excused.

    `None` in a scope means: whatever it is.
    """

    id: str
    text: str
    categories: frozenset[Category]
    requester: PartySelector | None = None
    custodian: PartySelector | None = None
    purposes: frozenset[Purpose] | None = None
    roles: frozenset[Role] | None = None
    subjects: frozenset[SubjectKind] | None = None
    acts: frozenset[Act] | None = None
    level_above: Level | None = None
    """Only answers that tell more than this level break it."""
    fields: frozenset[str] | None = None
    """Only answers that hold one of these fields break it."""
    unless: Unless = Unless()


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement, one request that breaks it, and the clause that lets it."""

    statement: Statement
    request: Facts
    outcome: Outcome
    rule: Rule

    @property
    def named(self) -> tuple[str, str, int, str]:
        """The statement and the clause."""
        agreement = self.rule.agreement
        return self.statement.id, agreement.id, agreement.version, self.rule.clause.id


def broken_statements(
    rules: RuleBook,
    laws: Laws,
    agencies: Mapping[str, Bound],
    statements: Iterable[Statement],
    since: datetime,
) -> list[Broken]:
    """Every statement that the set breaks at `since` or later, once for each clause that breaks it.

    Empty means proved: no request whatever breaks any of the statements from then on.
    """
    proof = _Proof(Setting(rules, laws, agencies), since)
    return [broken for statement in statements for broken in proof.broken(statement)]


class _Proof:
    def __init__(self, setting: Setting, since: datetime) -> None:
        self._setting = setting
        self._since = since
        self._calendar = Calendar(setting.rules)
        self._space = Space(setting.laws)
        self._keys = keys(setting)

    def broken(self, statement: Statement) -> Iterator[Broken]:
        seen: set[tuple[str, str, int, str]] = set()
        for key in self._keys:
            if self._speaks_of(statement, key):
                for period in periods(self._calendar.instants(key), self._since):
                    for broken in self._in(statement, key, period):
                        if broken.named not in seen:
                            seen.add(broken.named)
                            yield broken

    def _speaks_of(self, statement: Statement, key: Key) -> bool:
        agencies = self._setting.agencies
        return (
            key.category in statement.categories
            and _selects(statement.requester, key.requester, agencies)
            and _selects(statement.custodian, key.custodian, agencies)
        )

    def _in(self, statement: Statement, key: Key, period: Period) -> Iterator[Broken]:
        rules = self._calendar.in_force(key, period.start)
        about = relation(self._setting, key)
        for found in self._space.classes([rules], about, lambda outcomes: outcomes[0] is not None):
            outcome, position = found.outcomes[0], found.positions[0]
            if outcome is None or position is None or not _breaks(statement, found, outcome):
                continue
            box = next(filter(None, (_reached(statement, box) for box in found.scope.boxes)), None)
            if box is not None:
                request = example(self._setting, key, period.start, found, box)
                yield Broken(statement, request, outcome, rules[position])


def _selects(selector: PartySelector | None, agency: str, agencies: Mapping[str, Bound]) -> bool:
    return selector is None or selector.selects(agency, agencies[agency].sector)


def _breaks(statement: Statement, found: RequestClass, outcome: Outcome) -> bool:
    if statement.level_above is not None and outcome.level <= statement.level_above:
        return False
    if statement.fields is not None and not statement.fields & outcome.fields:
        return False
    return not _excused(statement.unless, found.brought, outcome)


def _excused(unless: Unless, brought: Brought, outcome: Outcome) -> bool:
    """A class that is answered alike with less brought is a class of its own, so what is brought is used."""
    consent = brought.consent != NONE and (unless.consent or brought.consent in unless.consent_from)
    return (
        consent
        or brought.exception in unless.exception
        or (unless.legal_process and brought.process != NONE)
        or (unless.person and bool(outcome.awaits))
    )


def _reached(statement: Statement, box: Box) -> Box | None:
    """The part of a scope the statement speaks of; None where it does not."""
    scopes: dict[str, Sequence[str] | frozenset[str] | None] = {
        SUBJECT: statement.subjects,
        PURPOSE: statement.purposes,
        ROLE: statement.roles,
        ACT: statement.acts,
    }
    return meet(box, {name: frozenset(values) for name, values in scopes.items() if values is not None})
