"""Consents: recorded by those they name, read by those they concern, withdrawn with effect at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.county import Desk, InProcess, Json, about, consent_body, is_problem
from tests.county_terms import HEALTH, MARIA, OUTSIDER, PD, SCHOOLS, SOCIAL, STRANGER

MINOR = {"kind": "person", "family_name": "Okafor", "given_name": "Daniel", "birth_date": "2008-04-17"}


async def asked(desk: Desk, subject: Json, **more: Any) -> Json:
    """What health answers police about a patient's health, in a case of its own."""
    told = await desk.told(await desk.opens(), "health", subject=subject, custodians=[HEALTH], **more)
    answer: Json = told["answers"][0]
    return answer


@pytest.mark.parametrize("agency", [HEALTH, PD], ids=["custodian", "recipient"])
async def test_a_consent_opens_what_it_names(county: InProcess, agency: str) -> None:
    patient = county.new_patient()
    assert (await asked(county.desk(PD), patient))["result"] == "refused"
    recorded = await county.desk(agency).consents("health", subject=patient)
    assert recorded["id"].startswith("con_")
    assert recorded["recorded_by"] == agency
    answer = await asked(county.desk(PD), patient)
    assert (answer["result"], answer["basis"]["kind"]) == ("information-held", "consent")
    assert answer["summary"]["health"].startswith("visit")


@pytest.mark.parametrize("agency", [SCHOOLS, SOCIAL, OUTSIDER])
async def test_nobody_else_records_a_consent(county: InProcess, agency: str) -> None:
    answer = await county.desk(agency).post("/v1/consents", consent_body("health", subject=MARIA))
    is_problem(answer, 403)


async def test_a_consent_is_read_by_those_it_concerns_and_never_repeats_the_subject(
    county: InProcess,
) -> None:
    patient = county.new_patient()
    consent = await county.desk(PD).consents("health", subject=patient)
    for agency in (PD, HEALTH):
        read = await county.desk(agency).get(f"/v1/consents/{consent['id']}")
        assert (read.status_code, read.json()) == (200, consent)
        assert patient["family_name"] not in read.text
    unknown = await county.desk(SCHOOLS).get("/v1/consents/con_000000000000000000000000")
    for agency in (SCHOOLS, OUTSIDER):
        read = await county.desk(agency).get(f"/v1/consents/{consent['id']}")
        assert (read.status_code, read.content) == (404, unknown.content)
        path = f"/v1/consents/{consent['id']}/withdraw"
        is_problem(await county.desk(agency).post(path, {"reason": "not ours"}), 404)
    assert (await asked(county.desk(PD), patient))["result"] == "information-held"


@pytest.mark.parametrize("agency", [HEALTH, PD], ids=["custodian", "recipient"])
async def test_a_withdrawal_closes_what_was_answered_and_what_is_asked(
    county: InProcess, agency: str
) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    consent = await desk.consents("health", subject=patient)
    told = await desk.told(await desk.opens(), "health", subject=patient, custodians=[HEALTH])
    assert (await desk.reads(told["id"]))["answers"][0]["summary"]["health"].startswith("visit")
    path = f"/v1/consents/{consent['id']}/withdraw"
    withdrawn = await county.desk(agency).post(path, {"reason": "I have changed my mind"})
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    assert withdrawn.json()["withdrawn_at"]
    read = await desk.get(f"/v1/queries/{told['id']}")
    assert read.json()["answers"][0]["result"] == "refused"
    assert "visit" not in read.text
    assert (await asked(desk, patient))["result"] == "refused"


async def test_withdrawing_again_changes_nothing(county: InProcess) -> None:
    desk = county.desk(PD)
    consent = await desk.consents("health", subject=county.new_patient())
    path = f"/v1/consents/{consent['id']}/withdraw"
    first = await desk.post(path, {"reason": "I have changed my mind"})
    second = await desk.post(path, {"reason": "Really"})
    assert (second.status_code, second.json()) == (200, first.json())
    is_problem(await desk.post(path, {}), 422)


