"""Agreements in sight, in YAML and JSON, and out of force; the vocabulary they are written in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import yaml

from agreements.odrl_import import odrl_agreement
from gateway.doctor import examine
from gateway.governing import agreement_json
from tests.conftest import ACountyOf
from tests.county import NOW, InProcess, is_problem, make_folder
from tests.county_terms import CALLBACK, DANIEL, HEALTH, MAIN, OUTSIDER, PD, SCHOOL, SCHOOLS


async def test_an_agency_sees_the_agreements_it_is_party_to(county: InProcess) -> None:
    seen = {}
    for agency in (PD, HEALTH, OUTSIDER):
        listed = (await county.desk(agency).get("/v1/agreements")).json()["agreements"]
        seen[agency] = {(one["id"], one["version"], one["state"]) for one in listed}
    assert seen[PD] >= {(MAIN, 3, "active"), (CALLBACK, 1, "active")}
    assert seen[HEALTH] == {(MAIN, 3, "active")}
    assert seen[OUTSIDER] == set()


async def test_an_agreement_is_shown_as_yaml_and_as_json(county: InProcess) -> None:
    desk = county.desk(HEALTH)
    as_yaml = await desk.get(f"/v1/agreements/{MAIN}", Accept="application/yaml")
    as_json = await desk.get(f"/v1/agreements/{MAIN}", Accept="application/json")
    assert "yaml" in as_yaml.headers["content-type"]
    read = yaml.safe_load(as_yaml.text)
    assert (read["id"], read["version"]) == (as_json.json()["id"], as_json.json()["version"]) == (MAIN, 3)
    clauses = {clause["id"]: clause for clause in as_json.json()["clauses"]}
    assert clauses["4.2"]["masked"] is True
    assert {str(clause["id"]) for clause in read["clauses"]} == clauses.keys()


async def test_an_agreement_is_shown_as_odrl_which_reads_back(county: InProcess) -> None:
    desk = county.desk(HEALTH)
    shown = await desk.get(f"/v1/agreements/{MAIN}", Accept="application/ld+json")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "application/ld+json")
    as_json = (await desk.get(f"/v1/agreements/{MAIN}")).json()
    assert agreement_json(odrl_agreement(shown.json(), "shown")) == as_json
    foreign = await desk.get(f"/v1/agreements/{CALLBACK}", Accept="application/ld+json")
    is_problem(foreign, 404)


def test_what_is_shown_as_yaml_is_an_agreement_a_site_takes(county: InProcess, tmp_path: Path) -> None:
    shown = asyncio.run(county.desk(PD).get(f"/v1/agreements/{MAIN}", Accept="application/yaml"))
    folder = make_folder(tmp_path / "county", agreements=[])
    (folder.path / "agreements" / "shown.yaml").write_text(shown.text)
    assert [symptom.text for symptom in examine(folder.path, NOW) if symptom.about == "agreements"] == []


async def test_an_agreement_of_others_is_not_found(county: InProcess) -> None:
    unknown = await county.desk(HEALTH).get("/v1/agreements/no-such-agreement")
    foreign = await county.desk(HEALTH).get(f"/v1/agreements/{CALLBACK}")
    assert (foreign.status_code, foreign.content) == (404, unknown.content)
    officer = county.desk(HEALTH, role="privacy-officer")
    is_problem(await officer.post(f"/v1/agreements/{CALLBACK}/suspend", {"reason": "not ours"}), 404)


async def test_a_suspension_takes_effect_at_once(a_county: ACountyOf) -> None:
    county = a_county()
    desk, officer = county.desk(SCHOOLS), county.desk(PD, "officer-1", "privacy-officer")
    case = await desk.opens("watch")
    told = await desk.told(case, "threat-report", subject=SCHOOL, custodians=[PD])
    assert told["answers"][0]["result"] == "information-held"
    path = f"/v1/agreements/{CALLBACK}/suspend"
    for role in ("caseworker", "liaison", "auditor", "administrator"):
        is_problem(await county.desk(PD, role=role).post(path, {"reason": "a breach of clause 1"}), 403)
    suspended = await officer.post(path, {"reason": "A breach of clause 1"})
    assert (suspended.status_code, suspended.json()["state"]) == (200, "suspended")
    later = await desk.told(case, "threat-report", subject=SCHOOL, custodians=[PD])
    assert (later["answers"][0]["result"], later["answers"][0]["basis"]) == ("refused", None)
    read = (await desk.reads(told["id"]))["answers"][0]
    assert (read["result"], read["summary"]) == ("refused", None)
    is_problem(await officer.post(path, {"reason": "once more"}), 409)
    listed = (await desk.get("/v1/agreements")).json()["agreements"]
    assert {one["state"] for one in listed if one["id"] == CALLBACK} == {"suspended"}
    pd = county.desk(PD)
    other = await pd.told(await pd.opens(), "school-discipline", subject=DANIEL, custodians=[SCHOOLS])
    assert other["answers"][0]["result"] == "information-held"


async def test_the_vocabulary_names_at_least_what_the_contract_lists(county: InProcess) -> None:
    answer = await county.desk(PD).get("/v1/vocabulary")
    assert answer.status_code == 200
    text = answer.text
    for word in (
        "criminal-history", "police-contact", "intelligence", "investigation", "mental-health",
        "substance-use", "health", "school-discipline", "education-record", "safeguarding",
        "family-services", "youth-justice", "court", "probation", "protective-order", "firearms",
        "psychotherapy-notes", "victim-services", "housing", "employment", "employee-assistance",
        "victim-injury", "threat-report", "threat-assessment", "safety-planning", "child-protection",
        "duty-to-warn", "treatment", "case-management", "deconfliction", "caseworker", "liaison",
        "privacy-officer", "auditor", "administrator", "serious-imminent-threat",
        "health-safety-emergency", "medical-emergency", "imminent-danger-assessment", "mandatory-report",
    ):  # fmt: skip
        assert f'"{word}"' in text, word
