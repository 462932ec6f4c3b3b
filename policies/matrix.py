"""Who may ask whom for what, up to which level, on which basis and under which conditions, at one instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from agreements.agreement import Obligation
from agreements.terms import BasisKind, Level
from policies.brought import AGE, CONSENT, EXCEPTION, FORM, NONE, PROCESS, Brought, without_consent
from policies.cells import Calendar, Key, Setting, keys, relation
from policies.decision import Await
from policies.regions import Box
from policies.rules import Rule
from policies.space import RequestClass, Space
from policies.summary import Row, case_of, rows_of


@dataclass(frozen=True, slots=True)
class Offer:
    """What is told at most, and what stands behind it."""

    level: Level
    fields: frozenset[str]
    basis: BasisKind
    awaits: frozenset[Await]
    duties: frozenset[Obligation]
    position: int
    """The clause, by its position among those in force between the two about the category."""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One line: what a requester may learn from a custodian, in which cases, bringing what."""

    key: Key
    offer: Offer
    rule: Rule
    box: Box
    without: tuple[Box, ...]
    masked: bool


def matrix(setting: Setting, at: datetime) -> list[MatrixRow]:
    """Everything that may be asked for at an instant, in order; nothing more is brought than is needed."""
    space, calendar = Space(setting.laws), Calendar(setting.rules)
    found = []
    for key in keys(setting):
        rules = calendar.in_force(key, at)
        about = relation(setting, key)
        classes = space.classes([rules], about, lambda outcomes: outcomes[0] is not None)
        laws = [setting.laws.get(name) for name in about.regimes or ()]
        masked = calendar.masks(key, at) or any(law and law.masks(about.requester) for law in laws)
        rows = rows_of(_offers(list(classes)))
        found += [_row(key, rules, row, masked=masked) for row in sorted(rows, key=_sorting)]
    return found


def _row(key: Key, rules: tuple[Rule, ...], row: Row[Offer], *, masked: bool) -> MatrixRow:
    return MatrixRow(key, row.said, rules[row.said.position], row.box, row.without, masked)


def _sorting(row: Row[Offer]) -> tuple[int, int, str]:
    named = str([(name, sorted(map(str, values))) for name, values in sorted(row.box.items())])
    return row.said.position, -row.said.level, named


def _offers(classes: list[RequestClass]) -> Iterator[tuple[Offer, RequestClass]]:
    """The most that each case comes to, by clause and terms, and only with what it takes."""
    told = {(case_of(found), found.level): _offer(found) for found in classes}
    best: dict[Hashable, list[RequestClass]] = defaultdict(list)
    for found in classes:
        offer = told[case_of(found), found.level]
        if all(told.get((case_of(found, less), found.level)) != offer for less in _weaker(found.brought)):
            terms = replace(offer, level=Level.EXISTENCE, fields=frozenset())
            best[case_of(found), terms].append(found)
    for same in best.values():
        most = max(same, key=lambda found: told[case_of(found), found.level].level)
        yield told[case_of(most), most.level], replace(most, evidence=_needed(most))


def _offer(found: RequestClass) -> Offer:
    outcome, position = found.outcomes[0], found.positions[0]
    if outcome is None or position is None:
        raise ValueError("a refusal offers nothing")
    return Offer(outcome.level, outcome.fields, outcome.basis, outcome.awaits, outcome.duties, position)


def _weaker(brought: Brought) -> Iterable[Brought]:
    """The same with one thing less brought along."""
    for less in (without_consent(brought), replace(brought, exception=NONE), replace(brought, process=NONE)):
        if less != brought:
            yield less


def _needed(found: RequestClass) -> list[Box]:
    """What has to be brought; nothing is said of what does not."""
    unneeded: set[str] = set()
    brought: Mapping[str, tuple[str, set[str]]] = {
        CONSENT: (found.brought.consent, {CONSENT, FORM, AGE}),
        EXCEPTION: (found.brought.exception, {EXCEPTION}),
        PROCESS: (found.brought.process, {PROCESS}),
    }
    for word, dimensions in brought.values():
        unneeded |= dimensions if word == NONE else set()
    kept = ({name: values for name, values in box.items() if name not in unneeded} for box in found.evidence)
    distinct = {frozenset(box.items()): box for box in kept}
    return list(distinct.values())
