"""Where requests differ in who, whom, what and when: the cells in which the same clauses speak.

A pair of agencies and a category is divided by time, at every instant at which a clause comes into force or
leaves it, and then by subject, purpose, role, act and person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final, NamedTuple, Protocol

from agreements.agreement import Clause
from agreements.terms import Act, Category, ObligationCode, Purpose, Role, Sector, SubjectKind
from policies.brought import Openings
from policies.evidence import Laws
from policies.regions import Box, fold
from policies.rules import Rule, RuleBook

SUBJECT, PURPOSE, ROLE, ACT, CONTACT = "subject", "purpose", "role", "act", "contact"
SCOPE: Final = (CONTACT, ROLE, PURPOSE, SUBJECT, ACT)
"""The dimensions of a scope in the order in which they are folded."""


class Bound(Protocol):
    """An agency as decisions know it."""

    @property
    def sector(self) -> Sector: ...
    @property
    def regimes(self) -> Mapping[Category, tuple[str, ...]]: ...
    @property
    def understands(self) -> frozenset[ObligationCode] | None: ...


@dataclass(frozen=True, slots=True)
class Setting:
    """One set of agreements with the laws and agencies it is read with."""

    rules: RuleBook
    laws: Laws
    agencies: Mapping[str, Bound]


class Key(NamedTuple):
    """One requester, custodian and category."""

    requester: str
    custodian: str
    category: Category


@dataclass(frozen=True, slots=True)
class Relation:
    """What two agencies and a category are to a decision, whatever their names."""

    requester: Sector
    custodian: Sector
    category: Category
    regimes: tuple[str, ...] | None
    understands: frozenset[ObligationCode] | None


class Period(NamedTuple):
    """From an instant, until another or for good."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Subjects, purposes, roles, acts and persons for whom the same clauses and openings of law speak."""

    boxes: tuple[Box, ...]
    subject: SubjectKind
    purpose: Purpose
    spoken: tuple[tuple[int, ...], ...]
    """Of each set of rules, the positions of those that speak."""
    openings: Openings | None
    """None: the custodian has not declared the category."""


def keys(*settings: Setting) -> list[Key]:
    """Every pair and category about which any clause of any set speaks."""
    found: set[Key] = set()
    for setting in settings:
        for requester in setting.agencies:
            for custodian in setting.rules.custodians(requester):
                for category in setting.rules.categories(requester, custodian):
                    found.add(Key(requester, custodian, category))
    return sorted(found)


def relation(setting: Setting, key: Key) -> Relation:
    asking, holding = setting.agencies[key.requester], setting.agencies[key.custodian]
    regimes = holding.regimes.get(key.category)
    return Relation(asking.sector, holding.sector, key.category, regimes, asking.understands)


class Calendar:
    """When the clauses of a set come into force and leave it."""

    def __init__(self, rules: RuleBook) -> None:
        self._rules = rules
        self._starts: dict[str, set[datetime]] = defaultdict(set)
        for agreement in rules.agreements:
            self._starts[agreement.id].add(agreement.effective)

    def instants(self, key: Key) -> set[datetime]:
        """Every instant at which what speaks between the two about the category may change."""
        found: set[datetime] = set()
        for rule in self._rules.partition(*key).rules:
            found |= {rule.agreement.effective, rule.agreement.expires}
            found |= self._starts[rule.agreement.id]
        return found

    def in_force(self, key: Key, at: datetime) -> tuple[Rule, ...]:
        partition = self._rules.partition(*key)
        return tuple(rule for rule in partition.rules if self._rules.in_force(rule.agreement, at))

    def masks(self, key: Key, at: datetime) -> bool:
        """Whether a clause of the pair masks refusals then."""
        partition = self._rules.partition(*key)
        return any(rule.clause.masked and self._rules.governs(rule.agreement, at) for rule in partition.rules)


