"""Clauses as Casbin rules, in partitions small enough to read whole. The one home of Casbin.

Casbin's model, matcher and effect decide; the loop over a partition is ours because a decision needs every
rule that matches, in order, where `Enforcer` stops at a yes or no. The differential test holds both equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import resources
from itertools import product
from threading import Lock
from typing import Any, Final, NamedTuple, TypeVar

from casbin.effect import Effector, effect_to_bool, get_effector
from casbin.model import Model
from casbin.util.expression import SimpleEval

from agreements.agreement import Agreement, Clause
from agreements.terms import Act, Category, Effect, Purpose, Role, Sector, SubjectKind
from policies.versions import Course, Versions, policy_version

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


class Question(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class Speaking:
    """The rules that speak to a whole question, in clause order."""

    permits: tuple[Rule, ...]
    prohibitions: tuple[Rule, ...]


class Period:
    """A partition while the versions in force stay the same."""

    def __init__(
        self, in_force: Iterable[Rule], ask: Callable[[Question], Iterable[Rule]], *, masked: bool
    ) -> None:
        self.masked = masked
        """Some clause masks, met or not, of a version that governs or governed last."""
        self._in_force = frozenset(rule.order for rule in in_force)
        self._ask = ask
        self._found: dict[tuple[Question, Act, bool], Speaking] = {}

    def speaking(self, question: Question, act: Act, *, contact: bool) -> Speaking:
        """The rules in force that match a question, its act and whether a named contact asks it.

        Worked out once for each: they are as few as the closed vocabularies make them.
        """
        asked = (question, act, contact)
        found = self._found.get(asked)
        if found is None:
            found = self._found[asked] = _apart(
                rule
                for rule in self._ask(question)
                if rule.order in self._in_force
                and act in rule.clause.acts
                and (contact or not rule.clause.contacts_only)
            )
        return found


def _apart(rules: Iterable[Rule]) -> Speaking:
    matched = tuple(rules)
    return Speaking(
        tuple(rule for rule in matched if rule.clause.effect is Effect.PERMIT),
        tuple(rule for rule in matched if rule.clause.effect is Effect.PROHIBIT),
    )


_SILENT: Final = Period((), lambda _: (), masked=False)


class Matcher:
    """Casbin's model with each of its matchers parsed once."""

    def __init__(self) -> None:
        self._model: Any = Model()
        self._model.load_model_from_text(resources.files("policies").joinpath("model.conf").read_text())
        self._request: Sequence[str] = self._model["r"]["r"].tokens
        self._policy: Sequence[str] = self._model["p"]["p"].tokens
        self._effects = _effects(get_effector(self._model["e"]["e"].value))
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

    def allows(self, *, met: bool, prohibited: bool) -> bool:
        """Casbin's effect over rules whose conditions hold: some permit and no prohibition."""
        return self._effects[met, prohibited]


def _effects(effector: Any) -> dict[tuple[bool, bool], bool]:
    """What an effector of Casbin's makes of some permit or none, and some prohibition or none."""
    results = {}
    for met, prohibited in product((False, True), repeat=2):
        effects = {Effector.INDETERMINATE}
        effects |= {Effector.ALLOW} if met else set()
        effects |= {Effector.DENY} if prohibited else set()
        results[met, prohibited] = bool(effect_to_bool(effector.final_effect(effects)))
    return results


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
        self._versions = Versions(self.agreements)
        self._partitions = self._compile()
        self._courses = {key: self._course(key, held.rules) for key, held in self._partitions.items()}
        self._spoken_of = _gathered(((key[0], key[1]), key[2]) for key in self._partitions)
        self._askable = _gathered((key[0], key[1]) for key in self._partitions)
        self._matched: dict[tuple[str, str, Category, Question, Stage], tuple[Rule, ...]] = {}

    def in_force(self, agreement: Agreement, at: datetime) -> bool:
        """In its period, not suspended, and no later version of it has come into effect."""
        return self._versions.in_force(agreement, at)

    def governs(self, agreement: Agreement, at: datetime) -> bool:
        """The version that last came into effect, whether or not it has lapsed or been suspended since."""
        return self._versions.governs(agreement, at)

    def between(self, requester: str, custodian: str) -> tuple[Agreement, ...]:
        """Agreements both are party to, in force or not."""
        return self._versions.between(requester, custodian)

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

    def period(self, requester: str, custodian: str, category: Category, at: datetime) -> Period:
        """How the rules of a partition stand at an instant."""
        course = self._courses.get((requester, custodian, category))
        return _SILENT if course is None else course.at(at)

    def categories(self, requester: str, custodian: str) -> frozenset[Category]:
        """Categories about which any clause speaks between the two."""
        return self._spoken_of.get((requester, custodian), frozenset())

    def custodians(self, requester: str) -> frozenset[str]:
        return self._askable.get(requester, frozenset())

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

    def _course(self, key: tuple[str, str, Category], rules: Sequence[Rule]) -> Course[Period]:
        versions = self._versions
        changes = {moment for rule in rules for moment in versions.changes(rule.agreement)}

        def period(at: datetime) -> Period:
            return Period(
                (rule for rule in rules if versions.in_force(rule.agreement, at)),
                lambda question: self.spoken_to(*key, question, Stage.ROLE),
                masked=any(rule.clause.masked and versions.governs(rule.agreement, at) for rule in rules),
            )

        return Course(changes, period)

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
