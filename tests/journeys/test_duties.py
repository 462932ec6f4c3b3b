"""Every obligation of what was told is a duty, kept until it is fulfilled; overdue, it is violated."""

from __future__ import annotations

import pytest

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, is_problem
from tests.county_terms import COURT, HEALTH, OUTSIDER, PD, SCHOOLS
from tests.journeys import telling_county

DONE = {"statement": "Shredded, and the digital copy wiped"}


@pytest.fixture
def county(a_county: ACountyOf) -> InProcess:
    return a_county()


async def listed(desk: Desk, state: str = "") -> list[Json]:
    answer = await desk.get(f"/v1/duties?state={state}" if state else "/v1/duties")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["duties"]
    return found


async def asked(county: InProcess) -> tuple[Json, dict[str, Json]]:
    """Police are told of discipline at school, with two duties."""
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    return told, {duty["code"]: duty for duty in await listed(desk)}


async def kinds(county: InProcess, agency: str, role: str) -> list[tuple[str, str]]:
    notices = await county.desk(agency, "n-1", role).get("/v1/notices")
    return [(one["kind"], one["about"]) for one in notices.json()["notices"]]


async def test_an_answers_obligations_become_duties_of_who_asked(county: InProcess) -> None:
    told, duties = await asked(county)
    assert duties.keys() == {"no-redisclosure", "destroy-by"}
    obligations = {one["code"]: one for one in told["answers"][0]["obligations"]}
    for code, duty in duties.items():
        assert (duty["state"], duty["direction"], duty["about"]) == ("open", "owed", told["id"])
        assert (duty["due"], duty["text"]) == (obligations[code]["due"], obligations[code]["text"])
    assert {duty["direction"] for duty in await listed(county.desk(SCHOOLS))} == {"due-to-us"}
    for agency in (HEALTH, COURT, OUTSIDER):
        assert await listed(county.desk(agency)) == []


async def test_what_told_nothing_brings_no_duty(county: InProcess) -> None:
    desk = county.desk(PD)
    await desk.told(await desk.opens(), "mental-health", custodians=[HEALTH])
    assert await listed(desk) == []


async def test_a_duty_is_fulfilled_once_with_a_statement(county: InProcess) -> None:
    _, duties = await asked(county)
    id, desk = duties["destroy-by"]["id"], county.desk(PD)
    done = (await desk.post(f"/v1/duties/{id}/fulfil", DONE)).json()
    assert (done["state"], done["statement"], done["said_by"]) == ("fulfilled", DONE["statement"], desk.user)
    is_problem(await desk.post(f"/v1/duties/{id}/fulfil", DONE), 409)
    assert ("duty-fulfilled", id) in await kinds(county, SCHOOLS, "liaison")
    county.clock.advance(days=31)
    await county.running.runner.turn()
    assert [duty["id"] for duty in await listed(desk, "violated")] == []
    ledger = await county.desk(SCHOOLS, "aud", "auditor").get("/v1/disclosures?kind=duty-fulfilled")
    assert [entry["duty"] for entry in ledger.json()["disclosures"]] == [id]
    assert DONE["statement"] not in ledger.text


async def test_overdue_it_is_violated_and_both_sides_are_told(county: InProcess) -> None:
    _, duties = await asked(county)
    id, desk = duties["destroy-by"]["id"], county.desk(PD)
    county.clock.advance(days=29)
    await county.running.runner.turn()
    assert await listed(desk, "violated") == []
    county.clock.advance(days=1, minutes=1)
    await county.running.runner.turn()
    assert [duty["id"] for duty in await listed(desk, "violated")] == [id]
    for agency, role in ((SCHOOLS, "privacy-officer"), (PD, "liaison"), (PD, "privacy-officer")):
        assert (await kinds(county, agency, role)).count(("duty-violated", id)) == 1
    await county.running.runner.turn()
    assert (await kinds(county, SCHOOLS, "privacy-officer")).count(("duty-violated", id)) == 1
    made_good = (await desk.post(f"/v1/duties/{id}/fulfil", DONE)).json()
    assert made_good["state"] == "made-good"
    assert [duty["code"] for duty in await listed(desk, "open")] == ["no-redisclosure"]


async def test_the_agency_it_is_owed_to_reports_a_violation(county: InProcess) -> None:
    _, duties = await asked(county)
    id, school = duties["no-redisclosure"]["id"], county.desk(SCHOOLS, "lia-1", "liaison")
    said = {"statement": "It stood in the newspaper on Monday"}
    is_problem(await county.desk(PD, "lia-2", "liaison").post(f"/v1/duties/{id}/violation", said), 403)
    is_problem(await school.post(f"/v1/duties/{id}/fulfil", said), 403)
    is_problem(await county.desk(SCHOOLS).post(f"/v1/duties/{id}/violation", said), 403, "role-not-allowed")
    assert (await school.post(f"/v1/duties/{id}/violation", said)).json()["state"] == "violated"
    is_problem(await school.post(f"/v1/duties/{id}/violation", said), 409)


async def test_a_duty_is_nobody_elses(county: InProcess) -> None:
    _, duties = await asked(county)
    id = duties["destroy-by"]["id"]
    for agency in (HEALTH, COURT, OUTSIDER):
        desk = county.desk(agency, "x-1", "liaison")
        for answer, unknown in (
            (await desk.get(f"/v1/duties/{id}"), await desk.get("/v1/duties/dty_0")),
            (
                await desk.post(f"/v1/duties/{id}/fulfil", DONE),
                await desk.post("/v1/duties/dty_0/fulfil", DONE),
            ),
        ):
            is_problem(answer, 404)
            assert answer.content == unknown.content


async def test_an_offers_obligations_become_duties_of_who_is_told(a_county: ACountyOf) -> None:
    county = a_county(**telling_county.site())
    desk = county.desk(PD)
    body = telling_county.offer(await desk.opens(), [SCHOOLS, HEALTH], {"threat-report": True})
    made = (await desk.post("/v1/offers", body)).json()
    found = await listed(county.desk(SCHOOLS))
    assert {(duty["code"], duty["about"], duty["direction"]) for duty in found} == {
        ("no-redisclosure", made["id"], "owed"), ("destroy-by", made["id"], "owed"),
    }  # fmt: skip
    assert await listed(county.desk(HEALTH)) == []


@pytest.mark.parametrize("body", [{}, {"statement": ""}, {"statement": 7}, {"statement": "x", "more": 1}])
async def test_a_duty_is_not_fulfilled_without_words(county: InProcess, body: Json) -> None:
    _, duties = await asked(county)
    is_problem(await county.desk(PD).post(f"/v1/duties/{duties['destroy-by']['id']}/fulfil", body), 422)


async def test_an_unknown_state_is_refused(county: InProcess) -> None:
    is_problem(await county.desk(PD).get("/v1/duties?state=done"), 422)
