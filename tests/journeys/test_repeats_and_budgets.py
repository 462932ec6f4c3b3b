"""Questions repeated under one key, content kept or not, and budgets."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import ACountyOf
from tests.county import InProcess, Json, is_problem
from tests.county_terms import DANIEL, HEALTH, PD, SCHOOLS, SOCIAL, STRANGER, patient
from tests.journeys.test_reviews import waiting


async def test_one_key_is_one_question_and_one_answer(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    first = await desk.asks(case, "school-discipline", custodians=[SCHOOLS], key="one-key")
    before = (await desk.get("/readyz")).json()["ledger_size"]
    again = await desk.asks(case, "school-discipline", custodians=[SCHOOLS], key="one-key")
    assert again.status_code == 200
    assert without_receipts(again.json()) == without_receipts(first.json())
    assert receipts(again.json()) == receipts(first.json())
    assert (await desk.get("/readyz")).json()["ledger_size"] == before


def without_receipts(told: Json) -> Json:
    answers = [{key: value for key, value in one.items() if key != "receipt"} for one in told["answers"]]
    return {**told, "answers": answers}


def receipts(told: Json) -> list[tuple[int, str]]:
    """The entries an answer's receipts are of; later proofs may be in a larger tree."""
    return [(one["receipt"]["index"], one["receipt"]["leaf_hash"]) for one in told["answers"]]


@pytest.mark.parametrize("more", [{"level": "existence"}, {"subject": STRANGER}, {"custodians": [SOCIAL]}])
async def test_94_a_key_with_another_body_is_a_409(county: InProcess, more: Json) -> None:
    desk, key = county.desk(PD), f"key-{county.new_reference()}"
    case = await desk.opens()
    await desk.told(case, "school-discipline", custodians=[SCHOOLS], key=key)
    question = {"custodians": [SCHOOLS], **more}
    is_problem(await desk.asks(case, "school-discipline", key=key, **question), 409)


async def test_94_a_key_of_another_agency_is_another_key(county: InProcess) -> None:
    desk, other = county.desk(PD), county.desk(HEALTH, role="liaison")
    key = f"key-{county.new_reference()}"
    first = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS], key=key)
    second = await other.told(await other.opens(), "police-contact", custodians=[PD], key=key)
    assert first["id"] != second["id"]


async def test_a_replay_checks_consent_again(county: InProcess) -> None:
    someone, desk = county.new_patient(), county.desk(PD)
    key = f"key-{county.new_reference()}"
    consent = await desk.consents("health", subject=someone)
    case = await desk.opens()
    first = await desk.told(case, "health", subject=someone, custodians=[HEALTH], key=key)
    assert first["answers"][0]["result"] == "information-held"
    await desk.post(f"/v1/consents/{consent['id']}/withdraw", {"reason": "I have changed my mind"})
    again = await desk.told(case, "health", subject=someone, custodians=[HEALTH], key=key)
    assert (again["id"], again["answers"][0]["result"], again["answers"][0]["summary"]) == (
        first["id"],
        "refused",
        None,
    )


@pytest.mark.parametrize("key", ["x" * 201, "a\tb"], ids=["long", "tab"])
async def test_a_key_that_is_no_key_is_a_400(county: InProcess, key: str) -> None:
    desk = county.desk(PD)
    is_problem(await desk.asks(await desk.opens(), "school-discipline", key=key), 400)


async def test_2_the_same_question_asked_at_once_is_one_question(county: InProcess) -> None:
    desk, key = county.desk(PD), f"key-{county.new_reference()}"
    case = await desk.opens()
    before = (await desk.get("/readyz")).json()["ledger_size"]
    told = await asyncio.gather(
        *(desk.told(case, "school-discipline", custodians=[SCHOOLS], key=key) for _ in range(5))
    )
    assert len({one["id"] for one in told}) == 1
    assert (await desk.get("/readyz")).json()["ledger_size"] == before + 2


async def test_2_a_repeat_during_the_first_is_told_as_much(county: InProcess) -> None:
    desk, key = county.desk(PD), f"key-{county.new_reference()}"
    case = await desk.opens()
    told = await asyncio.gather(
        *(desk.told(case, "school-discipline", custodians=[SCHOOLS], key=key) for _ in range(5))
    )
    assert {len(one["answers"]) for one in told} == {1}


