"""Emergency access is fresh, alerted, timed and looked at by somebody else; nobody approves themselves."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.conftest import ACountyOf
from tests.county import InProcess, Json, emergency, is_problem
from tests.county_terms import HEALTH, PD, SCHOOLS, SOCIAL

FINDING = {"finding": "justified", "statement": "The threat was real and he was stopped"}


def notices(county: InProcess, about: str) -> set[tuple[str, str, str]]:
    """Who was told of something: agency, role and kind of notice."""
    with closing(sqlite3.connect(county.folder.database)) as connection:
        found = connection.execute("SELECT agency, role, kind FROM notices WHERE about = ?", (about,))
        return set(found.fetchall())


async def used(county: InProcess, user: str = "badge-4411") -> Json:
    """An emergency access by a person."""
    desk, officer = county.desk(PD, user), county.desk(PD, "off-1", "privacy-officer")
    told = await desk.told(await desk.opens(), "health", custodians=[HEALTH], exception=emergency())
    listed = (await officer.get("/v1/emergencies?state=open")).json()["emergencies"]
    access: Json = next(one for one in listed if one["query"] == told["id"])
    return access


async def test_13_both_sides_privacy_officers_are_told_with_the_access(a_county: ACountyOf) -> None:
    county = a_county()
    access = await used(county)
    assert notices(county, access["id"]) == {
        (PD, "privacy-officer", "emergency-opened"),
        (HEALTH, "privacy-officer", "emergency-opened"),
    }


async def test_13_the_access_is_in_the_ledger_before_the_answer(a_county: ACountyOf) -> None:
    county = a_county()
    access = await used(county)
    listed = await county.desk(HEALTH, role="auditor").get("/v1/disclosures")
    kinds = [entry["kind"] for entry in listed.json()["disclosures"] if entry.get("query") == access["query"]]
    assert set(kinds) == {"asked", "emergency-opened", "answered"}
    assert kinds[-1] == "answered"


async def test_13_a_token_older_than_five_minutes_opens_nothing(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case, token = await desk.opens(), await county.token(PD)
    county.clock.advance(minutes=5, seconds=11)
    stale = {"Authorization": f"Bearer {token}"}
    body = desk.question(case, "health", custodians=[HEALTH], exception=emergency())
    answer = await desk.call("POST", "/v1/queries", body, stale)
    assert answer.status_code == 401
    assert "asthma" not in answer.text


async def test_13_an_access_expires_and_is_overdue_when_nobody_looks(a_county: ACountyOf) -> None:
    county = a_county()
    access = await used(county)
    desk, officer = county.desk(PD), county.desk(HEALTH, "off-2", "privacy-officer")
    assert access["overdue"] is False
    assert access["expires_at"] < access["review_due"]
    county.clock.advance(hours=4)
    later = (await desk.reads(access["query"]))["answers"][0]
    assert (later["result"], later["summary"]) == ("refused", None)
    county.clock.advance(hours=72)
    listed = (await officer.get("/v1/emergencies?state=open")).json()["emergencies"]
    assert [one["overdue"] for one in listed if one["id"] == access["id"]] == [True]
    found = await officer.post(f"/v1/emergencies/{access['id']}/finding", FINDING)
    assert found.json()["state"] == "reviewed"


async def test_13_a_finding_is_recorded(a_county: ACountyOf) -> None:
    county = a_county()
    access = await used(county)
    officer = county.desk(HEALTH, "off-2", "privacy-officer")
    await officer.post(f"/v1/emergencies/{access['id']}/finding", FINDING)
    listed = await county.desk(PD, role="auditor").get("/v1/disclosures?kind=emergency-reviewed")
    assert [(entry["emergency"], entry["user"]) for entry in listed.json()["disclosures"]] == [
        (access["id"], "off-2")
    ]


@pytest.mark.parametrize("role", ["privacy-officer", "caseworker", "auditor"])
async def test_14_93_who_used_an_emergency_access_does_not_judge_it(a_county: ACountyOf, role: str) -> None:
    county = a_county()
    access = await used(county)
    path = f"/v1/emergencies/{access['id']}/finding"
    is_problem(await county.desk(PD, "badge-4411", role).post(path, FINDING), 403)
    body = {**FINDING, "user": {"id": "badge-4411", "name": "Another name", "role": "privacy-officer"}}
    is_problem(await county.desk(PD, "off-1", "privacy-officer").post(path, body), 403)
    listed = await county.desk(PD, "off-1", "privacy-officer").get("/v1/emergencies?state=open")
    assert access["id"] in {one["id"] for one in listed.json()["emergencies"]}


async def test_14_the_requester_does_not_decide_the_custodians_review(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD, "badge-4411")
    await desk.told(await desk.opens(), "safeguarding", custodians=[SOCIAL])
    reviews = await county.desk(SOCIAL, role="liaison").get("/v1/reviews?state=open")
    review = reviews.json()["reviews"][0]["id"]
    for agency in (PD, HEALTH, SCHOOLS):
        for role in ("liaison", "privacy-officer"):
            answer = await county.desk(agency, "badge-4411", role).post(
                f"/v1/reviews/{review}/release", {"items": ["safeguarding"]}
            )
            is_problem(answer, 404)
