"""How long a record is kept, and which rights list it: the data files, and what follows from them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agreements.fault import InvalidDocument
from agreements.form import from_yaml
from agreements.terms import BasisKind, Purpose, Sector
from policies.accounting import RIGHTS, LineKind, Listed, accounting_rights
from policies.lawbook import load_laws
from policies.schedules import SCHEDULES, retention_schedules

THEN = datetime(2020, 2, 29, 12, tzinfo=UTC)


def words(value: object) -> str:
    """An id that is the same in every process, which the text of a set is not."""
    return "+".join(sorted(value)) or "none" if isinstance(value, set | list) else str(value)


@pytest.mark.parametrize(
    ("laws", "until"),
    [
        (set(), "2030-02-28"),
        ({"us-hipaa"}, "2026-02-28"),
        ({"us-28cfr23"}, "2025-02-28"),
        ({"us-part2"}, "2026-02-28"),
        ({"us-hipaa", "us-28cfr23"}, "2026-02-28"),
        ({"us-ferpa"}, "2030-02-28"),
        ({"uk-gdpr"}, "2026-02-28"),
        ({"no-such-law"}, "2030-02-28"),
    ],
    ids=words,
)
def test_a_record_is_gone_when_its_laws_say(laws: set[str], until: str) -> None:
    assert f"{retention_schedules().ends(laws, THEN):%Y-%m-%d}" == until


@pytest.mark.parametrize(
    ("laws", "day", "held"),
    [
        ({"us-hipaa"}, "2026-02-27", ["hipaa-accounting"]),
        ({"us-hipaa"}, "2026-03-01", []),
        ({"us-part2", "us-ferpa"}, "2022-01-01", ["part2-list", "ferpa-record"]),
        ({"us-part2", "us-ferpa"}, "2024-01-01", ["ferpa-record"]),
        ({"us-28cfr23"}, "2020-03-01", []),
        (set(), "2020-03-01", []),
    ],
    ids=words,
)
def test_an_erasure_meets_the_schedules_that_still_keep(laws: set[str], day: str, held: list[str]) -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    assert [schedule.id for schedule, _ in retention_schedules().holds(laws, THEN, at)] == held


def test_no_record_ends_before_the_shortest_time() -> None:
    schedules = retention_schedules()
    laws = {law for schedule in schedules.all for law in schedule.laws}
    first = min(schedules.ends({law}, THEN) for law in laws)
    assert first >= schedules.shortest.after(THEN)


def test_every_law_that_is_named_exists() -> None:
    known = load_laws().laws.keys()
    assert {law for one in retention_schedules().all for law in one.laws} <= known
    assert {law for right in accounting_rights().values() for law in right.laws} <= known


def line(written: str) -> Listed:
    """Kind, purpose, recipient's sector, basis and law; `-` for none."""
    kind, *others = (None if word == "-" else word for word in written.split())
    purpose, recipient, basis, law = others
    return Listed(
        LineKind(kind or ""),
        Purpose(purpose) if purpose else None,
        Sector(recipient) if recipient else None,
        BasisKind(basis) if basis else None,
        frozenset({law} if law else ()),
    )


@pytest.mark.parametrize(
    ("right", "words", "listed"),
    [
        ("hipaa-164.528", "answer threat-assessment law-enforcement exception us-hipaa", True),
        ("hipaa-164.528", "answer threat-assessment law-enforcement exception us-part2", False),
        ("hipaa-164.528", "answer treatment health agreement us-hipaa", False),
        ("hipaa-164.528", "answer case-management health agreement us-hipaa", False),
        ("hipaa-164.528", "answer case-management social-services agreement us-hipaa", True),
        ("hipaa-164.528", "answer safety-planning education consent us-hipaa", False),
        ("hipaa-164.528", "request safety-planning education - us-hipaa", False),
        ("ferpa-99.32", "request safety-planning law-enforcement - us-ferpa", True),
        ("ferpa-99.32", "answer safety-planning education agreement us-ferpa", False),
        ("part2", "answer treatment health consent us-part2", True),
        ("gdpr-15", "answer - - - -", True),
        ("privacy-act-552a(c)", "answer - law-enforcement agreement -", False),
        ("privacy-act-552a(c)", "answer - community agreement -", True),
    ],
)
def test_a_right_lists_what_its_rule_says(right: str, words: str, listed: bool) -> None:
    found = accounting_rights()[right]
    assert (found.reaches(line(words)) and found.omits(line(words), to_subject=True) is None) is listed


@pytest.mark.parametrize(
    "source",
    [
        "schema: 1\ncounsel: c\notherwise: P1Y\nschedules: []",
        "schema: 1\ncounsel: c\notherwise: P1Y\nschedules: [{id: a, citation: c, text: t, laws: [x1]}]",
        (
            "schema: 1\ncounsel: c\notherwise: ever\n"
            "schedules: [{id: a, citation: c, text: t, laws: [x1], keep: P1Y}]"
        ),
    ],
    ids=["none", "says-nothing", "no-duration"],
)
def test_a_file_of_schedules_that_says_nothing_is_refused(source: str) -> None:
    with pytest.raises(InvalidDocument):
        from_yaml(source, "schedules.yaml", SCHEDULES)


def test_a_right_without_a_citation_is_refused() -> None:
    source = "schema: 1\ncounsel: c\nrights: [{id: a, title: t, laws: [], kinds: [answer]}]"
    with pytest.raises(InvalidDocument):
        from_yaml(source, "accounting.yaml", RIGHTS)
