"""Alarms about how somebody asks: raised within a minute, off the question's way, looked at by another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from gateway.alarming import Alarming
from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, is_problem
from tests.county_terms import DANIEL, HEALTH, OUTSIDER, PD, SCHOOLS, STRANGER, TWIN, agencies


def officer(county: InProcess, agency: str = PD, user: str = "officer-1") -> Desk:
    return county.desk(agency, user, "privacy-officer")


async def alarms(desk: Desk, query: str = "") -> list[Json]:
    answer = await desk.get(f"/v1/alarms{query}")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["alarms"]
    return found


async def swept(county: InProcess) -> None:
    """A minute passes."""
    await county.running.gateway.alarming.begin()
    county.clock.advance(seconds=60)
    await county.running.runner.turn()


def born(day: int) -> Json:
    walked = date(1971, 12, 1) + timedelta(days=day)
    return {**STRANGER, "birth_date": walked.isoformat()}


async def walks(county: InProcess, user: str = "badge-9", number: int = 4) -> list[str]:
    """Somebody tries birth dates in a row."""
    desk = county.desk(PD, user)
    case = await desk.opens()
    told = [
        await desk.told(case, "school-discipline", subject=born(day), custodians=[SCHOOLS])
        for day in range(number)
    ]
    return [one["id"] for one in told]


async def test_birth_dates_in_a_row_are_told_to_the_privacy_officer(a_county: ACountyOf) -> None:
    county = a_county()
    await swept(county)
    queries = await walks(county)
    assert await alarms(officer(county)) == []
    await swept(county)
    (alarm,) = await alarms(officer(county))
    assert (alarm["sign"], alarm["user"], set(alarm["queries"])) == ("sequence", "badge-9", set(queries))
    assert (alarm["state"], alarm["day"]) == ("open", "2026-03-02")
    notices = (await officer(county).get("/v1/notices")).json()["notices"]
    assert [(notice["kind"], notice["about"]) for notice in notices] == [("alarm-raised", alarm["id"])]
    assert "Vanterpool" not in str(alarm)


async def test_an_alarm_is_raised_once_and_grows(a_county: ACountyOf) -> None:
    county = a_county()
    await walks(county, number=5)
    await swept(county)
    await swept(county)
    await county.desk(PD, "badge-9").told(
        await county.desk(PD).opens(), "school-discipline", subject=born(5), custodians=[SCHOOLS]
    )
    await swept(county)
    (alarm,) = await alarms(officer(county))
    assert len(alarm["queries"]) == 6
    notices = (await officer(county).get("/v1/notices")).json()["notices"]
    assert len(notices) == 1


@pytest.mark.parametrize(
    ("subjects", "sign"),
    [
        ([DANIEL] * 5, "repeated"),
        ([{**DANIEL, "identifiers": [], "given_name": name} for name in ("Daniel", "Danial", "Danniel")],
         "near-duplicates"),
        ([{**TWIN, "given_name": "Ana"}], "same-family-name"),
    ],
)  # fmt: skip
async def test_other_signs(a_county: ACountyOf, subjects: list[Json], sign: str) -> None:
    county = a_county()
    desk = county.desk(PD, "badge-9")
    case = await desk.opens()
    for subject in subjects:
        await desk.told(case, "school-discipline", subject=subject, custodians=[SCHOOLS])
    await swept(county)
    assert [alarm["sign"] for alarm in await alarms(officer(county))] == [sign]


async def test_out_of_the_agencys_hours(a_county: ACountyOf) -> None:
    told = agencies()
    told[0]["office_hours"] = {"from": "14:00", "to": "23:00"}
    county = a_county(agencies=told)
    desk = county.desk(PD, "badge-9")
    await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    await swept(county)
    assert [alarm["sign"] for alarm in await alarms(officer(county))] == ["out-of-hours"]


async def test_a_gateway_that_was_down_looks_over_what_it_missed(a_county: ACountyOf) -> None:
    county = a_county()
    await swept(county)
    await walks(county)
    county.clock.advance(hours=9)
    await county.running.runner.turn()
    assert [alarm["sign"] for alarm in await alarms(officer(county))] == ["sequence"]


async def test_one_that_does_not_look_would_be_noticed(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journeys above are tried on a planted fault."""
    monkeypatch.setattr(Alarming, "_seen", lambda *_, **__: [])
    county = a_county()
    await walks(county)
    await swept(county)
    assert await alarms(officer(county)) == []


async def test_who_sees_and_closes_an_alarm(a_county: ACountyOf) -> None:
    county = a_county()
    await walks(county)
    await swept(county)
    (alarm,) = await alarms(officer(county))
    path, body = f"/v1/alarms/{alarm['id']}/close", {"statement": "It was the Vanterpool inquiry"}
    for agency in (SCHOOLS, HEALTH, OUTSIDER):
        assert await alarms(officer(county, agency)) == []
        is_problem(await officer(county, agency).post(path, body), 404)
    for role in ("caseworker", "liaison", "auditor", "administrator"):
        is_problem(await county.desk(PD, role=role).get("/v1/alarms"), 403)
    themselves = officer(county, PD, "badge-9")
    assert await alarms(themselves) == []
    is_problem(await themselves.post(path, body), 404)
    is_problem(await officer(county).post(path, {}), 422)
    closed = await officer(county).post(path, body)
    assert (closed.status_code, closed.json()["closed_by"]) == (200, "officer-1")
    is_problem(await officer(county).post(path, body), 409)
    assert await alarms(officer(county), "?state=open") == []
    listed = await county.desk(PD, role="auditor").get("/v1/disclosures?kind=alarm-closed")
    assert [entry["alarm"] for entry in listed.json()["disclosures"]] == [alarm["id"]]
    await walks(county)
    await swept(county)
    assert "sequence" in {one["sign"] for one in await alarms(officer(county), "?state=open")}


async def test_the_budget_of_an_agency_counts_all_its_people(a_county: ACountyOf) -> None:
    county = a_county(budgets={"queries_per_agency_day": 3})
    for number in range(3):
        desk = county.desk(PD, f"badge-{number}")
        await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    desk = county.desk(PD, "badge-7")
    over = await desk.asks(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    is_problem(over, 429, "budget-exhausted")
    masked = await desk.told(await desk.opens(), "mental-health", custodians=[HEALTH])
    assert masked["answers"][0]["result"] == "no-information-available"
    await swept(county)
    found = await alarms(officer(county))
    assert [(alarm["sign"], alarm["user"]) for alarm in found] == [("budget-exhausted", "badge-7")]
    county.clock.advance(days=1)
    await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])


def shape(told: Json) -> Any:
    return [{key: value for key, value in one.items() if key != "receipt"} for one in told["answers"]]


async def test_8_over_the_agencys_budget_is_told_like_nothing_held(a_county: ACountyOf) -> None:
    county = a_county(budgets={"queries_per_agency_day": 2})
    desk = county.desk(PD)
    case = await desk.opens()
    nothing = await desk.told(case, "mental-health", subject=STRANGER, custodians=[HEALTH])
    refused = await desk.told(case, "mental-health", custodians=[HEALTH])
    throttled = await desk.told(case, "mental-health", custodians=[HEALTH])
    assert shape(nothing) == shape(refused) == shape(throttled)
    await swept(county)
    assert await alarms(officer(county)) != []
    assert shape(await desk.reads(throttled["id"])) == shape(nothing)
