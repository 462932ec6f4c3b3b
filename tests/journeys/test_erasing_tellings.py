"""What was told unasked, followed and passed on about an erased subject goes with it, to the last byte."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import Connection, exists, select

from gateway.store import erasing
from gateway.store.concerning import ABOUT_SUBJECTS
from gateway.store.oversight_tables import metadata
from gateway.store.process_tables import deliveries, duties, timers
from gateway.store.tables import notices, subject_keys, subjects
from tests.conftest import ACountyOf
from tests.county import InProcess, Json, emergency, is_problem
from tests.county_terms import HEALTH, PD, SCHOOLS, SOCIAL
from tests.journeys import telling_county
from tests.journeys.telling_county import meeting, offer, seat
from tests.journeys.test_erasures import ciphertexts, decided, found_in, officer, proposed, rows, told_of
from tests.journeys.test_following import goes_down

GONE = {
    "kind": "person",
    "family_name": "Thistlewood",
    "given_name": "Peregrine",
    "birth_date": "1994-11-05",
}
KEPT = {**GONE, "family_name": "Ashgrove", "birth_date": "1961-01-30"}
STATEMENT = {"statement": "vermilion statement"}
WORDS = ("Thistlewood", "Peregrine", "1994-11-05", "vermilion", "ochre", "cobalt")
TOLD = {
    "offers", "tellings", "conferences", "conference_seats", "duties", "onward", "corrections",
    "emergency_words",
    "correction_notices", "watches", "disclosures", "follow_ups", "deliveries", "emergencies", "idempotency",
    "queries", "answers", "subjects", "subject_keys",
}  # fmt: skip
"""Tables in which a telling leaves rows that are all about its subject."""


@pytest.fixture
def county(a_county: ACountyOf) -> InProcess:
    """Whose letters reach nobody, so that they stay on their way."""
    site = telling_county.site()
    for agency in site["agencies"]:
        agency["notify"] = {"email": "duty@agency.example"}
    mail = {"host": "127.0.0.1", "port": 9, "tls": "none", "sender": "gateway@riverside.example"}
    return a_county(**site, mail=mail)


async def made(answer: object) -> Json:
    assert answer.status_code in {200, 201}, answer.text  # type: ignore[attr-defined]
    body: Json = answer.json()  # type: ignore[attr-defined]
    return body


async def told(county: InProcess, subject: Json) -> str:
    """An offer taken up, one that waits, one in an emergency; a call by telephone. The first one's id."""
    police, schools, case = county.desk(PD), county.desk(SCHOOLS), await county.desk(PD).opens()
    body = offer(case, [SCHOOLS], {"threat-report": {"plan": "cobalt"}}, subject=subject)
    id: str = (await made(await police.post("/v1/offers", body, **{"Idempotency-Key": "k-" + case})))["id"]
    await made(await schools.get(f"/v1/offers/{id}"))
    await made(await schools.post(f"/v1/offers/{id}/acknowledge", {}))
    for agency, category, claim in (
        (SOCIAL, "safeguarding", None),
        (HEALTH, "mental-health", emergency(statement="ochre")),
    ):
        desk = county.desk(agency, role="liaison")
        body = offer(await desk.opens(), [PD], {category: "cobalt"}, subject=subject)
        await made(await desk.post("/v1/offers", {**body, **({"exception": claim} if claim else {})}))
    health = officer(county, HEALTH)
    (opened,) = (await health.get("/v1/emergencies?state=open")).json()["emergencies"]
    finding = {"finding": "justified", **STATEMENT}
    await made(await health.post(f"/v1/emergencies/{opened['id']}/finding", finding))
    at = (county.now() - timedelta(hours=1)).isoformat()
    call = offer(case, [SCHOOLS], {"threat-report": {"plan": "cobalt"}}, subject=subject)
    await made(await police.post("/v1/disclosures", {**call, "occurred_at": at, "how": "telephone"}))
    return id


async def followed(county: InProcess, subject: Json, told: str) -> None:
    """A conference, leave to pass on, a correction, duties done and violated, a watch, a lasting wait."""
    police, schools, case = county.desk(PD), county.desk(SCHOOLS), await county.desk(PD).opens()
    seats = [seat(PD, "badge-1"), seat(SOCIAL, "s-1")]
    called = await made(await police.post("/v1/conferences", meeting(case, seats, subject=subject)))
    task = {"seat": 2, "task": "ochre", "due": "2026-03-09"}
    await made(await police.post(f"/v1/conferences/{called['id']}/tasks", task))
    passing = {
        "about": told, "custodian": PD, "to": SOCIAL, "case": await schools.opens(), "reason": "ochre",
        "purpose": "threat-assessment", "categories": ["threat-report"],
    }  # fmt: skip
    onward = await made(await schools.post("/v1/onward", passing))
    liaison = county.desk(PD, "lia-1", "liaison")
    await made(await liaison.post(f"/v1/onward/{onward['id']}/grant", {}))
    wrong = {"kind": "wrong-person", "subject": subject, **STATEMENT}
    await made(await police.post("/v1/corrections", wrong))
    owed = (await schools.get("/v1/duties")).json()["duties"]
    first = next(duty for duty in owed if duty["code"] == "no-redisclosure" and duty["about"] == told)
    await made(await schools.post(f"/v1/duties/{first['id']}/fulfil", STATEMENT))
    goes_down(county, SCHOOLS)
    until = (county.now() + timedelta(days=60)).isoformat()
    question = police.question(case, "school-discipline", subject=subject, custodians=[SCHOOLS])
    await made(await police.post("/v1/watches", {**question, "until": until}))
    for days in (1, 1, 1, 30):
        county.clock.advance(days=days)
        await county.running.outbox.relay()
        await county.running.runner.turn()


