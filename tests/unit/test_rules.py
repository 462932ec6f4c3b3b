"""Clauses as Casbin rules: what the model says, what a partition holds, and where Casbin lives."""

from __future__ import annotations

import ast
import re
from importlib import metadata, resources
from itertools import permutations
from pathlib import Path

import casbin
import pytest

from agreements.agreement import Agreement, Clause, PartySelector
from agreements.terms import Category, Level, Purpose, Role, Sector, SubjectKind
from policies.rules import Matcher, Question, Rule, RuleBook, Stage
from policies.versions import policy_version
from tests.unit.decision_case import NOW, SECTORS, agencies, agreement, clause, prohibition, sectors

ROOMS = ("gateway", "policies", "agreements", "adapters", "audit")
ROOT = Path(__file__).parent.parent.parent
MODEL = resources.files("policies").joinpath("model.conf").read_text(encoding="utf-8")
ASKED = Question(SubjectKind.PERSON, Purpose.THREAT_ASSESSMENT, Role.CASEWORKER)
BOTH = frozenset({SubjectKind.PERSON, SubjectKind.VENUE})


def book(*clauses: Clause) -> RuleBook:
    return RuleBook([agreement(*clauses)], SECTORS)


def ids(rules: tuple[Rule, ...]) -> list[str]:
    return [rule.clause.id for rule in rules]


def matched(rules: RuleBook, question: Question, stage: Stage = Stage.ROLE) -> list[str]:
    partition = rules.partition("police", "health", Category.MENTAL_HEALTH)
    return ids(rules.matcher.matches(partition, question, stage))


def test_the_matchers_compare_and_call_nothing() -> None:
    matchers = re.findall(r"^m\d* = (.*)$", MODEL, re.MULTILINE)
    assert len(matchers) == len(Stage)
    for matcher in matchers:
        assert not re.search(r"eval|keyMatch|regexMatch|globMatch|ipMatch", matcher, re.IGNORECASE)
        assert re.fullmatch(r"r\.(\w+) == p\.\1(?: && r\.(\w+) == p\.\2)*", matcher)


def test_each_stage_asks_for_one_field_more() -> None:
    matchers = dict(re.findall(r"^(m\d*) = (.*)$", MODEL, re.MULTILINE))
    fields = {stage: re.findall(r"r\.(\w+)", matchers[stage.value]) for stage in Stage}
    assert fields == {
        Stage.SUBJECT: ["subject"],
        Stage.PURPOSE: ["subject", "purpose"],
        Stage.ROLE: ["subject", "purpose", "role"],
    }


def test_the_effect_needs_a_permit_and_no_prohibition() -> None:
    assert "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))" in MODEL


@pytest.mark.parametrize(
    ("met", "prohibited", "allowed"),
    [(False, False, False), (True, False, True), (False, True, False), (True, True, False)],
)
def test_what_is_met_and_not_prohibited_is_allowed(met: bool, prohibited: bool, allowed: bool) -> None:
    assert Matcher().allows(met=met, prohibited=prohibited) is allowed


def test_without_rules_nothing_matches_and_nothing_is_allowed() -> None:
    rules = RuleBook([], SECTORS)
    assert all(matched(rules, ASKED, stage) == [] for stage in Stage)
    assert rules.matcher.allows(met=False, prohibited=False) is False


@pytest.mark.parametrize(
    ("question", "stages"),
    [
        (ASKED, {Stage.SUBJECT, Stage.PURPOSE, Stage.ROLE}),
        (ASKED._replace(role=Role.AUDITOR), {Stage.SUBJECT, Stage.PURPOSE}),
        (ASKED._replace(purpose=Purpose.TREATMENT), {Stage.SUBJECT}),
        (ASKED._replace(subject=SubjectKind.VENUE), set()),
    ],
    ids=["all", "another role", "another purpose", "another kind"],
)
def test_a_question_matches_up_to_the_field_that_differs(question: Question, stages: set[Stage]) -> None:
    assert {stage for stage in Stage if matched(book(clause()), question, stage)} == stages


def test_rules_are_found_once_each_in_clause_order() -> None:
    wide = {"subjects": BOTH, "purposes": frozenset(Purpose), "roles": frozenset(Role)}
    rules = book(clause(id="b", **wide), prohibition(id="c"), clause(id="a", **wide))
    for stage in Stage:
        assert matched(rules, ASKED, stage) == ["b", "c", "a"]


def test_rules_of_agreements_are_in_the_order_of_id_version_and_clause() -> None:
    written = [
        agreement(clause(id="1"), clause(id="0")),
        agreement(clause(id="2"), version=2),
        agreement(clause(id="3"), version=10),
        agreement(clause(id="4"), id="a-first", version=20),
    ]
    for order in permutations(written):
        assert matched(RuleBook(order, SECTORS), ASKED) == ["4", "1", "0", "2", "3"]