async def test_content_is_kept_as_long_as_agreed_and_no_longer(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    county.clock.advance(hours=23, minutes=59)
    kept = (await desk.reads(told["id"]))["answers"][0]
    assert kept["summary"] == {"school-discipline": "fight in the yard"}
    county.clock.advance(minutes=2)
    read = await desk.get(f"/v1/queries/{told['id']}")
    gone = read.json()["answers"][0]
    assert (gone["result"], gone["basis"]["clause"]) == ("information-held", "1.1")
    assert not gone["summary"]
    assert not gone["record"]
    assert "suspended" not in read.text


async def test_nothing_is_kept_where_nothing_is_to_be_kept(county: InProcess) -> None:
    desk, key = county.desk(PD), f"key-{county.new_reference()}"
    case = await desk.opens()
    told = await desk.told(case, "protective-order", custodians=[SOCIAL], key=key)
    assert told["answers"][0]["summary"] == {"protective-order": "order of January"}
    for again in (
        await desk.get(f"/v1/queries/{told['id']}"),
        await desk.asks(case, "protective-order", custodians=[SOCIAL], key=key),
    ):
        assert again.json()["answers"][0]["result"] == "information-held"
        assert "order of January" not in again.text


async def test_what_a_review_released_can_be_read_once_where_nothing_is_to_be_kept(
    county: InProcess,
) -> None:
    desk, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    told = await desk.told(await desk.opens(), "investigation", custodians=[SOCIAL])
    review = await waiting(liaison, told["id"])
    items = {"items": [item["id"] for item in review["items"]]}
    assert (await liaison.post(f"/v1/reviews/{review['id']}/release", items)).status_code == 200
    first, second = [await desk.get(f"/v1/queries/{told['id']}") for _ in range(2)]
    assert "opened in March" in first.text
    assert "opened in March" not in second.text


BUDGETS = {"subjects_per_user_day": 3, "queries_per_case": 6}


async def test_a_user_asks_about_so_many_people_a_day(a_county: ACountyOf) -> None:
    county = a_county(budgets=BUDGETS)
    desk = county.desk(PD)
    for number in range(3):
        case = await desk.opens()
        await desk.told(case, "school-discipline", subject=patient(number), custodians=[SCHOOLS])
    case = await desk.opens()
    refused = await desk.asks(case, "school-discipline", subject=patient(9), custodians=[SCHOOLS])
    is_problem(refused, 429)
    assert 0 < int(refused.headers["retry-after"]) <= 24 * 3600
    await desk.told(case, "school-discipline", subject=patient(1), custodians=[SCHOOLS])
    near = {**patient(1), "given_name": patient(1)["given_name"] + "s"}
    await desk.told(case, "school-discipline", subject=near, custodians=[SCHOOLS])
    await county.desk(PD, "badge-2").told(
        await desk.opens(), "school-discipline", subject=patient(9), custodians=[SCHOOLS]
    )
    county.clock.advance(seconds=int(refused.headers["retry-after"]))
    await desk.told(case, "school-discipline", subject=patient(9), custodians=[SCHOOLS])


async def test_a_case_justifies_so_many_questions(a_county: ACountyOf) -> None:
    county = a_county(budgets=BUDGETS)
    desk = county.desk(PD)
    case = await desk.opens()
    for _ in range(6):
        await desk.told(case, "school-discipline", custodians=[SCHOOLS])
    refused = await desk.asks(case, "school-discipline", custodians=[SCHOOLS])
    is_problem(refused, 429)
    assert "retry-after" in refused.headers
    is_problem(await county.desk(PD, "badge-2").asks(case, "school-discipline"), 429)
    await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])


async def test_a_masked_question_over_budget_is_the_same_negative(a_county: ACountyOf) -> None:
    county = a_county(budgets=BUDGETS)
    desk = county.desk(PD)
    await desk.consents("mental-health")
    case = await desk.opens()
    nothing = await desk.told(case, "mental-health", subject=STRANGER, custodians=[HEALTH])
    for _ in range(5):
        told = await desk.told(case, "mental-health", custodians=[HEALTH])
        assert told["answers"][0]["result"] == "information-held"
    over = await desk.asks(case, "mental-health", custodians=[HEALTH])
    assert over.status_code == 200
    assert "retry-after" not in over.headers
    shapes = [without_receipts(one)["answers"] for one in (nothing, over.json())]
    assert shapes[0] == shapes[1]
    assert (await desk.reads(over.json()["id"]))["answers"][0]["result"] == "no-information-available"


async def test_a_turned_away_question_counts_for_no_budget(a_county: ACountyOf) -> None:
    county = a_county(budgets=BUDGETS)
    desk = county.desk(PD)
    for number in range(10):
        is_problem(await desk.asks("NO-SUCH-CASE", "school-discipline", subject=patient(number)), 403)
    await desk.told(await desk.opens(), "school-discipline", subject=DANIEL, custodians=[SCHOOLS])
