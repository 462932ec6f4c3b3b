"""Released fields are within the level, the clause, the consent and the law, whatever is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED_BUDGETS
from tests.county import InProcess, Json, county_in_process, emergency, make_folder
from tests.county_terms import DANIEL, HEALTH, MAIN_CLAUSES, PD, SCHOOLS, SOCIAL, patient

LEVELS: Final = ["existence", "contact", "summary", "record"]
OPEN: Final = {SCHOOLS: ["school-discipline", "threat-report", "education-record"],
               SOCIAL: ["family-services", "employment", "safeguarding", "probation"],
               HEALTH: ["health", "substance-use", "psychotherapy-notes"]}  # fmt: skip
CONSENTED: Final = patient(1)


@pytest.fixture(scope="module")
def consented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """A county in which one patient has consented to all that health holds, and nobody else to anything."""
    folder = make_folder(tmp_path_factory.mktemp("fields") / "county", budgets=SHARED_BUDGETS)
    with county_in_process(folder) as county:
        asyncio.run(county.desk(HEALTH).consents("health", "substance-use", subject=CONSENTED))
        yield county


def ceiling(category: str, concern: str, flags: list[str], given: bool) -> tuple[int, set[str]]:
    """The most that the clauses of the county allow: a level, -1 for none, and fields."""
    most, fields = -1, set()
    for clause in MAIN_CLAUSES:
        conditions: dict[str, Any] = clause.get("conditions", {})
        if category not in clause["categories"] or conditions.get("legal_process"):
            continue
        scale = ["low", "moderate", "high"]
        if scale.index(concern) < scale.index(conditions.get("concern_at_least", "low")):
            continue
        if not set(conditions.get("case_flags", ())) <= set(flags):
            continue
        if conditions.get("consent") == "required" and not given:
            continue
        if conditions.get("review") == "custodian" or category in {"employment", "probation"}:
            continue
        if category in {"psychotherapy-notes", "education-record"}:
            continue
        most = max(most, LEVELS.index(clause["level"]))
        fields |= set(clause.get("fields", ()))
    return most, fields


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)
@given(
    custodian=st.sampled_from([SCHOOLS, SOCIAL, HEALTH]),
    level=st.sampled_from(LEVELS),
    concern=st.sampled_from(["low", "moderate", "high"]),
    flags=st.sampled_from([[], ["level-2"], ["other"]]),
    subject=st.sampled_from([DANIEL, CONSENTED]),
    claims=st.booleans(),
    number=st.integers(0, 10**9),
)
def test_4_no_more_is_released_than_every_layer_allows(
    consented: InProcess,
    custodian: str,
    level: str,
    concern: str,
    flags: list[str],
    subject: Json,
    claims: bool,
    number: int,
) -> None:
    desk = consented.desk(PD, user=f"badge-{number}")
    claim = {"exception": emergency(elements={"threat": "He said so"})} if claims else {}

    async def asked() -> Json:
        case = await desk.opens(concern, flags=flags)
        return await desk.told(
            case, *OPEN[custodian], level=level, subject=subject, custodians=[custodian], **claim
        )

    for answer in asyncio.run(asked())["answers"]:
        for category in answer["categories"]:
            given = subject is CONSENTED
            most, fields = ceiling(category, concern, flags, given)
            height = min(most, LEVELS.index(level))
            if answer["result"] == "information-held":
                assert LEVELS.index(answer["level"]) <= height, category
            if height < LEVELS.index("summary"):
                assert category not in (answer["summary"] or {})
            if height < LEVELS.index("record"):
                assert category not in (answer["record"] or {})
            assert set((answer["record"] or {}).get(category, {})) <= fields