def test_a_partition_holds_only_the_rules_of_its_parties_and_category() -> None:
    rules = book(
        clause(id="1"),
        clause(id="2", categories=frozenset({Category.HOUSING})),
        clause(id="3", requester=sectors(Sector.EDUCATION)),
        clause(id="4", custodian=agencies("school", "shelter")),
        clause(id="5", requester=agencies("police", "health"), custodian=agencies("police", "health")),
    )
    held = {
        key: ids(rules.partition(*key).rules)
        for key in (
            ("police", "health", Category.MENTAL_HEALTH),
            ("police", "health", Category.HOUSING),
            ("school", "health", Category.MENTAL_HEALTH),
            ("police", "school", Category.MENTAL_HEALTH),
            ("health", "police", Category.MENTAL_HEALTH),
            ("health", "school", Category.MENTAL_HEALTH),
            ("police", "police", Category.MENTAL_HEALTH),
        )
    }
    assert list(held.values()) == [["1", "5"], ["2"], ["3"], ["4"], ["5"], [], []]


def test_whom_one_may_ask_and_about_what() -> None:
    rules = book(
        clause(),
        clause(
            id="2", custodian=agencies("school"), categories=frozenset({Category.HOUSING, Category.COURT})
        ),
    )
    assert rules.custodians("police") == {"health", "school"}
    assert rules.custodians("health") == frozenset()
    assert rules.categories("police", "school") == {Category.HOUSING, Category.COURT}
    assert rules.categories("school", "police") == frozenset()


def test_agreements_between_two_are_found_both_ways() -> None:
    one, other = agreement(clause()), agreement(id="other", parties=("school", "shelter"))
    rules = RuleBook([one, other], SECTORS)
    assert rules.between("police", "health") == rules.between("health", "police") == (one,)
    assert rules.between("school", "shelter") == (one, other)
    assert rules.between("police", "police") == rules.between("police", "stranger") == ()


def test_the_rows_are_plain_tokens_of_closed_words() -> None:
    """Free text of an agreement never reaches Casbin: not its title, not a clause's id or text."""
    hostile = clause(id="p, allow", text="r.sub == 'x' || true", subjects=BOTH, fields=frozenset({"a, b"}))
    rules = book(hostile, prohibition(id="r.role"))
    rows = rules.partition("police", "health", Category.MENTAL_HEALTH).rows
    assert len(rows) == 3
    for row in rows:
        assert all(re.fullmatch(r"[a-z0-9_:-]{1,64}", value) for value in row.fields.values())
    assert [list(row.fields.values())[-1] for row in rows] == ["allow", "allow", "deny"]


def test_a_field_that_is_no_plain_token_is_refused() -> None:
    rule = Rule(agreement(clause()), clause(), ("county", 1, 0))

    class Words:
        value = "person, allow"

    with pytest.raises(ValueError, match=r"^a rule field is not a plain token$"):
        Matcher().row(rule, Words(), Purpose.TREATMENT, Role.AUDITOR, 0)  # type: ignore[arg-type]  # hostile


def test_a_rule_is_written_with_its_effect() -> None:
    withholding = prohibition(withholds=frozenset({"sources"}))
    for written, eft in ((clause(), "allow"), (prohibition(), "deny"), (withholding, "withhold")):
        rule = Rule(agreement(written), written, ("county", 1, 0))
        row = Matcher().row(rule, SubjectKind.VENUE, Purpose.TREATMENT, Role.AUDITOR, 7)
        assert list(row.fields.values()) == ["rule-7", "venue", "treatment", "auditor", eft]


def changed(**changes: object) -> Agreement:
    return agreement(clause(**changes))


def test_the_policy_version_follows_what_is_said_and_nothing_else() -> None:
    first, second = agreement(clause()), agreement(clause(level=Level.RECORD), id="other")
    versions = {RuleBook(order, SECTORS).version for order in permutations((first, second))}
    assert versions == {policy_version((first, second))}
    others = [
        agreement(clause(), suspended=True),
        agreement(clause(), expires=NOW),
        changed(masked=True),
        changed(level=Level.RECORD),
        changed(roles=frozenset(Role)),
        changed(requester=PartySelector()),
        agreement(clause(), clause(id="2")),
        agreement(),
    ]
    digests = {policy_version((each,)) for each in [first, *others]} | {policy_version(())}
    assert len(digests) == len(others) + 2
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


def test_only_one_distribution_writes_the_folder_casbin() -> None:
    owners = {name.lower() for name in metadata.packages_distributions()["casbin"]}
    assert owners == {"pycasbin"}
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.distribution("casbin")
    assert Path(str(casbin.__file__)).parent.name == "casbin"


def test_casbin_is_imported_in_one_module_only() -> None:
    sources = {
        path: path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py")
    }
    importers = {
        path.relative_to(ROOT).as_posix()
        for path, source in sources.items()
        if "casbin" in source.lower() and "casbin" in _imports(source)
    }
    assert importers == {"policies/rules.py"}


def _imports(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Constant) and node.value == "casbin":
            found.add("casbin")
    return found
