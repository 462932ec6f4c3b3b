"""Clauses as Casbin rules, in partitions small enough to read whole. The one home of Casbin.

Casbin's model, matcher and effect decide; the loop over a partition is ours because a decision needs every
rule that matches, in order, where `Enforcer` stops at a yes or no. The differential test holds both equal.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import resources
from threading import Lock
from typing import Any, Final, TypeVar

from casbin.effect import Effector, effect_to_bool, get_effector
from casbin.model import Model
from casbin.util.expression import SimpleEval
from rfc8785 import dumps

from agreements.agreement import Agreement, Clause
from agreements.parser import canonical_form
from agreements.terms import Category, Effect, Purpose, Role, Sector, SubjectKind

K = TypeVar("K")
V = TypeVar("V")

_TOKEN: Final = re.compile(r"[a-z0-9_:-]{1,64}")
_WITHHOLD: Final = "withhold"
"""The effect of a prohibition that only takes fields away: to Casbin neither an allow nor a deny."""


class Stage(StrEnum):
    """How many fields of a question have been matched: the name of the matcher in model.conf."""

    SUBJECT = "m3"
    PURPOSE = "m2"
    ROLE = "m"


@dataclass(frozen=True, slots=True)
class Rule:
    """One clause as it stands in the agreement it belongs to; `order` ranks clauses of all agreements."""

    agreement: Agreement
    clause: Clause
    order: tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """The fields of a question that rules match on; closed vocabulary words, nobody's data."""

    subject: SubjectKind
    purpose: Purpose
    role: Role


@dataclass(frozen=True, slots=True)
class _Row:
    rule: Rule
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Partition:
    """The rules of one requester, custodian and category, in clause order."""

    rules: tuple[Rule, ...]
    rows: tuple[_Row, ...]


_EMPTY: Final = Partition((), ())


class Matcher:
    """Casbin's model with each of its matchers parsed once."""

    def __init__(self) -> None:
        self._model: Any = Model()
        self._model.load_model_from_text(resources.files("policies").joinpath("model.conf").read_text())
        self._request: Sequence[str] = self._model["r"]["r"].tokens
        self._policy: Sequence[str] = self._model["p"]["p"].tokens
        self._effector: Any = get_effector(self._model["e"]["e"].value)
        self._expressions: dict[Stage, Any] = {
            stage: SimpleEval(_python(self._model["m"][stage.value].value), {}) for stage in Stage
        }
        # A parsed expression keeps the names it is evaluated with, so two threads must not share one at once.
        self._lock = Lock()

    def row(self, rule: Rule, subject: SubjectKind, purpose: Purpose, role: Role, number: int) -> _Row:
        values = (f"rule-{number}", subject.value, purpose.value, role.value, _eft(rule.clause))
        if not all(_TOKEN.fullmatch(value) for value in values):
            raise ValueError("a rule field is not a plain token")
        return _Row(rule, dict(zip(self._policy, values, strict=True)))

    def matches(self, partition: Partition, question: Question, stage: Stage) -> tuple[Rule, ...]:
        """The rules whose row satisfies the stage's matcher, each once, in clause order."""
        values = (question.subject.value, question.purpose.value, question.role.value)
        request = dict(zip(self._request, values, strict=True))
        expression = self._expressions[stage]
        found: dict[tuple[str, int, int], Rule] = {}
        with self._lock:
            for row in partition.rows:
                if expression.eval({**request, **row.fields}) is True:
                    found.setdefault(row.rule.order, row.rule)
        return tuple(found.values())

    def allows(self, *, met: int, prohibited: int) -> bool:
        """Casbin's effect over rules whose conditions hold: some permit and no prohibition."""
        effects = {Effector.INDETERMINATE}
        effects |= {Effector.ALLOW} if met else set()
        effects |= {Effector.DENY} if prohibited else set()
        return bool(effect_to_bool(self._effector.final_effect(effects)))


def _eft(clause: Clause) -> str:
    if clause.effect is Effect.PERMIT:
        return "allow"
    return _WITHHOLD if clause.withholds else "deny"


def _python(matcher: str) -> str:
    """A matcher as Casbin itself hands it to its parser."""
    return re.sub("!(?!=)", "not ", matcher.replace("&&", "and").replace("||", "or"))


