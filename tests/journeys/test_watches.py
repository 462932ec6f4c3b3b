"""A standing watch: a case hears what a partner learns about its subject, and nothing once it has ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, emergency, is_problem
from tests.county_terms import COURT, DANIEL, HEALTH, OUTSIDER, PD, SCHOOLS, SOCIAL, holding

KNOWN = {key: value for key, value in DANIEL.items() if key != "kind"}


@pytest.fixture
def county(a_county: ACountyOf) -> InProcess:
    county = a_county()
    learns(county, SCHOOLS)
    return county


def learns(county: InProcess, agency: str, *holdings: Json) -> None:
    """What an agency's own system holds about Daniel from now on."""
    county.folder.write_holdings(agency, [{"person": KNOWN, "holdings": list(holdings)}])


async def watched(desk: Desk, case: str, *categories: str, **more: object) -> Json:
    until = (desk.county.now() + timedelta(days=10)).isoformat()
    body = {**desk.question(case, *categories, **{"custodians": [SCHOOLS], **more}), "until": until}
    answer = await desk.post("/v1/watches", body)
    assert answer.status_code == 201, answer.text
    watch: Json = answer.json()
    return watch


async def a_day_later(county: InProcess) -> None:
    county.clock.advance(days=1, minutes=1)
    await county.running.runner.turn()


async def news(county: InProcess) -> list[str]:
    notices = (await county.desk(PD).get("/v1/notices")).json()["notices"]
    return [one["about"] for one in notices if one["kind"] == "watch-news"]


async def test_what_a_partner_learns_is_told_the_case_once(county: InProcess) -> None:
    desk = county.desk(PD)
    watch = await watched(desk, await desk.opens(), "school-discipline")
    await a_day_later(county)
    assert await news(county) == []
    learns(county, SCHOOLS, holding("school-discipline", "fight in the yard", outcome="suspended"))
    await a_day_later(county)
    (query,) = await news(county)
    told = await desk.reads(query)
    assert told["answers"][0]["record"] == {"school-discipline": {"outcome": "suspended"}}
    await a_day_later(county)
    assert await news(county) == [query]
    seen = (await desk.get(f"/v1/watches/{watch['id']}")).json()
    assert len(seen["queries"]) == 4
    assert query in seen["queries"]
    assert seen["subject"] == DANIEL
    listed = await county.desk(SCHOOLS, "aud", "auditor").get(f"/v1/disclosures?query={query}")
    assert [entry["kind"] for entry in listed.json()["disclosures"]] == ["asked", "answered"]


async def test_it_ends_with_its_case(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    watch = await watched(desk, case, "school-discipline")
    await desk.post(f"/v1/cases/{case}/close", {"reason": "Nothing left to do here"})
    learns(county, SCHOOLS, holding("school-discipline", "fight in the yard", outcome="suspended"))
    await a_day_later(county)
    assert await news(county) == []
    seen = (await desk.get(f"/v1/watches/{watch['id']}")).json()
    assert (seen["state"], seen["ended_for"]) == ("ended", "its case is closed")
    assert len(seen["queries"]) == 1


async def test_it_ends_when_its_time_is_over(county: InProcess) -> None:
    desk = county.desk(PD)
    await watched(desk, await desk.opens(), "school-discipline")
    for _ in range(11):
        await a_day_later(county)
    (seen,) = (await desk.get("/v1/watches?state=ended")).json()["watches"]
    assert seen["ended_for"] == "its time is over"
    looks = len(seen["queries"])
    learns(county, SCHOOLS, holding("school-discipline", "fight in the yard", outcome="suspended"))
    await a_day_later(county)
    assert await news(county) == []
    assert len((await desk.get(f"/v1/watches/{seen['id']}")).json()["queries"]) == looks <= 11


async def test_a_consent_withdrawn_meanwhile_ends_what_it_opened(county: InProcess) -> None:
    desk = county.desk(PD)
    consent = await desk.consents("mental-health")
    learns(county, HEALTH)
    await watched(desk, await desk.opens(), "mental-health", custodians=[HEALTH])
    await desk.post(f"/v1/consents/{consent['id']}/withdraw", {"reason": "Changed their mind"})
    learns(county, HEALTH, holding("mental-health", "open safety plan", plan_date="2026-03-03"))
    await a_day_later(county)
    assert await news(county) == []


async def test_with_the_consent_standing_it_would_have_been_told(county: InProcess) -> None:
    desk = county.desk(PD)
    await desk.consents("mental-health")
    learns(county, HEALTH)
    await watched(desk, await desk.opens(), "mental-health", custodians=[HEALTH])
    learns(county, HEALTH, holding("mental-health", "open safety plan", plan_date="2026-03-03"))
    await a_day_later(county)
    assert len(await news(county)) == 1


async def test_it_is_ended_by_hand_once(county: InProcess) -> None:
    desk = county.desk(PD)
    watch = await watched(desk, await desk.opens(), "school-discipline")
    reason = {"reason": "The family has moved away"}
    assert (await desk.post(f"/v1/watches/{watch['id']}/end", reason)).json()["state"] == "ended"
    is_problem(await desk.post(f"/v1/watches/{watch['id']}/end", reason), 409)
    await a_day_later(county)
    assert len((await desk.get(f"/v1/watches/{watch['id']}")).json()["queries"]) == 1


async def test_what_a_person_decides_each_time_is_not_watched(county: InProcess) -> None:
    desk = county.desk(PD)
    until = (county.now() + timedelta(days=10)).isoformat()
    body = {**desk.question(await desk.opens(), "safeguarding", custodians=[SOCIAL]), "until": until}
    is_problem(await desk.post("/v1/watches", body), 409)
    watch = await watched(desk, await desk.opens(), "safeguarding", custodians=[SOCIAL, SCHOOLS])
    assert watch["custodians"] == [SCHOOLS]


@pytest.mark.parametrize(
    ("change", "status", "names"),
    [
        pytest.param({"until": "2026-03-01T00:00:00Z"}, 422, "until", id="past"),
        pytest.param({"until": "2027-03-01T00:00:00Z"}, 422, "until", id="too far off"),
        pytest.param({"until": None}, 422, "until", id="without an end"),
        pytest.param({"exception": emergency()}, 422, "exception", id="on an exception"),
        pytest.param({"case": "NO-SUCH"}, 403, "", id="without a case"),
        pytest.param({"custodians": ["nobody-here"]}, 422, "custodians", id="of nobody"),
    ],
)
async def test_a_malformed_watch_names_its_key(
    county: InProcess, change: Json, status: int, names: str
) -> None:
    desk = county.desk(PD)
    question = desk.question(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    body = {**question, "until": "2026-03-09T00:00:00Z", **change}
    problem = is_problem(await desk.post("/v1/watches", body), status)
    assert names in problem.get("detail", "")


async def test_a_watch_is_nobody_elses(county: InProcess) -> None:
    desk = county.desk(PD)
    id = (await watched(desk, await desk.opens(), "school-discipline"))["id"]
    for agency in (SCHOOLS, HEALTH, COURT, OUTSIDER):
        other = county.desk(agency)
        assert (await other.get("/v1/watches")).json()["watches"] == []
        is_problem(await other.get(f"/v1/watches/{id}"), 404)
        is_problem(await other.post(f"/v1/watches/{id}/end", {"reason": "Not ours"}), 404)
