"""Our loop over a partition and a stock Casbin enforcer of the same model and rules say the same.

The stock enforcer gets its rows from the clauses here, not from a compiled partition, so that a row left out,
changed or added in compiling is found too. Planted bugs show that the comparison can fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import product
from random import Random
from typing import Any

import casbin
import pytest
from casbin.core_enforcer import CoreEnforcer, EnforceContext
from casbin.effect import get_effector
from casbin.util.expression import SimpleEval

from agreements.agreement import Agreement
from agreements.terms import Category, Effect, Purpose, Role, SubjectKind
from policies.rules import Question, Rule, RuleBook, Stage, _effects, _python
from tests.unit.decision_case import SECTORS, agencies, agreement, clause

MODEL = resources.files("policies").joinpath("model.conf").read_text(encoding="utf-8")
PARTITION = ("police", "health", Category.MENTAL_HEALTH)
SUBJECTS, PURPOSES, ROLES = (list[Any](words)[:3] for words in (SubjectKind, Purpose, Role))
QUESTIONS = [Question(*words) for words in product(SUBJECTS, PURPOSES, ROLES)]
SIZES = (0, 1, 1, 1, 1, 2, 2, 2)
"""How many words a clause lists under a name; none, now and then."""

Judge = Callable[[RuleBook, Question, Stage], bool]


def ours(rules: RuleBook, question: Question, stage: Stage) -> bool:
    matched = rules.spoken_to(*PARTITION, question, stage)
    effects = {rule.clause.effect for rule in matched}
    return rules.matcher.allows(met=Effect.PERMIT in effects, prohibited=Effect.PROHIBIT in effects)


@dataclass(frozen=True, slots=True)
class Pair:
    """The rules of one partition, compiled by us and given to a stock enforcer."""

    rules: RuleBook
    stock: Any

    def enforce(self, question: Question, stage: Stage) -> bool:
        words = (question.subject.value, question.purpose.value, question.role.value)
        if stage is Stage.ROLE:
            return bool(self.stock.enforce(*words))
        return bool(self.stock.enforce(EnforceContext("r", "p", "e", stage.value), *words))


def pairs(count: int) -> Iterator[Pair]:
    """So many partitions of up to seven clauses, some empty, some all of one effect."""
    random = Random(20260601)
    for _ in range(count):
        forbidding = random.choice((0.0, 0.2, 0.4, 1.0))
        written = agreement(
            *(
                clause(
                    id=str(number),
                    effect=Effect.PROHIBIT if random.random() < forbidding else Effect.PERMIT,
                    subjects=frozenset(random.sample(SUBJECTS[:2], random.choice(SIZES))),
                    purposes=frozenset(random.sample(PURPOSES[:2], random.choice(SIZES))),
                    roles=frozenset(random.sample(ROLES[:2], random.choice(SIZES))),
                )
                for number in range(random.randrange(8))
            )
        )
        yield Pair(RuleBook([written], SECTORS), _stock(written))


def _stock(written: Agreement) -> Any:
    model = casbin.Model()
    model.load_model_from_text(MODEL)
    enforcer = casbin.Enforcer(model)
    for each in written.clauses:
        eft = {Effect.PERMIT: "allow", Effect.PROHIBIT: "deny"}[each.effect]
        for words in product(each.subjects, each.purposes, each.roles):
            assert enforcer.add_policy(each.id, *(word.value for word in words), eft)
    return enforcer


def disagreements(judge: Judge, count: int) -> tuple[int, int]:
    """How often a judge says otherwise than the stock enforcer, of how many questions."""
    wrong = asked = 0
    for pair in pairs(count):
        for question in QUESTIONS:
            for stage in Stage:
                wrong += judge(pair.rules, question, stage) is not pair.enforce(question, stage)
                asked += 1
    return wrong, asked


def test_our_matching_and_a_stock_enforcer_agree() -> None:
    wrong, asked = disagreements(ours, 250)
    assert asked > 20_000
    assert wrong == 0


def deaf_to_prohibitions(rules: RuleBook, question: Question, stage: Stage) -> bool:
    """Casbin's own effector for models that only know permits."""
    rules.matcher._effects = _effects(get_effector("some(where (p_eft == allow))"))
    return ours(rules, question, stage)


