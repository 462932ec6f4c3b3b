"""Sharing labels in a database's rows: a labelled row leaves under no category but the one its rule names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.mapping import CategoryTable, LabelRule
from adapters.mapping_form import read_mapping
from adapters.partner import Match
from adapters.sql import SqlPartner
from adapters.sql_labels import leaves_as, may_leave_as
from adapters.sql_tables import Tables
from agreements.fault import InvalidDocument
from agreements.permit import Holding
from agreements.subject import Identifier, PersonIdentity, Subject
from agreements.terms import Category, Level
from tests.contracts.adapter_contract import permit

INTELLIGENCE, HEALTH = Category.INTELLIGENCE, Category.HEALTH
DANIEL = PersonIdentity(identifiers=(Identifier("urn:mrn", "77"),))

SCHEMA = """
CREATE TABLE person (person_id INTEGER PRIMARY KEY, last_name TEXT, first_name TEXT, dob DATE, sid TEXT);
CREATE TABLE report (report_id INTEGER PRIMARY KEY, person_id INTEGER, gist TEXT, grading TEXT,
  sealed INTEGER, handling TEXT, medical BOOLEAN);
CREATE TABLE illness (illness_id INTEGER PRIMARY KEY, person_id INTEGER, name TEXT);
INSERT INTO person VALUES (1, 'Okafor', 'Daniel', '2008-04-17', '77');
"""
MAPPING = """
schema: 1
person: {table: person, key: person_id, family_name: last_name, given_name: first_name, birth_date: dob,
  identifiers: [{system: "urn:mrn", column: sid}]}
categories:
  intelligence:
    table: report
    person: {column: person_id}
    withhold: [RULES]
    summary: [gist]
    fields: {grading: grading, gist: gist}
  health:
    table: illness
    person: {column: person_id}
    summary: [name]
"""


class Reports:
    """A database of one person with one report for each row of labels; a report's gist is its number."""

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self._engine = sa.create_engine(self.url, poolclass=sa.StaticPool)
        with self._engine.begin() as connection:
            for statement in filter(str.strip, SCHEMA.split(";")):
                connection.execute(sa.text(statement))

    def fill(self, rows: Sequence[dict[str, object]]) -> None:
        blank: dict[str, object] = {"sealed": None, "handling": None, "medical": None}
        insert = "INSERT INTO report VALUES (NULL, 1, :gist, 'B2', :sealed, :handling, :medical)"
        with self._engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM report"))
            for number, row in enumerate(rows):
                connection.execute(sa.text(insert), {**blank, "gist": f"report {number}", **row})

    def run(self, statement: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.text(statement))

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def reports(tmp_path: Path) -> Iterator[Reports]:
    made = Reports(tmp_path / "rms.db")
    yield made
    made.close()


@asynccontextmanager
async def partner_with(reports: Reports, rules: str) -> AsyncIterator[SqlPartner]:
    partner = SqlPartner(reports.url, read_mapping(MAPPING.replace("RULES", rules), "m.yaml"), "m.yaml")
    yield partner
    await partner.close()


async def ask(
    partner: SqlPartner, category: Category, level: Level = Level.SUMMARY, *fields: str
) -> tuple[Holding, ...]:
    permits = [permit(category, level, fields)]
    match = await partner.find(Subject(DANIEL), permits)
    assert isinstance(match, Match)
    return await partner.fetch(match, permits)


async def told(reports: Reports, rules: str, category: Category) -> set[int]:
    """The numbers of the reports that leave as a category; at existence exactly if there are any."""
    async with partner_with(reports, rules) as partner:
        found = {int(str(each.summary).split()[1]) for each in await ask(partner, category)}
        assert len(await ask(partner, category, Level.EXISTENCE)) == bool(found)
        return found


SEALED = "{column: sealed, values: [1]}"


