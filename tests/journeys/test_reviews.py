"""What a person at the custodian decides: release item by item, decline, legal process."""

from __future__ import annotations

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, about, is_problem
from tests.county_terms import (
    BRIEF,
    COURT,
    DANIEL,
    HEALTH,
    PD,
    SCHOOLS,
    SOCIAL,
    STRANGER,
    holding,
    holdings,
)

PROCESS = {"kind": "subpoena", "number": "26-1107", "court": "Circuit Court", "digest": "sha-256:" + "b" * 64}


async def waiting(desk: Desk, query: str) -> Json:
    """The one open review of a query at the desk's agency."""
    listed = await desk.get("/v1/reviews?state=open")
    assert listed.status_code == 200
    found = [review for review in listed.json()["reviews"] if review["query"] == query]
    assert len(found) == 1
    review: Json = found[0]
    return review


async def test_a_review_is_released_item_by_item(county: InProcess) -> None:
    asker, liaison = county.desk(PD), county.desk(SOCIAL, "liaison-1", "liaison")
    told = await asker.told(await asker.opens(), "safeguarding", custodians=[SOCIAL])
    assert (told["state"], told["answers"][0]["contact"]["phone"]) == ("pending", "+1 555 0100")
    assert (told["answers"][0]["summary"], told["answers"][0]["record"]) == (None, None)
    review = await waiting(liaison, told["id"])
    assert review["subject"]["family_name"] == "Okafor"
    assert review["requester"]["user"]["id"] == "badge-1"
    first = next(item for item in review["items"] if item["summary"] == "plan one")
    assert all("home" not in item["fields"] for item in review["items"])
    released = await liaison.post(f"/v1/reviews/{review['id']}/release", {"items": [first["id"]]})
    assert (released.status_code, released.json()["decided_by"]) == (200, "liaison-1")
    answer = (await asker.reads(told["id"]))["answers"][0]
    assert (answer["state"], answer["result"]) == ("answered", "information-held")
    assert answer["summary"] == {"safeguarding": "plan one"}
    assert answer["record"] == {"safeguarding": {"plan": "A", "worker": "P. Lindqvist"}}


async def test_fields_of_an_item_may_be_left_out(county: InProcess) -> None:
    asker, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    told = await asker.told(await asker.opens(), "safeguarding", custodians=[SOCIAL])
    review = await waiting(liaison, told["id"])
    chosen = {"items": [{"id": review["items"][0]["id"], "fields": ["plan"]}]}
    if len(review["items"]) > 1:
        chosen["items"] = [{"id": review["items"][1]["id"], "fields": ["plan"]}]
    assert (await liaison.post(f"/v1/reviews/{review['id']}/release", chosen)).status_code == 200
    answer = (await asker.reads(told["id"]))["answers"][0]
    assert answer["record"] == {"safeguarding": {"plan": "B"}}


async def test_a_field_the_review_does_not_offer_is_not_released(county: InProcess) -> None:
    asker, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    told = await asker.told(await asker.opens(), "safeguarding", custodians=[SOCIAL])
    review = await waiting(liaison, told["id"])
    chosen = {"items": [{"id": review["items"][0]["id"], "fields": ["home", "plan"]}]}
    await liaison.post(f"/v1/reviews/{review['id']}/release", chosen)
    read = await asker.get(f"/v1/queries/{told['id']}")
    assert "Elm St" not in read.text


async def test_an_item_that_was_not_offered_is_a_422(county: InProcess) -> None:
    asker, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    told = await asker.told(await asker.opens(), "safeguarding", custodians=[SOCIAL])
    review = await waiting(liaison, told["id"])
    for wrong in ("safeguarding-9", "housing", "employment"):
        answer = await liaison.post(f"/v1/reviews/{review['id']}/release", {"items": [wrong]})
        assert "items" in is_problem(answer, 422)["detail"]
    assert (await asker.reads(told["id"]))["state"] == "pending"


