"""Beside the items of a review: the person's own words, a number to ring, and both sides' views on record."""

from __future__ import annotations

from typing import Any

import pytest

from agreements.terms import Level
from gateway import beside
from tests.conftest import ACountyOf
from tests.county import NOW, Desk, InProcess, Json, emergency, is_problem
from tests.county_terms import HEALTH, PD, SCHOOLS, SOCIAL, agreement, clause
from tests.journeys.test_reviews import waiting

SAID = "She has been seen weekly since May; ring before visiting."
NUMBER = "+1 555 0177"


def at_level(level: str, *, review: str = "custodian", masked: bool = False) -> list[Json]:
    more: Json = {"fields": ["plan"]} if level == "record" else {}
    clauses = [
        clause("1", "safeguarding", SOCIAL, level, conditions={"review": review}, masked=masked, **more),
        clause("2", "housing", SOCIAL, level, conditions={"review": review}, masked=masked),
        clause("3", "mental-health", HEALTH, "summary", conditions={
            "consent": "required", "exceptions": ["serious-imminent-threat"], "finding": "custodian"}),
    ]  # fmt: skip
    return [agreement("words", NOW, [PD, SOCIAL, HEALTH, SCHOOLS], clauses=clauses)]


async def reviewed(county: InProcess, body: Json, *categories: str) -> tuple[Any, Desk, str]:
    """A question about safeguarding that waits, and what becomes of one release."""
    desk, liaison = county.desk(PD), county.desk(SOCIAL, "worker-1", "liaison")
    told = await desk.told(await desk.opens(), *(categories or ("safeguarding",)), custodians=[SOCIAL])
    review = await waiting(liaison, told["id"])
    if body.get("items") == "first":
        body = {**body, "items": [review["items"][0]["id"]]}
    answer = await liaison.post(f"/v1/reviews/{review['id']}/release", body)
    return answer, desk, told["id"]


async def test_words_stand_beside_the_items(a_county: ACountyOf) -> None:
    county = a_county(agreements=at_level("record"))
    answer, desk, query = await reviewed(county, {"items": "first", "text": SAID})
    assert answer.status_code == 200, answer.text
    told = (await desk.reads(query))["answers"][0]
    assert told["summary"]["safeguarding"].endswith(f"; {SAID}")
    assert set(told["record"]["safeguarding"]) == {"plan"}


async def test_words_alone_answer_too(a_county: ACountyOf) -> None:
    county = a_county(agreements=at_level("summary"))
    answer, desk, query = await reviewed(county, {"text": SAID})
    assert answer.status_code == 200, answer.text
    told = (await desk.reads(query))["answers"][0]
    assert (told["result"], told["summary"]) == ("information-held", {"safeguarding": SAID})


@pytest.mark.parametrize("level", ["existence", "contact"])
async def test_words_go_no_further_than_the_permit(a_county: ACountyOf, level: str) -> None:
    county = a_county(agreements=at_level(level))
    answer, desk, query = await reviewed(county, {"items": "first", "text": SAID})
    assert "text" in is_problem(answer, 422)["detail"]
    assert (await desk.reads(query))["state"] == "pending"