@pytest.mark.parametrize(
    ("rules", "labels", "left"),
    [
        (SEALED, [0, 1, None, 2], {0, 3}),
        ("{column: sealed, values: [1], clear: [0]}", [0, 1, None, 2], {0}),
        ("{column: sealed, clear: [0]}", [0, 1, None, 2], {0}),
        ("{column: sealed, values: [1], unlabelled: release}", [0, 1, None, 2], {0, 2, 3}),
        ("{column: sealed, values: [true]}", [0, 1, None, "yes"], {0}),
        (SEALED, ["1", "0", "Y", "", b"\x00", 1.0, " 1 ", -1], {1, 7}),
    ],
    ids=["values", "both", "clear", "unlabelled", "truth", "wrong-types"],
)
async def test_a_label_in_a_column_of_numbers_withholds(
    reports: Reports, rules: str, labels: list[object], left: set[int]
) -> None:
    reports.fill([{"sealed": label} for label in labels])
    assert await told(reports, rules, INTELLIGENCE) == left


SECRET = '{column: handling, values: [Secret, "É", 5]}'
SPELLINGS = ["secret", " SECRET ", "SeCrEt\t", "\u00a0secret", "é", "É", "5", "05", "secrets", "", "  ", None]


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (SECRET, {7, 8}),
        (SECRET.replace("}", ", unlabelled: release}"), {7, 8, 9, 10, 11}),
        ("{column: handling, clear: [Secret]}", {0, 1}),
    ],
    ids=["values", "unlabelled", "clear"],
)
async def test_a_label_withholds_however_it_is_spelt(reports: Reports, rules: str, left: set[int]) -> None:
    reports.fill([{"handling": label} for label in SPELLINGS])
    assert await told(reports, rules, INTELLIGENCE) == left


@pytest.mark.parametrize("rule", ["{indicator: medical}", "{nc:PersonMedicalFileIndicator: medical}"])
async def test_an_indicator_withholds_whatever_is_not_false(reports: Reports, rule: str) -> None:
    reports.fill([{"medical": label} for label in (0, 1, None, 2, "Y", "false", "true", b"0")])
    assert await told(reports, rule, INTELLIGENCE) == {0, 5}


MEDICAL = "{indicator: medical, reclassify: health}"


async def test_a_reclassified_row_leaves_as_the_other_category_only(reports: Reports) -> None:
    reports.fill([{"medical": label, "sealed": 0} for label in (0, 1, None, "?")])
    reports.run("INSERT INTO illness VALUES (1, 1, 'asthma')")
    async with partner_with(reports, MEDICAL) as partner:
        assert await ask(partner, INTELLIGENCE) == (Holding(INTELLIGENCE, "report 0"),)
        assert await ask(partner, HEALTH) == (Holding(HEALTH, "report 1"), Holding(HEALTH, "asthma"))
        assert await ask(partner, HEALTH, Level.EXISTENCE) == (Holding(HEALTH),)
        record = await ask(partner, HEALTH, Level.RECORD, "grading")
        assert record[0] == Holding(HEALTH, "report 1", {"grading": "B2"})
        assert partner.capabilities().categories[HEALTH] == {"grading", "gist"}


async def test_a_row_that_two_rules_tell_apart_leaves_as_neither(reports: Reports) -> None:
    rules = f"{MEDICAL}, {SEALED}, {{column: handling, values: [MH], clear: [U], reclassify: mental-health}}"
    reports.fill(
        [
            {"medical": 1, "sealed": 0, "handling": "U"},
            {"medical": 1, "sealed": 1, "handling": "U"},
            {"medical": 1, "sealed": None, "handling": "U"},
            {"medical": 1, "sealed": 0, "handling": "MH"},
            {"medical": 0, "sealed": 0, "handling": "MH"},
            {"medical": 0, "sealed": 0, "handling": "U"},
            {"medical": 0, "sealed": 0, "handling": "X"},
        ]
    )
    assert await told(reports, rules, INTELLIGENCE) == {5}
    assert await told(reports, rules, HEALTH) == {0}
    assert await told(reports, rules, Category.MENTAL_HEALTH) == {4}


