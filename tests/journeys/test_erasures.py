"""A subject erased for good: by two persons, provably, with no byte of it left in any file of the store."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from audit.receipt import ShownReceipt
from audit.tables import payloads
from gateway.app import PUBLISHED
from gateway.store.tables import metadata
from tests.audit_site import verify_export
from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, emergency, is_problem
from tests.county_terms import HEALTH, PD, SCHOOLS, SOCIAL
from tests.journeys.test_accounts import vkey

WHY = {"reason": "The person was mistaken for another", "statute": "GDPR article 17"}


def officer(county: InProcess, agency: str, user: str = "po-1") -> Desk:
    return county.desk(agency, user, "privacy-officer")


async def proposed(desk: Desk, subject: Json) -> Json:
    answer = await desk.post("/v1/erasures", {"subject": subject, **WHY})
    assert answer.status_code == 202, answer.text
    told: Json = answer.json()
    return told


async def decided(desk: Desk, id: str, *set_aside: str, approve: bool = True) -> Json:
    body = {"approve": approve, "set_aside": list(set_aside)}
    answer = await desk.post(f"/v1/erasures/{id}/decision", body)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def told_of(county: InProcess) -> Iterator[bytes]:
    """Every file in the site's folder but the agencies' own data."""
    for path in county.folder.path.rglob("*"):
        if path.is_file() and "data" not in path.parts and "keys" not in path.parts:
            yield path.read_bytes()


def rows(county: InProcess) -> dict[str, list[tuple[object, ...]]]:
    def look(connection: object) -> dict[str, list[tuple[object, ...]]]:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]  # type: ignore[attr-defined]
            for table in metadata.sorted_tables
        }

    return county.running.store.read_now(look)


def ciphertexts(county: InProcess) -> set[bytes]:
    """Every sealed value, key and tag in the store, with the ledger's payloads."""
    found = {
        value
        for listed in rows(county).values()
        for row in listed
        for value in row
        if isinstance(value, bytes)
    }
    sealed = county.running.store.read_now(
        lambda connection: set(connection.execute(select(payloads.c.sealed)).scalars())
    )
    return {value for value in found | sealed if len(value) >= 24}


def found_in(files: list[bytes], value: bytes) -> bool:
    """Whether a piece of a value stands in a file; a long one is spread over pages of the database."""
    pieces = [value[start : start + 24] for start in range(0, len(value) - 23, 256)]
    return any(piece in file for piece in pieces for file in files)


async def lived(county: InProcess, subject: Json) -> Json:
    """Somebody with everything: consent, questions to several, an emergency reviewed, an account read."""
    desk = county.desk(PD)
    await desk.consents("health", "mental-health", subject=subject)
    case = await desk.opens()
    told = await desk.told(case, "health", "school-discipline", subject=subject, custodians=[HEALTH, SCHOOLS])
    named = {**subject, "identifiers": [{"system": "urn:mrn", "value": "E-1"}]}
    await desk.told(case, "health", subject=named, custodians=[HEALTH], exception=emergency())
    health = officer(county, HEALTH)
    (opened,) = (await health.get("/v1/emergencies?state=open")).json()["emergencies"]
    finding = {"finding": "justified", "statement": "It was as they said"}
    assert (await health.post(f"/v1/emergencies/{opened['id']}/finding", finding)).status_code == 200
    assert (await health.post("/v1/accountings", {"subject": subject})).json()["lines"]
    return told