async def test_words_that_go_further_would_be_noticed(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above is tried on a planted fault: even then, the answer is cut to the permit."""
    monkeypatch.setattr(
        beside, "_permitted", lambda decisions, _level, about: [c for c in decisions if about in {None, c}]
    )
    county = a_county(agreements=at_level("existence"))
    answer, desk, query = await reviewed(county, {"items": "first", "text": SAID})
    assert answer.status_code == 200
    read = await desk.get(f"/v1/queries/{query}")
    assert SAID not in read.text
    assert read.json()["answers"][0]["level"] == Level.EXISTENCE.word


@pytest.mark.parametrize("text", ["x", "...", "test", "a" * 1001, "12345"])
async def test_words_are_screened(a_county: ACountyOf, text: str) -> None:
    county = a_county(agreements=at_level("summary"))
    answer, _, _ = await reviewed(county, {"items": "first", "text": text})
    assert "text" in is_problem(answer, 422)["detail"]


async def test_words_say_which_category_they_belong_to(a_county: ACountyOf) -> None:
    county = a_county(agreements=at_level("summary"))
    answer, _, _ = await reviewed(county, {"text": SAID}, "safeguarding", "housing")
    assert "about" in is_problem(answer, 422)["detail"]
    answer, desk, query = await reviewed(
        county, {"text": SAID, "about": "housing"}, "safeguarding", "housing"
    )
    assert answer.status_code == 200
    told = {tuple(one["categories"]): one["summary"] for one in (await desk.reads(query))["answers"]}
    assert told[("housing",)] == {"housing": SAID}
    assert told[("safeguarding",)] is None


async def test_a_number_alone_says_that_something_is_held_and_whom_to_ring(a_county: ACountyOf) -> None:
    county = a_county(agreements=at_level("record"))
    answer, desk, query = await reviewed(county, {"call_back": NUMBER})
    assert answer.status_code == 200, answer.text
    told = (await desk.reads(query))["answers"][0]
    assert (told["result"], told["level"], told["summary"], told["record"]) == (
        "information-held", "contact", None, None,
    )  # fmt: skip
    assert told["contact"]["phone"] == NUMBER


async def test_a_number_beside_items_takes_nothing_away(a_county: ACountyOf) -> None:
    county = a_county(agreements=at_level("summary"))
    _, desk, query = await reviewed(county, {"items": "first", "call_back": NUMBER})
    told = (await desk.reads(query))["answers"][0]
    assert (told["contact"]["phone"], told["level"]) == (NUMBER, "summary")
    assert told["summary"]["safeguarding"].startswith("plan")


@pytest.mark.parametrize(
    ("level", "body", "key"),
    [("existence", {"call_back": NUMBER}, "call_back"), ("summary", {"call_back": "ring me"}, "call_back"),
     ("summary", {"about": "housing"}, "items")],
)  # fmt: skip
async def test_a_number_that_does_not_go(a_county: ACountyOf, level: str, body: Json, key: str) -> None:
    county = a_county(agreements=at_level(level))
    answer, desk, query = await reviewed(county, body)
    assert key in is_problem(answer, 422)["detail"]
    assert (await desk.reads(query))["state"] == "pending"


@pytest.mark.parametrize(
    ("second", "result", "summary"),
    [
        ({"text": SAID}, "information-held", {"safeguarding": SAID}),
        ({"text": SAID + " No."}, "no-information-available", None),
        ({"items": []}, "no-information-available", None),
    ],
    ids=["the same words", "other words", "no words"],
)
async def test_two_persons_release_words_that_both_chose(
    a_county: ACountyOf, second: Json, result: str, summary: Json | None
) -> None:
    county = a_county(agreements=at_level("summary", review="two-person"))
    answer, desk, query = await reviewed(county, {"text": SAID})
    assert answer.json()["state"] == "signed"
    other = county.desk(SOCIAL, "worker-2", "liaison")
    review = await waiting(other, query)
    assert review["signed"]["text"] == SAID
    released = await other.post(f"/v1/reviews/{review['id']}/release", second)
    assert released.status_code == 200, released.text
    told = (await desk.reads(query))["answers"][0]
    assert (told["result"], told["summary"]) == (result, summary)


async def declined(county: InProcess) -> tuple[Json, str]:
    """A question on an exception that the custodian's person found not met."""
    desk, liaison = county.desk(PD), county.desk(HEALTH, "duty-1", "liaison")
    told = await desk.told(await desk.opens(), "mental-health", custodians=[HEALTH], exception=emergency())
    review = await waiting(liaison, told["id"])
    await liaison.post(f"/v1/reviews/{review['id']}/decline", {"reason": "Nothing he said is a threat"})
    return told, review["id"]


def officer(county: InProcess, agency: str) -> Desk:
    return county.desk(agency, f"officer-{agency}", "privacy-officer")


async def explained(desk: Desk, query: str) -> list[Json]:
    answer = await desk.get(f"/v1/queries/{query}/explanation")
    assert answer.status_code == 200, answer.text
    reviews: list[Json] = answer.json()["reviews"]
    return reviews


async def test_both_views_on_a_finding_stay_on_record(a_county: ACountyOf) -> None:
    county = a_county(agreements=at_level("summary"))
    told, review = await declined(county)
    path = f"/v1/reviews/{review}/view"
    (known,) = await explained(officer(county, PD), told["id"])
    assert (known["id"], known["reason"]) == (review, "Nothing he said is a threat")
    stated = await officer(county, PD).post(path, {"statement": "He named the school and the day"})
    assert stated.status_code == 200, stated.text
    county.clock.advance(seconds=1)
    await officer(county, HEALTH).post(path, {"statement": "He says so of every school"})
    for agency in (PD, HEALTH):
        (shown,) = await explained(officer(county, agency), told["id"])
        assert [(view["agency"], view["statement"]) for view in shown["views"]] == [
            (PD, "He named the school and the day"),
            (HEALTH, "He says so of every school"),
        ]
        listed = await county.desk(agency, role="auditor").get("/v1/disclosures?kind=review-view")
        assert [entry["by"] for entry in listed.json()["disclosures"]] == [PD, HEALTH]
        assert "He named" not in listed.text
    notices = (await officer(county, HEALTH).get("/v1/notices")).json()["notices"]
    assert ("review-view", review) in {(notice["kind"], notice["about"]) for notice in notices}


async def test_of_a_masked_decline_the_views_tell_no_more_than_the_answer(a_county: ACountyOf) -> None:
    county = a_county(agreements=at_level("summary", masked=True))
    desk, liaison = county.desk(PD), county.desk(SOCIAL, "worker-1", "liaison")
    shown = []
    for verb, body in (("decline", {"reason": "It is not theirs to know"}), ("release", {"items": []})):
        told = await desk.told(await desk.opens(), "safeguarding", custodians=[SOCIAL])
        review = await waiting(liaison, told["id"])
        await liaison.post(f"/v1/reviews/{review['id']}/{verb}", body)
        await officer(county, PD).post(f"/v1/reviews/{review['id']}/view", {"statement": "We differ"})
        (one,) = await explained(officer(county, PD), told["id"])
        shown.append({key: value for key, value in one.items() if key not in {"id", "views"}})
        (own,) = await explained(officer(county, SOCIAL), told["id"])
        assert own["decision"] == {"decline": "declined", "release": "released"}[verb]
    assert shown[0] == shown[1]
    assert (shown[0]["decision"], shown[0]["reason"]) == (None, None)


async def test_who_states_a_view_and_when(a_county: ACountyOf) -> None:
    county = a_county(agreements=at_level("summary"))
    _, review = await declined(county)
    body = {"statement": "We differ"}
    is_problem(await officer(county, SCHOOLS).post(f"/v1/reviews/{review}/view", body), 404)
    for role in ("caseworker", "liaison", "auditor"):
        is_problem(await county.desk(PD, role=role).post(f"/v1/reviews/{review}/view", body), 403)
    is_problem(await officer(county, PD).post(f"/v1/reviews/{review}/view", {}), 422)
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "safeguarding", custodians=[SOCIAL])
    (waits,) = await explained(desk, told["id"])
    assert waits["state"] == "open"
    is_problem(await officer(county, PD).post(f"/v1/reviews/{waits['id']}/view", body), 409)
