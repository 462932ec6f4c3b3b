"""Telling without being asked: decided, recorded, delivered, read and acknowledged."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from audit.checkpoint import VerifierKey
from audit.receipt import ShownReceipt
from tests.audit_site import verify_export
from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, emergency, is_problem
from tests.county_terms import DANIEL, HEALTH, PD, SCHOOL, SCHOOLS, SOCIAL
from tests.journeys.telling_county import AGREEMENT, CONTACT, STRANGERS, WARNED, offer, site

REPORT = {"threat-report": {"summary": WARNED, "plan": "a list", "place": "the gym", "informant": "a pupil"}}


@pytest.fixture
def county(a_county: ACountyOf) -> InProcess:
    return a_county(**site())


async def told(desk: Desk, to: list[str], information: Json, **more: Any) -> Json:
    """Make one offer under a case of its own, and return what its teller is told."""
    case = await desk.opens(more.pop("concern", "moderate"))
    answer = await desk.post("/v1/offers", offer(case, to, information, **more))
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()
    return made


async def read(desk: Desk, id: str) -> Json:
    answer = await desk.get(f"/v1/offers/{id}")
    assert answer.status_code == 200, answer.text
    shown: Json = answer.json()
    return shown


async def test_a_warning_reaches_each_recipient_as_far_as_its_clause_lets_it(county: InProcess) -> None:
    made = await told(county.desk(PD), [SCHOOLS, SOCIAL, HEALTH], REPORT)
    assert made["state"] == "answered"
    by = {answer["recipient"]: answer for answer in made["answers"]}
    assert {id: answer["result"] for id, answer in by.items()} == {
        SCHOOLS: "delivered", SOCIAL: "delivered", HEALTH: "refused",
    }  # fmt: skip
    answer = by[SCHOOLS]
    assert answer["basis"] == {"kind": "agreement", "agreement": AGREEMENT, "version": 1, "clause": "1"}
    assert (answer["level"], answer["fields"]) == ("record", {"threat-report": ["place", "plan"]})
    assert [duty["code"] for duty in answer["obligations"]] == ["no-redisclosure", "destroy-by"]
    assert answer["readers"] == {"roles": ["caseworker", "liaison"], "contacts_only": False}
    assert answer["receipt"]["inclusion_proof"]
    assert [reason["code"] for reason in by[HEALTH]["reasons"]] == ["no-clause-for-party"]

    inbox = (await county.desk(SCHOOLS).get("/v1/offers?state=open")).json()["offers"]
    assert [(item["id"], item["custodian"], item["state"]) for item in inbox] == [(made["id"], PD, "open")]
    assert "Okafor" not in str(inbox)
    assert WARNED not in str(inbox)
    shown = await read(county.desk(SCHOOLS), made["id"])
    assert shown["subject"] == DANIEL
    (answer,) = shown["answers"]
    assert answer["custodian"] == PD
    assert answer["summary"] == {"threat-report": WARNED}
    assert answer["record"] == {"threat-report": {"plan": "a list", "place": "the gym"}}
    assert answer["receipt"]["index"] > by[SCHOOLS]["receipt"]["index"]


async def test_what_was_refused_does_not_exist_for_its_recipient(county: InProcess) -> None:
    made = await told(county.desk(PD), [HEALTH], REPORT)
    for role in ("caseworker", "liaison", "privacy-officer"):
        desk = county.desk(HEALTH, "p-1", role)
        assert (await desk.get("/v1/offers")).json()["offers"] == []
        unknown = await desk.get("/v1/offers/off_0")
        answer = await desk.get(f"/v1/offers/{made['id']}")
        assert (
            (answer.status_code, answer.content)
            == (unknown.status_code, unknown.content)
            == (404, unknown.content)
        )
    listed = await county.desk(HEALTH, "aud", "auditor").get("/v1/disclosures")
    assert made["id"] not in listed.text


@pytest.mark.parametrize(
    ("information", "level"),
    [
        pytest.param({"threat-report": True}, "existence", id="true tells existence"),
        pytest.param({"threat-report": None}, "existence", id="null tells existence"),
        pytest.param({"threat-report": "words"}, "summary", id="a text is a summary"),
        pytest.param({"threat-report": {"plan": "x"}}, "record", id="fields are a record"),
        pytest.param({"threat-report": {"summary": "words"}}, "summary", id="a summary alone is a summary"),
        pytest.param({"threat-report": {"shoe": "x"}}, "record", id="fields no clause names are dropped"),
    ],
)
async def test_the_level_is_that_of_what_is_told(county: InProcess, information: Json, level: str) -> None:
    made = await told(county.desk(PD), [SCHOOLS], information, subject=SCHOOL)
    assert [answer["level"] for answer in made["answers"]] == [level]
    (answer,) = (await read(county.desk(SCHOOLS), made["id"]))["answers"]
    assert answer["level"] == level
    assert answer["summary"] == (
        {"threat-report": "words"} if level == "summary" else None if level == "existence" else {}
    )
    assert "shoe" not in str(answer)


async def test_the_clause_for_contact_persons_opens_to_the_contact_only(county: InProcess) -> None:
    made = await told(county.desk(PD), [SCHOOLS], {"police-contact": "two calls"})
    (answer,) = made["answers"]
    assert answer["result"] == "delivered"
    assert answer["readers"] == {"roles": ["caseworker"], "contacts_only": True}
    for desk in (county.desk(SCHOOLS), county.desk(SCHOOLS, CONTACT, "liaison")):
        shown = await read(desk, made["id"])
        assert (shown["subject"], shown["case"]) == (None, None)
        assert [one["result"] for one in shown["answers"]] == ["refused"]
        assert "two calls" not in str(shown)
        is_problem(await desk.post(f"/v1/offers/{made['id']}/acknowledge", {}), 403, "role-not-allowed")
    shown = await read(county.desk(SCHOOLS, CONTACT), made["id"])
    assert shown["answers"][0]["summary"] == {"police-contact": "two calls"}


async def test_a_named_reader_who_is_no_contact_is_refused_before_anything_is_kept(county: InProcess) -> None:
    (answer,) = (
        await told(county.desk(PD), [SCHOOLS], {"police-contact": "two calls"}, reader={SCHOOLS: "badge-3"})
    )["answers"]
    assert answer["result"] == "refused"
    assert [reason["code"] for reason in answer["reasons"]] == ["contact-person-only"]
    (answer,) = (
        await told(county.desk(PD), [SCHOOLS], {"police-contact": "two calls"}, reader={SCHOOLS: CONTACT})
    )["answers"]
    assert answer["result"] == "delivered"


async def test_the_contact_of_the_teller_opens_nothing_at_the_recipient(county: InProcess) -> None:
    """The planted mistake: to take the teller's actor for the reader."""
    made = await told(county.desk(PD, CONTACT), [SCHOOLS], {"police-contact": "two calls"})
    shown = await read(county.desk(SCHOOLS, "badge-2"), made["id"])
    assert [one["result"] for one in shown["answers"]] == ["refused"]