async def test_nothing_of_an_erased_subject_is_left_and_every_proof_still_verifies(
    a_county: ACountyOf,
) -> None:
    county = a_county()
    keep, gone = county.new_patient(), county.new_patient()
    kept = await lived_quietly(county, keep)
    before = ciphertexts(county)
    told = await lived(county, gone)
    about = ciphertexts(county) - before
    erasure = await proposed(officer(county, HEALTH), gone)
    assert [hold["schedule"] for hold in erasure["holds"]] == ["hipaa-accounting"]
    done = await decided(officer(county, HEALTH, "po-2"), erasure["id"], "hipaa-accounting")
    assert (done["state"], done["holds"]) == ("done", [])
    assert done["entries"] > 0

    files = list(told_of(county))
    personal = [gone["family_name"], gone["given_name"], gone["birth_date"], WHY["reason"]]
    assert not [word for word in personal for file in files if word.encode() in file]
    erased = about - ciphertexts(county)
    assert len(erased) > 20
    assert not [value for value in erased if found_in(files, value)]
    left = rows(county)
    assert (len(left["subjects"]), len(left["queries"]), len(left["consents"])) == (1, 1, 1)
    assert {row[1] for row in left["subject_keys"]} == {row[0] for row in left["subjects"]}
    assert left["emergencies"] == left["account_suspensions"] == []

    desk = county.desk(PD)
    is_problem(await desk.get(f"/v1/queries/{told['id']}"), 404)
    assert (await officer(county, HEALTH).post("/v1/accountings", {"subject": gone})).json()["lines"] == []
    assert (await desk.reads(kept["id"]))["state"] == "answered"
    key = await vkey(county)
    receipts = [ShownReceipt.parse(answer["receipt"]) for answer in (*told["answers"], *kept["answers"])]
    for agency in (PD, HEALTH):
        export = await county.desk(agency, "aud-1", "auditor").get("/v1/ledger/export")
        report = verify_export(
            export.content, [(county.folder.path / PUBLISHED).read_text()], receipts, [key]
        )
        assert report.good, report.findings
        assert told["id"] not in export.text


async def lived_quietly(county: InProcess, subject: Json) -> Json:
    desk = county.desk(PD)
    await desk.consents("health", subject=subject)
    return await desk.told(await desk.opens(), "health", subject=subject, custodians=[HEALTH])


async def test_the_search_for_what_is_left_finds_what_was_not_erased(a_county: ACountyOf) -> None:
    county = a_county()
    before = ciphertexts(county)
    await lived_quietly(county, county.new_patient())
    about = ciphertexts(county) - before
    files = list(told_of(county))
    assert about
    assert [value for value in about if not found_in(files, value)] == []


async def test_what_was_erased_may_be_asked_about_anew(a_county: ACountyOf) -> None:
    county = a_county()
    person = county.new_patient()
    await lived_quietly(county, person)
    erasure = await proposed(officer(county, PD), person)
    assert (await decided(officer(county, HEALTH), erasure["id"], "hipaa-accounting"))["state"] == "done"
    await lived_quietly(county, person)
    found = (await officer(county, HEALTH).post("/v1/accountings", {"subject": person})).json()
    assert len(found["lines"]) == 1


async def test_nobody_approves_what_they_proposed(a_county: ACountyOf) -> None:
    county = a_county()
    person = county.new_patient()
    await lived_quietly(county, person)
    erasure = await proposed(officer(county, HEALTH), person)
    path, body = (
        f"/v1/erasures/{erasure['id']}/decision",
        {"approve": True, "set_aside": ["hipaa-accounting"]},
    )
    is_problem(await officer(county, HEALTH).post(path, body), 403, "forbidden")
    for role in ("caseworker", "liaison", "auditor", "administrator"):
        is_problem(await county.desk(HEALTH, "x-1", role).post(path, body), 403)
    is_problem(await officer(county, SOCIAL).post(path, body), 404)
    is_problem(await officer(county, SOCIAL).post("/v1/erasures", {"subject": person, **WHY}), 404)
    assert len(rows(county)["subjects"]) == 1


async def test_a_schedule_that_keeps_a_record_is_set_aside_by_name_or_not_at_all(a_county: ACountyOf) -> None:
    county = a_county()
    person = county.new_patient()
    await lived_quietly(county, person)
    erasure = await proposed(officer(county, HEALTH), person)
    path = f"/v1/erasures/{erasure['id']}/decision"
    for named in ([], ["ferpa-record"], ["hipaa-accounting", "part2-list"]):
        answer = await officer(county, HEALTH, "po-2").post(path, {"approve": True, "set_aside": named})
        is_problem(answer, 409, "conflict")
    assert len(rows(county)["subjects"]) == 1
    dropped = await decided(officer(county, PD), erasure["id"], approve=False)
    assert dropped["state"] == "dropped"
    is_problem(await officer(county, HEALTH, "po-2").post(path, {"approve": True}), 409)


