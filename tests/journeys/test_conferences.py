"""Case conferences: who is called, what each seat may say, what is shown to whom, attendance and plan."""

from __future__ import annotations

import pytest

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, is_problem
from tests.county_terms import COURT, DANIEL, HEALTH, OUTSIDER, PD, SCHOOLS, SOCIAL
from tests.journeys.telling_county import CONTACT, WARNED, meeting, seat, site


@pytest.fixture
def county(a_county: ACountyOf) -> InProcess:
    return a_county(**site())


SEATS = [seat(PD, "badge-1"), seat(SCHOOLS, CONTACT), seat(SOCIAL, "s-1", "liaison"), seat(OUTSIDER, "o-1")]


async def called(desk: Desk) -> str:
    answer = await desk.post("/v1/conferences", meeting(await desk.opens(), SEATS))
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


async def seen(desk: Desk, id: str) -> Json:
    answer = await desk.get(f"/v1/conferences/{id}")
    assert answer.status_code == 200, answer.text
    shown: Json = answer.json()
    return shown


async def guide(desk: Desk, id: str, number: int) -> Json:
    answer = await desk.get(f"/v1/conferences/{id}/guide?seat={number}")
    assert answer.status_code == 200, answer.text
    shown: Json = answer.json()
    return shown


async def test_who_has_an_agreement_with_the_convener_learns_whom_it_is_about(county: InProcess) -> None:
    id = await called(county.desk(PD))
    for agency, subject in ((PD, DANIEL), (SCHOOLS, DANIEL), (SOCIAL, DANIEL), (OUTSIDER, None)):
        assert (await seen(county.desk(agency), id))["subject"] == subject
        listed = await county.desk(agency).get("/v1/conferences")
        assert [one["id"] for one in listed.json()["conferences"]] == [id]
        assert "Okafor" not in listed.text
    told = await county.desk(SCHOOLS, "lia", "liaison").get("/v1/notices")
    assert ("conference-called", id) in {(one["kind"], one["about"]) for one in told.json()["notices"]}


async def test_the_guide_of_a_seat_says_what_its_agency_may_say_to_each_other(county: InProcess) -> None:
    id = await called(county.desk(PD))
    shown = await guide(county.desk(PD), id, 1)
    by = {other["agency"]: other["what"] for other in shown["may_say"]}
    assert {agency: [(one["category"], one["level"]) for one in what] for agency, what in by.items()} == {
        SCHOOLS: [("police-contact", "summary"), ("threat-report", "record")],
        SOCIAL: [("threat-report", "record")],
        OUTSIDER: [],
    }
    (report,) = by[SOCIAL]
    assert (report["fields"], report["basis"]["clause"]) == (["place", "plan"], "1")
    assert [duty["code"] for duty in report["obligations"]] == ["no-redisclosure", "destroy-by"]
    text = (await county.desk(PD).get(f"/v1/conferences/{id}/guide?seat=1", Accept="text/plain")).text
    assert "threat-report: record, only place, plan (clause 1)" in text
    assert "Daniel Okafor" in text


async def test_a_guide_is_its_own_agencys_alone(county: InProcess) -> None:
    id = await called(county.desk(PD))
    is_problem(await county.desk(PD).get(f"/v1/conferences/{id}/guide?seat=2"), 404)
    is_problem(await county.desk(PD).get(f"/v1/conferences/{id}/guide?seat=9"), 404)
    is_problem(await county.desk(PD).get(f"/v1/conferences/{id}/guide?seat=x"), 422)
    is_problem(await county.desk(PD).get(f"/v1/conferences/{id}/guide"), 422)
    is_problem(await county.desk(HEALTH).get(f"/v1/conferences/{id}/guide?seat=1"), 404)
    stranger = await guide(county.desk(OUTSIDER), id, 4)
    assert (stranger["subject"], stranger["may_say"]) == (None, [])
    assert "Okafor" not in str(stranger)


async def test_no_guide_tells_of_a_consent_that_is_anothers(county: InProcess) -> None:
    police, health = county.desk(PD), county.desk(HEALTH, "h-1")
    made = await police.post("/v1/conferences", meeting(await police.opens(), [*SEATS, seat(HEALTH, "h-1")]))
    id = made.json()["id"]
    before = (await guide(police, id, 1), await seen(police, id), await guide(county.desk(SCHOOLS), id, 2))
    await health.consents("mental-health")
    after = (await guide(police, id, 1), await seen(police, id), await guide(county.desk(SCHOOLS), id, 2))
    assert after == before


async def test_what_is_shown_reaches_each_seat_as_far_as_it_may(county: InProcess) -> None:
    police = county.desk(PD)
    id = await called(police)
    told = {
        "threat-report": {"summary": WARNED, "plan": "a list", "informant": "a pupil"},
        "police-contact": "two calls",
    }
    made = await police.post(f"/v1/conferences/{id}/shown", {"seat": 1, "to": [2, 3, 4], "information": told})
    assert made.status_code == 200, made.text
    results = {
        (one["recipient"], category): one["result"]
        for one in made.json()["answers"]
        for category in one["categories"]
    }
    assert results == {
        (SCHOOLS, "threat-report"): "delivered", (SCHOOLS, "police-contact"): "delivered",
        (SOCIAL, "threat-report"): "delivered", (SOCIAL, "police-contact"): "refused",
        (OUTSIDER, "threat-report"): "refused", (OUTSIDER, "police-contact"): "refused",
    }  # fmt: skip
    offer = made.json()["id"]
    school = await county.desk(SCHOOLS, CONTACT).get(f"/v1/offers/{offer}")
    assert "two calls" in school.text
    social = await county.desk(SOCIAL, "s-1", "liaison").get(f"/v1/offers/{offer}")
    assert WARNED in social.text
    assert "two calls" not in social.text
    assert "a pupil" not in school.text + social.text
    assert (await county.desk(OUTSIDER).get(f"/v1/offers/{offer}")).status_code == 404
    for agency, shown in ((PD, offer), (SCHOOLS, offer)):
        assert (await seen(county.desk(agency), id))["shown"] == [
            {"seat": 1, "to": [2, 3, 4], "offer": shown}
        ]
    listed = await county.desk(PD, "aud", "auditor").get(f"/v1/disclosures?query={offer}")
    kinds = [entry["kind"] for entry in listed.json()["disclosures"]]
    assert kinds == ["offered"] * 3 + ["answered"] * 3 + ["offer-read"] * 2


