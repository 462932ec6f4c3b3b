"""Disclosures exported for another system's log, over HTTP and by `gateway export`."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from audit.record import Entry
from gateway.cli import app
from gateway.store.tables import notices
from tests.conftest import ACountyOf
from tests.county import InProcess, county_served, emergency, is_problem, make_folder
from tests.county_terms import HEALTH, ISSUER, PD, SCHOOLS, SOCIAL


@pytest.mark.parametrize(("form", "asked", "told"), [("fhir", 1, 1), ("ocsf", 4, 2), ("cef", 4, 2)])
async def test_each_side_exports_what_it_is_party_to(
    a_county: ACountyOf, form: str, asked: int, told: int
) -> None:
    county = a_county()
    desk = county.desk(PD)
    await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    await desk.told(await desk.opens(), "mental-health", custodians=[HEALTH])
    for agency, expected in ((PD, asked), (SCHOOLS, told)):
        answer = await county.desk(agency, "aud-1", "auditor").get(f"/v1/disclosures/export?format={form}")
        assert (answer.status_code, len(answer.text.splitlines())) == (200, expected)
        assert (answer.headers["export-written"], answer.headers["export-dropped"]) == (str(expected), "0")
        for word in ("badge-1", "CASE-", "Okafor", "Daniel", "2008-04-17", "suspended"):
            assert word not in answer.text
    other = await county.desk(SOCIAL, "aud-1", "auditor").get(f"/v1/disclosures/export?format={form}")
    assert other.text == ""
    seen = (await county.desk(PD, "aud-1", "auditor").get("/v1/disclosures?kind=export")).json()[
        "disclosures"
    ]
    assert [one["format"] for one in seen] == [form]


async def test_why_a_masked_negative_is_one_is_not_exported_to_who_asked(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    for subject in (
        county.new_patient(),
        {"kind": "person", "family_name": "Nobody", "given_name": "At-all"},
    ):
        await desk.told(await desk.opens(), "mental-health", subject=subject, custodians=[HEALTH])
    export = (await county.desk(PD, "aud-1", "auditor").get("/v1/disclosures/export?format=ocsf")).text
    results = [json.loads(line)["unmapped"]["results"] for line in export.splitlines()]
    assert results[:2] == results[2:]


async def test_what_cannot_be_masked_is_dropped_and_alarmed(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    odd = {"requester": PD, "custodian": SCHOOLS, "user": "badge-1", "purpose": "Daniel Okafor", "query": "q"}

    def plant(transaction: object) -> None:
        transaction.record(Entry("answered", county.clock.now, None, {**odd, "outcomes": []}))  # type: ignore[attr-defined]

    await county.running.store.write(plant)
    answer = await county.desk(SCHOOLS, "aud-1", "auditor").get("/v1/disclosures/export?format=ocsf")
    assert (answer.headers["export-written"], answer.headers["export-dropped"]) == ("2", "1")
    assert "Okafor" not in answer.text
    told = county.running.store.read_now(
        lambda connection: [
            tuple(row)
            for row in connection.execute(
                select(notices.c.agency, notices.c.role, notices.c.about).where(
                    notices.c.kind == "export-event-dropped"
                )
            )
        ]
    )
    assert [(agency, role) for agency, role, _ in told] == [(SCHOOLS, "auditor")]


async def test_an_export_is_for_auditors_in_a_known_format(county: InProcess) -> None:
    for role in ("caseworker", "liaison", "administrator"):
        is_problem(await county.desk(PD, role=role).get("/v1/disclosures/export?format=cef"), 403)
    for query in ("", "?format=xml", "?format=cef&from=soon", "?format=cef&colour=red"):
        is_problem(await county.desk(PD, "aud-1", "auditor").get(f"/v1/disclosures/export{query}"), 422)


async def test_an_export_is_one_command(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county", datetime.now(UTC))
    with county_served(folder) as county:
        desk = county.desk(PD)
        exception = emergency()
        await desk.told(await desk.opens(), "health", custodians=[HEALTH], exception=exception)
        (tmp_path / "key.pem").write_bytes(folder.keys[HEALTH].pem())
        out = tmp_path / "events.ndjson"
        words = ["export", "--url", county.url, "--issuer", ISSUER, "--agency", HEALTH]
        words += ["--key", str(tmp_path / "key.pem"), "--user", "aud-1"]
        run = CliRunner()
        done = await asyncio.to_thread(run.invoke, app, [*words, "--out", str(out)])
        assert done.exit_code == 0, done.output
        (line,) = out.read_text().splitlines()
        assert json.loads(line)["resourceType"] == "AuditEvent"
        done = await asyncio.to_thread(run.invoke, app, [*words, "--format", "cef"])
        assert done.output.count("CEF:0|") == 3
        assert (await asyncio.to_thread(run.invoke, app, [*words, "--format", "xml"])).exit_code == 2
