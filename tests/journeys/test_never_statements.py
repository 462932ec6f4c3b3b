"""A draft that breaks what must never happen is not put in force, and is shown the request that breaks it."""

from __future__ import annotations

import pytest

from tests.conftest import ACountyOf
from tests.county import NOW, Json, is_problem
from tests.county_terms import CALLBACK, PD, SCHOOLS, agreement, clause
from tests.journeys.test_agreement_life import ASKING, VERSIONS, Parties, good

NEVER = """
schema: 1
statements:
  - id: no-reports-to-schools
    text: Schools never receive a threat report itself.
    requester: {sectors: [education]}
    categories: [threat-report]
    level_above: summary
"""


def version_two(level: str, **more: object) -> Json:
    body = agreement(
        CALLBACK, NOW, [PD, SCHOOLS], version=2, concern_scale=["watch", "act"],
        clauses=[clause("1", "threat-report", PD, level, **ASKING, **more)],
    )  # fmt: skip
    return {**body}


@pytest.fixture
def parties(a_county: ACountyOf) -> Parties:
    county = a_county()
    folder = county.folder.path / "policies"
    folder.mkdir(exist_ok=True)
    (folder / "never.yaml").write_text(NEVER)
    return Parties(county)


async def test_a_draft_that_breaks_a_statement_is_shown_the_request(parties: Parties) -> None:
    await parties.proposed(version_two("record", fields=["text"]))
    told = is_problem(await parties.schools.post(f"{VERSIONS}/2/activate", {}), 409)
    (reason,) = told["reasons"]
    assert reason["code"] == "never-statement-broken"
    assert "Schools never receive a threat report itself." in reason["text"]
    assert f"{SCHOOLS} asks {PD} for threat-report" in reason["text"]
    assert f"{CALLBACK} version 2 clause 1" in reason["text"]
    assert await parties.level() == "summary", "what was in force stays so"


async def test_a_draft_that_keeps_every_statement_is_put_in_force(parties: Parties) -> None:
    await parties.proposed(version_two("contact"))
    good(await parties.schools.post(f"{VERSIONS}/2/activate", {}))
    assert await parties.level() == "contact"


async def test_statements_that_cannot_be_read_let_nothing_into_force(parties: Parties) -> None:
    (parties.county.folder.path / "policies" / "never.yaml").write_text("schema: 1\nstatements: nothing\n")
    await parties.proposed(version_two("contact"))
    told = is_problem(await parties.schools.post(f"{VERSIONS}/2/activate", {}), 409)
    assert [reason["code"] for reason in told["reasons"]] == ["never-statements-invalid"]
    assert "policies/never.yaml:2: statements: expected a list" in told["reasons"][0]["text"]
