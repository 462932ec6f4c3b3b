"""Two worlds that differ only in what a requester may not learn give it the same transcript."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED_BUDGETS
from tests.county import InProcess, Json, county_in_process, emergency, make_folder
from tests.county_terms import DANIEL, HEALTH, MARIA, PD, SCHOOLS, SOCIAL, STRANGER, holdings

ID: Final = re.compile(r"(qry|con|rev|emg|CASE)[_-][0-9a-f]{12,24}")
MASKED: Final = {"mental-health": HEALTH, "substance-use": HEALTH, "housing": SOCIAL}


def nobody_held() -> dict[str, list[Json]]:
    """What the agencies hold, but nothing at all where a clause or a law masks."""
    held = holdings()
    held[HEALTH] = []
    for subject in held[SOCIAL]:
        subject["holdings"] = [one for one in subject["holdings"] if one["category"] != "housing"]
    return held


Worlds = tuple[InProcess, InProcess]


@pytest.fixture(scope="module", params=["held", "consented-for-others"])
def worlds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """A county, and one that differs in what police may not learn."""
    other = nobody_held() if request.param == "held" else holdings()
    with ExitStack() as opened:
        one, another = (
            opened.enter_context(
                county_in_process(
                    make_folder(
                        tmp_path_factory.mktemp("world") / "county", holdings=held, budgets=SHARED_BUDGETS
                    )
                )
            )
            for held in (holdings(), other)
        )
        if request.param == "consented-for-others":
            recorder = another.desk(HEALTH)
            consent = {"recipients": [SCHOOLS, SOCIAL], "custodians": [HEALTH]}
            asyncio.run(recorder.consents("mental-health", "substance-use", **consent))
        yield one, another


QUESTIONS: Final = st.fixed_dictionaries(
    {
        "categories": st.lists(
            st.sampled_from([*MASKED, "school-discipline"]), min_size=1, max_size=3, unique=True
        ),
        "subject": st.sampled_from([DANIEL, MARIA, STRANGER]),
        "level": st.sampled_from(["existence", "contact", "summary", "record"]),
        "purpose": st.sampled_from(["threat-assessment", "threat-assessment", "treatment"]),
    },
    optional={"exception": st.just(emergency()), "custodians": st.just([HEALTH])},
)


async def transcript(county: InProcess, asked: dict[str, Any], number: int) -> list[str]:
    """All that the requester's people can get to see around one question."""
    desk = county.desk(PD, user=f"badge-{number // 9}")
    auditor, officer = county.desk(PD, "aud-1", "auditor"), county.desk(PD, "off-1", "privacy-officer")
    case = await desk.opens()
    question = desk.question(case, **{**asked, "categories": None}) | {"categories": asked["categories"]}
    told = await desk.post("/v1/queries", question)
    id = told.json().get("id", "none")
    seen = [
        told,
        await desk.get(f"/v1/queries/{id}"),
        await desk.get(f"/v1/queries/{id}/explanation"),
        await desk.post("/v1/evaluations", question),
        await officer.get(f"/v1/queries/{id}/explanation"),
        await auditor.get(f"/v1/disclosures?query={id}"),
        await auditor.post("/v1/accountings", {"subject": asked["subject"]}),
        await officer.get("/v1/emergencies?state=open"),
    ]
    return [without_chance(answer.status_code, answer.json()) for answer in seen]


def without_chance(status: int, body: Any) -> str:
    """An answer without what chance made: ids, receipts and proofs."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            hidden = {"receipt", "proof", "index"}
            return {key: plain(each) for key, each in value.items() if key not in hidden}
        return [plain(each) for each in value] if isinstance(value, list) else value

    return f"{status} {ID.sub('ID', json.dumps(plain(body), sort_keys=True))}"


NUMBERS = iter(range(10_000))


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)
@given(asked=QUESTIONS)
def test_9_two_worlds_give_one_transcript(worlds: Worlds, asked: dict[str, Any]) -> None:
    number = next(NUMBERS)

    async def both() -> list[list[str]]:
        return list(await asyncio.gather(*(transcript(county, asked, number) for county in worlds)))

    one, another = asyncio.run(both())
    assert one == another
