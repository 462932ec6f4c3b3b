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
from tests.county_terms import HEALTH, PD, SCHOOLS
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
    for kind in ("queries", "consents", "cases", "emergencies"):
        answer = await county.desk(PD).get(f"/v1/{kind}/{quote(id, safe='%')}")
        is_problem(answer, answer.status_code)
        assert 400 <= answer.status_code < 500
