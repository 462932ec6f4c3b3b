"""A store that cannot record: 503, nothing disclosed; and everything as before once it can again."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.conftest import ACountyOf
from tests.county import (
    County,
    Folder,
    Json,
    Served,
    about,
    consent_body,
    county_served,
    emergency,
    is_problem,
    make_folder,
    refused_to_serve,
)
from tests.county_terms import HEALTH, PD, SCHOOLS, SOCIAL
from tests.faults.test_exchange_race import behind_a_gate


@contextmanager
def failing(folder: Folder, table: str, when: str = "1") -> Iterator[None]:
    """Make the database refuse rows of a table, as a broken disk would in the middle of a commit."""

    def run(statement: str) -> None:
        with sqlite3.connect(folder.database, timeout=10) as connection:
            connection.execute(statement)
        connection.close()

    run(
        f"CREATE TRIGGER broken BEFORE INSERT ON {table} WHEN {when} "
        "BEGIN SELECT abs(-9223372036854775808); END"
    )
    try:
        yield
    finally:
        run("DROP TRIGGER broken")


async def size(county: County) -> int:
    async with county.connect() as client:
        return int((await client.get("/readyz")).json()["ledger_size"])


async def test_1_what_cannot_be_recorded_as_asked_is_not_asked(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    gated = behind_a_gate(county, SCHOOLS, delay=0)
    with failing(county.folder, "ledger_entries"):
        answer = await desk.asks(case, "school-discipline", custodians=[SCHOOLS])
    is_problem(answer, 503, "not-recorded")
    assert not gated.asked.is_set()
    assert "fight" not in answer.text


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_payloads", "ledger_checkpoints", "answers"])
async def test_1_what_cannot_be_recorded_as_answered_is_not_told(a_county: ACountyOf, table: str) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    before = await size(county)
    column = {"answers": "1", "ledger_checkpoints": f"NEW.size > {before + 1}"}
    when = column.get(table, f"NEW.entry_index > {before}")
    with failing(county.folder, table, when):
        answer = await desk.asks(case, "school-discipline", custodians=[SCHOOLS])
        is_problem(answer, 503, "not-recorded")
        assert "suspended" not in answer.text
        assert "fight" not in answer.text
        assert await size(county) == before + 1
    told = await desk.told(case, "school-discipline", custodians=[SCHOOLS])
    assert told["answers"][0]["result"] == "information-held"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/cases", {"reference": "NEW-1", "kind": "threat-assessment", "concern": "low", "flags": [],
                       "manager": {"id": "b", "name": "B"}, "next_review": "2026-12-01"}),
        ("/v1/consents", consent_body("health")),
    ],
)  # fmt: skip
async def test_1_nothing_is_done_that_is_not_recorded(a_county: ACountyOf, path: str, body: Json) -> None:
    county = a_county()
    desk = county.desk(PD)
    await desk.opens()
    with failing(county.folder, "ledger_entries"):
        is_problem(await desk.post(path, body), 503, "not-recorded")
    assert (await desk.post(path, body)).status_code == 201


async def test_1_a_review_is_not_released_that_is_not_recorded(a_county: ACountyOf) -> None:
    county = a_county()
    desk, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    told = await desk.told(await desk.opens(), "safeguarding", custodians=[SOCIAL])
    review = (await liaison.get("/v1/reviews?state=open")).json()["reviews"][0]
    path = f"/v1/reviews/{review['id']}/release"
    with failing(county.folder, "ledger_entries"):
        is_problem(await liaison.post(path, {"items": ["safeguarding"]}), 503)
    assert (await desk.reads(told["id"]))["answers"][0]["record"] is None
    assert (await liaison.post(path, {"items": ["safeguarding"]})).status_code == 200


async def test_1_one_who_looks_is_told_nothing_when_the_looking_is_not_recorded(a_county: ACountyOf) -> None:
    county = a_county()
    desk, auditor = county.desk(PD), county.desk(PD, role="auditor")
    await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    with failing(county.folder, "ledger_entries"):
        answer = await auditor.get("/v1/disclosures")
    is_problem(answer, 503)
    assert SCHOOLS not in answer.text


@pytest.mark.parametrize("table", ["notices", "emergencies"])
async def test_13_92_an_emergency_whose_alert_cannot_be_recorded_opens_nothing(
    a_county: ACountyOf, table: str
) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    before = await size(county)
    with failing(county.folder, table):
        answer = await desk.asks(case, "health", custodians=[HEALTH], exception=emergency())
    assert answer.status_code == 503, answer.text
    assert "asthma" not in answer.text
    assert await size(county) == before
    told = await desk.told(case, "health", custodians=[HEALTH], exception=emergency())
    assert about(told, "health")["result"] == "information-held"


def full_disk(county: Served, limit: int) -> None:
    """Let no file of the gateway's process grow beyond so many bytes."""
    _, hard = resource.prlimit(county.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(county.process.pid, resource.RLIMIT_FSIZE, (limit, hard))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return make_folder(tmp_path_factory.mktemp("served") / "county", datetime.now(UTC))


@pytest.mark.parametrize("also_the_log", [False, True], ids=["store", "store-and-log"])
async def test_113_a_full_disk_is_a_503_and_heals(served: Folder, also_the_log: bool) -> None:
    with county_served(served) as county:
        desk = county.desk(PD)
        case = await desk.opens()
        await desk.told(case, "school-discipline", custodians=[SCHOOLS])
        before = await size(county)
        full_disk(county, 0 if also_the_log else served.path.joinpath("gateway.db-wal").stat().st_size)
        refused = [await desk.asks(case, "school-discipline", custodians=[SCHOOLS]) for _ in range(3)]
        assert await size(county) == before
        full_disk(county, resource.RLIM_INFINITY)
        for answer in refused:
            is_problem(answer, 503, "not-recorded")
            assert "fight" not in answer.text
        await desk.told(case, "school-discipline", custodians=[SCHOOLS])
        verified(county, await key_of(county))


async def key_of(county: County) -> str:
    async with county.connect() as client:
        return (await client.get("/ledger/key")).text.strip()


def verified(county: Served, key: str) -> None:
    command = [sys.executable, "-m", "audit.verify", county.url, "--key", key]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


async def test_1_every_answer_that_left_before_a_kill_is_in_the_ledger(served: Folder) -> None:
    received: list[Json] = []
    enough = asyncio.Event()
    with county_served(served) as county:
        desk = county.desk(PD)
        case = await desk.opens()

        async def ask_on() -> None:
            while True:
                try:
                    answer = await desk.asks(
                        case, "school-discipline", "safeguarding", custodians=[SCHOOLS, SOCIAL]
                    )
                except httpx.HTTPError:
                    return
                received.extend(answer.json().get("answers", ()))
                if len(received) >= 30:
                    enough.set()

        asking = [asyncio.create_task(ask_on()) for _ in range(4)]
        await enough.wait()
        county.process.kill()
        await asyncio.gather(*asking)
    with county_served(served) as county:
        desk = county.desk(PD)
        for answer in received:
            entry = await desk.get(f"/v1/ledger/entries/{answer['receipt']['index']}")
            assert entry.json()["leaf_hash"] == answer["receipt"]["leaf_hash"]
        verified(county, await key_of(county))


async def test_1_a_kill_between_ask_and_answer_leaves_the_ask_recorded(served: Folder) -> None:
    file = served.path / "data" / f"{SCHOOLS}.json"
    content = file.read_bytes()
    file.unlink()
    os.mkfifo(file)
    with county_served(served) as county:
        desk = county.desk(PD)
        case = await desk.opens()
        before = await size(county)
        asking = asyncio.create_task(desk.asks(case, "school-discipline", custodians=[SCHOOLS]))
        while await size(county) == before:  # noqa: ASYNC110 -- it happens in another process
            await asyncio.sleep(0.01)
        county.process.kill()
        with pytest.raises(httpx.HTTPError):
            await asking
    file.unlink()
    file.write_bytes(content)
    with county_served(served) as county:
        listed = await county.desk(PD, role="auditor").get(f"/v1/disclosures?case={case}")
        kinds = [entry["kind"] for entry in listed.json()["disclosures"]]
        assert kinds == ["case-opened", "asked"]
        verified(county, await key_of(county))


async def test_1_a_question_whose_answer_was_not_recorded_is_not_dropped(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    with failing(county.folder, "ledger_entries", f"NEW.entry_index > {await size(county)}"):
        is_problem(await desk.asks(case, "school-discipline", custodians=[SCHOOLS]), 503)
    listed = await county.desk(PD, role="auditor").get(f"/v1/disclosures?case={case}&kind=asked")
    county.clock.advance(seconds=5)
    read = await desk.reads(listed.json()["disclosures"][0]["query"])
    assert [(one["custodian"], one["result"]) for one in read["answers"]] == [(SCHOOLS, "information-held")]


def test_113_a_store_that_cannot_be_opened_refuses_to_start(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county", datetime.now(UTC))
    folder.database.write_bytes(b"this is no database" * 100)
    assert "storage" in refused_to_serve(folder)