async def test_each_reader_is_shown_the_fields_of_their_own_clause(county: InProcess) -> None:
    made = await told(county.desk(SOCIAL), [PD], {"housing": {"plan": "A", "place": "B", "rent": "C"}})
    assert made["answers"][0]["fields"] == {"housing": ["place", "plan"]}
    for role, shown in (("caseworker", {"plan": "A"}), ("liaison", {"place": "B"})):
        (answer,) = (await read(county.desk(PD, "b-1", role), made["id"]))["answers"]
        assert answer["record"] == {"housing": shown}
    assert [
        one["result"]
        for one in (await read(county.desk(PD, "b-1", "privacy-officer"), made["id"]))["answers"]
    ] == ["refused"]


async def test_consent_withdrawn_before_the_reading_is_obeyed(county: InProcess) -> None:
    health = county.desk(HEALTH)
    consent = await health.consents("mental-health")
    made = await told(health, [PD], {"mental-health": "open safety plan"})
    assert made["answers"][0]["basis"]["kind"] == "consent"
    assert (await read(county.desk(PD), made["id"]))["answers"][0]["summary"] == {
        "mental-health": "open safety plan"
    }
    await health.post(f"/v1/consents/{consent['id']}/withdraw", {"reason": "Changed their mind"})
    shown = await read(county.desk(PD), made["id"])
    assert shown["subject"] is None
    (answer,) = shown["answers"]
    assert (answer["result"], answer["reasons"], answer["basis"]) == ("no-information-available", [], None)
    assert answer["advice"]
    assert "safety plan" not in str(shown)


