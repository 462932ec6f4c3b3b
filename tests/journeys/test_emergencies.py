"""Emergency access: elements and statement, finding or reliance, and the review afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.county import Desk, InProcess, Json, about, emergency, is_problem
from tests.county_terms import HEALTH, PD, SCHOOLS
from tests.journeys.test_reviews import waiting


async def opened(desk: Desk, query: str) -> Json:
    """The emergency access of a query in its agency's list."""
    listed = await desk.get("/v1/emergencies?state=open")
    assert listed.status_code == 200
    found = [one for one in listed.json()["emergencies"] if one["query"] == query]
    assert len(found) == 1
    access: Json = found[0]
    return access


async def test_reliance_opens_at_once_and_is_reviewed_by_somebody_else(county: InProcess) -> None:
    desk = county.desk(PD, "badge-4411")
    told = await desk.told(await desk.opens(), "health", custodians=[HEALTH], exception=emergency())
    answer = told["answers"][0]
    assert (answer["result"], answer["summary"]) == ("information-held", {"health": "asthma"})
    assert (answer["basis"]["kind"], answer["basis"]["clause"]) == ("exception", "6.1")
    assert "account-for-disclosure" in {duty["code"] for duty in answer["obligations"]}
    officer = county.desk(PD, "officer-1", "privacy-officer")
    access = await opened(officer, told["id"])
    assert (access["user"], access["ground"], access["custodian"]) == (
        "badge-4411",
        "serious-imminent-threat",
        HEALTH,
    )
    path = f"/v1/emergencies/{access['id']}/finding"
    finding = {"finding": "justified", "statement": "The threat was real and he was stopped"}
    is_problem(await county.desk(PD, "badge-4411", "privacy-officer").post(path, finding), 403)
    found = await officer.post(path, finding)
    assert (found.status_code, found.json()["found_by"], found.json()["state"]) == (
        200,
        "officer-1",
        "reviewed",
    )
    is_problem(await county.desk(HEALTH, "officer-2", "privacy-officer").post(path, finding), 409)


async def test_a_finding_by_the_custodian_opens_what_the_statement_does_not(county: InProcess) -> None:
    desk, liaison = county.desk(PD), county.desk(HEALTH, role="liaison")
    told = await desk.told(await desk.opens(), "mental-health", custodians=[HEALTH], exception=emergency())
    assert (told["state"], told["answers"][0]["result"]) == ("pending", None)
    review = await waiting(liaison, told["id"])
    assert review["exception"] == emergency()
    released = await liaison.post(
        f"/v1/reviews/{review['id']}/release", {"items": [item["id"] for item in review["items"]]}
    )
    assert released.status_code == 200
    answer = (await desk.reads(told["id"]))["answers"][0]
    assert (answer["result"], answer["level"], answer["summary"]) == ("information-held", "existence", None)
    assert answer["basis"]["kind"] == "exception"


async def test_a_declined_finding_is_masked(county: InProcess) -> None:
    desk, liaison = county.desk(PD), county.desk(HEALTH, role="liaison")
    told = await desk.told(await desk.opens(), "mental-health", custodians=[HEALTH], exception=emergency())
    review = await waiting(liaison, told["id"])
    await liaison.post(f"/v1/reviews/{review['id']}/decline", {"reason": "There is no such threat"})
    read = await desk.get(f"/v1/queries/{told['id']}")
    answer = read.json()["answers"][0]
    assert (answer["result"], answer["reasons"], answer["basis"]) == ("no-information-available", [], None)
    assert "no such threat" not in read.text


@pytest.mark.parametrize(
    "statement",
    [None, "", "x", "ab", "...", "test", "asdf", "aaaaaaaa", "12345", "emergency"],
)
async def test_91_an_emergency_without_words_of_its_own_is_refused(
    county: InProcess, statement: str | None
) -> None:
    desk = county.desk(PD)
    claim = {key: value for key, value in emergency(statement=statement).items() if value is not None}
    answer = await desk.asks(await desk.opens(), "health", custodians=[HEALTH], exception=claim)
    is_problem(answer, 403, "emergency-refused")


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"threat": "He said he will shoot", "imminence": "Tomorrow morning"},
        {"threat": "He said he will shoot", "recipient_able_to_prevent": True},
        {"threat": "", "imminence": "Tomorrow morning", "recipient_able_to_prevent": True},
        {"threat": "test", "imminence": "Tomorrow morning", "recipient_able_to_prevent": True},
        {"threat": "He said so", "imminence": "Tomorrow morning", "recipient_able_to_prevent": False},
        {"threat": "He said so", "imminence": "Tomorrow morning", "recipient_able_to_prevent": "true"},
        {"threat": True, "imminence": "Tomorrow morning", "recipient_able_to_prevent": True},
    ],
)
async def test_an_exception_whose_elements_are_not_made_out_opens_nothing(
    county: InProcess, elements: dict[str, Any]
) -> None:
    desk = county.desk(PD, f"badge-{len(elements)}")
    told = await desk.told(
        await desk.opens(), "health", custodians=[HEALTH], exception=emergency(elements=elements)
    )
    answer = told["answers"][0]
    assert (answer["result"], answer["summary"]) == ("refused", None)
    assert answer["reasons"]