async def test_a_masked_answer_on_a_withdrawn_consent_becomes_a_masked_negative(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    consent = await desk.consents("mental-health", subject=patient)
    case = await desk.opens()
    told = await desk.told(case, "mental-health", subject=patient, custodians=[HEALTH])
    nothing = await desk.told(case, "mental-health", subject=STRANGER, custodians=[HEALTH])
    assert told["answers"][0]["result"] == "information-held"
    await desk.post(f"/v1/consents/{consent['id']}/withdraw", {"reason": "I have changed my mind"})
    shapes = [
        [{key: value for key, value in one.items() if key != "receipt"} for one in read["answers"]]
        for read in (await desk.reads(told["id"]), await desk.reads(nothing["id"]))
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(
    "more",
    [
        {"status": "requested"},
        {"status": "refused"},
        {"status": "withdrawn"},
        {"status": "expired"},
        {"status": "unknown"},
        {"purposes": ["treatment"]},
        {"custodians": [SCHOOLS, SOCIAL]},
        {"recipients": [HEALTH], "custodians": [PD]},
        {"period": {"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}},
        {"period": {"start": "2098-01-01T00:00:00Z", "end": "2099-01-01T00:00:00Z"}},
        {"period": {"start": "2026-01-01T00:00:00Z"}},
        {"evidence": None},
        {"grantor": {"kind": "subject"}},
        {"grantor": {"kind": "victim", "name": "Somebody else"}},
    ],
    ids="-".join,
)
async def test_what_does_not_fit_opens_nothing(county: InProcess, more: dict[str, Any]) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    body = consent_body("health", subject=patient, **more)
    body = {key: value for key, value in body.items() if value is not None}
    assert (await desk.post("/v1/consents", body)).status_code == 201
    assert (await asked(desk, patient))["result"] == "refused"


async def test_a_consent_reaches_no_other_category(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    await desk.consents("mental-health", subject=patient)
    assert (await asked(desk, patient))["result"] == "refused"


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"status": "given "}, "status"),
        ({"status": "GIVEN"}, "status"),
        ({"status": None}, "status"),
        ({"status": "granted"}, "status"),
        ({"status": True}, "status"),
        ({"evidence": {"kind": "form", "digest": "sha-256:" + "a" * 64, "signed_at": "2098-01-01T00:00:00Z"}},
         "signed_at"),
        ({"evidence": {"kind": "form", "digest": "sha-256:zz", "signed_at": "2026-01-01T00:00:00Z"}},
         "digest"),
        ({"period": {"start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}}, "end"),
        ({"period": {"start": "2026-02-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}}, "end"),
        ({"period": {"start": "2026-02-01T00:00:00"}}, "start"),
        ({"period": {"start": 1767225600}}, "start"),
        ({"period": {"start": "2026-01-01T00:00:00Z", "end": "9999-12-31T23:59:59-14:00"}}, "end"),
        ({"grantor": {"kind": "neighbour"}}, "kind"),
        ({"purposes": []}, "purposes"),
        ({"categories": ["everything"]}, "categories"),
        ({"custodians": ["nowhere-pd", PD]}, "custodians"),
        ({"withdrawn_at": "2026-01-01T00:00:00Z"}, "withdrawn_at"),
        ({"version": 2}, "version"),
    ],
)  # fmt: skip
async def test_85_86_a_consent_that_says_nothing_clear_is_a_422(
    county: InProcess, more: dict[str, Any], key: str
) -> None:
    answer = await county.desk(PD).post("/v1/consents", consent_body("health", subject=MARIA, **more))
    assert key in is_problem(answer, 422)["detail"]


async def test_a_named_consent_that_does_not_fit_counts_for_nothing(county: InProcess) -> None:
    one, other, desk = county.new_patient(), county.new_patient(), county.desk(PD)
    consent = await desk.consents("health", subject=one)
    without = await asked(desk, other)
    with_ones = await asked(desk, other, consent=consent["id"])
    unknown = await asked(desk, other, consent="con_000000000000000000000000")
    for answer in (without, with_ones, unknown):
        answer.pop("receipt")
    assert without == with_ones == unknown
    assert without["result"] == "refused"


async def test_a_consent_found_is_used_beside_a_named_one_that_does_not_fit(county: InProcess) -> None:
    one, other, desk = county.new_patient(), county.new_patient(), county.desk(PD)
    foreign = await desk.consents("health", subject=one)
    await desk.consents("health", subject=other)
    assert (await asked(desk, other, consent=foreign["id"]))["result"] == "information-held"


async def test_89_guardians_who_disagree_leave_no_consent(county: InProcess) -> None:
    desk = county.desk(PD)
    consent = {"grantor": {"kind": "guardian", "name": "Her mother"}}
    child = {**county.new_patient(), "identifiers": [{"system": "urn:mrn", "value": "child-1"}]}
    await desk.consents("health", subject=child, **consent)
    refusal = {"grantor": {"kind": "guardian", "name": "Her father"}, "status": "refused"}
    await desk.consents("health", subject=child, **refusal)
    assert (await asked(desk, child))["result"] == "refused"


async def test_90_a_part_2_segment_is_left_out_without_its_own_consent(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    await desk.consents("health", subject=patient)
    case = await desk.opens()
    told = await desk.told(case, "health", "substance-use", subject=patient, custodians=[HEALTH])
    assert about(told, "health")["result"] == "information-held"
    assert about(told, "substance-use")["result"] == "no-information-available"
    await desk.consents("substance-use", subject=patient)
    told = await desk.told(case, "health", "substance-use", subject=patient, custodians=[HEALTH])
    answer = about(told, "substance-use")
    assert answer["record"]["substance-use"] == {"programme": "inpatient"}
    duties = {duty["code"] for duty in answer["obligations"]}
    assert duties >= {"part2-notice", "part2-consent-copy", "no-redisclosure"}


async def test_a_consent_under_a_misspelt_name_is_found(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    misspelt = {**patient, "family_name": patient["family_name"].upper(), "given_name": patient["given_name"]}
    await desk.consents("health", subject=misspelt)
    assert (await asked(desk, patient))["result"] == "information-held"


@pytest.mark.parametrize("role", ["administrator", "auditor"])
async def test_a_consent_is_recorded_by_those_who_ask(county: InProcess, role: str) -> None:
    body = consent_body("health", subject=MARIA)
    is_problem(await county.desk(PD, role=role).post("/v1/consents", body), 403)