async def test_without_consent_it_is_refused_and_says_why_to_its_teller(county: InProcess) -> None:
    made = await told(county.desk(HEALTH), [PD], {"mental-health": "open safety plan"})
    (answer,) = made["answers"]
    assert (answer["result"], answer["level"], answer["basis"]) == ("refused", None, None)
    assert [reason["code"] for reason in answer["reasons"]]
    assert (await county.desk(PD).get("/v1/offers")).json()["offers"] == []


async def test_a_clinician_warns_and_the_liaison_stands_for_the_exception(county: InProcess) -> None:
    clinician, liaison = county.desk(HEALTH), county.desk(HEALTH, "lia-1", "liaison")
    made = await told(clinician, [PD], {"mental-health": WARNED}, exception=emergency())
    assert made["state"] == "pending"
    assert [(one["state"], one["awaits"]) for one in made["answers"]] == [("pending", ["finding"])]
    assert (await county.desk(PD).get(f"/v1/offers/{made['id']}")).status_code == 404
    is_problem(await clinician.post(f"/v1/offers/{made['id']}/release", {}), 403, "role-not-allowed")
    waiting = (await liaison.get("/v1/offers?state=pending")).json()["offers"]
    assert [one["id"] for one in waiting] == [made["id"]]
    released = (await liaison.post(f"/v1/offers/{made['id']}/release", {})).json()
    assert [one["result"] for one in released["answers"]] == ["delivered"]
    assert released["answers"][0]["basis"]["kind"] == "exception"
    assert (await read(county.desk(PD), made["id"]))["answers"][0]["summary"] == {"mental-health": WARNED}
    is_problem(await liaison.post(f"/v1/offers/{made['id']}/release", {}), 409, "conflict")
    officer = county.desk(HEALTH, "off-1", "privacy-officer")
    (access,) = (await officer.get("/v1/emergencies?state=open")).json()["emergencies"]
    assert (access["query"], access["user"]) == (made["id"], clinician.user)
    finding = {"finding": "justified", "statement": "It was well founded"}
    mine = await county.desk(HEALTH, clinician.user, "privacy-officer").post(
        f"/v1/emergencies/{access['id']}/finding", finding
    )
    is_problem(mine, 403)
    assert (await officer.post(f"/v1/emergencies/{access['id']}/finding", finding)).status_code == 200
    assert (await county.desk(PD, "off-2", "privacy-officer").get("/v1/emergencies")).json()[
        "emergencies"
    ] == []


async def test_a_liaison_who_offers_stands_for_it(county: InProcess) -> None:
    liaison = county.desk(HEALTH, "lia-1", "liaison")
    (answer,) = (await told(liaison, [PD], {"mental-health": WARNED}, exception=emergency()))["answers"]
    assert answer["result"] == "delivered"


