"""An auditor's questions, over HTTP and from the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, county_served, emergency, is_problem, make_folder
from tests.county_terms import BRIEF, DANIEL, HEALTH, MAIN, PD, SCHOOLS, SOCIAL, STRANGER
from tests.journeys.test_accounts import proves, vkey

QUESTIONS = ("unreviewed-emergencies", "lookups", "groups")


def auditor(county: InProcess, agency: str) -> Desk:
    return county.desk(agency, "aud-1", "auditor")


async def asks(desk: Desk, question: str, **body: object) -> Json:
    answer = await desk.post(f"/v1/audit/{question}", body)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    assert told["note"].startswith("The ledger proves what went through the gateway, and nothing else.")
    return told


async def test_that_an_agency_received_something_is_proved(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    for agency in (PD, SCHOOLS):
        found = await asks(auditor(county, agency), "received", requester=PD, query=told["id"])
        assert found["received"] is True
        (line,) = found["lines"]
        assert (line["custodian"], line["categories"]) == (SCHOOLS, ["school-discipline"])
        assert line["fields"] == ["incident_date", "outcome"]
        assert proves(line["proof"], await vkey(county))


async def test_that_an_agency_did_not_receive_something_is_said_with_what_was_looked_through(
    county: InProcess,
) -> None:
    person = county.new_patient()
    schools = auditor(county, SCHOOLS)
    nothing = await asks(schools, "received", requester=PD, subject=person)
    assert (nothing["received"], nothing["lines"]) == (False, [])
    assert nothing["verdict"].startswith(f"{PD} neither asked for nor received")
    desk = county.desk(PD)
    await desk.told(await desk.opens(), "school-discipline", subject=person, custodians=[SCHOOLS])
    asked = await asks(schools, "received", requester=PD, subject=person)
    assert asked["received"] is False
    assert asked["verdict"].startswith(f"{PD} asked 1 times and received nothing")
    assert asked["examined"] == 2 + 1  # the question, the answer, and the look before
    assert asked["checkpoint"]


async def test_what_is_masked_is_no_more_told_to_the_requesters_auditor(county: InProcess) -> None:
    desk, person = county.desk(PD), county.new_patient()
    stranger = {**STRANGER, "family_name": f"Nobody {county.new_reference()}"}
    for subject in (person, stranger):
        await desk.told(
            await desk.opens(), "mental-health", subject=subject, level="existence", custodians=[HEALTH]
        )
    verdicts = [
        (await asks(auditor(county, PD), "received", subject=subject, category="mental-health"))["verdict"]
        for subject in (person, stranger)
    ]
    assert verdicts[0] == verdicts[1]


async def test_who_got_what_is_answered_by_subject_person_case_and_clause(county: InProcess) -> None:
    user = county.new_reference().lower()
    desk = county.desk(PD, user)
    case = await desk.opens()
    told = await desk.told(case, "school-discipline", "threat-report", custodians=[SCHOOLS])
    schools = auditor(county, SCHOOLS)
    for body in (
        {"case": case},
        {"asked_by": user},
        {"query": told["id"]},
        {"subject": DANIEL, "case": case},
    ):
        found = await asks(schools, "who", **body)
        assert {line["basis"]["clause"] for line in found["lines"]} == {"1.1", "1.2"}, body
        assert {line["user"] for line in found["lines"]} == {user}
    (one,) = (await asks(schools, "who", case=case, agreement=MAIN, clause="1.2"))["lines"]
    assert (one["categories"], one["purpose"]) == (["threat-report"], "threat-assessment")
    assert (await asks(schools, "who", case=case, agreement=BRIEF))["lines"] == []
    assert (await asks(schools, "who", case=case, to="2020-01-01"))["lines"] == []
    assert (await asks(auditor(county, SOCIAL), "who", case=case))["lines"] == []


async def test_emergencies_nobody_reviewed_are_listed_until_somebody_has(a_county: ACountyOf) -> None:
    county = a_county()
    desk, patient = county.desk(PD), county.new_patient()
    await desk.told(await desk.opens(), "health", subject=patient, custodians=[HEALTH], exception=emergency())
    health = auditor(county, HEALTH)
    path = "/v1/audit/unreviewed-emergencies"
    (found,) = (await health.get(path)).json()["emergencies"]
    assert (found["overdue"], found["user"]) == (False, "badge-1")
    county.clock.advance(hours=73)
    assert (await health.get(path)).json()["overdue"] == 1
    finding = {"finding": "justified", "statement": "It was as they said"}
    officer = county.desk(HEALTH, "po-1", "privacy-officer")
    assert (await officer.post(f"/v1/emergencies/{found['emergency']}/finding", finding)).status_code == 200
    assert (await health.get(path)).json()["emergencies"] == []
    assert (await auditor(county, SCHOOLS).get(path)).json()["emergencies"] == []


async def test_who_looks_up_far_more_than_others_or_their_own_stands_out(a_county: ACountyOf) -> None:
    county = a_county(budgets={"subjects_per_user_day": 100, "queries_per_case": 100})
    for user, number in (("badge-1", 2), ("badge-2", 2), ("badge-3", 14)):
        desk = county.desk(PD, user)
        case = await desk.opens()
        for _ in range(number):
            await desk.told(case, "health", subject=county.new_patient(), custodians=[HEALTH])
    reyes = {"kind": "person", "family_name": "Reyes", "given_name": "Tomas", "birth_date": "1981-01-01"}
    desk = county.desk(PD, "badge-1")
    await desk.told(await desk.opens(), "health", subject=reyes)
    answer = await auditor(county, PD).get("/v1/audit/lookups")
    told = {row["user"]: row for row in answer.json()["users"]}
    assert told["badge-3"]["stands_out"] == ["far-more"]
    assert (told["badge-1"]["stands_out"], told["badge-1"]["subjects"]) == (["own-family-name"], 3)
    assert told["badge-2"]["stands_out"] == []
    assert "Tomas" not in answer.text
    assert "1981" not in answer.text
    assert (await auditor(county, HEALTH).get("/v1/audit/lookups")).json()["users"] == []


async def test_a_sample_is_drawn_of_each_day_and_seen_by_both_sides(a_county: ACountyOf) -> None:
    county = a_county(budgets={"subjects_per_user_day": 100, "queries_per_case": 100})
    desk = county.desk(PD)
    case = await desk.opens()
    asked = [
        (await desk.told(case, "health", subject=county.new_patient(), custodians=[HEALTH]))["id"]
        for _ in range(25)
    ]
    first = (await auditor(county, HEALTH).get("/v1/samples")).json()
    assert (first["of"], len(first["samples"])) == (25, 2)
    assert {one["query"] for one in first["samples"]} <= set(asked)
    assert all(
        [entry["kind"] for entry in one["entries"]] == ["asked", "answered"] for one in first["samples"]
    )
    assert (await auditor(county, HEALTH).get("/v1/samples")).json()["samples"] == first["samples"]
    assert (await auditor(county, HEALTH).get("/v1/samples?to=2020-01-01")).json()["samples"] == []


async def test_treatment_is_counted_by_group_with_small_numbers_hidden(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    for _ in range(6):
        await desk.told(case, "school-discipline", custodians=[SCHOOLS])
    await desk.told(case, "school-discipline", subject=STRANGER, custodians=[SCHOOLS])
    told = (await auditor(county, PD).get("/v1/audit/groups")).json()["groups"]
    ages = {row["value"]: row for row in told if row["group"] == "age"}
    assert ages["12 to 17"]["questions"] is None
    assert ages["25 to 64"]["questions"] is None
    (role,) = (row for row in told if row["group"] == "role")
    assert (role["questions"], role["told"], role["not_told"], role["emergencies"]) == (7, None, None, 0)


async def test_the_ledger_is_held_against_the_custodians_own_log(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    missing = await desk.told(await desk.opens(), "threat-report", custodians=[SCHOOLS])
    log = [{"at": "2026-03-02T12:00:30Z", "query": told["id"]}, {"at": "2026-03-01T03:12:00Z"}]
    found = await asks(auditor(county, SCHOOLS), "reconcile", accesses=log)
    assert found["matched"] == 1
    assert [row["line"] for row in found["only_in_log"]] == [2]
    assert [row["query"] for row in found["only_in_ledger"]] == [missing["id"]]


@pytest.mark.parametrize("question", [*(f"audit/{name}" for name in QUESTIONS), "samples"])
async def test_each_answer_is_a_page_a_table_and_an_entry(county: InProcess, question: str) -> None:
    reader = county.desk(PD, county.new_reference().lower(), "auditor")
    page = await reader.get(f"/v1/{question}", Accept="text/html")
    assert page.text.startswith("<!doctype html>")
    assert "nothing else" in page.text
    sheet = await reader.get(f"/v1/{question}?from=2026-01-01", Accept="text/csv")
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    seen = (await reader.get(f"/v1/disclosures?user={reader.user}&kind=audit")).json()["disclosures"]
    assert [one["question"] for one in seen] == [question.removeprefix("audit/")] * 2


@pytest.mark.parametrize("question", [*QUESTIONS, "received", "who", "reconcile"])
async def test_questions_are_for_auditors_and_privacy_officers(county: InProcess, question: str) -> None:
    method = "GET" if question in QUESTIONS else "POST"
    body: Json | None = {"accesses": []} if question == "reconcile" else {}
    if method == "GET":
        body = None
    for role in ("caseworker", "liaison", "administrator"):
        is_problem(await county.desk(PD, role=role).call(method, f"/v1/audit/{question}", body), 403)


async def test_an_inquiry_that_means_nothing_is_a_422(county: InProcess) -> None:
    for body, key in (
        ({"colour": "red"}, "colour"),
        ({"category": "x"}, "category"),
        ({"from": "soon"}, "from"),
    ):
        assert key in is_problem(await auditor(county, PD).post("/v1/audit/who", body), 422)["detail"]
    is_problem(await auditor(county, PD).get("/v1/samples?colour=red"), 422)


async def test_every_question_is_one_command(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county", datetime.now(UTC))
    with county_served(folder) as county:
        desk = county.desk(PD)
        told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
        (tmp_path / "daniel.json").write_text(json.dumps(DANIEL))
        (tmp_path / "key.pem").write_bytes(folder.keys[SCHOOLS].pem())
        (tmp_path / "log.csv").write_text(
            f"at,user,query\n{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ},x,{told['id']}\n"
        )
        (tmp_path / "log.jsonl").write_text('{"at": "2026-01-01T00:00:00Z", "who": "x"}\n')
        page = tmp_path / "page.html"

        async def run(*words: str, html: bool = False) -> Result:
            asking = ["audit", "--url", county.url, "--issuer", "https://gateway.riverside.example"]
            asking += ["--agency", SCHOOLS, "--key", str(tmp_path / "key.pem"), "--user", "aud-1"]
            asking += ["--html", str(page)] if html else ["--json"]
            return await asyncio.to_thread(CliRunner().invoke, app, [*asking, *words])

        subject = str(tmp_path / "daniel.json")
        for words, code in (
            (["received", PD, "--subject", subject], 0),
            (["received", HEALTH, "--subject", subject], 1),
            (["who", "--clause", "1.1", "--agreement", MAIN], 0),
            (["unreviewed-emergencies"], 0),
            (["lookups"], 0),
            (["groups", "--from", "2026-01-01"], 0),
            (["samples"], 0),
            (["reconcile", str(tmp_path / "log.csv")], 0),
            (["reconcile", str(tmp_path / "log.jsonl")], 1),
            (["reconcile", str(tmp_path / "nothing.csv")], 2),
        ):
            done = await run(*words)
            assert done.exit_code == code, (words, done.output)
            assert code == 2 or json.loads(done.stdout)["note"]
        shown = await run("received", PD, "--subject", subject, html=True)
        assert f"{PD} received what was asked about" in shown.stdout
        assert page.read_text().startswith("<!doctype html>")
