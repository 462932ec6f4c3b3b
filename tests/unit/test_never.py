"""Never-statements: how a file of them is read, what breaks one, and that what holds is proved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator

from agreements.agreement import Clause
from agreements.fault import InvalidDocument
from agreements.terms import Act, Category, GrantorKind, Ground, Level, Review, Role, Sector, SubjectKind
from policies.decide import decide
from policies.decision import Permitted
from policies.never import Broken, Statement, Unless, broken_statements
from policies.neverfile import builtin_statements, parse_statements, statements_schema
from tests.unit.decision_case import NOW, agreement, clause, needing, needing_consent, sectors
from tests.unit.test_checking import LAWS, setting

HEALTH: Final = frozenset({Category.HEALTH})
STATEMENT: Final = Statement(
    "no-health-to-police", "Police never learn of health.", HEALTH, requester=sectors(Sector.LAW_ENFORCEMENT)
)
BY_CONSENT: Final = replace(needing_consent(), categories=HEALTH)
BY_EXCEPTION: Final = replace(
    needing_consent(exceptions=(Ground.SERIOUS_IMMINENT_THREAT,)), categories=HEALTH
)
OPEN: Final = clause(categories=HEALTH)


def broken(written: Clause, statement: Statement, since: datetime = NOW) -> list[Broken]:
    held = setting(agreement(written))
    found = broken_statements(held.rules, held.laws, held.agencies, [statement], since)
    for each in found:
        assert isinstance(decide(each.request, held.rules, LAWS), Permitted), "the request shown is answered"
    return found


def unless(**excuses: Any) -> Statement:
    return replace(STATEMENT, unless=Unless(**excuses))


@pytest.mark.parametrize(
    ("written", "statement", "breaks"),
    [
        pytest.param(OPEN, STATEMENT, True, id="open to all"),
        pytest.param(OPEN, unless(consent=True), True, id="open without the consent that would excuse"),
        pytest.param(BY_CONSENT, STATEMENT, True, id="by consent, which excuses nothing"),
        pytest.param(BY_CONSENT, unless(consent=True), False, id="by consent, which excuses"),
        pytest.param(
            BY_CONSENT, unless(consent_from=frozenset({GrantorKind.GUARDIAN})), True, id="consent of others"
        ),
        pytest.param(
            BY_CONSENT, unless(consent_from=frozenset({GrantorKind.SUBJECT})), False, id="by their consent"
        ),
        pytest.param(BY_EXCEPTION, unless(consent=True), True, id="by an exception beside consent"),
        pytest.param(
            BY_EXCEPTION, unless(consent=True, exception=frozenset({Ground.SERIOUS_IMMINENT_THREAT})),
            False, id="by consent or the exception",
        ),
        pytest.param(
            BY_EXCEPTION, unless(consent=True, exception=frozenset({Ground.MANDATORY_REPORT})),
            True, id="by consent or another exception",
        ),
        pytest.param(
            replace(needing(legal_process=True), categories=HEALTH), unless(legal_process=True),
            False, id="by process",
        ),
        pytest.param(
            replace(needing(review=Review.CUSTODIAN), categories=HEALTH), unless(person=True),
            False, id="by a person",
        ),
        pytest.param(OPEN, replace(STATEMENT, level_above=Level.SUMMARY), False, id="no more than the level"),
        pytest.param(OPEN, replace(STATEMENT, level_above=Level.CONTACT), True, id="more than the level"),
        pytest.param(
            OPEN, replace(STATEMENT, requester=sectors(Sector.EDUCATION)), False, id="about other requesters"
        ),
        pytest.param(
            OPEN, replace(STATEMENT, custodian=sectors(Sector.EDUCATION)), False, id="about other custodians"
        ),
        pytest.param(
            OPEN, replace(STATEMENT, categories=frozenset({Category.COURT})), False, id="other categories"
        ),
        pytest.param(OPEN, replace(STATEMENT, roles=frozenset({Role.LIAISON})), False, id="other roles"),
        pytest.param(OPEN, replace(STATEMENT, acts=frozenset({Act.TELL})), True, id="about telling"),
        pytest.param(
            replace(OPEN, acts=frozenset({Act.ASK})), replace(STATEMENT, acts=frozenset({Act.TELL})),
            False, id="about telling where only asking is allowed",
        ),
        pytest.param(
            OPEN, replace(STATEMENT, subjects=frozenset({SubjectKind.VENUE})), False, id="other subjects"
        ),
        pytest.param(
            replace(OPEN, level=Level.RECORD, fields=frozenset({"ward"})),
            replace(STATEMENT, fields=frozenset({"ward"})), True, id="with the field",
        ),
        pytest.param(
            replace(OPEN, level=Level.RECORD, fields=frozenset({"ward"})),
            replace(STATEMENT, fields=frozenset({"diagnosis"})), False, id="without the field",
        ),
    ],
)  # fmt: skip
def test_a_statement_is_broken_by_what_is_answered_without_its_excuse(
    written: Clause, statement: Statement, breaks: bool
) -> None:
    assert bool(broken(written, statement)) is breaks


def test_a_statement_holds_once_the_agreement_has_run_out() -> None:
    assert broken(OPEN, STATEMENT, datetime(2027, 1, 1, tzinfo=UTC)) == []


def test_a_statement_is_broken_by_what_comes_into_force_later() -> None:
    assert broken(OPEN, STATEMENT, datetime(2025, 1, 1, tzinfo=UTC))[0].request.at == datetime(
        2026, 1, 1, tzinfo=UTC
    )


FILE: Final = """
schema: 1
statements:
  - id: no-substance-use-to-schools
    text: No school ever receives substance-use records without consent.
    requester: {sectors: [education]}
    categories: [substance-use]
    unless: {consent: true}
"""


def test_a_file_of_statements_is_read() -> None:
    (read,) = parse_statements(FILE, "never.yaml")
    assert read.requester == sectors(Sector.EDUCATION)
    assert read.unless == Unless(consent=True)
    assert Draft202012Validator(statements_schema()).is_valid(yaml.safe_load(FILE))


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("schema: 1", "schema: 2", "schema"),
        ("[substance-use]", "[]", "statements[0].categories"),
        ("[substance-use]", "[secrets]", "statements[0].categories[0]"),
        ("{sectors: [education]}", "{}", "statements[0].requester"),
        ("{consent: true}", "{consent: yes}", "statements[0].unless.consent"),
        ("{consent: true}", "{prayer: true}", "statements[0].unless.prayer"),
        ("    text:", "    texts:", "statements[0]"),
        ("no-substance-use-to-schools", "no-psychotherapy-notes", "statements[0].id"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_key(old: str, new: str, key: str) -> None:
    taken = [each.id for each in builtin_statements()][1:]
    with pytest.raises(InvalidDocument) as refused:
        parse_statements(FILE.replace(old, new), "never.yaml", taken)
    assert any(error.key.startswith(key) and error.line for error in refused.value.errors)
    assert not any(word in str(error) for error in refused.value.errors for word in ("secrets", "yes"))


def test_the_built_in_statements_read_and_are_told_apart() -> None:
    statements = builtin_statements()
    assert len({each.id for each in statements}) == len(statements) >= 4