async def test_a_warning_found_unjustified_is_recalled_and_tells_no_more(county: InProcess) -> None:
    """One that was delivered, and of another offer one that still waits for its second person."""
    liaison, officer = (
        county.desk(HEALTH, "lia-1", "liaison"),
        county.desk(HEALTH, "off-1", "privacy-officer"),
    )
    made = await told(liaison, [PD], {"mental-health": WARNED}, exception=emergency())
    waiting = await told(county.desk(HEALTH), [PD], {"mental-health": WARNED}, exception=emergency())
    assert (made["state"], waiting["state"]) == ("answered", "pending")
    for access in (await officer.get("/v1/emergencies?state=open")).json()["emergencies"]:
        finding = {"finding": "unjustified", "statement": "There was time to ask"}
        found = await officer.post(f"/v1/emergencies/{access['id']}/finding", finding)
        assert found.status_code == 200, found.text
    notices = (await county.desk(PD).get("/v1/notices")).json()["notices"]
    recalled = [notice["about"] for notice in notices if notice["kind"] == "emergency-recalled"]
    assert recalled == [made["id"]]
    assert WARNED not in str(await read(county.desk(PD), made["id"]))
    await liaison.post(f"/v1/offers/{waiting['id']}/release", {})
    assert (await county.desk(PD).get(f"/v1/offers/{waiting['id']}")).status_code == 404
    auditor = county.desk(PD, "aud-1", "auditor")
    (entry,) = (await auditor.get("/v1/disclosures?kind=emergency-recalled")).json()["disclosures"]
    assert [one["category"] for one in entry["released"]] == ["mental-health"]


async def test_an_exception_that_says_nothing_is_refused(county: InProcess) -> None:
    desk = county.desk(HEALTH)
    case = await desk.opens()
    body = offer(case, [PD], {"mental-health": WARNED}, exception=emergency(statement="xx"))
    is_problem(await desk.post("/v1/offers", body), 403, "emergency-refused")


async def test_an_exception_lapses_before_a_late_reading(county: InProcess) -> None:
    liaison = county.desk(HEALTH, "lia-1", "liaison")
    made = await told(liaison, [PD], {"mental-health": WARNED}, exception=emergency())
    county.clock.advance(hours=4, minutes=1)
    shown = await read(county.desk(PD), made["id"])
    assert WARNED not in str(shown)
    assert shown["subject"] is None


async def test_two_persons_stand_for_what_two_must(county: InProcess) -> None:
    first, second = county.desk(SOCIAL, "lia-1", "liaison"), county.desk(SOCIAL, "off-1", "privacy-officer")
    made = await told(first, [PD], {"safeguarding": {"plan": "A"}})
    assert [one["state"] for one in made["answers"]] == ["pending"]
    is_problem(await first.post(f"/v1/offers/{made['id']}/release", {}), 409, "conflict")
    is_problem(
        await county.desk(SOCIAL, first.user, "privacy-officer").post(f"/v1/offers/{made['id']}/release", {}),
        409,
    )
    released = (await second.post(f"/v1/offers/{made['id']}/release", {})).json()
    assert [one["result"] for one in released["answers"]] == ["delivered"]
    assert (await read(county.desk(PD), made["id"]))["answers"][0]["record"] == {
        "safeguarding": {"plan": "A"}
    }


async def test_what_waits_may_be_declined_and_is_then_nowhere(county: InProcess) -> None:
    made = await told(county.desk(SOCIAL), [PD], {"safeguarding": {"plan": "A"}})
    liaison = county.desk(SOCIAL, "lia-1", "liaison")
    declined = await liaison.post(f"/v1/offers/{made['id']}/decline", {"reason": "Not ours to tell"})
    (answer,) = declined.json()["answers"]
    assert answer["result"] == "declined"
    assert [reason["text"] for reason in answer["reasons"]] == ["Not ours to tell"]
    assert (await county.desk(PD).get(f"/v1/offers/{made['id']}")).status_code == 404
    is_problem(await liaison.post(f"/v1/offers/{made['id']}/release", {}), 409)


async def test_what_waits_is_decided_again_when_it_is_released(county: InProcess) -> None:
    desk, liaison = county.desk(SOCIAL), county.desk(SOCIAL, "lia-1", "liaison")
    made = await told(desk, [PD], {"safeguarding": {"plan": "A"}})
    await desk.post(f"/v1/cases/{made['case']}/close", {"reason": "Nothing left to do here"})
    is_problem(await liaison.post(f"/v1/offers/{made['id']}/release", {}), 409)
    assert (await county.desk(PD).get(f"/v1/offers/{made['id']}")).status_code == 404