async def test_a_seat_that_is_not_the_conveners_shows_under_the_conveners_case(county: InProcess) -> None:
    id = await called(county.desk(PD))
    social = county.desk(SOCIAL, "s-1", "liaison")
    body = {"seat": 3, "to": [1], "information": {"housing": {"plan": "A"}}}
    made = (await social.post(f"/v1/conferences/{id}/shown", body)).json()
    assert [one["result"] for one in made["answers"]] == ["delivered"]
    read = await county.desk(PD).get(f"/v1/offers/{made['id']}")
    assert read.json()["answers"][0]["record"] == {"housing": {"plan": "A"}}
    assert [one["offer"] for one in (await seen(county.desk(SCHOOLS, CONTACT), id))["shown"]] == []


async def test_attendance_and_plan_are_kept_and_seen_by_whom_they_concern(county: InProcess) -> None:
    police = county.desk(PD)
    id = await called(police)
    held = (await police.post(f"/v1/conferences/{id}/attendance", {"present": [1, 2]})).json()
    assert held["state"] == "held"
    assert [one["present"] for one in held["seats"]] == [True, True, False, False]
    for number, task in ((2, "Ring the parents"), (3, "Visit the home")):
        body = {"seat": number, "task": task, "due": "2026-03-09"}
        assert (await police.post(f"/v1/conferences/{id}/tasks", body)).status_code == 201
    assert [one["task"] for one in (await seen(police, id))["tasks"]] == [
        "Ring the parents",
        "Visit the home",
    ]
    assert [one["task"] for one in (await seen(county.desk(SCHOOLS), id))["tasks"]] == ["Ring the parents"]
    assert (await seen(county.desk(OUTSIDER), id))["tasks"] == []
    assert (await police.post(f"/v1/conferences/{id}/close", {})).json()["state"] == "closed"
    showing = {"seat": 1, "to": [2], "information": {"threat-report": True}}
    for path, more in (("attendance", {"present": [1]}), ("close", {}), ("shown", showing)):
        is_problem(await police.post(f"/v1/conferences/{id}/{path}", more), 409)
    listed = await county.desk(PD, "aud", "auditor").get(f"/v1/disclosures?query={id}")
    kinds = [entry["kind"] for entry in listed.json()["disclosures"]]
    assert kinds == ["conference-called"] * 4 + ["conference-held"] + ["conference-task"] * 2 + [
        "conference-closed"
    ]
    assert "Ring the parents" not in listed.text


@pytest.mark.parametrize("path", ["", "/guide?seat=1", "/shown", "/attendance", "/tasks", "/close"])
async def test_a_stranger_finds_no_conference(county: InProcess, path: str) -> None:
    id = await called(county.desk(PD))
    bodies: Json = {
        "/shown": {"seat": 1, "to": [2], "information": {"threat-report": True}},
        "/attendance": {"present": [1]},
        "/tasks": {"seat": 1, "task": "Ring somebody", "due": "2026-03-09"},
        "/close": {},
    }
    for agency in (HEALTH, COURT):
        desk = county.desk(agency)
        method = "POST" if path in bodies else "GET"
        answer = await desk.call(method, f"/v1/conferences/{id}{path}", bodies.get(path))
        is_problem(answer, 404)
        unknown = await desk.call(method, f"/v1/conferences/cnf_0{path}", bodies.get(path))
        assert answer.content == unknown.content


async def test_only_the_convener_records_attendance_and_plan(county: InProcess) -> None:
    id = await called(county.desk(PD))
    school = county.desk(SCHOOLS)
    is_problem(await school.post(f"/v1/conferences/{id}/attendance", {"present": [1]}), 403)
    is_problem(await school.post(f"/v1/conferences/{id}/close", {}), 403)
    body = {"seat": 1, "to": [3], "information": {"threat-report": True}}
    is_problem(await school.post(f"/v1/conferences/{id}/shown", body), 422)


@pytest.mark.parametrize(
    ("change", "status", "names"),
    [
        pytest.param({"seats": SEATS[:1]}, 422, "seats", id="one seat"),
        pytest.param({"seats": [SEATS[0], SEATS[0]]}, 422, "seats", id="one person twice"),
        pytest.param({"seats": [SEATS[0], seat("nobody-here", "x")]}, 422, "seats", id="no agency"),
        pytest.param({"seats": [SEATS[0], seat(SCHOOLS, "x", "auditor")]}, 422, "role", id="an auditor"),
        pytest.param({"case": "NO-SUCH"}, 403, "", id="no case"),
        pytest.param({"at": "tomorrow"}, 422, "at", id="no time"),
        pytest.param({"subject": {"kind": "person"}}, 422, "subject", id="nobody"),
    ],
)
async def test_a_malformed_call_names_its_key(
    county: InProcess, change: Json, status: int, names: str
) -> None:
    desk = county.desk(PD)
    body = {**meeting(await desk.opens(), SEATS), **change}
    problem = is_problem(await desk.post("/v1/conferences", body), status)
    assert names in problem.get("detail", "")
