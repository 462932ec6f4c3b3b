"""Masked negatives: whatever stands behind them, the requester sees one and the same answer."""

from __future__ import annotations

import json

import pytest

from tests.county import Desk, InProcess, Json, about, emergency
from tests.county_terms import DANIEL, HEALTH, MARIA, PD, SCHOOLS, STRANGER


async def masked(desk: Desk, concern: str = "moderate", **more: object) -> Json:
    """A question about mental health and its one answer, apart from what differs by chance."""
    told = await desk.told(await desk.opens(concern), "mental-health", custodians=[HEALTH], **more)
    answer = {key: value for key, value in told["answers"][0].items() if key != "receipt"}
    return {"keys": sorted(told), "state": told["state"], "answers": len(told["answers"]), **answer}


async def test_every_negative_is_the_same_answer(county: InProcess) -> None:
    await county.desk(PD).consents("mental-health", subject=MARIA)
    desk = county.desk(PD)
    refusals: dict[str, Json] = {
        "held, no consent": await masked(desk),
        "not held, consent": await masked(desk, subject=MARIA),
        "nobody known": await masked(desk, subject=STRANGER),
        "concern too low": await masked(desk, "low"),
        "purpose": await masked(desk, purpose="treatment"),
        "role": await masked(county.desk(PD, role="liaison")),
        "subject kind": await masked(desk, subject={"kind": "venue", "name": "Riverside Clinic"}),
        "another ground": await masked(
            desk, exception=emergency(ground="mandatory-report", elements={"statute": "ORS 419B"})
        ),
        "elements missing": await masked(desk, exception=emergency(elements={"threat": "He said so to me"})),
    }
    for name, answer in refusals.items():
        assert answer == refusals["nobody known"], name


async def test_a_negative_carries_no_basis_no_reasons_and_the_advice(county: InProcess) -> None:
    answer = await masked(county.desk(PD))
    assert answer["result"] == "no-information-available"
    assert (answer["basis"], answer["reasons"], answer["level"], answer["obligations"]) == (
        None,
        [],
        None,
        [],
    )
    assert "does not mean that nothing is held" in answer["advice"]
    assert "+1 555 0100" in answer["advice"]
    assert (answer["contact"], answer["summary"], answer["record"]) == (None, None, None)


async def test_a_hit_has_the_same_keys_and_its_basis(county: InProcess) -> None:
    clara = county.new_patient()
    await county.desk(PD).consents("mental-health", subject=clara)
    desk = county.desk(PD, "badge-hit")
    answer = await masked(desk, subject=clara)
    assert answer.keys() == (await masked(desk, subject=STRANGER)).keys()
    assert (answer["result"], answer["level"]) == ("information-held", "existence")
    assert (answer["basis"]["kind"], answer["basis"]["clause"]) == ("consent", "4.2")
    assert [duty["code"] for duty in answer["obligations"]] == ["no-redisclosure"]


async def test_a_law_masks_where_the_clause_does_not(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "substance-use", custodians=[HEALTH])
    answer = told["answers"][0]
    assert (answer["result"], answer["reasons"], answer["basis"]) == ("no-information-available", [], None)


async def test_two_who_could_be_meant_are_not_told_apart_from_nobody(county: InProcess) -> None:
    """`needs-more-identifiers` is never said where a clause masks."""
    desk = county.desk(PD)
    told = await desk.told(
        await desk.opens(), "mental-health", "health", subject=STRANGER, custodians=[HEALTH]
    )
    assert about(told, "mental-health")["result"] == "no-information-available"
    assert about(told, "health")["result"] == "refused"


@pytest.mark.parametrize("level", ["existence", "contact", "summary", "record"])
async def test_the_level_asked_does_not_show_in_a_negative(county: InProcess, level: str) -> None:
    answer = await masked(county.desk(PD), level=level)
    assert answer["level"] is None


async def test_the_explanation_of_a_masked_negative_does_not_say_why(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    explained = []
    for subject in (DANIEL, STRANGER):
        told = await desk.told(case, "mental-health", subject=subject, custodians=[HEALTH])
        answer = await desk.get(f"/v1/queries/{told['id']}/explanation")
        assert answer.status_code == 200
        explained.append(answer.text.replace(told["id"], "ID"))
    assert explained[0] == explained[1]


async def entries_seen(county: InProcess, path: str, query: str) -> list[Json]:
    """What an auditor of the requester reads of a query's entries, apart from what differs by chance."""
    answer = await county.desk(PD, "aud-1", "auditor").get(path)
    assert answer.status_code == 200
    if path.startswith("/v1/disclosures"):
        entries = answer.json()["disclosures"]
    else:
        lines = [json.loads(line) for line in answer.text.splitlines()]
        opened = [json.loads(line["payload"]) for line in lines if line.get("payload")]
        entries = [entry for entry in opened if entry.get("query") == query]
    assert len(entries) == (0 if path.endswith("export") else 2)
    return [
        {key: value for key, value in entry.items() if key not in {"index", "at", "query"}}
        for entry in entries
    ]


@pytest.mark.parametrize("path", ["/v1/disclosures?query=QUERY", "/v1/ledger/export"])
async def test_9_the_requesters_own_auditor_is_told_no_more_than_a_masked_answer_says(
    county: InProcess, path: str
) -> None:
    desk = county.desk(PD)
    case, patient = await desk.opens(), county.new_patient()
    seen = []
    await desk.consents("mental-health", subject=MARIA)
    for subject in (MARIA, patient):
        told = await desk.told(case, "mental-health", subject=subject, custodians=[HEALTH])
        assert told["answers"][0]["result"] == "no-information-available"
        seen.append(await entries_seen(county, path.replace("QUERY", told["id"]), told["id"]))
    assert seen[0] == seen[1]


async def test_as_many_leaves_are_appended_whatever_the_outcome(county: InProcess) -> None:
    desk = county.desk(PD)
    await desk.consents("mental-health", subject=MARIA)
    case, grown = await desk.opens(), []
    for subject in (DANIEL, MARIA, STRANGER):
        before = (await desk.get("/readyz")).json()["ledger_size"]
        await desk.told(case, "mental-health", subject=subject, custodians=[HEALTH])
        grown.append((await desk.get("/readyz")).json()["ledger_size"] - before)
    assert grown == [2, 2, 2]


async def test_masked_and_open_answers_of_one_question_stay_apart(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "mental-health", "school-discipline", subject=STRANGER)
    health = [one for one in told["answers"] if one["custodian"] == HEALTH]
    assert {one["result"] for one in health if "mental-health" in one["categories"]} == {
        "no-information-available"
    }
    schools = [one for one in told["answers"] if one["custodian"] == SCHOOLS]
    assert {one["result"] for one in schools} == {"no-information-available", "refused"}
