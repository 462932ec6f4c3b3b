"""Nothing waits silently: unavailable systems are asked again, late reviews are told step by step."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from gateway.problems import Problem
from gateway.store.store import Store
from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, StandingClock, is_problem
from tests.county_terms import DANIEL, HEALTH, PD, SCHOOLS, SOCIAL, STRANGER, agreement, clause, holdings
from tests.journeys.test_notices import inbox

FRIDAY = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)


def goes_down(county: InProcess, agency: str) -> None:
    """Its system answers nothing: its file is torn."""
    (county.folder.path / "data" / f"{agency}.json").write_text("{")


def comes_back(county: InProcess, agency: str) -> None:
    county.folder.write_holdings(agency, holdings()[agency])


async def turn_after(county: InProcess, **by: float) -> None:
    county.clock.advance(**by)
    await county.running.runner.turn()


async def kinds(desk: Desk) -> list[str]:
    return [notice["kind"] for notice in await inbox(desk)]


def people(county: InProcess) -> tuple[Desk, Desk, Desk]:
    """The custodian's liaison and privacy officer, and the case manager's own inbox."""
    return (
        county.desk(SOCIAL, role="liaison"),
        county.desk(SOCIAL, role="privacy-officer"),
        county.desk(PD),
    )


# What a person must decide


async def test_a_late_review_is_told_in_steps_and_then_escalated(a_county: ACountyOf) -> None:
    county = a_county()
    liaison, officer, asker = people(county)
    told = await asker.told(await asker.opens(), "safeguarding", custodians=[SOCIAL])
    assert (told["state"], told["answers"][0]["escalated"]) == ("pending", None)
    await turn_after(county, days=6, hours=23)
    assert await kinds(liaison) == ["review-opened"], "five working days have not passed"
    await turn_after(county, hours=1)
    assert await kinds(liaison) == ["review-late", "review-opened"]
    assert await kinds(officer) == []
    await turn_after(county, days=1)
    assert await kinds(officer) == ["review-late"]
    assert (await asker.reads(told["id"]))["state"] == "pending"
    await turn_after(county, days=1)
    (escalated,) = await inbox(asker)
    assert (escalated["kind"], escalated["about"]) == ("query-escalated", told["id"])
    read = await asker.reads(told["id"])
    assert (read["state"], read["answers"][0]["state"]) == ("escalated", "pending")
    assert read["answers"][0]["escalated"] == f"{county.clock():%Y-%m-%dT%H:%M:%SZ}"
    await turn_after(county, days=30)
    assert len(await inbox(liaison)) == 2, "each is told once"
    recorded = await county.desk(SOCIAL, role="auditor").get("/v1/disclosures?kind=query-escalated")
    assert [entry["query"] for entry in recorded.json()["disclosures"]] == [told["id"]]


async def test_a_decision_ends_it_at_any_step(a_county: ACountyOf) -> None:
    county = a_county()
    liaison, officer, asker = people(county)
    case = await asker.opens()
    for late in (0, 8, 9, 10):
        told = await asker.told(case, "safeguarding", custodians=[SOCIAL])
        reviews = (await liaison.get("/v1/reviews?state=open")).json()["reviews"]
        review = next(one for one in reviews if one["query"] == told["id"])
        for _ in range(late):
            await turn_after(county, days=1)
        declined = await liaison.post(f"/v1/reviews/{review['id']}/decline", {"reason": "Not ours to say"})
        assert declined.status_code == 200
        assert (await asker.reads(told["id"]))["state"] == "answered"
        before = [await kinds(desk) for desk in (liaison, officer)]
        await turn_after(county, days=60)
        assert [await kinds(desk) for desk in (liaison, officer)] == before
    assert (await asker.post(f"/v1/cases/{case}/close", {"reason": "It is over"})).status_code == 200


async def test_due_times_are_the_agreements_in_the_custodians_working_days(a_county: ACountyOf) -> None:
    asked_on = StandingClock(FRIDAY)
    quick = agreement(
        "quick",
        FRIDAY,
        [PD, SOCIAL],
        answer_within="P1D",
        clauses=[clause("1", "investigation", SOCIAL, "summary", conditions={"review": "custodian"})],
    )
    county = a_county(asked_on, agreements=[quick], holidays=["2026-03-09"])
    asker, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    told = await asker.told(await asker.opens(), "investigation", custodians=[SOCIAL])
    assert told["answers"][0]["due"] == "2026-03-10T15:00:00Z"
    await turn_after(county, days=4, seconds=-1)
    assert await kinds(liaison) == ["review-opened"]
    await turn_after(county, seconds=1)
    assert await kinds(liaison) == ["review-late", "review-opened"]


# A system that does not answer


async def test_a_custodian_that_was_down_is_asked_again_though_nobody_looks(a_county: ACountyOf) -> None:
    county = a_county()
    asker = county.desk(PD)
    goes_down(county, SCHOOLS)
    told = await asker.told(await asker.opens(), "school-discipline", custodians=[SCHOOLS])
    assert told["state"] == "unavailable"
    await turn_after(county, seconds=10)
    comes_back(county, SCHOOLS)
    await turn_after(county, seconds=10)
    goes_down(county, SCHOOLS)
    entries = (await county.desk(PD, role="auditor").get("/v1/disclosures?kind=answered")).json()
    results = [entry["outcomes"][0]["cause"] for entry in entries["disclosures"]]
    assert results == ["unavailable", "unavailable", "held"]
    assert (await asker.reads(told["id"]))["answers"][0]["result"] == "information-held"
    assert not await kinds(county.desk(SCHOOLS, role="liaison"))


async def test_it_is_asked_less_often_the_longer_it_is_down(a_county: ACountyOf) -> None:
    county = a_county()
    asker = county.desk(PD)
    goes_down(county, SCHOOLS)
    told = await asker.told(await asker.opens(), "school-discipline", custodians=[SCHOOLS])
    asked: list[tuple[int, int]] = []
    for minute in range(120):
        await turn_after(county, minutes=1)
        found = await county.running.store.read(
            lambda connection: county.running.records.questions.answers(
                connection, told["id"], county.clock()
            )
        )
        if not asked or asked[-1][1] != found[0].turn:
            asked.append((minute, found[0].turn))
    assert 5 <= len(asked) <= 8, asked
    gaps = [later[0] - earlier[0] for earlier, later in itertools.pairwise(asked)]
    assert gaps == sorted(gaps)


async def test_a_system_that_stays_down_is_told_and_escalated(a_county: ACountyOf) -> None:
    county = a_county()
    liaison, officer, asker = people(county)
    goes_down(county, SOCIAL)
    told = await asker.told(await asker.opens(), "family-services", custodians=[SOCIAL])
    await turn_after(county, minutes=14)
    assert await kinds(liaison) == []
    await turn_after(county, minutes=1)
    assert (await inbox(liaison))[0]["kind"] == "custodian-unavailable"
    await turn_after(county, days=1)
    assert await kinds(officer) == ["custodian-unavailable"]
    await turn_after(county, days=1)
    assert await kinds(asker) == ["query-escalated"]
    assert (await asker.reads(told["id"]))["state"] == "escalated"
    comes_back(county, SOCIAL)
    await turn_after(county, hours=5)
    read = await asker.reads(told["id"])
    assert (read["state"], read["answers"][0]["result"]) == ("answered", "information-held")


async def test_9_waiting_tells_nothing_of_what_is_masked(a_county: ACountyOf) -> None:
    """A refusal and a question that is asked wait, are told of and end alike when the system is down."""
    transcripts = []
    for subject, consented in ((DANIEL, False), (STRANGER, True)):
        county = a_county()
        asker, liaison = county.desk(PD), county.desk(HEALTH, role="liaison")
        if consented:
            await asker.consents("mental-health", subject=subject)
        goes_down(county, HEALTH)
        case = await asker.opens()
        told = await asker.told(case, "mental-health", custodians=[HEALTH], subject=subject)
        seen: list[object] = []
        for _ in range(4):
            await turn_after(county, days=1)
            read = await asker.reads(told["id"])
            seen.append((read["state"], without_receipts(read), await kinds(liaison), await kinds(asker)))
            late = await asker.get("/v1/cases?due=")
            seen.append([one["questions"][0]["state"] for one in late.json()["cases"]])
        comes_back(county, HEALTH)
        await turn_after(county, days=1)
        read = await asker.reads(told["id"])
        seen.append((read["state"], without_receipts(read)))
        transcripts.append(seen)
    assert transcripts[0] == transcripts[1]


def without_receipts(read: Json) -> list[Json]:
    return [{key: value for key, value in answer.items() if key != "receipt"} for answer in read["answers"]]


# A question that was lost


@pytest.mark.parametrize("category", ["school-discipline", "threat-report"])
async def test_a_question_whose_answer_was_never_recorded_is_taken_up(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch, category: str
) -> None:
    county = a_county()
    asker = county.desk(PD)
    case = await asker.opens()
    write, number = Store.write, 0

    async def dies_before_the_answer(self: Store, work: object) -> object:
        nonlocal number
        number += 1
        if number == 2:
            raise Problem("not-recorded")
        return await write(self, work)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Store, "write", dies_before_the_answer)
        is_problem(await asker.asks(case, category, custodians=[SCHOOLS]), 503)
    asked_again = county.running.asking_again
    assert await asked_again.take_up_lost() == 0, "it may still be under way"
    county.clock.advance(seconds=16)
    assert await asked_again.take_up_lost() == 1
    await county.running.runner.turn()
    entries = (await county.desk(PD, role="auditor").get("/v1/disclosures?kind=answered")).json()
    assert [entry["outcomes"][0]["cause"] for entry in entries["disclosures"]] == ["held"]
    assert await asked_again.take_up_lost() == 0
    assert (await asker.post(f"/v1/cases/{case}/close", {"reason": "It is over"})).status_code == 200


# Closing a case


async def test_a_case_is_not_closed_over_open_questions(a_county: ACountyOf) -> None:
    county = a_county()
    asker, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    case, other = await asker.opens(), await asker.opens()
    goes_down(county, SCHOOLS)
    waits = await asker.told(case, "safeguarding", "family-services", custodians=[SOCIAL])
    down = await asker.told(case, "school-discipline", custodians=[SCHOOLS])
    path, reason = f"/v1/cases/{case}/close", {"reason": "It is over"}
    refused = is_problem(await asker.post(path, reason), 409, "conflict")
    assert "2 questions are open" in refused["detail"]
    assert {one["query"] for one in refused["reasons"]} == {waits["id"], down["id"]}
    assert (await asker.post(f"/v1/cases/{other}/close", reason)).status_code == 200
    review = (await liaison.get("/v1/reviews?state=open")).json()["reviews"][0]
    await liaison.post(f"/v1/reviews/{review['id']}/release", {"items": []})
    assert "1 question is open" in is_problem(await asker.post(path, reason), 409)["detail"]
    comes_back(county, SCHOOLS)
    await turn_after(county, seconds=10)
    assert (await asker.post(path, reason)).status_code == 200


async def test_an_escalated_question_no_longer_holds_a_case_open(a_county: ACountyOf) -> None:
    county = a_county()
    asker = county.desk(PD)
    case = await asker.opens()
    goes_down(county, SCHOOLS)
    told = await asker.told(case, "school-discipline", custodians=[SCHOOLS])
    for _ in range(3):
        await turn_after(county, days=1)
    closed = await asker.post(f"/v1/cases/{case}/close", {"reason": "We went there ourselves"})
    assert closed.status_code == 200
    comes_back(county, SCHOOLS)
    await turn_after(county, days=3)
    read = await asker.reads(told["id"])
    assert (read["answers"][0]["state"], read["answers"][0]["record"]) == ("unavailable", None)


# A case that is not looked at


async def test_a_missed_review_is_told_every_week_until_it_is_made(a_county: ACountyOf) -> None:
    county = a_county()
    desk, officer = county.desk(PD), county.desk(PD, role="privacy-officer")
    case = await desk.opens(next_review="2026-03-10")
    assert (await desk.get("/v1/cases?due=")).json() == {"due": "2026-03-02", "cases": []}
    await turn_after(county, days=8, hours=11)
    assert await kinds(desk) == []
    await turn_after(county, hours=1)
    (told,) = await inbox(desk)
    assert (told["kind"], told["about"]) == ("case-review-late", case)
    await turn_after(county, days=7)
    assert await kinds(officer) == ["case-review-late"] * 2
    (late,) = (await desk.get("/v1/cases?due=now")).json()["cases"]
    assert (late["id"], late["state"], late["days_late"]) == (case, "late", 8)
    assert late["manager"]["id"] == "badge-17"
    edit = {"next_review": "2026-05-01", "reason": "Looked at with the school"}
    changed = await desk.call("PATCH", f"/v1/cases/{case}", edit, {"If-Match": "*"})
    assert changed.status_code == 200
    await turn_after(county, days=21)
    assert len(await inbox(desk)) == 2
    assert (await desk.get("/v1/cases?due=")).json()["cases"] == []
    assert [one["id"] for one in (await desk.get("/v1/cases?due=2026-05-01")).json()["cases"]] == [case]
    closed = await desk.post(f"/v1/cases/{case}/close", {"reason": "It is over"})
    assert closed.status_code == 200
    await turn_after(county, days=90)
    assert len(await inbox(desk)) == 2


async def test_late_questions_are_listed_with_whom_they_wait_for(a_county: ACountyOf) -> None:
    county = a_county()
    asker = county.desk(PD)
    case = await asker.opens()
    goes_down(county, SCHOOLS)
    told = await asker.told(case, "school-discipline", custodians=[SCHOOLS])
    await turn_after(county, minutes=20)
    county.clock.advance(days=1)
    (late,) = (await asker.get("/v1/cases?due=")).json()["cases"]
    assert (late["id"], late["state"], late["days_late"]) == (case, "open", 0)
    (question,) = late["questions"]
    assert (question["query"], question["by"], question["waits_for"], question["state"]) == (
        told["id"],
        SCHOOLS,
        "unavailable",
        "liaison-told",
    )
    assert (await county.desk(HEALTH).get("/v1/cases?due=")).json()["cases"] == []


async def test_a_concern_moves_with_its_reason(a_county: ACountyOf) -> None:
    county = a_county()
    desk, officer = county.desk(PD, "badge-7"), county.desk(PD, role="privacy-officer")
    case = await desk.opens()
    for edit in ({"concern": "high", "reason": "He named a day"}, {"flags": ["level-2"]}, {"concern": "low"}):
        county.clock.advance(hours=1)
        changed = await desk.call("PATCH", f"/v1/cases/{case}", edit, {"If-Match": "*"})
        assert changed.status_code == 200
    moves = (await desk.get(f"/v1/cases/{case}")).json()["concern_moves"]
    assert [(move["from"], move["to"], move["by"], move["reason"]) for move in moves] == [
        ("moderate", "high", "badge-7", "He named a day"),
        ("high", "low", "badge-7", None),
    ]
    (told,) = await inbox(officer)
    assert (told["kind"], told["about"]) == ("case-concern-unexplained", case)
    assert await kinds(desk) == []


@pytest.mark.parametrize("due", ["yesterday", "2026-02-30", "2026-3-2", "20260302"])
async def test_a_day_that_is_none_is_a_422(county: InProcess, due: str) -> None:
    assert "due" in is_problem(await county.desk(PD).get(f"/v1/cases?due={due}"), 422)["detail"]


async def test_an_agencys_open_cases_are_listed(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    cases = sorted([await desk.opens(), await desk.opens()])
    closed = await desk.opens()
    await desk.post(f"/v1/cases/{closed}/close", {"reason": "It is over"})
    listed = (await desk.get("/v1/cases")).json()["cases"]
    assert [case["id"] for case in listed] == cases
    assert (await county.desk(HEALTH).get("/v1/cases")).json() == {"cases": []}
