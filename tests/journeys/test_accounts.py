"""What an auditor sees: disclosures, accountings with proofs, and the ledger itself."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from base64 import b64decode
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from audit.checkpoint import VerifierKey, open_checkpoint
from audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from audit.receipt import ShownReceipt
from tests.audit_site import verify_export
from tests.county import InProcess, Json, county_served, is_problem, make_folder
from tests.county_terms import DANIEL, HEALTH, PD, SCHOOLS, SOCIAL, STRANGER


async def test_disclosures_are_filtered_by_what_the_auditor_names(county: InProcess) -> None:
    desk, auditor = county.desk(PD), county.desk(PD, "aud-1", "auditor")
    case = await desk.opens()
    told = await desk.told(case, "school-discipline", "family-services", custodians=[SCHOOLS, SOCIAL])
    for name, value in (("case", case), ("query", told["id"])):
        listed = (await auditor.get(f"/v1/disclosures?{name}={value}&kind=answered")).json()["disclosures"]
        assert {entry["custodian"] for entry in listed} == {SCHOOLS, SOCIAL}
        assert {entry["kind"] for entry in listed} == {"answered"}
    one = f"/v1/disclosures?query={told['id']}&custodian={SCHOOLS}"
    kinds = [entry["kind"] for entry in (await auditor.get(one)).json()["disclosures"]]
    assert kinds == ["asked", "answered"]
    day = f"{county.clock.now:%Y-%m-%d}"
    assert (await auditor.get(f"{one}&from={day}&to={day}")).json()["disclosures"]
    assert (await auditor.get(f"{one}&to=2026-01-01")).json()["disclosures"] == []
    is_problem(await auditor.get("/v1/disclosures?colour=red"), 422)
    is_problem(await auditor.get("/v1/disclosures?from=yesterday"), 422)
    is_problem(await auditor.get("/v1/disclosures?kind=asked&kind=answered"), 422)


async def test_disclosures_are_those_of_the_auditors_agency(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    path = f"/v1/disclosures?query={told['id']}"
    for agency in (PD, SCHOOLS):
        assert (await county.desk(agency, "aud-1", "auditor").get(path)).json()["disclosures"]
    assert (await county.desk(HEALTH, "aud-1", "auditor").get(path)).json()["disclosures"] == []
    for role in ("caseworker", "liaison", "administrator"):
        is_problem(await county.desk(PD, role=role).get(path), 403)


async def test_disclosures_hold_no_identity_and_no_content(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", "family-services")
    answer = await county.desk(PD, "aud-1", "auditor").get(f"/v1/disclosures?query={told['id']}")
    for word in ("Okafor", "2008-04-17", "S-4471", "fight in the yard", "suspended", "A. Reyes"):
        assert word not in answer.text


async def test_looking_is_recorded(county: InProcess) -> None:
    auditor = county.desk(SOCIAL, "aud-looking", "auditor")
    await auditor.get("/v1/disclosures?kind=asked")
    seen = (await auditor.get("/v1/disclosures?user=aud-looking")).json()["disclosures"]
    assert seen
    assert {entry["user"] for entry in seen} == {"aud-looking"}


async def test_an_accounting_lists_every_disclosure_about_one_subject_with_its_proof(
    county: InProcess,
) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    await desk.consents("health", subject=patient)
    case = await desk.opens()
    told = await desk.told(case, "health", subject=patient, custodians=[HEALTH])
    await desk.told(case, "health", subject=STRANGER, custodians=[HEALTH])
    auditor = county.desk(HEALTH, "aud-1", "auditor")
    body = {"subject": patient, "from": "2026-01-01", "to": "2098-12-31", "statute": "45 CFR 164.528"}
    account = (await auditor.post("/v1/accountings", body)).json()
    (line,) = account["lines"]
    assert (line["query"], line["recipient"], line["purpose"]) == (told["id"], PD, "threat-assessment")
    assert line["what"]["categories"] == ["health"]
    assert proves(line["proof"], await vkey(county))
    theirs = (await county.desk(PD, "aud-1", "auditor").post("/v1/accountings", body)).json()
    assert {line["kind"] for line in theirs["lines"]} == {"question"}
    others = (await county.desk(SCHOOLS, "aud-1", "auditor").post("/v1/accountings", body)).json()
    assert others["lines"] == []


@pytest.mark.parametrize(
    ("more", "key"),
    [({"subject": None}, "subject"), ({"from": "soon"}, "from"), ({"colour": "red"}, "colour")],
)
async def test_an_accounting_of_nothing_clear_is_a_422(county: InProcess, more: Json, key: str) -> None:
    body = {"subject": DANIEL, "statute": "45 CFR 164.528", **more}
    answer = await county.desk(PD, "aud-1", "auditor").post("/v1/accountings", body)
    assert key in is_problem(answer, 422)["detail"]


async def test_an_accounting_is_for_auditors(county: InProcess) -> None:
    for role in ("caseworker", "liaison", "administrator"):
        answer = await county.desk(PD, role=role).post("/v1/accountings", {"subject": DANIEL})
        is_problem(answer, 403)


async def vkey(county: InProcess) -> VerifierKey:
    async with county.connect() as client:
        return VerifierKey.parse((await client.get("/ledger/key")).text.strip())


def proves(receipt: Json, key: VerifierKey) -> bool:
    """Whether a receipt's leaf is in the tree of its own signed checkpoint."""
    checkpoint = open_checkpoint(receipt["checkpoint"], [key])
    proof = [b64decode(node) for node in receipt["inclusion_proof"]]
    leaf = b64decode(receipt["leaf_hash"])
    return verify_inclusion(receipt["index"], checkpoint.size, leaf, proof, checkpoint.root)