async def test_what_came_to_be_held_after_the_look_is_not_released(a_county: ACountyOf) -> None:
    county = a_county()
    asker, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    told = await asker.told(await asker.opens(), "safeguarding", custodians=[SOCIAL])
    review = await waiting(liaison, told["id"])
    chosen = {"items": [item["id"] for item in review["items"] if item["summary"] == "plan one"]}
    held = holdings()[SOCIAL]
    held[0]["holdings"].insert(0, holding("safeguarding", "never looked at", plan="Z", worker="N. N."))
    county.folder.write_holdings(SOCIAL, held)
    await liaison.post(f"/v1/reviews/{review['id']}/release", chosen)
    read = await asker.get(f"/v1/queries/{told['id']}")
    assert "never looked at" not in read.text


async def test_what_may_no_longer_be_told_does_not_hold_back_the_rest(a_county: ACountyOf) -> None:
    county = a_county()
    asker, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    told = await asker.told(await asker.opens(), "safeguarding", "investigation", custodians=[SOCIAL])
    officer = county.desk(SOCIAL, role="privacy-officer")
    suspended = await officer.post(f"/v1/agreements/{BRIEF}/suspend", {"reason": "Under revision"})
    assert suspended.status_code == 200
    review = await waiting(liaison, told["id"])
    items = [item["id"] for item in review["items"]]
    assert {item["category"] for item in review["items"]} == {"safeguarding"}
    released = await liaison.post(f"/v1/reviews/{review['id']}/release", {"items": items})
    assert released.status_code == 200
    answers = (await asker.reads(told["id"]))["answers"]
    assert {one["categories"][0]: one["result"] for one in answers} == {
        "safeguarding": "information-held",
        "investigation": "refused",
    }


async def test_a_decline_is_told_with_its_reason(county: InProcess) -> None:
    asker, liaison = county.desk(PD), county.desk(SOCIAL, "liaison-2", "liaison")
    told = await asker.told(await asker.opens(), "safeguarding", custodians=[SOCIAL])
    review = await waiting(liaison, told["id"])
    path = f"/v1/reviews/{review['id']}/decline"
    declined = await liaison.post(path, {"reason": "The plan is under appeal"})
    assert (declined.json()["state"], declined.json()["decided_by"]) == ("declined", "liaison-2")
    answer = (await asker.reads(told["id"]))["answers"][0]
    assert (answer["state"], answer["result"], answer["record"]) == ("answered", "refused", None)
    assert "The plan is under appeal" in answer["reasons"][0]["text"]
    is_problem(await liaison.post(path, {"reason": "once more"}), 409)
    is_problem(await liaison.post(f"/v1/reviews/{review['id']}/release", {"items": ["safeguarding"]}), 409)


async def test_a_masked_decline_is_as_a_masked_release_of_nothing(county: InProcess) -> None:
    asker, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    case, answers = await asker.opens(), []
    for subject, decide in ((DANIEL, "decline"), (STRANGER, "release")):
        told = await asker.told(case, "housing", subject=subject, custodians=[SOCIAL])
        assert told["state"] == "pending"
        review = await waiting(liaison, told["id"])
        body: Json = {"reason": "It would harm the family"} if decide == "decline" else {"items": []}
        assert (await liaison.post(f"/v1/reviews/{review['id']}/{decide}", body)).status_code == 200
        answer = (await asker.reads(told["id"]))["answers"][0]
        answers.append({key: value for key, value in answer.items() if key != "receipt"})
    assert answers[0] == answers[1]
    assert (answers[0]["result"], answers[0]["reasons"]) == ("no-information-available", [])


async def test_a_review_is_asked_for_whether_or_not_anything_is_held(county: InProcess) -> None:
    asker, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    case = await asker.opens()
    held = await asker.told(case, "safeguarding", "housing", custodians=[SOCIAL])
    none = await asker.told(case, "safeguarding", "housing", subject=STRANGER, custodians=[SOCIAL])
    shapes = [
        [{key: value for key, value in one.items() if key != "receipt"} for one in told["answers"]]
        for told in (held, none)
    ]
    assert shapes[0] == shapes[1]
    assert (await waiting(liaison, none["id"]))["items"] == []


