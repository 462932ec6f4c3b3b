"""Passing on what one was told, and telling everybody who was told something wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, is_problem
from tests.county_terms import COURT, DANIEL, HEALTH, OUTSIDER, PD, SCHOOLS, SOCIAL, STRANGER
from tests.journeys.telling_county import WARNED, agreement, clause, offer, site

TERMS = [
    clause("1", "threat-report", PD, SCHOOLS, obligations=[{"code": "no-redisclosure"}]),
    clause("2", "threat-report", PD, SOCIAL, level="summary", obligations=[{"code": "report-outcome"}]),
    clause("3", "police-contact", PD, SCHOOLS),
    clause("4", "threat-report", PD, HEALTH, level="existence"),
]
REPORT = {"threat-report": {"summary": WARNED, "plan": "a list"}, "police-contact": {"plan": "calls"}}


@pytest.fixture
def county(a_county: ACountyOf) -> InProcess:
    return a_county(**{**site(), "agreements": [agreement("riverside-onward", TERMS)]})


async def told(county: InProcess) -> str:
    """Schools are told by the police; the offer."""
    desk = county.desk(PD)
    made = await desk.post("/v1/offers", offer(await desk.opens(), [SCHOOLS], REPORT))
    id: str = made.json()["id"]
    return id


async def request(desk: Desk, about: str, **more: Any) -> Json:
    return {
        "about": about,
        "custodian": PD,
        "to": SOCIAL,
        "case": await desk.opens(),
        "purpose": "threat-assessment",
        "categories": ["threat-report"],
        "reason": "They visit the family",
        **more,
    }


async def asked(county: InProcess) -> str:
    desk = county.desk(SCHOOLS)
    answer = await desk.post("/v1/onward", await request(desk, await told(county)))
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


async def test_who_told_it_first_is_asked_and_grants_what_it_could_tell_itself(county: InProcess) -> None:
    id = await asked(county)
    police, social = county.desk(PD, "lia-1", "liaison"), county.desk(SOCIAL, "s-1", "liaison")
    waiting = (await police.get("/v1/onward?state=asked")).json()["onward"]
    assert [(one["id"], one["chain"]) for one in waiting] == [(id, [PD, SCHOOLS, SOCIAL])]
    assert "Okafor" not in str(waiting)
    assert (await police.get(f"/v1/onward/{id}")).json()["subject"] == DANIEL
    is_problem(await social.get(f"/v1/onward/{id}"), 404)
    is_problem(await county.desk(SCHOOLS, "l", "liaison").post(f"/v1/onward/{id}/grant", {}), 403)
    is_problem(await county.desk(PD).post(f"/v1/onward/{id}/grant", {}), 403, "role-not-allowed")
    granted = (await police.post(f"/v1/onward/{id}/grant", {})).json()
    assert granted["state"] == "granted"
    (what,) = granted["granted"]
    assert (what["category"], what["level"], what["basis"]["clause"]) == ("threat-report", "summary", "2")
    assert (await social.get(f"/v1/onward/{id}")).json()["levels"] == {"threat-report": "summary"}
    duties = (await social.get("/v1/duties")).json()["duties"]
    assert [(one["code"], one["custodian"], one["about"]) for one in duties] == [("report-outcome", PD, id)]
    is_problem(await police.post(f"/v1/onward/{id}/refuse", {"reason": "On second thoughts"}), 409)
    listed = await county.desk(SOCIAL, "aud", "auditor").get("/v1/disclosures")
    assert [entry["kind"] for entry in listed.json()["disclosures"]][:-1] == ["onward-granted"]


async def test_the_chain_grows_and_the_first_teller_stays_the_one_asked(county: InProcess) -> None:
    id = await asked(county)
    await county.desk(PD, "lia-1", "liaison").post(f"/v1/onward/{id}/grant", {})
    social = county.desk(SOCIAL)
    further = await social.post("/v1/onward", await request(social, id, to=HEALTH))
    assert further.status_code == 201, further.text
    assert further.json()["chain"] == [PD, SCHOOLS, SOCIAL, HEALTH]
    is_problem(await social.post("/v1/onward", await request(social, id, to=HEALTH, custodian=SCHOOLS)), 404)


async def test_it_is_refused_with_a_reason_the_asker_is_told(county: InProcess) -> None:
    id = await asked(county)
    reason = {"reason": "The family must not know yet"}
    assert (await county.desk(PD, "l", "liaison").post(f"/v1/onward/{id}/refuse", reason)).status_code == 200
    seen = (await county.desk(SCHOOLS).get(f"/v1/onward/{id}")).json()
    assert (seen["state"], seen["answer"]) == ("refused", reason["reason"])
    notices = (await county.desk(SCHOOLS).get("/v1/notices")).json()["notices"]
    assert ("onward-refused", id) in {(one["kind"], one["about"]) for one in notices}
    is_problem(await county.desk(SOCIAL).get(f"/v1/onward/{id}"), 404)


async def test_what_it_could_not_tell_itself_is_not_passed_on(county: InProcess) -> None:
    desk, about = county.desk(SCHOOLS), await told(county)
    made = await desk.post("/v1/onward", await request(desk, about, categories=["police-contact"]))
    problem = is_problem(
        await county.desk(PD, "l", "liaison").post(f"/v1/onward/{made.json()['id']}/grant", {}), 409
    )
    assert [reason["code"] for reason in problem["reasons"]] == ["no-clause"]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        pytest.param({"about": "off_0"}, 404, id="an unknown offer"),
        pytest.param({"custodian": HEALTH}, 404, id="not who told it"),
        pytest.param({"categories": ["mental-health"]}, 404, id="a category it was not told"),
        pytest.param({"to": PD}, 422, id="back to who told it"),
        pytest.param({"to": SCHOOLS}, 422, id="to itself"),
        pytest.param({"to": "nobody-here"}, 422, id="to nobody"),
        pytest.param({"case": "NO-SUCH"}, 403, id="no open case"),
        pytest.param({"reason": ""}, 422, id="no reason"),
    ],
)
async def test_what_was_not_told_cannot_be_passed_on(county: InProcess, more: Json, status: int) -> None:
    desk = county.desk(SCHOOLS)
    is_problem(await desk.post("/v1/onward", {**await request(desk, await told(county)), **more}), status)


async def test_an_answer_may_be_passed_on_too(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    answer = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    body = await request(desk, answer["id"], custodian=SCHOOLS, categories=["school-discipline"])
    assert (await desk.post("/v1/onward", body)).json()["levels"] == {"school-discipline": "record"}
    other = county.desk(HEALTH)
    is_problem(await other.post("/v1/onward", {**body, "case": await other.opens()}), 404)


def correction(**more: Any) -> Json:
    return {"kind": "wrong-person", "subject": DANIEL, "statement": "It was his brother", **more}


async def test_everybody_who_was_told_is_told_until_each_has_taken_note(county: InProcess) -> None:
    about = await told(county)
    onward = await asked(county)
    await county.desk(PD, "lia-1", "liaison").post(f"/v1/onward/{onward}/grant", {})
    police = county.desk(PD)
    sent = await police.post("/v1/corrections", correction())
    assert sent.status_code == 201, sent.text
    id = sent.json()["id"]
    assert [one["agency"] for one in sent.json()["notified"]] == [SCHOOLS, SOCIAL]
    school = county.desk(SCHOOLS, "lia-2", "liaison")
    (item,) = (await school.get("/v1/corrections?state=open")).json()["corrections"]
    assert (item["id"], item["kind"], item["from"], item["statement"]) == (id, "wrong-person", PD, None)
    assert about in item["exchanges"]
    assert "Okafor" not in str(item)
    seen = (await school.get(f"/v1/corrections/{id}")).json()
    assert seen["subject"] == DANIEL
    assert "brother" not in str(seen)
    taken = await school.post(f"/v1/corrections/{id}/acknowledge", {"statement": "Struck from the file"})
    assert taken.json()["state"] == "acknowledged"
    is_problem(await school.post(f"/v1/corrections/{id}/acknowledge", {"statement": "Again"}), 409)
    state = (await police.get(f"/v1/corrections/{id}")).json()
    assert state["state"] == "open"
    assert {one["agency"]: (one["state"], one["statement"]) for one in state["notified"]} == {
        SCHOOLS: ("acknowledged", "Struck from the file"), SOCIAL: ("open", None),
    }  # fmt: skip
    for day in (1, 2):
        county.clock.advance(days=3, minutes=1)
        await county.running.runner.turn()
        for agency, times in ((SOCIAL, day), (SCHOOLS, 0), (PD, day)):
            notices = (await county.desk(agency, "o", "privacy-officer").get("/v1/notices")).json()["notices"]
            assert [one["kind"] for one in notices].count("correction-waits") == times


async def test_who_was_told_of_the_wrong_person_says_so_to_who_told_it(county: InProcess) -> None:
    await told(county)
    sent = (
        await county.desk(SCHOOLS).post("/v1/corrections", correction(categories=["threat-report"]))
    ).json()
    assert [one["agency"] for one in sent["notified"]] == [PD]
    listed = await county.desk(PD, "aud", "auditor").get("/v1/disclosures?kind=correction-sent")
    assert [entry["reason"] for entry in listed.json()["disclosures"]] == ["wrong-person"]
    assert "brother" not in listed.text


@pytest.mark.parametrize(
    ("agency", "more"),
    [
        pytest.param(PD, {"subject": STRANGER}, id="nobody it exchanged anything about"),
        pytest.param(PD, {"categories": ["court"]}, id="a category it exchanged nothing of"),
        pytest.param(HEALTH, {}, id="an agency that exchanged nothing"),
        pytest.param(OUTSIDER, {}, id="a stranger"),
    ],
)
async def test_without_an_exchange_there_is_nobody_to_tell(
    county: InProcess, agency: str, more: Json
) -> None:
    await told(county)
    is_problem(await county.desk(agency).post("/v1/corrections", correction(**more)), 404)


async def test_what_was_refused_is_no_exchange(county: InProcess) -> None:
    desk = county.desk(PD)
    await desk.post("/v1/offers", offer(await desk.opens(), [COURT], REPORT))
    is_problem(await desk.post("/v1/corrections", correction()), 404)


async def test_a_correction_is_nobody_elses(county: InProcess) -> None:
    await told(county)
    id = (await county.desk(PD).post("/v1/corrections", correction())).json()["id"]
    for agency in (HEALTH, COURT, OUTSIDER):
        desk = county.desk(agency)
        assert (await desk.get("/v1/corrections")).json()["corrections"] == []
        is_problem(await desk.get(f"/v1/corrections/{id}"), 404)
        is_problem(await desk.post(f"/v1/corrections/{id}/acknowledge", {"statement": "Noted"}), 404)