async def test_an_exception_opens_only_the_categories_whose_clauses_name_it(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(
        await desk.opens(), "health", "substance-use", "psychotherapy-notes", custodians=[HEALTH],
        exception=emergency(),
    )  # fmt: skip
    assert about(told, "health")["result"] == "information-held"
    assert about(told, "substance-use")["result"] == "no-information-available"
    assert about(told, "psychotherapy-notes")["result"] == "refused"


async def test_91_the_tenth_emergency_of_a_day_is_refused(county: InProcess) -> None:
    desk = county.desk(PD, "badge-eager")
    case = await desk.opens()
    for _ in range(9):
        await desk.told(case, "health", custodians=[HEALTH], exception=emergency())
    answer = await desk.asks(case, "health", custodians=[HEALTH], exception=emergency())
    is_problem(answer, 403, "emergency-refused")
    other = county.desk(PD, "badge-calm")
    await other.told(case, "health", custodians=[HEALTH], exception=emergency())
    county.clock.advance(days=1)
    await desk.told(case, "health", custodians=[HEALTH], exception=emergency())


async def test_an_emergency_is_opened_whatever_was_decided(county: InProcess) -> None:
    desk = county.desk(PD)
    claim = emergency(elements={"threat": "He said he will shoot"})
    told = await desk.told(await desk.opens(), "mental-health", custodians=[HEALTH], exception=claim)
    assert told["answers"][0]["result"] == "no-information-available"
    for agency in (PD, HEALTH):
        await opened(county.desk(agency, "officer-1", "privacy-officer"), told["id"])


async def test_a_relied_on_emergency_expires(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "health", custodians=[HEALTH], exception=emergency())
    assert told["answers"][0]["summary"] == {"health": "asthma"}
    county.clock.advance(hours=5)
    later = (await desk.reads(told["id"]))["answers"][0]
    assert (later["result"], later["summary"]) == ("refused", None)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"finding": "fine", "statement": "It was well founded"}, "finding"),
        ({"finding": "justified"}, "statement"),
        ({"finding": "justified", "statement": "It was well founded", "by": "me"}, "by"),
    ],
)
async def test_a_finding_that_says_nothing_is_a_422(
    county: InProcess, body: dict[str, str], key: str
) -> None:
    desk, officer = county.desk(PD), county.desk(PD, "officer-1", "privacy-officer")
    told = await desk.told(await desk.opens(), "health", custodians=[HEALTH], exception=emergency())
    access = await opened(officer, told["id"])
    assert (
        key in is_problem(await officer.post(f"/v1/emergencies/{access['id']}/finding", body), 422)["detail"]
    )
    await opened(officer, told["id"])


async def test_who_may_see_and_judge_an_emergency(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "health", custodians=[HEALTH], exception=emergency())
    access = await opened(county.desk(PD, "officer-1", "privacy-officer"), told["id"])
    path = f"/v1/emergencies/{access['id']}/finding"
    body = {"finding": "unjustified", "statement": "There was time to ask"}
    is_problem(await county.desk(SCHOOLS, "officer-9", "privacy-officer").post(path, body), 404)
    for role in ("caseworker", "liaison", "administrator"):
        is_problem(await county.desk(PD, "badge-2", role).get("/v1/emergencies?state=open"), 403)
    for role in ("caseworker", "liaison", "auditor", "administrator"):
        is_problem(await county.desk(PD, "badge-2", role).post(path, body), 403)
    listed = await county.desk(SCHOOLS, "officer-9", "privacy-officer").get("/v1/emergencies")
    assert all(one["id"] != access["id"] for one in listed.json()["emergencies"])


async def test_a_consent_is_used_before_an_exception(county: InProcess) -> None:
    someone = county.new_patient()
    await county.desk(PD).consents("health", subject=someone)
    desk = county.desk(PD)
    told = await desk.told(
        await desk.opens(), "health", subject=someone, custodians=[HEALTH], exception=emergency()
    )
    assert told["answers"][0]["basis"]["kind"] == "consent"