async def test_who_decides_and_who_may_look(county: InProcess) -> None:
    asker = county.desk(PD)
    told = await asker.told(await asker.opens(), "safeguarding", custodians=[SOCIAL])
    liaison = county.desk(SOCIAL, role="liaison")
    review = await waiting(liaison, told["id"])
    release = f"/v1/reviews/{review['id']}/release"
    for role in ("caseworker", "auditor", "administrator"):
        is_problem(await county.desk(SOCIAL, role=role).post(release, {"items": ["safeguarding"]}), 403)
        is_problem(await county.desk(SOCIAL, role=role).get("/v1/reviews?state=open"), 403)
    for agency in (PD, HEALTH):
        is_problem(await county.desk(agency, role="liaison").post(release, {"items": []}), 404)
        listed = (await county.desk(agency, role="liaison").get("/v1/reviews")).json()["reviews"]
        assert all(one["id"] != review["id"] for one in listed)
    assert (await county.desk(SOCIAL, role="privacy-officer").post(release, {"items": []})).status_code == 200


async def test_a_closed_case_closes_its_reviews(a_county: ACountyOf) -> None:
    """It can be closed once the question has been escalated, and so has ended."""
    county = a_county()
    asker, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    case = await asker.opens()
    told = await asker.told(case, "safeguarding", custodians=[SOCIAL])
    review = await waiting(liaison, told["id"])
    for _ in range(3):
        county.clock.advance(days=7)
        await county.running.runner.turn()
    closed = await asker.post(f"/v1/cases/{case}/close", {"reason": "The matter is settled"})
    assert closed.status_code == 200, closed.text
    released = await liaison.post(f"/v1/reviews/{review['id']}/release", {"items": ["safeguarding"]})
    is_problem(released, 409)
    answer = (await asker.reads(told["id"]))["answers"][0]
    assert (answer["summary"], answer["record"]) == (None, None)


async def test_people_of_a_custodian_without_a_system_vouch(county: InProcess) -> None:
    asker, liaison = county.desk(PD), county.desk(COURT, role="liaison")
    told = await asker.told(await asker.opens(), "court", custodians=[COURT])
    review = await waiting(liaison, told["id"])
    items = [item["id"] for item in review["items"]]
    assert len(items) == 1
    assert (await liaison.post(f"/v1/reviews/{review['id']}/release", {"items": items})).status_code == 200
    answer = (await asker.reads(told["id"]))["answers"][0]
    assert (answer["result"], answer["level"], answer["summary"]) == ("information-held", "contact", None)


async def test_legal_process_is_verified_by_a_person_and_named_as_the_basis(county: InProcess) -> None:
    asker, liaison = county.desk(PD), county.desk(SCHOOLS, role="liaison")
    case = await asker.opens()
    without = await asker.told(case, "education-record", custodians=[SCHOOLS])
    assert without["answers"][0]["result"] == "refused"
    told = await asker.told(case, "education-record", custodians=[SCHOOLS], legal_process=PROCESS)
    assert told["state"] == "pending"
    review = await waiting(liaison, told["id"])
    assert review["legal_process"] == PROCESS
    items = [item["id"] for item in review["items"]]
    await liaison.post(f"/v1/reviews/{review['id']}/release", {"items": items})
    answer = about(await asker.reads(told["id"]), "education-record")
    assert answer["basis"] == {
        "kind": "legal-process",
        "agreement": "riverside-threat-assessment",
        "version": 3,
        "clause": "7.1",
    }
    assert answer["record"] == {"education-record": {"grade": "C"}}
    assert "tell-parents" in {duty["code"] for duty in answer["obligations"]}


async def test_a_process_the_law_does_not_know_opens_nothing(county: InProcess) -> None:
    asker = county.desk(PD)
    process = {**PROCESS, "kind": "administrative-request"}
    told = await asker.told(
        await asker.opens(), "education-record", custodians=[SCHOOLS], legal_process=process
    )
    assert told["answers"][0]["result"] == "refused"


async def test_reviews_are_listed_by_state_and_no_other_word(county: InProcess) -> None:
    liaison = county.desk(SOCIAL, role="liaison")
    for state in ("open", "released", "declined"):
        listed = (await liaison.get(f"/v1/reviews?state={state}")).json()["reviews"]
        assert {review["state"] for review in listed} <= {state}
    is_problem(await liaison.get("/v1/reviews?state=everything"), 422)
    is_problem(await liaison.get("/v1/reviews?colour=red"), 422)
