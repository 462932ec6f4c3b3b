"""The county on PostgreSQL: one setting, and all else as it is on a file."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import ACountyOf
from tests.county import about, county_served, is_problem, make_folder
from tests.county_terms import CALLBACK, HEALTH, PD, SCHOOLS
from tests.journeys import telling_county
from tests.journeys.test_agreement_life import VERSIONS, Parties
from tests.servers.postgres import Postgres


async def test_a_case_is_answered_consented_withdrawn_and_verified(
    postgres: Postgres, tmp_path: Path
) -> None:
    storage = postgres.url(postgres.new_schema())
    folder = make_folder(tmp_path / "county", datetime.now(UTC), storage=storage)
    told = []
    with county_served(folder) as county:
        police, health = county.desk(PD), county.desk(HEALTH)
        patient = county.new_patient()
        case = await police.opens()
        told.append(await police.told(case, "school-discipline", custodians=[SCHOOLS]))
        assert about(told[0], "school-discipline")["result"] == "information-held"
        told.append(await police.told(case, "health", subject=patient, custodians=[HEALTH]))
        assert about(told[1], "health")["result"] == "refused"
        consent = await health.consents("health", subject=patient)
        told.append(await police.told(case, "health", subject=patient, custodians=[HEALTH]))
        assert about(told[2], "health")["result"] == "information-held"
        again = await police.told(case, "school-discipline", custodians=[SCHOOLS], key="once-and-again")
        repeated = await police.told(case, "school-discipline", custodians=[SCHOOLS], key="once-and-again")
        assert repeated["id"] == again["id"]
        (tmp_path / "held.txt").write_text((await police.get("/ledger/checkpoint")).text)
        gone = await health.post(f"/v1/consents/{consent['id']}/withdraw", {"reason": "no longer"})
        assert gone.status_code == 200
    # A restart later, on the same database.
    with county_served(folder) as county:
        police = county.desk(PD)
        told.append(await police.told(case, "health", subject=patient, custodians=[HEALTH]))
        assert about(told[3], "health")["result"] == "refused"
        receipts = []
        for number, answered in enumerate(told):
            receipts.append(tmp_path / f"{number}.json")
            receipts[-1].write_text(json.dumps(answered))
        key = (await police.get("/ledger/key")).text.strip()
        command = [sys.executable, "-m", "audit.verify", county.url, "--key", key, "--json"]
        command += ["--checkpoint", str(tmp_path / "held.txt")]
        command += [word for path in receipts for word in ("--receipt", str(path))]
        verified = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, check=False
        )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert not folder.database.exists()


@pytest.mark.parametrize("id", ["\0", "qry_\0", "x" * 3000, "\ufffe", "%ff", "%ed%a0%80"], ids=ascii)
async def test_hostile_ids_are_unknown_on_postgresql_too(
    postgres: Postgres, a_county: ACountyOf, id: str
) -> None:
    county = a_county(storage=postgres.new_store())
    told = ("offers", "conferences", "duties", "onward", "corrections", "watches")
    for kind in ("queries", "consents", "cases", "emergencies", *told):
        answer = await county.desk(PD).get(f"/v1/{kind}/{quote(id, safe='%')}")
        is_problem(answer, answer.status_code)
        assert 400 <= answer.status_code < 500


async def test_a_version_is_put_in_force_and_replayed(postgres: Postgres, a_county: ACountyOf) -> None:
    county = a_county(storage=postgres.url(postgres.new_schema()))
    parties = Parties(county)
    assert await parties.level() == "summary"
    await parties.signed()
    statuses = {(await desk.post(f"{VERSIONS}/2/activate", {})).status_code for desk in (parties.second,) * 2}
    assert statuses == {200}
    assert (await parties.states(), await parties.level()) == ({1: "superseded", 2: "active"}, "contact")
    replayed = await parties.police.post(f"/v1/agreements/{CALLBACK}/drafts/2/replay", {})
    assert replayed.json()["counts"]["released-less"] == 1
    ended = await parties.schools.post(f"/v1/agreements/{CALLBACK}/terminate", {"reason": "It did not work"})
    assert (ended.status_code, await parties.level()) == (200, None)


async def test_telling_duties_and_a_watch(postgres: Postgres, a_county: ACountyOf) -> None:
    county = a_county(**telling_county.site(), storage=postgres.url(postgres.new_schema()))
    police, schools = county.desk(PD), county.desk(SCHOOLS)
    case = await police.opens()
    body = telling_county.offer(case, [SCHOOLS], {"threat-report": {"plan": "a list"}})
    made = (await police.post("/v1/offers", body)).json()
    shown = (await schools.get(f"/v1/offers/{made['id']}")).json()
    assert shown["answers"][0]["record"] == {"threat-report": {"plan": "a list"}}
    assert (await schools.post(f"/v1/offers/{made['id']}/acknowledge", {})).status_code == 200
    wrong = {"kind": "wrong-person", "subject": body["subject"], "statement": "It was his brother"}
    assert (await police.post("/v1/corrections", wrong)).status_code == 201
    duties = {duty["code"]: duty for duty in (await schools.get("/v1/duties")).json()["duties"]}
    assert duties.keys() == {"no-redisclosure", "destroy-by"}
    question = schools.question(await schools.opens(), "threat-report", custodians=[PD])
    watch = await schools.post("/v1/watches", {**question, "until": "2026-03-09T00:00:00Z"})
    assert watch.status_code == 201, watch.text
    county.clock.advance(days=31)
    await county.running.runner.turn()
    violated = (await schools.get("/v1/duties?state=violated")).json()["duties"]
    assert [duty["id"] for duty in violated] == [duties["destroy-by"]["id"]]
    assert (await schools.get("/v1/watches?state=ended")).json()["watches"][0]["ended_for"]


async def test_a_subject_is_erased_and_what_is_old_expires(postgres: Postgres, a_county: ACountyOf) -> None:
    county = a_county(storage=postgres.url(postgres.new_schema()))
    patient, desk = county.new_patient(), county.desk(PD)
    await desk.consents("health", subject=patient)
    told = await desk.told(await desk.opens(), "health", subject=patient, custodians=[HEALTH])
    first = county.desk(HEALTH, "po-1", "privacy-officer")
    body = {"subject": patient, "reason": "mistaken for another", "statute": "GDPR article 17"}
    erasure = (await first.post("/v1/erasures", body)).json()
    decision = {"approve": True, "set_aside": [hold["schedule"] for hold in erasure["holds"]]}
    path = f"/v1/erasures/{erasure['id']}/decision"
    done = await county.desk(HEALTH, "po-2", "privacy-officer").post(path, decision)
    assert (done.status_code, done.json()["state"]) == (200, "done")
    is_problem(await desk.get(f"/v1/queries/{told['id']}"), 404)
    other = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    county.clock.advance(days=3653)
    is_problem(await desk.get(f"/v1/queries/{other['id']}"), 404)
    assert await county.running.expiry.run() == 3
    auditor = county.desk(SCHOOLS, "aud-1", "auditor")
    assert (await auditor.get("/v1/audit/groups")).json()["groups"] == []