async def test_every_answer_carries_a_receipt_that_proves_its_entry(county: InProcess) -> None:
    desk, key = county.desk(PD), await vkey(county)
    told = await desk.told(await desk.opens(), "school-discipline", "mental-health", "safeguarding")
    assert all(proves(answer["receipt"], key) for answer in told["answers"])
    entry = told["answers"][0]["receipt"]
    shown = (await desk.get(f"/v1/ledger/entries/{entry['index']}")).json()
    assert leaf_hash(b64decode(shown["leaf"])) == b64decode(entry["leaf_hash"])
    assert proves(shown, key)
    assert not proves({**entry, "index": entry["index"] - 1}, key)


async def test_any_two_checkpoints_are_consistent(county: InProcess) -> None:
    desk, key = county.desk(PD), await vkey(county)
    seen = []
    for _ in range(3):
        await desk.opens()
        seen.append(open_checkpoint((await desk.get("/ledger/checkpoint")).text, [key]))
    for first in seen:
        for second in seen[seen.index(first) :]:
            path = f"/v1/ledger/consistency?from={first.size}&to={second.size}"
            nodes = (await desk.get(path)).json()["consistency_proof"]
            proof = [b64decode(node) for node in nodes]
            assert verify_consistency(first.size, second.size, first.root, second.root, proof)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/ledger/entries/99999999", 404),
        ("/v1/ledger/entries/-1", 422),
        ("/v1/ledger/entries/one", 422),
        ("/v1/ledger/entries/9223372036854775808", 422),
        ("/v1/ledger/consistency?from=2&to=1", 404),
        ("/v1/ledger/consistency?from=1", 422),
        ("/v1/ledger/consistency?from=1&to=99999999", 404),
        ("/ledger/tile/9/000", 404),
        ("/ledger/tile/0/x", 404),
        ("/ledger/tile/0/000.p/0", 404),
    ],
)
async def test_what_the_ledger_does_not_have(county: InProcess, path: str, status: int) -> None:
    await county.desk(PD).opens()
    is_problem(await county.desk(PD).get(path), status)


async def test_an_exported_ledger_verifies_offline_and_opens_what_the_agency_is_party_to(
    county: InProcess,
) -> None:
    desk, key = county.desk(PD), await vkey(county)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    for agency, opens in ((SCHOOLS, True), (SOCIAL, False)):
        answer = await county.desk(agency, "aud-1", "auditor").get("/v1/ledger/export")
        assert answer.status_code == 200
        report = verify_export(answer.content, [], [ShownReceipt.parse(told["answers"][0]["receipt"])], [key])
        assert report.good, report.findings
        assert (told["id"] in answer.text) is opens
    is_problem(await desk.get("/v1/ledger/export"), 403)


async def test_health_and_readiness_need_no_token(county: InProcess) -> None:
    async with county.connect() as client:
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["policy_alarm"]) == (200, False)


async def test_the_ledger_is_verified_over_http_by_the_auditors_own_tool(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county", datetime.now(UTC))
    with county_served(folder) as county:
        desk = county.desk(PD)
        told = await desk.told(await desk.opens(), "school-discipline", "mental-health", "safeguarding")
        held = await desk.get("/ledger/checkpoint")
        receipts = tmp_path / "answers.json"
        receipts.write_text(json.dumps(told))
        (tmp_path / "held.txt").write_text(held.text)
        await desk.opens()
        key = (await desk.get("/ledger/key")).text.strip()
        command = [sys.executable, "-m", "audit.verify", county.url, "--key", key, "--json"]
        command += ["--checkpoint", str(tmp_path / "held.txt"), "--receipt", str(receipts)]
        run = partial(subprocess.run, command, capture_output=True, text=True, check=False)
        verified = await asyncio.to_thread(run)
    assert verified.returncode == 0, verified.stdout + verified.stderr