async def test_one_offer_may_be_told_and_waiting_and_refused_at_once(county: InProcess) -> None:
    information = {"housing": True, "safeguarding": True, "employment": True}
    made = await told(county.desk(SOCIAL), [PD], information)
    results = {one["categories"][0]: (one["state"], one["result"]) for one in made["answers"]}
    assert results == {
        "housing": ("answered", "delivered"),
        "safeguarding": ("pending", None),
        "employment": ("answered", "refused"),
    }
    shown = await read(county.desk(PD), made["id"])
    assert [one["categories"] for one in shown["answers"]] == [["housing"]]


async def test_acknowledging_is_told_to_the_teller_and_happens_once(county: InProcess) -> None:
    made = await told(county.desk(PD), [SCHOOLS], REPORT)
    desk = county.desk(SCHOOLS)
    taken = await desk.post(f"/v1/offers/{made['id']}/acknowledge", {})
    assert (taken.json()["state"], taken.json()["acknowledged_by"]) == ("acknowledged", desk.user)
    is_problem(await desk.post(f"/v1/offers/{made['id']}/acknowledge", {}), 409)
    assert (await desk.get("/v1/offers?state=open")).json()["offers"] == []
    assert [one["id"] for one in (await desk.get("/v1/offers?state=acknowledged")).json()["offers"]] == [
        made["id"]
    ]
    (answer,) = (await county.desk(PD).get(f"/v1/offers/{made['id']}")).json()["answers"]
    assert (answer["inbox"], answer["acknowledged_by"]) == ("acknowledged", desk.user)
    assert (await read(desk, made["id"]))["answers"][0]["summary"] == {"threat-report": WARNED}


async def test_content_goes_when_its_time_has_come_and_the_teller_is_told(county: InProcess) -> None:
    made = await told(county.desk(PD), [SCHOOLS], REPORT)
    county.clock.advance(hours=24, minutes=1)
    shown = await read(county.desk(SCHOOLS), made["id"])
    assert (shown["subject"], shown["until"]) == (None, None)
    assert [reason["code"] for reason in shown["answers"][0]["reasons"]] == ["content-expired"]
    await county.running.store.erase(county.running.gateway.receiving.forget_past)
    (answer,) = (await county.desk(PD).get(f"/v1/offers/{made['id']}")).json()["answers"]
    assert answer["inbox"] == "lapsed"
    is_problem(await county.desk(SCHOOLS).post(f"/v1/offers/{made['id']}/acknowledge", {}), 409)


async def test_what_is_not_to_be_kept_goes_with_the_first_reading(county: InProcess) -> None:
    made = await told(county.desk(SOCIAL), [PD], {"protective-order": "order of January"})
    first = await read(county.desk(PD), made["id"])
    assert first["answers"][0]["summary"] == {"protective-order": "order of January"}
    assert "order of January" not in str(await read(county.desk(PD), made["id"]))