class RuleBook:
    """All agreement versions of a site, compiled; immutable, so a decision reads one consistent set."""

    def __init__(self, agreements: Iterable[Agreement], sectors: Mapping[str, Sector]) -> None:
        self.agreements = tuple(sorted(agreements, key=lambda item: (item.id, item.version)))
        self.sectors = dict(sectors)
        self.matcher = Matcher()
        self.version = policy_version(self.agreements)
        self._superseded = _superseded_from(self.agreements)
        self._between = self._pairs()
        self._partitions = self._compile()
        self._spoken_of = _gathered(((key[0], key[1]), key[2]) for key in self._partitions)
        self._askable = _gathered((key[0], key[1]) for key in self._partitions)
        self._matched: dict[tuple[str, str, Category, Question, Stage], tuple[Rule, ...]] = {}

    def in_force(self, agreement: Agreement, at: datetime) -> bool:
        """In its period, not suspended, and no later version of it has come into effect."""
        return agreement.in_force(at) and self.governs(agreement, at)

    def governs(self, agreement: Agreement, at: datetime) -> bool:
        """The version that last came into effect, whether or not it has lapsed or been suspended since."""
        superseded = self._superseded.get((agreement.id, agreement.version))
        return agreement.effective <= at and (superseded is None or at < superseded)

    def between(self, requester: str, custodian: str) -> tuple[Agreement, ...]:
        """Agreements both are party to, in force or not."""
        return self._between.get((requester, custodian), ())

    def partition(self, requester: str, custodian: str, category: Category) -> Partition:
        return self._partitions.get((requester, custodian, category), _EMPTY)

    def spoken_to(
        self, requester: str, custodian: str, category: Category, question: Question, stage: Stage
    ) -> tuple[Rule, ...]:
        """The rules that match a question up to a stage, in force or not.

        Casbin answers each question once for a rule book: rules never change within one, and the questions
        it has rules for are as few as its parties and the closed vocabularies make them.
        """
        partition = self.partition(requester, custodian, category)
        if not partition.rows:
            return ()
        key = (requester, custodian, category, question, stage)
        matched = self._matched.get(key)
        if matched is None:
            matched = self._matched[key] = self.matcher.matches(partition, question, stage)
        return matched

    def categories(self, requester: str, custodian: str) -> frozenset[Category]:
        """Categories about which any clause speaks between the two."""
        return self._spoken_of.get((requester, custodian), frozenset())

    def custodians(self, requester: str) -> frozenset[str]:
        return self._askable.get(requester, frozenset())

    def _pairs(self) -> dict[tuple[str, str], tuple[Agreement, ...]]:
        pairs: dict[tuple[str, str], tuple[Agreement, ...]] = {}
        for agreement in self.agreements:
            for one in agreement.parties:
                for other in agreement.parties:
                    if one != other:
                        pairs[one, other] = (*pairs.get((one, other), ()), agreement)
        return pairs

    def _compile(self) -> dict[tuple[str, str, Category], Partition]:
        rules: dict[tuple[str, str, Category], list[Rule]] = {}
        for agreement in self.agreements:
            for number, clause in enumerate(agreement.clauses):
                rule = Rule(agreement, clause, (agreement.id, agreement.version, number))
                for requester, custodian in self._reach(agreement, clause):
                    for category in clause.categories:
                        rules.setdefault((requester, custodian, category), []).append(rule)
        return {key: self._partition(found) for key, found in rules.items()}

    def _reach(self, agreement: Agreement, clause: Clause) -> Iterable[tuple[str, str]]:
        """The pairs of parties a clause speaks to; an agency unknown to the site is never one."""
        known = [party for party in agreement.parties if party in self.sectors]
        for requester in known:
            if clause.requester.selects(requester, self.sectors[requester]):
                for custodian in known:
                    if custodian != requester and clause.custodian.selects(
                        custodian, self.sectors[custodian]
                    ):
                        yield requester, custodian

    def _partition(self, rules: Sequence[Rule]) -> Partition:
        rows = tuple(
            self.matcher.row(rule, subject, purpose, role, number)
            for number, rule in enumerate(rules)
            for subject in sorted(rule.clause.subjects)
            for purpose in sorted(rule.clause.purposes)
            for role in sorted(rule.clause.roles)
        )
        return Partition(tuple(rules), rows)


def _gathered(pairs: Iterable[tuple[K, V]]) -> dict[K, frozenset[V]]:
    """The values of each key."""
    found: dict[K, set[V]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}


def _superseded_from(agreements: Iterable[Agreement]) -> dict[tuple[str, int], datetime]:
    """When each version gives way to a later one of the same agreement, suspended or not."""
    versions: dict[str, list[Agreement]] = {}
    for agreement in agreements:
        versions.setdefault(agreement.id, []).append(agreement)
    return {
        (older.id, older.version): min(later.effective for later in group if later.version > older.version)
        for group in versions.values()
        for older in group
        if any(later.version > older.version for later in group)
    }


def policy_version(agreements: Iterable[Agreement]) -> str:
    """A digest of everything the agreements say, independent of their order and of their files."""
    digest = hashlib.sha256()
    for agreement in agreements:
        digest.update(dumps(canonical_form(agreement)))
    return digest.hexdigest()