def content_with_no_prohibition(rules: RuleBook, question: Question, stage: Stage) -> bool:
    rules.matcher._effects = _effects(get_effector("!some(where (p_eft == deny))"))
    return ours(rules, question, stage)


def one_stage_short(rules: RuleBook, question: Question, stage: Stage) -> bool:
    return ours(rules, question, Stage.PURPOSE if stage is Stage.ROLE else stage)


def first_rule_decides(rules: RuleBook, question: Question, stage: Stage) -> bool:
    matched: tuple[Rule, ...] = rules.spoken_to(*PARTITION, question, stage)
    return bool(matched) and matched[0].clause.effect is Effect.PERMIT


def last_rule_lost(rules: RuleBook, question: Question, stage: Stage) -> bool:
    partition = rules.partition(*PARTITION)
    left = type(partition)(partition.rules[:-1], partition.rows[:-1])
    matched = rules.matcher.matches(left, question, stage)
    return ours(rules, question, stage) and any(rule.clause.effect is Effect.PERMIT for rule in matched)


def subject_remembered(rules: RuleBook, question: Question, stage: Stage) -> bool:
    """A memory of answers whose key leaves the kind of subject out."""
    known: dict[tuple[Purpose, Role, Stage], bool] = _REMEMBERED.setdefault(rules.version, {})
    return known.setdefault((question.purpose, question.role, stage), ours(rules, question, stage))


_REMEMBERED: dict[str, dict[tuple[Purpose, Role, Stage], bool]] = {}

BUGS: list[Judge] = [
    deaf_to_prohibitions,
    content_with_no_prohibition,
    one_stage_short,
    first_rule_decides,
    last_rule_lost,
    subject_remembered,
]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_the_comparison_finds_a_planted_bug(bug: Judge) -> None:
    wrong, asked = disagreements(bug, 15)
    assert 0 < wrong < asked


def test_a_question_is_answered_the_same_a_second_time() -> None:
    for pair in pairs(5):
        for question, stage in product(QUESTIONS, Stage):
            first = pair.rules.spoken_to(*PARTITION, question, stage)
            assert pair.rules.spoken_to(*PARTITION, question, stage) == first
            assert pair.rules.matcher.matches(pair.rules.partition(*PARTITION), question, stage) == first


def test_a_matcher_is_read_as_a_stock_enforcer_reads_it() -> None:
    written = "r_role != p_role && !(r_role == p_role) || r_role == 'x'"
    for asked, ruled in product(("a", "b", "x"), repeat=2):
        names = {"r_role": asked, "p_role": ruled}
        ours_says = SimpleEval(_python(written), {}).eval(names)
        assert ours_says is CoreEnforcer._get_expression(written, {}).eval(names)


def test_each_requester_custodian_and_category_has_its_own_answer() -> None:
    """One rule book is asked everything in turn, so that no answer can be taken for another's."""
    keys = list(
        product(("police", "school"), ("health", "shelter"), (Category.MENTAL_HEALTH, Category.COURT))
    )
    written = agreement(
        *(
            clause(
                id=str(number),
                requester=agencies(requester),
                custodian=agencies(custodian),
                categories=frozenset({category}),
            )
            for number, (requester, custodian, category) in enumerate(keys)
        )
    )
    rules = RuleBook([written], SECTORS)
    question = Question(SubjectKind.PERSON, Purpose.THREAT_ASSESSMENT, Role.CASEWORKER)
    for _ in range(2):
        found = [[rule.clause.id for rule in rules.spoken_to(*key, question, Stage.ROLE)] for key in keys]
        assert found == [[str(number)] for number in range(len(keys))]
        assert rules.spoken_to("police", "police", Category.COURT, question, Stage.ROLE) == ()
        assert rules.spoken_to("x", "health", Category.COURT, question, Stage.ROLE) == ()


def test_a_stock_enforcer_without_rules_allows_an_empty_question_and_ours_cannot_be_asked_one() -> None:
    """The trap that keeps Casbin's own loop out of the way of a query."""
    assert _stock(agreement()).enforce("", "", "") is True
    assert RuleBook([], SECTORS).matcher.allows(met=False, prohibited=False) is False
