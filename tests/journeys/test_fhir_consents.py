"""Consents that come in and go out as FHIR R4: recorded over HTTP, and opening the same answers."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.county import Desk, InProcess, Json, consent_body, is_problem
from tests.county_terms import HEALTH, MARIA, OUTSIDER, PD, SCHOOLS
from tests.fhir_consents import category, denial, good_consent, inside, purpose

FHIR = "application/fhir+json"


async def sends(desk: Desk, document: Json, path: str = "/v1/consents", **headers: str) -> httpx.Response:
    sent = {
        "Authorization": f"Bearer {await desk.county.token(desk.agency)}",
        "Acting-User": desk.user,
        "Acting-Role": desk.role,
        "Content-Type": f"{FHIR}; fhirVersion=4.0",
        **headers,
    }
    async with desk.county.connect() as client:
        return await client.post(path, content=json.dumps(document), headers=sent)


def consent_about(patient: Json) -> Json:
    """A FHIR consent of a patient of the county, in the form any law demands."""
    resource = {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"family": patient["family_name"], "given": [patient["given_name"]]}],
        "birthDate": patient["birth_date"],
        "identifier": patient.get("identifiers", []),
    }
    return good_consent(resource if resource["identifier"] else {**resource, "identifier": []})


async def asked(desk: Desk, subject: Json, what: str = "health") -> Json:
    told = await desk.told(await desk.opens(), what, subject=subject, custodians=[HEALTH])
    answer: Json = told["answers"][0]
    return answer


async def test_a_fhir_consent_opens_what_it_names(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    assert (await asked(desk, patient))["result"] == "refused"
    recorded = await sends(county.desk(HEALTH), consent_about(patient))
    assert recorded.status_code == 201, recorded.text
    body = recorded.json()
    assert (body["status"], body["recorded_by"], body["purposes"]) == (
        "given", HEALTH, ["safety-planning", "threat-assessment"],
    )  # fmt: skip
    answer = await asked(desk, patient)
    assert (answer["result"], answer["basis"]["kind"]) == ("information-held", "consent")


@pytest.mark.parametrize(
    "change",
    [
        lambda consent: consent.update(status="draft"),
        lambda consent: consent["provision"]["period"].update(end="2026-02-01"),
        inside(denial(**{"class": [category("health")]})),
        inside(denial(purpose=[purpose("threat-assessment")])),
    ],
    ids=["draft", "expired", "category-denied", "purpose-denied"],
)
async def test_a_fhir_consent_that_does_not_reach_opens_nothing(county: InProcess, change: object) -> None:
    patient = county.new_patient()
    document = consent_about(patient)
    assert callable(change)
    change(document)
    assert (await sends(county.desk(HEALTH), document)).status_code == 201
    assert (await asked(county.desk(PD), patient))["result"] == "refused"


async def test_a_fhir_consent_is_refused_with_the_element_named(county: InProcess) -> None:
    document = consent_about(county.new_patient())
    del document["provision"]["purpose"]
    told = is_problem(await sends(county.desk(HEALTH), document), 422)
    assert "purposes" in told["detail"]
    assert "okafor" not in json.dumps(told).lower()
    is_problem(await sends(county.desk(SCHOOLS), consent_about(MARIA)), 403)
    is_problem(await sends(county.desk(HEALTH), [document]), 422)  # type: ignore[arg-type]  # a list on purpose


async def test_fhir_is_taken_at_no_other_place(county: InProcess) -> None:
    desk = county.desk(HEALTH)
    for path in ("/v1/queries", "/v1/evaluations", "/v1/cases", "/v1/consents/con_1/withdraw"):
        is_problem(await sends(desk, {}, path), 415)


async def test_a_consent_goes_out_as_fhir_without_its_subject(county: InProcess) -> None:
    patient = county.new_patient()
    consent = await county.desk(PD).consents("health", subject=patient)
    for agency in (PD, HEALTH):
        read = await county.desk(agency).get(f"/v1/consents/{consent['id']}", Accept=FHIR)
        assert (read.status_code, read.headers["content-type"]) == (200, FHIR)
        assert read.json()["resourceType"] == "Consent"
        assert patient["family_name"] not in read.text
        assert patient["birth_date"] not in read.text
    is_problem(await county.desk(OUTSIDER).get(f"/v1/consents/{consent['id']}", Accept=FHIR), 404)


async def test_what_goes_out_and_comes_in_opens_the_same(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    first = await desk.consents("health", "mental-health", subject=patient)
    out = (await desk.get(f"/v1/consents/{first['id']}", Accept=FHIR)).json()
    again = await sends(county.desk(HEALTH), out, Accept=FHIR)
    assert (again.status_code, again.headers["content-type"]) == (201, FHIR)
    named = again.json()["identifier"][0]["value"]
    second = (await desk.get(f"/v1/consents/{named}")).json()
    differ = {"id", "recorded_by"}
    assert {key: value for key, value in second.items() if key not in differ} == {
        key: value for key, value in first.items() if key not in differ
    }
    await desk.post(f"/v1/consents/{first['id']}/withdraw", {"reason": "Only the first one"})
    assert (await asked(desk, patient))["basis"]["kind"] == "consent"
    await desk.post(f"/v1/consents/{named}/withdraw", {"reason": "And the second"})
    assert (await asked(desk, patient))["result"] == "refused"


async def test_a_person_is_named_by_a_consent_only_to_those_it_concerns(county: InProcess) -> None:
    consent = await county.desk(PD).consents("health", subject=county.new_patient())
    out = (await county.desk(PD).get(f"/v1/consents/{consent['id']}", Accept=FHIR)).json()
    for part in out["provision"]["actor"]:
        part["reference"] = {"reference": f"Organization/{SCHOOLS}"}
    foreign = is_problem(await sends(county.desk(SCHOOLS), out), 422)
    name = {"system": "urn:partner-gateway:consent", "value": "con_000000000000000000000000"}
    out["patient"]["identifier"] = out["performer"][0]["identifier"] = name
    assert is_problem(await sends(county.desk(SCHOOLS), out), 422) == foreign


async def test_plain_json_stays_as_it_was(county: InProcess) -> None:
    answer = await county.desk(PD).post("/v1/consents", consent_body("health", subject=county.new_patient()))
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/json")
