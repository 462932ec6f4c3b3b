"""Questions and the answers to them: levels, custodians, categories, subjects, refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import ACountyOf
from tests.county import NOW, InProcess, about, is_problem
from tests.county_terms import (
    COURT,
    DANIEL,
    HANDLE,
    HEALTH,
    MAIN,
    MARIA,
    OUTSIDER,
    PD,
    SCHOOL,
    SCHOOLS,
    SOCIAL,
    STRANGER,
    TWIN,
    holdings,
)

ANSWER_KEYS = {
    "custodian", "state", "result", "level", "categories", "contact", "summary", "record", "basis",
    "obligations", "receipt",
}  # fmt: skip


async def test_an_answer_has_the_shape_of_the_contract(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    told = await desk.told(case, "school-discipline", level="existence", custodians=[SCHOOLS])
    assert told["id"].startswith("qry_")
    assert (told["case"], told["state"], len(told["answers"])) == (case, "answered", 1)
    answer = told["answers"][0]
    assert answer.keys() >= ANSWER_KEYS
    assert (answer["custodian"], answer["state"], answer["result"]) == (
        SCHOOLS,
        "answered",
        "information-held",
    )
    assert answer["basis"] == {"kind": "agreement", "agreement": MAIN, "version": 3, "clause": "1.1"}
    assert answer["receipt"].keys() == {"index", "leaf_hash", "inclusion_proof", "checkpoint"}


LEVELS = ["existence", "contact", "summary", "record"]


@pytest.mark.parametrize("asked", LEVELS)
async def test_each_level_tells_what_it_says_and_nothing_above_it(county: InProcess, asked: str) -> None:
    desk = county.desk(PD)
    told = await desk.told(
        await desk.opens(), "school-discipline", level=asked, custodians=[SCHOOLS], subject=DANIEL
    )
    answer, height = told["answers"][0], LEVELS.index(asked)
    assert answer["level"] == asked
    assert (answer["contact"] is not None) is (height >= 1)
    assert answer["summary"] == ({"school-discipline": "fight in the yard"} if height >= 2 else None)
    record = {"school-discipline": {"incident_date": "2026-02-11", "outcome": "suspended"}}
    assert answer["record"] == (record if height >= 3 else None)


async def test_a_level_asked_too_high_is_answered_at_the_level_allowed(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "family-services", level="record", custodians=[SOCIAL])
    answer = told["answers"][0]
    assert (answer["level"], answer["summary"], answer["record"]) == ("contact", None, None)
    assert answer["contact"]["phone"] == "+1 555 0100"


async def test_obligations_come_with_their_words_and_due_dates(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    duties = {duty["code"]: duty for duty in told["answers"][0]["obligations"]}
    assert duties["no-redisclosure"]["text"]
    assert duties["no-redisclosure"]["due"] is None
    assert duties["destroy-by"]["due"] == f"{county.clock.now + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"


async def test_without_custodians_everybody_who_may_be_asked_is_asked(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    told = await desk.told(case, "threat-report", "family-services")
    assert {answer["custodian"] for answer in told["answers"]} == {SCHOOLS, SOCIAL}
    own = [answer for answer in told["answers"] if answer["result"] == "information-held"]
    assert {(answer["custodian"], *answer["categories"]) for answer in own} == {
        (SCHOOLS, "threat-report"),
        (SOCIAL, "family-services"),
    }


async def test_categories_that_come_out_differently_are_an_answer_each(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(
        await desk.opens(),
        "family-services",
        "protective-order",
        "employment",
        "safeguarding",
        custodians=[SOCIAL],
    )
    assert told["state"] == "pending"
    outcomes = {tuple(one["categories"]): (one["state"], one["result"]) for one in told["answers"]}
    assert outcomes == {
        ("family-services",): ("answered", "information-held"),
        ("protective-order",): ("answered", "information-held"),
        ("employment",): ("answered", "refused"),
        ("safeguarding",): ("pending", None),
    }


async def test_categories_that_come_out_alike_share_an_answer(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "court", "housing", custodians=[SCHOOLS])
    reasons = [answer["reasons"] for answer in told["answers"]]
    assert all(reasons)
    assert sorted(each for answer in told["answers"] for each in answer["categories"]) == ["court", "housing"]


@pytest.mark.parametrize(
    ("concern", "flags", "level", "clause"),
    [
        ("moderate", [], "contact", "2.1"),
        ("high", [], "summary", "2.3"),
        ("moderate", ["level-2"], "record", "2.2"),
        ("high", ["level-2", "other"], "record", "2.2"),
    ],
)
async def test_81_the_clause_that_allows_most_is_the_basis_with_all_its_own_conditions(
    county: InProcess, concern: str, flags: list[str], level: str, clause: str
) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(concern, flags=flags), "family-services", custodians=[SOCIAL])
    answer = told["answers"][0]
    assert (answer["level"], answer["basis"]["clause"]) == (level, clause)
    record = {"family-services": {"status": "open"}} if level == "record" else None
    assert answer["record"] == record


async def test_81_a_prohibition_of_any_agreement_cuts_across_all(county: InProcess) -> None:
    desk = county.desk(PD)
    answer = (await desk.told(await desk.opens(), "employment", custodians=[SOCIAL]))["answers"][0]
    assert (answer["result"], answer["basis"], answer["summary"]) == ("refused", None, None)
    assert [reason["code"] for reason in answer["reasons"]] == ["prohibited"]


@pytest.mark.parametrize(
    ("case", "question"),
    [
        ({}, {"categories": ["court"], "custodians": [SCHOOLS]}),
        ({}, {"categories": ["school-discipline"], "purpose": "treatment", "custodians": [SCHOOLS]}),
        ({}, {"categories": ["school-discipline"], "subject": SCHOOL, "custodians": [SCHOOLS]}),
        ({}, {"categories": ["health"], "custodians": [HEALTH]}),
        ({}, {"categories": ["psychotherapy-notes"], "custodians": [HEALTH]}),
        ({}, {"categories": ["education-record"], "custodians": [SCHOOLS]}),
        ({}, {"categories": ["police-contact"], "custodians": [OUTSIDER]}),
    ],
    ids=["no-clause", "purpose", "subject-kind", "consent", "undeclared", "process", "no-agreement"],
)
async def test_a_refusal_says_what_would_change_it_and_nothing_else(
    county: InProcess, case: dict[str, Any], question: dict[str, Any]
) -> None:
    desk = county.desk(PD)
    categories = question.pop("categories")
    answer = about(await desk.told(await desk.opens(**case), *categories, **question), categories[0])
    assert (answer["state"], answer["result"], answer["basis"], answer["level"]) == (
        "answered",
        "refused",
        None,
        None,
    )
    assert answer["reasons"]
    assert all(reason["code"] and len(reason["text"]) > 20 for reason in answer["reasons"])
    assert (answer["contact"], answer["summary"], answer["record"]) == (None, None, None)


async def test_nobody_an_agreement_names_may_be_asked_is_a_403(county: InProcess) -> None:
    desk = county.desk(HEALTH, role="caseworker")
    is_problem(await desk.asks(await desk.opens(), "school-discipline"), 403, "not-a-party")


async def test_a_role_no_clause_names_is_refused_and_another_answered(county: InProcess) -> None:
    case = await county.desk(HEALTH).opens()
    refused = await county.desk(HEALTH, role="caseworker").told(case, "police-contact", custodians=[PD])
    assert [reason["code"] for reason in refused["answers"][0]["reasons"]] == ["role-not-allowed"]
    told = await county.desk(HEALTH, role="liaison").told(case, "police-contact", custodians=[PD])
    assert told["answers"][0]["level"] == "contact"


async def test_nothing_held_says_that_it_does_not_mean_so(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", subject=STRANGER, custodians=[SCHOOLS])
    answer = told["answers"][0]
    assert (answer["result"], answer["summary"], answer["record"]) == ("no-information-available", None, None)
    assert "does not mean" in answer["advice"]
    assert f"Duty desk of {SCHOOLS}" in answer["advice"]


async def test_two_who_could_be_meant_need_more_identifiers(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    told = await desk.told(case, "school-discipline", subject=TWIN, custodians=[SCHOOLS])
    assert (told["answers"][0]["result"], told["answers"][0]["summary"]) == ("needs-more-identifiers", None)
    surely = {**TWIN, "identifiers": [{"system": "urn:state-student-id", "value": "S-2"}]}
    told = await desk.told(case, "school-discipline", subject=surely, custodians=[SCHOOLS])
    assert told["answers"][0]["summary"] == {"school-discipline": "absent"}


@pytest.mark.parametrize(
    ("subject", "told"),
    [(SCHOOL, "threat on a wall"), (HANDLE, "sender of two messages"), (DANIEL, "a drawing was handed in")],
    ids=["venue", "communication", "person"],
)
async def test_every_kind_of_subject_can_be_asked_about(
    county: InProcess, subject: dict[str, Any], told: str
) -> None:
    desk = county.desk(PD)
    answer = await desk.told(await desk.opens(), "threat-report", subject=subject, custodians=[SCHOOLS])
    assert answer["answers"][0]["summary"] == {"threat-report": told}


async def test_a_custodian_without_a_system_is_asked_through_its_people(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "court", custodians=[COURT])
    answer = told["answers"][0]
    assert (told["state"], answer["state"], answer["result"]) == ("pending", "pending", None)
    assert answer["contact"]["phone"] == "+1 555 0100"


async def test_an_unavailable_custodian_is_asked_again_and_never_dropped(a_county: ACountyOf) -> None:
    county = a_county()
    desk, file = county.desk(PD), county.folder.path / "data" / f"{SCHOOLS}.json"
    file.rename(file.with_suffix(".away"))
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    answer = told["answers"][0]
    assert (told["state"], answer["state"], answer["result"]) == ("unavailable", "unavailable", None)
    assert (answer["summary"], answer["record"], answer["basis"]) == (None, None, None)
    county.clock.advance(seconds=5)
    assert (await desk.reads(told["id"]))["state"] == "unavailable"
    file.with_suffix(".away").rename(file)
    county.clock.advance(seconds=5)
    later = (await desk.reads(told["id"]))["answers"][0]
    assert (later["state"], later["result"]) == ("answered", "information-held")
    assert later["receipt"]["index"] > answer["receipt"]["index"]


async def test_only_what_was_unavailable_is_asked_again(a_county: ACountyOf) -> None:
    county = a_county()
    desk, file = county.desk(PD), county.folder.path / "data" / f"{SCHOOLS}.json"
    kept = file.read_bytes()
    file.write_bytes(b'{"subjects": [')
    told = await desk.told(await desk.opens(), "school-discipline", "threat-report", "family-services")
    states = {(one["custodian"], *one["categories"]): one["state"] for one in told["answers"]}
    assert states[SCHOOLS, "school-discipline", "threat-report"] == "unavailable"
    social = about(
        {"answers": [one for one in told["answers"] if one["custodian"] == SOCIAL]}, "family-services"
    )
    file.write_bytes(kept)
    county.clock.advance(seconds=5)
    later = await desk.reads(told["id"])
    again = [one for one in later["answers"] if one["custodian"] == SOCIAL]
    assert about({"answers": again}, "family-services")["receipt"]["index"] == social["receipt"]["index"]
    schools = [one for one in later["answers"] if one["custodian"] == SCHOOLS]
    assert about({"answers": schools}, "threat-report")["summary"] == {
        "threat-report": "a drawing was handed in"
    }


async def test_one_custodian_down_leaves_the_others_answered(a_county: ACountyOf) -> None:
    county = a_county()
    (county.folder.path / "data" / f"{SCHOOLS}.json").unlink()
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "threat-report", "family-services")
    assert about(
        {"answers": [a for a in told["answers"] if a["state"] == "answered" and a["basis"]]},
        "family-services",
    )
    assert told["state"] == "unavailable"


async def test_a_custodian_the_site_does_not_have_is_a_422(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    answer = await desk.asks(case, "school-discipline", custodians=[SCHOOLS, "nowhere-pd"])
    assert "custodians" in is_problem(answer, 422)["detail"]
    listed = await county.desk(PD, role="auditor").get("/v1/disclosures?kind=refused")
    assert listed.json()["disclosures"][-1]["code"] == "unprocessable"
    assert "nowhere" not in answer.text


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"override": True}, "override"),
        ({"release_level": "record"}, "release_level"),
        ({"decision": "permit"}, "decision"),
        ({"role": "auditor"}, "role"),
        ({"level": "everything"}, "level"),
        ({"level": "Record"}, "level"),
        ({"categories": []}, "categories"),
        ({"categories": ["gossip"]}, "categories"),
        ({"purpose": "curiosity"}, "purpose"),
        ({"case": None}, "case"),
        ({"subject": None}, "subject"),
        ({"subject": {"kind": "person"}}, "subject"),
        ({"subject": {"kind": "ghost", "name": "x"}}, "subject"),
        ({"subject": {**MARIA, "nickname": "Mia"}}, "nickname"),
        ({"subject": {**MARIA, "birth_date": "1999-02-30"}}, "birth_date"),
        ({"subject": {"kind": "communication", "channel": "email"}}, "subject"),
        ({"user": {"id": "badge-1", "name": "A", "role": "king"}}, "role"),
        ({"user": {"id": "badge-1", "name": "A", "role": "caseworker", "rank": "1"}}, "rank"),
        ({"user": {"id": "", "name": "A", "role": "caseworker"}}, "id"),
        ({"exception": {"ground": "because"}}, "ground"),
        ({"exception": {"ground": "mandatory-report", "elements": {"threat": "x"}}}, "elements"),
        ({"legal_process": {"kind": "warrant"}}, "number"),
        ({"legal_process": {"kind": "warrant", "number": "1", "court": "c", "digest": "x"}}, "digest"),
    ],
)
async def test_what_has_no_meaning_is_a_422_that_names_the_key(
    county: InProcess, more: dict[str, Any], key: str
) -> None:
    desk = county.desk(PD)
    answer = await desk.asks(await desk.opens(), "school-discipline", **more)
    assert key in is_problem(answer, 422)["detail"]


async def test_an_unknown_key_is_named_only_if_it_is_a_plain_word(county: InProcess) -> None:
    desk = county.desk(PD)
    unnamed: dict[str, Any] = {"Daniel Okafor": 1}
    answer = await desk.asks(await desk.opens(), "school-discipline", **unnamed)
    is_problem(answer, 422)
    assert "Okafor" not in answer.text


async def test_a_question_that_names_nobody_is_refused(county: InProcess) -> None:
    desk = county.desk(PD)
    body = desk.question(await desk.opens(), "school-discipline", user=None)
    headers = {"Authorization": f"Bearer {await county.token(PD)}"}
    async with county.connect() as client:
        answer = await client.post("/v1/queries", json=body, headers=headers)
    assert "user" in is_problem(answer, 422)["detail"]


async def test_the_person_may_be_named_in_headers(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS], user=None)
    assert told["state"] == "answered"


async def test_an_administrator_is_told_nothing(county: InProcess) -> None:
    case = await county.desk(PD).opens()
    is_problem(await county.desk(PD, role="administrator").asks(case, "school-discipline"), 403)


async def test_101_fields_the_clause_does_not_name_are_dropped(county: InProcess) -> None:
    desk = county.desk(PD)
    answer = await desk.asks(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    assert answer.json()["answers"][0]["record"]["school-discipline"].keys() == {"incident_date", "outcome"}
    assert "teacher hurt" not in answer.text


async def test_another_persons_record_is_not_told(a_county: ACountyOf) -> None:
    held = holdings()
    held[SCHOOLS][0]["person"] = {"family_name": "Okafor", "given_name": "Daniel", "birth_date": "1975-01-01"}
    county = a_county(holdings=held)
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    assert told["answers"][0]["result"] in {"no-information-available", "needs-more-identifiers"}
    assert told["answers"][0]["record"] is None


async def test_an_agreement_is_in_force_until_its_last_instant_and_no_longer(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    midnight = (NOW + timedelta(days=300)).replace(hour=0)
    county.clock.now = midnight - timedelta(microseconds=1)
    told = await desk.told(case, "school-discipline", custodians=[SCHOOLS])
    assert told["answers"][0]["result"] == "information-held"
    county.clock.now = midnight
    told = await desk.told(case, "school-discipline", custodians=[SCHOOLS])
    assert told["answers"][0]["reasons"][0]["code"] == "no-agreement"
