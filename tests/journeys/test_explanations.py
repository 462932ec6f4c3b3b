"""What would be decided, and why it was: evaluations and explanations."""

from __future__ import annotations

import sqlite3

from tests.conftest import ACountyOf
from tests.county import InProcess, Json, is_problem
from tests.county_terms import DANIEL, HEALTH, PD, SCHOOLS, SOCIAL, STRANGER


async def test_an_evaluation_asks_nobody_and_releases_nothing(county: InProcess) -> None:
    desk, auditor = county.desk(PD), county.desk(SCHOOLS, "aud-1", "auditor")
    case = await desk.opens()
    answer = await desk.post(
        "/v1/evaluations", desk.question(case, "school-discipline", custodians=[SCHOOLS])
    )
    assert answer.status_code == 200
    (evaluated,) = answer.json()["evaluations"]
    assert (evaluated["custodian"], evaluated["decision"], evaluated["level"]) == (
        SCHOOLS,
        "permit",
        "record",
    )
    assert evaluated["basis"]["clause"] == "1.1"
    assert "fight" not in answer.text
    listed = await auditor.get(f"/v1/disclosures?case={case}")
    assert [entry["kind"] for entry in listed.json()["disclosures"] if entry["kind"] == "asked"] == []


async def test_an_evaluation_is_the_same_whether_or_not_anything_is_held(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    seen = []
    for subject in (DANIEL, STRANGER):
        body = desk.question(case, "school-discipline", "mental-health", "safeguarding", subject=subject)
        seen.append((await desk.post("/v1/evaluations", body)).json())
    assert seen[0] == seen[1]


async def test_an_evaluation_never_reveals_a_recorded_consent(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    case = await desk.opens()
    body = desk.question(case, "mental-health", "health", subject=patient, custodians=[HEALTH])
    before = (await desk.post("/v1/evaluations", body)).json()
    await county.desk(HEALTH).consents("mental-health", "health", subject=patient)
    assert (await desk.post("/v1/evaluations", body)).json() == before


async def test_an_evaluation_of_a_named_consent_of_another_person_is_as_without(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    consent = await desk.consents("health", subject=patient)
    case = await desk.opens()
    body = desk.question(case, "health", subject=STRANGER, custodians=[HEALTH])
    without = (await desk.post("/v1/evaluations", body)).json()
    assert (await desk.post("/v1/evaluations", {**body, "consent": consent["id"]})).json() == without


async def test_an_evaluation_needs_what_a_question_needs(county: InProcess) -> None:
    desk = county.desk(PD)
    is_problem(await desk.post("/v1/evaluations", desk.question("NO-SUCH-CASE", "health")), 403)
    body = desk.question(await desk.opens(), "health", colour="red")
    assert "colour" in is_problem(await desk.post("/v1/evaluations", body), 422)["detail"]
    administrator = county.desk(PD, role="administrator")
    is_problem(await administrator.post("/v1/evaluations", administrator.question("C", "health")), 403)


LAYERS = ["agreement", "party", "clause", "purpose", "role", "level"]


async def explained(county: InProcess, agency: str, role: str, query: str) -> Json:
    answer = await county.desk(agency, role=role).get(f"/v1/queries/{query}/explanation")
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def test_every_layer_is_explained_to_both_sides(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "health", "school-discipline")
    own = await explained(county, PD, "caseworker", told["id"])
    parts = {(part["custodian"], part["category"]): part for part in own["decisions"]}
    answered = parts[SCHOOLS, "school-discipline"]
    assert answered["decision"] == "permit"
    assert {layer["outcome"] for layer in answered["layers"]} == {"passed"}
    refused = parts[HEALTH, "health"]
    assert refused["decision"] == "deny"
    outcomes = [layer["outcome"] for layer in refused["layers"]]
    assert outcomes == sorted(outcomes, key=["passed", "failed", "not-reached"].index)
    assert outcomes.count("failed") == 1
    assert [layer["layer"] for layer in answered["layers"]] == [layer["layer"] for layer in refused["layers"]]
    theirs = await explained(county, HEALTH, "privacy-officer", told["id"])
    assert {part["custodian"] for part in theirs["decisions"]} == {HEALTH}
    assert refused in theirs["decisions"]


async def test_the_custodian_sees_why_a_masked_answer_is_one_and_the_requester_does_not(
    county: InProcess,
) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "mental-health", custodians=[HEALTH])
    (own,) = (await explained(county, PD, "privacy-officer", told["id"]))["decisions"]
    assert (own["decision"], own["layers"]) == (None, [])
    (theirs,) = (await explained(county, HEALTH, "liaison", told["id"]))["decisions"]
    assert theirs["decision"] == "deny"
    assert any(layer["outcome"] == "failed" for layer in theirs["layers"])


async def test_nobody_else_is_entitled_to_an_explanation(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "health", custodians=[HEALTH])
    path = f"/v1/queries/{told['id']}/explanation"
    for agency in (SCHOOLS, SOCIAL):
        is_problem(await county.desk(agency, role="privacy-officer").get(path), 404)
    is_problem(await county.desk(PD, role="administrator").get(path), 403)
    is_problem(await desk.get("/v1/queries/qry_000000000000000000000000/explanation"), 404)


async def test_an_explanation_holds_nobodys_identity(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "health", "school-discipline", "safeguarding")
    answer = await desk.get(f"/v1/queries/{told['id']}/explanation")
    for word in ("Okafor", "Daniel", "2008-04-17", "S-4471", "fight"):
        assert word not in answer.text


async def test_a_question_from_before_facts_were_kept_is_explained_as_it_was_then(
    a_county: ACountyOf,
) -> None:
    county = a_county()
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "health", custodians=[HEALTH])
    before = await explained(county, HEALTH, "privacy-officer", told["id"])
    assert before["traces"]
    vault, place = county.running.records.questions._vault, f"query/{told['id']}"
    with sqlite3.connect(county.folder.database) as store:
        (sealed,) = store.execute("SELECT sealed FROM queries WHERE id = ?", (told["id"],)).fetchone()
        opened = vault.open(place, sealed)
        del opened["facts"], opened["policy"]
        opened["explanations"] = before["decisions"]
        row = (vault.seal(place, opened), told["id"])
        store.execute("UPDATE queries SET sealed = ? WHERE id = ?", row)
    store.close()
    after = await explained(county, HEALTH, "privacy-officer", told["id"])
    assert after == {**before, "traces": []}
    assert (await desk.reads(told["id"]))["answers"][0]["result"] == "refused"