async def lived(county: InProcess, subject: Json) -> str:
    id = await told(county, subject)
    await followed(county, subject, id)
    return id


async def watches_no_longer(county: InProcess) -> None:
    """So that nothing more is asked about who is watched."""
    police = county.desk(PD)
    for watch in (await police.get("/v1/watches")).json()["watches"]:
        await made(await police.post(f"/v1/watches/{watch['id']}/end", {"reason": "ochre"}))


async def erased(county: InProcess, subject: Json) -> None:
    """By every party that must set a schedule aside."""
    found = await proposed(officer(county, PD), subject)
    for agency in (PD, HEALTH, SCHOOLS, SOCIAL):
        desk = officer(county, agency, "po-2")
        shown = (await desk.get(f"/v1/erasures/{found['id']}")).json()
        if shown["state"] == "proposed":
            await decided(desk, found["id"], *[hold["schedule"] for hold in shown["holds"]])
    assert (await officer(county, PD).get(f"/v1/erasures/{found['id']}")).json()["state"] == "done"


def ids_in(county: InProcess) -> set[str]:
    """Every id in the store's rows."""
    return set(re.findall(r"\b[a-z]{3}_[0-9a-f]{24,32}\b", json.dumps(rows(county), default=str)))


def opened(county: InProcess) -> str:
    """Every payload of the ledger that can still be read."""
    ledger = county.running.store.ledger
    return county.running.store.read_now(
        lambda connection: "".join(
            leaf.opened[1].decode()
            for leaf in ledger.exported(connection, reveal=lambda _: True)
            if leaf.opened is not None
        )
    )


def letters_of_nothing(connection: Connection) -> list[str]:
    """Deliveries whose notice is gone."""
    told = exists().where(notices.c.id == deliveries.c.notice)
    return list(connection.execute(select(deliveries.c.id).where(~told)).scalars())


async def what_is_left(county: InProcess) -> list[str]:
    """What can still be found of somebody who lived in a county with one other, and was erased."""
    await lived(county, KEPT)
    await watches_no_longer(county)
    ids, sealed = ids_in(county), ciphertexts(county)
    kept = {name: len(rows(county)[name]) for name in TOLD}
    assert [name for name, number in kept.items() if not number] == []
    await lived(county, GONE)
    escaped = {name for name in TOLD if len(rows(county)[name]) <= kept[name]}
    assert escaped == set(), "nothing of the second person is there to be erased"
    assert "query-escalated" in opened(county)
    assert "duty-violated" in opened(county)
    theirs, about = ids_in(county) - ids, ciphertexts(county) - sealed
    await erased(county, GONE)
    files, now, ledger = list(told_of(county)), rows(county), opened(county)
    here = {id for id in theirs if id.startswith(("tmr_", "ntc_", "dlv_", "not_")) and id in ids_in(county)}
    left = [f"rows of {name}" for name in TOLD - {"deliveries"} if len(now[name]) > kept[name]]
    left += county.running.store.read_now(letters_of_nothing)
    left += [word for word in WORDS[:3] if any(word.encode() in file for file in files)]
    left += [id for id in theirs - here if id in ledger or any(id.encode() in file for file in files)]
    gone = about - ciphertexts(county)
    assert len(gone) > 40
    return left + [value.hex() for value in gone if found_in(files, value)]


async def test_nothing_told_or_followed_of_an_erased_subject_is_left(county: InProcess) -> None:
    assert await what_is_left(county) == []
    assert (await county.desk(PD).get("/v1/offers")).json()["offers"]
    account = await county.desk(PD, "aud", "auditor").post("/v1/accountings", {"subject": KEPT})
    assert {line["kind"] for line in account.json()["lines"]} == {"answer", "past-the-gateway", "question"}


async def test_a_part_that_erasing_forgets_is_found(
    county: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(erasing.PARTS, duties.c.about)
    assert "rows of duties" in await what_is_left(county)


def test_every_table_is_erased_from_or_passed_by_for_a_reason() -> None:
    parts = {column.table.name for column in erasing.PARTS}
    with_it = {table.name for table in (*ABOUT_SUBJECTS, subjects, subject_keys, notices, deliveries, timers)}
    assert parts | with_it | erasing.KEPT.keys() == metadata.tables.keys()
    assert (parts | with_it).isdisjoint(erasing.KEPT)


async def test_what_is_past_its_date_is_served_to_nobody_and_deleted(county: InProcess) -> None:
    id = await lived(county, GONE)
    await county.running.expiry.run()
    auditor = county.desk(PD, "aud", "auditor")
    account = (await auditor.post("/v1/accountings", {"subject": GONE})).json()
    assert {line["kind"] for line in account["lines"]} >= {"answer", "past-the-gateway"}
    county.clock.advance(days=3653 + 62)
    police = county.desk(PD)
    is_problem(await police.get(f"/v1/offers/{id}"), 404)
    for kind in ("offers", "conferences", "onward", "corrections", "watches"):
        assert (await police.get(f"/v1/{kind}")).json()[kind] == []
    await county.running.expiry.run()
    left = rows(county)
    assert [name for name in TOLD if left[name]] == []
    assert (await auditor.post("/v1/accountings", {"subject": GONE})).json()["lines"] == []