async def test_one_key_makes_one_offer(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    body = offer(case, [SCHOOLS], REPORT)
    once, again = await asyncio.gather(
        *(desk.call("POST", "/v1/offers", body, {"Idempotency-Key": "k"}) for _ in range(2))
    )
    assert once.json()["id"] == again.json()["id"]
    other = await desk.call("POST", "/v1/offers", {**body, "to": [SOCIAL]}, {"Idempotency-Key": "k"})
    is_problem(other, 409, "idempotency-key-reused")
    assert len((await county.desk(SCHOOLS).get("/v1/offers")).json()["offers"]) == 1


@pytest.mark.parametrize(
    ("change", "status", "names"),
    [
        pytest.param({"to": ["nobody-here"]}, 422, "to", id="an agency the site does not have"),
        pytest.param({"to": [PD]}, 422, "to", id="the teller itself"),
        pytest.param({"to": []}, 422, "to", id="nobody"),
        pytest.param({"information": {}}, 422, "information", id="nothing"),
        pytest.param({"information": {"gossip": "x"}}, 422, "information", id="an unknown category"),
        pytest.param({"information": {"threat-report": False}}, 422, "information", id="false"),
        pytest.param({"information": {"threat-report": 7}}, 422, "information", id="a number"),
        pytest.param({"information": {"threat-report": {}}}, 422, "information", id="no fields"),
        pytest.param(
            {"information": {"threat-report": {"Plan": 1}}}, 422, "information", id="a field's name"
        ),
        pytest.param(
            {"information": {"threat-report": {"plan": {"a": 1}}}}, 422, "information", id="a nested field"
        ),
        pytest.param({"information": {"threat-report": " "}}, 422, "information", id="an empty text"),
        pytest.param({"reader": {SOCIAL: "badge-1"}}, 422, "reader", id="a reader of no recipient"),
        pytest.param({"level": "summary"}, 422, "level", id="a level, which information says"),
        pytest.param({"custodians": [PD]}, 422, "custodians", id="custodians"),
        pytest.param({"case": "NO-SUCH-CASE"}, 403, "", id="an unknown case"),
    ],
)
async def test_a_malformed_offer_names_its_key_and_tells_nobody(
    county: InProcess, change: Json, status: int, names: str
) -> None:
    desk = county.desk(PD)
    body = {**offer(await desk.opens(), [SCHOOLS], {"threat-report": "words"}), **change}
    problem = is_problem(await desk.post("/v1/offers", body), status)
    assert names in problem.get("detail", "")
    assert "gossip" not in str(problem)
    assert (await county.desk(SCHOOLS).get("/v1/offers")).json()["offers"] == []


async def test_only_an_open_case_of_the_tellers_own_carries_an_offer(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    foreign = await county.desk(SCHOOLS).post("/v1/offers", offer(case, [PD], {"school-discipline": True}))
    is_problem(foreign, 403, "case-not-open")
    await desk.post(f"/v1/cases/{case}/close", {"reason": "Nothing left to do here"})
    is_problem(await desk.post("/v1/offers", offer(case, [SCHOOLS], REPORT)), 403, "case-not-open")


async def test_what_may_only_be_asked_for_is_not_told(county: InProcess) -> None:
    (answer,) = (await told(county.desk(SCHOOLS), [PD], {"school-discipline": True}))["answers"]
    assert [reason["code"] for reason in answer["reasons"]] == ["act-not-allowed"]


async def test_strangers_see_no_offer(county: InProcess) -> None:
    made = await told(county.desk(PD), [SCHOOLS], REPORT)
    for agency in STRANGERS:
        for role in ("caseworker", "liaison", "privacy-officer"):
            desk = county.desk(agency, "x-1", role)
            assert (await desk.get("/v1/offers")).json()["offers"] == []
            assert (await desk.get(f"/v1/offers/{made['id']}")).status_code == 404
            assert (await desk.post(f"/v1/offers/{made['id']}/acknowledge", {})).status_code == 404
    assert (
        await county.desk(SCHOOLS, "lia", "liaison").post(f"/v1/offers/{made['id']}/release", {})
    ).status_code == 404


async def test_the_ledger_has_the_offer_and_its_answer_and_every_reading(county: InProcess) -> None:
    made = await told(county.desk(PD), [SCHOOLS, HEALTH], REPORT)
    await read(county.desk(SCHOOLS), made["id"])
    await county.desk(SCHOOLS).post(f"/v1/offers/{made['id']}/acknowledge", {})
    listed = await county.desk(PD, "aud", "auditor").get(f"/v1/disclosures?query={made['id']}")
    entries = listed.json()["disclosures"]
    assert [(entry["kind"], entry["recipient"]) for entry in entries] == [
        ("offered", SCHOOLS), ("offered", HEALTH), ("answered", SCHOOLS), ("answered", HEALTH),
        ("offer-read", SCHOOLS), ("offer-acknowledged", SCHOOLS),
    ]  # fmt: skip
    assert WARNED not in listed.text
    theirs = await county.desk(SCHOOLS, "aud", "auditor").get(f"/v1/disclosures?query={made['id']}")
    assert [entry["kind"] for entry in theirs.json()["disclosures"]] == [
        "answered",
        "offer-read",
        "offer-acknowledged",
    ]
    account = await county.desk(PD, "aud", "auditor").post("/v1/accountings", {"subject": DANIEL})
    assert [(line["kind"], line["recipient"]) for line in account.json()["lines"]] == [("answer", SCHOOLS)]


async def test_what_nobody_takes_up_is_told_again_half_way(county: InProcess) -> None:
    made = await told(county.desk(PD), [SCHOOLS], REPORT)
    waiting = await told(county.desk(SOCIAL), [PD], {"safeguarding": {"plan": "A"}})
    taken = await told(county.desk(PD), [SOCIAL], REPORT)
    await county.desk(SOCIAL).post(f"/v1/offers/{taken['id']}/acknowledge", {})

    async def kinds(agency: str, role: str) -> set[tuple[str, str]]:
        notices = await county.desk(agency, "n-1", role).get("/v1/notices")
        return {(one["kind"], one["about"]) for one in notices.json()["notices"]}

    assert ("offer-received", made["id"]) in await kinds(SCHOOLS, "liaison")
    assert ("offer-waiting", waiting["id"]) in await kinds(SOCIAL, "liaison")
    county.clock.advance(hours=12, minutes=1)
    await county.running.runner.turn()
    for role in ("caseworker", "liaison"):
        assert ("offer-unread", made["id"]) in await kinds(SCHOOLS, role)
    assert ("offer-waiting", waiting["id"]) in await kinds(SOCIAL, "privacy-officer")
    assert ("offer-unread", taken["id"]) not in await kinds(SOCIAL, "caseworker")
    assert ("offer-acknowledged", taken["id"]) in await kinds(PD, "caseworker")
    county.clock.advance(hours=12)
    await county.running.store.erase(county.running.gateway.receiving.forget_past)
    assert ("offer-lapsed", made["id"]) in await kinds(PD, "caseworker")
    assert ("offer-lapsed", taken["id"]) not in await kinds(PD, "caseworker")


async def test_a_reading_that_did_not_decide_again_would_be_caught(
    county: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The withdrawal test with its bug planted: what was delivered is shown as it was."""
    health = county.desk(HEALTH)
    consent = await health.consents("mental-health")
    made = await told(health, [PD], {"mental-health": "open safety plan"})
    await health.post(f"/v1/consents/{consent['id']}/withdraw", {"reason": "Changed their mind"})
    assert "safety plan" not in str(await read(county.desk(PD), made["id"]))
    monkeypatch.setattr("gateway.receiving.as_read", lambda outcome, *_, **__: outcome)
    assert "safety plan" in str(await read(county.desk(PD), made["id"]))


async def test_the_ledger_verifies_to_teller_recipient_and_stranger(county: InProcess) -> None:
    made = await told(
        county.desk(SOCIAL, "lia-1", "liaison"), [PD, SCHOOLS], {"safeguarding": True, "housing": True}
    )
    await county.desk(SOCIAL, "lia-2", "liaison").post(f"/v1/offers/{made['id']}/release", {})
    shown = (await read(county.desk(PD), made["id"]))["answers"]
    key = VerifierKey.parse((await county.desk(PD).get("/ledger/key")).text.strip())
    receipts = [ShownReceipt.parse(answer["receipt"]) for answer in (*made["answers"], *shown)]
    for agency, opens in ((SOCIAL, True), (PD, True), (SCHOOLS, False), (STRANGERS[0], False)):
        exported = await county.desk(agency, "aud", "auditor").get("/v1/ledger/export")
        report = verify_export(exported.content, [], receipts, [key])
        assert report.good, (agency, report.findings)
        assert (made["id"] in exported.text) is opens