def periods(instants: Iterable[datetime], since: datetime | None) -> Iterator[Period]:
    """The stretches of time between instants, those over before `since` left out and none begun earlier."""
    ordered = sorted(instants)
    if since is not None:
        ordered = [since, *(instant for instant in ordered if instant > since)]
    ends: list[datetime | None] = [*ordered[1:], None]
    for start, end in zip(ordered, ends, strict=False):
        yield Period(start, end)


def openings_of(laws: Laws, about: Relation, purpose: Purpose, subject: SubjectKind) -> Openings | None:
    """The laws bound and those of their openings that reach a disclosure."""
    if about.regimes is None:
        return None
    found = []
    for name in about.regimes:
        law = laws.get(name)
        reach = () if law is None else law.openings_for(
            about.category, purpose, subject, about.requester, about.custodian
        )  # fmt: skip
        found.append((name, law, tuple(reach)))
    return tuple(found)


def scopes(sets: Sequence[Sequence[Rule]], about: Relation, laws: Laws) -> list[Scope]:
    """The scopes that sets of rules in force make together; what no clause speaks of is left out."""
    everything = [rule.clause for rules in sets for rule in rules]
    subjects = sorted({each for clause in everything for each in clause.subjects})
    purposes = sorted({each for clause in everything for each in clause.purposes})
    grouped: dict[Hashable, tuple[Scope, list[Box]]] = {}
    persons = sorted(_persons(everything))
    for subject, purpose in product(subjects, purposes):
        openings = openings_of(laws, about, purpose, subject)
        for box, spoken in _spoken(sets, subject, purpose, persons):
            same = (spoken, openings and _named(openings), subject is SubjectKind.GENERAL)
            made = Scope((), subject, purpose, spoken, openings)
            grouped.setdefault(same, (made, []))[1].append(box)
    dimensions = {ACT: frozenset[Hashable](Act), CONTACT: frozenset[Hashable]({True, False})}
    return [
        Scope(tuple(fold(boxes, SCOPE, dimensions)), made.subject, made.purpose, made.spoken, made.openings)
        for made, boxes in grouped.values()
    ]


def _persons(clauses: Iterable[Clause]) -> set[tuple[Role, Act, bool]]:
    """Roles, acts and whether the person is a named contact, as far as clauses tell them apart."""
    found: set[tuple[Role, Act, bool]] = set()
    for clause in clauses:
        found |= set(product(clause.roles, clause.acts, (False, True)))
    return found


def _spoken(
    sets: Sequence[Sequence[Rule]],
    subject: SubjectKind,
    purpose: Purpose,
    persons: Iterable[tuple[Role, Act, bool]],
) -> Iterator[tuple[Box, tuple[tuple[int, ...], ...]]]:
    near = [
        [
            (position, rule.clause)
            for position, rule in enumerate(rules)
            if subject in rule.clause.subjects and purpose in rule.clause.purposes
        ]
        for rules in sets
    ]
    for role, act, contact in persons:
        spoken = tuple(
            tuple(position for position, clause in rules if _speaks(clause, role, act, contact=contact))
            for rules in near
        )
        if any(spoken):
            values: dict[str, Hashable] = {
                SUBJECT: subject, PURPOSE: purpose, ROLE: role, ACT: act, CONTACT: contact,
            }  # fmt: skip
            yield {name: frozenset({value}) for name, value in values.items()}, spoken


def _speaks(clause: Clause, role: Role, act: Act, *, contact: bool) -> bool:
    return role in clause.roles and act in clause.acts and (contact or not clause.contacts_only)


def _named(openings: Openings) -> Hashable:
    return tuple((name, law is None, tuple(opening.id for opening in found)) for name, law, found in openings)


def named(openings: Openings | None) -> Hashable:
    """What tells one set of openings from another."""
    return None if openings is None else _named(openings)


def holds(box: Box, point: Mapping[str, Hashable]) -> bool:
    """Whether a box allows each of these values."""
    return all(point[name] in values for name, values in box.items())