async def test_a_withheld_row_is_not_given_by_the_database(reports: Reports) -> None:
    reports.fill([{"sealed": 1}, {"sealed": None}, {"sealed": 0}])
    async with partner_with(reports, SEALED) as partner:
        rows: list[object] = []
        engine = partner._source.engine

        def count(cursor: object, *_: object) -> None:
            rows.append(cursor)

        sa.event.listen(engine, "after_cursor_execute", count)
        sent: list[str] = []
        sa.event.listen(engine, "before_cursor_execute", lambda _c, _k, text, *_: sent.append(text))
        await ask(partner, INTELLIGENCE)
        assert rows
        (query,) = [text for text in sent if "FROM report" in text]
    selected, condition = query.split("FROM report")
    assert "sealed" in condition
    assert "handling" not in query
    assert "grading" not in selected


async def test_the_row_is_checked_again_where_the_database_lets_it_pass(
    reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports.fill([{"sealed": label} for label in (1, None, 0, 2)])
    monkeypatch.setattr("adapters.sql_holdings.may_leave_as", lambda *_: sa.true())
    assert await told(reports, SEALED, INTELLIGENCE) == {2, 3}
    assert await told(reports, SEALED, HEALTH) == set()


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        ("{column: sealed, values: [Y]}", "categories.intelligence.withhold[0].values"),
        (f"{MEDICAL}, {{column: sealed, clear: [N]}}", "categories.intelligence.withhold[1].clear"),
        ("{indicator: secret}", "categories.intelligence.withhold[0].column"),
    ],
)
async def test_a_rule_that_could_never_withhold_stops_start_up(
    reports: Reports, rules: str, key: str
) -> None:
    async with partner_with(reports, rules) as partner:
        with pytest.raises(InvalidDocument) as raised:
            partner.check()
    assert [error.key for error in raised.value.errors] == [key]


LABELS = st.sampled_from([None, "", "u", "s", "m", "1", "0", "x"])
WORDS = st.frozensets(st.sampled_from(["u", "s", "m", "1", "0"]))


@st.composite
def label_rules(draw: st.DrawFn) -> LabelRule:
    values = draw(WORDS)
    clear = draw(WORDS) - values
    moved = draw(st.sampled_from([None, HEALTH, Category.MENTAL_HEALTH])) if values else None
    known = tuple(sorted(clear)) if clear or not values else None
    return LabelRule("handling", tuple(sorted(values)), known, draw(st.booleans()), moved)


@given(st.lists(label_rules(), max_size=3), label_rules(), st.lists(LABELS, min_size=4, max_size=4))
def test_another_rule_never_lets_a_row_leave_where_it_did_not(
    rules: list[LabelRule], more: LabelRule, labels: list[str | None]
) -> None:
    before = leaves_as(INTELLIGENCE, rules, labels[: len(rules)])
    after = leaves_as(INTELLIGENCE, [*rules, more], [*labels[: len(rules)], labels[-1]])
    if before is None:
        assert after is None
    elif after is not before:
        assert after in (None, more.reclassify)


@given(st.lists(label_rules(), min_size=1, max_size=2), st.lists(LABELS, max_size=6))
@settings(max_examples=60, deadline=None)
def test_the_database_keeps_back_what_the_rules_do(rules: list[LabelRule], labels: list[str | None]) -> None:
    table = CategoryTable("report", withhold=tuple(rules))
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    report = sa.Table(
        "report", sa.MetaData(), sa.Column("number", sa.Integer), sa.Column("handling", sa.Text)
    )
    tables = Tables({("report", "handling"): report.c.handling})
    with engine.begin() as connection:
        report.create(connection)
        for number, label in enumerate(labels):
            connection.execute(report.insert().values(number=number, handling=label))
        for category in (INTELLIGENCE, HEALTH, Category.MENTAL_HEALTH):
            query = sa.select(report.c.number).where(may_leave_as(tables, INTELLIGENCE, table, category))
            left = {
                number
                for number, label in enumerate(labels)
                if leaves_as(INTELLIGENCE, rules, [label or None] * len(rules)) is category
            }
            # A row that one rule moves and another keeps where it is passes here; the second look stops it.
            assert left <= set(connection.scalars(query))
            if category is INTELLIGENCE:
                assert left == set(connection.scalars(query))
    engine.dispose()


def test_without_rules_a_row_stays_where_it_is() -> None:
    assert leaves_as(HEALTH, (), ()) is HEALTH
