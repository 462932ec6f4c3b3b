"""One rule book is asked about many instants: what it remembers of one never answers for another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import pytest

from agreements.agreement import Agreement
from agreements.terms import Act, Category, Purpose, Role, SubjectKind
from policies.decide import decide
from policies.rules import Question, RuleBook
from policies.versions import Course, Versions
from tests.unit.decision_case import END, NOW, SECTORS, START, agreement, clause, prohibition, question

MOMENT = timedelta(microseconds=1)
LATER = NOW + timedelta(days=30)
WRITTEN: list[Agreement] = [
    agreement(clause(masked=True)),
    agreement(clause(id="2"), version=2, effective=LATER),
    agreement(clause(id="3"), id="other", effective=NOW, expires=LATER + timedelta(days=1)),
    agreement(prohibition(), id="third", effective=LATER + timedelta(days=2)),
    agreement(clause(id="4", masked=True), id="fourth", suspended=True),
]
CHANGES = sorted({moment for each in WRITTEN for moment in (each.effective, each.expires)})
INSTANTS = [change + step for change in CHANGES for step in (-MOMENT, 0 * MOMENT, MOMENT)]


@pytest.mark.parametrize("seed", range(5))
def test_one_rule_book_decides_at_every_instant_as_a_new_one_does(seed: int) -> None:
    asked = INSTANTS * 2
    Random(seed).shuffle(asked)
    known = RuleBook(WRITTEN, SECTORS)
    for at in asked:
        expected = decide(question(at=at), RuleBook(WRITTEN, SECTORS), {})
        found = decide(question(at=at), known, {})
        assert found == expected
        assert found.layers == expected.layers


def test_the_instants_tell_the_versions_apart() -> None:
    """A rule book that took every instant for the first one asked would be found out above."""
    decided = [decide(question(at=at), RuleBook(WRITTEN, SECTORS), {}) for at in INSTANTS]
    assert len({repr(each) for each in decided}) >= 5


@pytest.mark.parametrize(
    ("at", "masked"),
    [(START - MOMENT, False), (START, True), (LATER - MOMENT, True), (LATER, True), (END, True)],
    ids=["before", "from its start", "until it gives way", "a suspended one masks on", "a lapsed one too"],
)
def test_a_mask_holds_while_its_version_governs(at: datetime, masked: bool) -> None:
    rules = RuleBook(WRITTEN, SECTORS)
    assert rules.period("police", "health", Category.MENTAL_HEALTH, at).masked is masked


def test_the_act_and_who_asks_are_told_apart_in_what_is_remembered() -> None:
    told = clause(id="told", acts=frozenset({Act.TELL}))
    named = clause(id="named", contacts_only=True)
    rules = RuleBook([agreement(told, named, clause(id="any"))], SECTORS)
    period = rules.period("police", "health", Category.MENTAL_HEALTH, NOW)
    asked = Question(SubjectKind.PERSON, Purpose.THREAT_ASSESSMENT, Role.CASEWORKER)
    for _ in range(2):
        found = {
            (act, contact): [rule.clause.id for rule in period.speaking(asked, act, contact=contact).permits]
            for act, contact in product(Act, (False, True))
        }
        assert found == {
            (Act.ASK, False): ["any"],
            (Act.ASK, True): ["named", "any"],
            (Act.TELL, False): ["told", "any"],
            (Act.TELL, True): ["told", "named", "any"],
        }


def test_a_course_is_worked_out_once_for_each_period_however_often_it_is_asked() -> None:
    worked: list[datetime] = []

    def work_out(at: datetime) -> int:
        worked.append(at)
        return len(worked)

    course = Course([END, START, END], work_out)
    for _ in range(3):
        assert [course.at(at) for at in (START - MOMENT, START, END - MOMENT, END, END + MOMENT)] == [
            1, 2, 2, 3, 3,
        ]  # fmt: skip
    assert worked == [START - MOMENT, START, END]


def test_parties_a_site_does_not_know_leave_nothing_behind() -> None:
    """A requester controls neither how many courses there are nor how many periods."""
    rules = RuleBook(WRITTEN, SECTORS)
    before = len(rules._courses)
    silent = {id(rules.period(f"stranger-{n}", "health", Category.COURT, NOW)) for n in range(100)}
    assert len(silent) == 1
    assert len(rules._courses) == before
    for hours in range(1000):
        rules.period(
            "police",
            "health",
            Category.MENTAL_HEALTH,
            datetime(2025, 12, 1, tzinfo=UTC) + timedelta(hours=hours * 12),
        )
    (course,) = [course for key, course in rules._courses.items() if key[:2] == ("police", "health")]
    assert len(course._periods) <= len(CHANGES) + 1


def test_versions_change_where_they_start_lapse_or_give_way() -> None:
    first, second = WRITTEN[:2]
    versions = Versions(WRITTEN)
    assert {*versions.changes(first)} == {START, END, LATER}
    assert {*versions.changes(second)} == {LATER, END}
    assert versions.governs(first, LATER - MOMENT)
    assert not versions.governs(first, LATER)
    assert versions.governs(replace(second, suspended=True), END)
