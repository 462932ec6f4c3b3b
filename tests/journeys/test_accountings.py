"""Accounts of disclosures under the statutes: what each lists, in which forms, what officials hold back."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import secrets
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, emergency, is_problem
from tests.county_terms import HEALTH, PD, SCHOOL, SCHOOLS, SOCIAL

SINCE = {"from": "2026-01-01"}


async def account(desk: Desk, subject: Json, statute: str, **more: str) -> Json:
    answer = await desk.post("/v1/accountings", {"subject": subject, "statute": statute, **more})
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def told_by_exception(county: InProcess) -> Json:
    """A person the health service told police about under a statutory exception."""
    patient, desk = county.new_patient(), county.desk(PD, f"badge-{secrets.token_hex(4)}")
    case = await desk.opens()
    told = await desk.told(case, "health", subject=patient, custodians=[HEALTH], exception=emergency())
    assert told["answers"][0]["basis"]["kind"] == "exception", told
    return patient


@pytest.mark.parametrize(
    ("statute", "kinds"),
    [
        ("hipaa-164.528", ["answer"]),
        ("gdpr-15", ["answer"]),
        ("part2", []),
        ("ferpa-99.32", []),
        ("privacy-act-552a(c)", []),
        ("our own rule 7", ["answer"]),
    ],
)
async def test_a_disclosure_under_an_exception_is_listed_by_the_rights_that_reach_it(
    county: InProcess, statute: str, kinds: list[str]
) -> None:
    patient = await told_by_exception(county)
    found = await account(county.desk(HEALTH, "aud-1", "auditor"), patient, statute)
    assert [line["kind"] for line in found["lines"]] == kinds
    for line in found["lines"]:
        assert line["recipient_name"] == "Riverside Pd"
        assert "Riverside Health told Riverside Pd a summary" in line["in_words"]["what"]
        assert line["in_words"]["why"].startswith("threat-assessment: ")
        assert "exception of law" in line["in_words"]["basis"]
        assert "clause 6.1: Police may ask" in line["in_words"]["basis"]


async def test_hipaa_leaves_out_what_the_person_authorised_and_says_so(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    await desk.consents("health", subject=patient)
    await desk.told(await desk.opens(), "health", subject=patient, custodians=[HEALTH])
    auditor = county.desk(HEALTH, "aud-1", "auditor")
    found = await account(auditor, patient, "hipaa-164.528")
    assert found["lines"] == []
    (left,) = found["left_out"]
    assert (left["citation"], left["number"]) == ("45 CFR 164.528(a)(1)(iv)", 1)
    assert len((await account(auditor, patient, "gdpr-15"))["lines"]) == 1


async def test_hipaa_reaches_back_six_years_and_no_further(a_county: ACountyOf) -> None:
    county = a_county()
    patient = await told_by_exception(county)
    auditor = county.desk(HEALTH, "aud-1", "auditor")
    county.clock.advance(days=6 * 365)
    early = await account(auditor, patient, "hipaa-164.528", **{"from": "2000-01-01"})
    assert len(early["lines"]) == 1
    county.clock.advance(days=5)
    late = await account(auditor, patient, "hipaa-164.528", **{"from": "2000-01-01"})
    assert late["lines"] == []
    assert late["from"] > early["from"]


async def test_the_record_of_a_school_lists_requests_too(county: InProcess) -> None:
    desk = county.desk(PD)
    person = {
        "kind": "person",
        "family_name": "Quillfeather",
        "given_name": "Ada",
        "birth_date": "2009-01-09",
    }
    await desk.told(await desk.opens(), "education-record", subject=person, custodians=[SCHOOLS])
    found = await account(county.desk(SCHOOLS, "aud-1", "auditor"), person, "ferpa-99.32")
    assert [line["kind"] for line in found["lines"]] == ["request"]
    assert (await account(county.desk(SCHOOLS, "aud-1", "auditor"), person, "34 CFR 99.32"))["lines"] == []


async def test_the_privacy_act_keeps_law_enforcement_from_the_subject_alone(county: InProcess) -> None:
    patient = await told_by_exception(county)
    officer = county.desk(HEALTH, "po-1", "privacy-officer")
    assert (await account(officer, patient, "privacy-act-552a(c)"))["left_out"] == []
    seen = await account(officer, patient, "privacy-act-552a(c)", on_behalf_of="oversight")
    assert [line["recipient"] for line in seen["lines"]] == [PD]


def suspension(subject: Json, **more: str) -> Json:
    return {
        "subject": subject,
        "recipient": PD,
        "form": "written",
        "official": "Lt M. Keller, Riverside PD",
        "statement": "An account would be reasonably likely to impede the inquiry into a threat",
        "until": "2026-06-30",
        **more,
    }


async def test_a_suspended_disclosure_is_held_back_from_the_subject_until_its_end(
    a_county: ACountyOf,
) -> None:
    county = a_county()
    patient = await told_by_exception(county)
    officer = county.desk(HEALTH, "po-1", "privacy-officer")
    stated = await officer.post("/v1/accountings/suspensions", suspension(patient))
    assert stated.status_code == 201, stated.text
    assert stated.json()["until"].startswith("2026-07-01T00:00:00")
    for behalf in ("subject", "representative"):
        found = await account(officer, patient, "hipaa-164.528", on_behalf_of=behalf)
        assert (found["lines"], found["left_out"]) == ([], [])
    (line,) = (await account(officer, patient, "hipaa-164.528", on_behalf_of="oversight"))["lines"]
    assert line["held_back_until"].startswith("2026-07-01")
    (recorded,) = (await officer.get("/v1/disclosures?kind=accounting-suspended")).json()["disclosures"]
    assert (recorded["form"], recorded["official_of"]) == ("written", PD)
    (listed,) = (await officer.get("/v1/accountings/suspensions")).json()["suspensions"]
    assert listed["standing"] is True
    others = await county.desk(SOCIAL, "po-1", "privacy-officer").get("/v1/accountings/suspensions")
    assert others.json()["suspensions"] == []
    county.clock.advance(days=130)
    assert len((await account(officer, patient, "hipaa-164.528"))["lines"]) == 1


async def test_a_statement_by_word_of_mouth_holds_thirty_days_at_most(a_county: ACountyOf) -> None:
    county = a_county()
    patient = await told_by_exception(county)
    officer = county.desk(HEALTH, "po-1", "privacy-officer")
    oral = {**suspension(patient, form="oral")}
    is_problem(await officer.post("/v1/accountings/suspensions", oral), 422)
    oral.pop("until")
    stated = await officer.post("/v1/accountings/suspensions", oral)
    assert stated.json()["until"].startswith("2026-04-01T12:00")
    assert (await account(officer, patient, "hipaa-164.528"))["lines"] == []
    county.clock.advance(days=30)
    assert len((await account(officer, patient, "hipaa-164.528"))["lines"]) == 1


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"recipient": SCHOOLS}, "recipient"),
        ({"recipient": "nobody-at-all"}, "recipient"),
        ({"until": "2026-01-01"}, "until"),
        ({"until": "2060-01-01"}, "until"),
        ({"until": None}, "until"),
        ({"official": None}, "official"),
        ({"form": "rumour"}, "form"),
    ],
)
async def test_a_suspension_that_the_rule_does_not_allow_is_a_422(
    county: InProcess, more: Json, key: str
) -> None:
    officer = county.desk(HEALTH, "po-1", "privacy-officer")
    answer = await officer.post("/v1/accountings/suspensions", {**suspension(SCHOOL), **more})
    assert key in is_problem(answer, 422)["detail"]


@pytest.mark.parametrize("role", ["caseworker", "liaison", "auditor", "administrator"])
async def test_only_a_privacy_officer_suspends(county: InProcess, role: str) -> None:
    answer = await county.desk(HEALTH, role=role).post("/v1/accountings/suspensions", suspension(SCHOOL))
    is_problem(answer, 403)


async def test_an_account_prints_as_a_page_that_fetches_nothing(county: InProcess) -> None:
    patient = await told_by_exception(county)
    auditor = county.desk(HEALTH, "aud-1", "auditor")
    body = {"subject": patient, "statute": "<script>alert(1)</script>"}
    page = await auditor.post("/v1/accountings", body, Accept="text/html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.startswith("<!doctype html>")
    assert "Riverside Health told Riverside Pd a summary" in page.text
    assert "@media print" in page.text
    assert "&lt;script&gt;" in page.text
    assert not any(word in page.text for word in ("<script", "http:", "https:", "<link", "<img"))
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    assert patient["family_name"] not in page.text


async def test_an_account_is_a_table_for_a_spreadsheet(county: InProcess) -> None:
    patient = await told_by_exception(county)
    auditor = county.desk(HEALTH, "aud-1", "auditor")
    sheet = await auditor.post("/v1/accountings", {"subject": patient}, Accept="text/csv")
    head, row = csv.reader(io.StringIO(sheet.text))
    assert head[:4] == ["Date (UTC)", "Recipient", "Contact", "What"]
    assert row[:2] == ["2026-03-02 12:00", "Riverside Pd"]
    mixed = "text/csv;q=0.2, application/json"
    json_first = await auditor.post(
        "/v1/accountings", {"subject": patient}, Accept="application/json, text/csv"
    )
    assert json_first.json()["lines"]
    assert (await auditor.post("/v1/accountings", {"subject": patient}, Accept=mixed)).status_code == 200


async def test_each_line_is_proved_offline_by_the_verifier(county: InProcess, tmp_path: Path) -> None:
    patient = await told_by_exception(county)
    found = await account(county.desk(HEALTH, "aud-1", "auditor"), patient, "hipaa-164.528")
    async with county.connect() as client:
        key = (await client.get("/ledger/key")).text.strip()
    file = tmp_path / "account.json"
    for index, good in ((0, True), (1, False)):
        if not good:
            found["lines"][0]["proof"]["index"] -= 1
        file.write_text(json.dumps(found))
        command = [sys.executable, "-m", "audit.verify", "--key", key, "--receipt", str(file)]
        call = partial(subprocess.run, command, capture_output=True, text=True, check=False)
        run = await asyncio.to_thread(call)
        assert (run.returncode == 0) is good, (index, run.stdout, run.stderr)


async def test_reading_an_account_is_itself_an_entry(county: InProcess) -> None:
    patient = await told_by_exception(county)
    auditor = county.desk(HEALTH, "aud-reads", "auditor")
    await account(auditor, patient, "gdpr-15")
    seen = (await auditor.get("/v1/disclosures?user=aud-reads&kind=accounting")).json()["disclosures"]
    assert [(one["statute"], one["on_behalf_of"]) for one in seen] == [("gdpr-15", "subject")]