async def test_what_another_agency_must_keep_waits_for_that_agency_and_is_not_told(
    a_county: ACountyOf,
) -> None:
    county = a_county()
    person, desk = county.new_patient(), county.desk(PD)
    await desk.told(await desk.opens(), "education-record", subject=person, custodians=[SCHOOLS])
    await lived_quietly(county, person)
    erasure = await proposed(officer(county, HEALTH), person)
    assert [hold["schedule"] for hold in erasure["holds"]] == ["hipaa-accounting"]
    waits = await decided(officer(county, HEALTH, "po-2"), erasure["id"], "hipaa-accounting")
    assert waits["state"] == "proposed"
    assert SCHOOLS not in json.dumps(waits)
    assert len(rows(county)["subjects"]) == 1
    done = await decided(officer(county, SCHOOLS), erasure["id"], "ferpa-record")
    assert done["state"] == "done"
    assert rows(county)["subjects"] == []
    for agency in (HEALTH, SCHOOLS, PD):
        listed = (await officer(county, agency).get("/v1/disclosures?kind=erased")).json()["disclosures"]
        assert [one["custodian"] for one in listed] == [agency]
        assert listed[0]["entries"] > 0


async def test_a_second_name_of_the_person_goes_too_and_a_namesake_stays(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    one = {"kind": "person", "family_name": "Ashgrove", "given_name": "Ida", "birth_date": "1990-01-02"}
    number = [{"system": "urn:mrn", "value": "9"}]
    for subject in ({**one, "identifiers": number}, {**one, "given_name": "IDA", "identifiers": number}):
        await desk.told(await desk.opens(), "health", subject=subject, custodians=[HEALTH])
    await desk.told(
        await desk.opens(), "health", subject={**one, "birth_date": "1931-07-09"}, custodians=[HEALTH]
    )
    assert len(rows(county)["subjects"]) == 3
    erasure = await proposed(officer(county, PD), {**one, "identifiers": number})
    await decided(
        officer(county, PD, "po-2"), erasure["id"], *[hold["schedule"] for hold in erasure["holds"]]
    )
    assert len(rows(county)["subjects"]) == 1


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"subject": None}, "subject"),
        ({"statute": None}, "statute"),
        ({"reason": ""}, "reason"),
        ({"x": 1}, "x"),
    ],
)
async def test_an_erasure_of_nothing_clear_is_a_422(county: InProcess, more: Json, key: str) -> None:
    body = {"subject": county.new_patient(), **WHY, **more}
    answer = await officer(county, HEALTH).post("/v1/erasures", body)
    assert key in is_problem(answer, 422)["detail"]


async def test_nothing_past_its_date_is_served_before_it_is_deleted_nor_after(a_county: ACountyOf) -> None:
    county = a_county()
    person = county.new_patient()
    told = await lived_quietly(county, person)
    desk, auditor = county.desk(PD), county.desk(HEALTH, "aud-1", "auditor")
    listed = f"/v1/disclosures?query={told['id']}"
    county.clock.advance(days=6 * 365)
    assert (await desk.get(f"/v1/queries/{told['id']}")).status_code == 200
    assert len((await auditor.get(listed)).json()["disclosures"]) == 2
    county.clock.advance(days=5)
    for deleted in (False, True):
        if deleted:
            assert await county.running.expiry.run() > 0
            assert rows(county)["queries"] == []
        is_problem(await desk.get(f"/v1/queries/{told['id']}"), 404)
        is_problem(await desk.get(f"/v1/queries/{told['id']}/explanation"), 404)
        assert (await auditor.get(listed)).json()["disclosures"] == []
        assert told["id"] not in (await auditor.get("/v1/ledger/export")).text
        assert (await auditor.post("/v1/accountings", {"subject": person})).json()["lines"] == []
    receipts = [ShownReceipt.parse(answer["receipt"]) for answer in told["answers"]]
    export = (await auditor.get("/v1/ledger/export")).content
    assert verify_export(export, [], receipts, [await vkey(county)]).good
