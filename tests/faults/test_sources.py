"""Sources that are gone, slow, locked or torn: always a labelled fault, never a part of an answer."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
import traceback
from contextlib import closing
from pathlib import Path

import pytest

from adapters.file import FilePartner
from adapters.mapping_form import read_mapping
from adapters.partner import Fault, Match, SourceError
from adapters.sql import SqlPartner
from adapters.sql_source import DEADLINE_SECONDS
from agreements.subject import Subject
from agreements.terms import Category, Level
from tests.contracts.adapter_contract import KNOWN, permit
from tests.contracts.county import COUNTY
from tests.contracts.records_database import MAPPING, RecordsDatabase
from tests.contracts.test_file_contract import world_json

PERMITS = (permit(Category.CRIMINAL_HISTORY, Level.RECORD, ["statute"]),)
ENDLESS = """
CREATE VIEW charge AS WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter)
SELECT n AS charge_id, 1 AS person_id, 'x' AS offence, 'x' AS statute, 'x' AS disposition, 1 AS counts,
1 AS fine, 0 AS sealed FROM counter WHERE n < 0
"""


def sql_partner(path: Path) -> SqlPartner:
    return SqlPartner(f"sqlite:///{path}", read_mapping(MAPPING, "m.yaml"))


def county_database(path: Path) -> RecordsDatabase:
    database = RecordsDatabase(path)
    database.add_world(COUNTY)
    return database


async def fault_of_fetch(partner: SqlPartner) -> Fault:
    match = await partner.find(Subject(KNOWN), PERMITS)
    assert isinstance(match, Match)
    with pytest.raises(SourceError) as raised:
        await partner.fetch(match, PERMITS)
    assert "Okafor" not in "".join(traceback.format_exception(raised.value))
    return raised.value.fault


async def test_a_statement_that_never_ends_is_interrupted(tmp_path: Path) -> None:
    database = county_database(tmp_path / "rms.db")
    database.run("DROP TABLE charge")
    database.run(ENDLESS)
    database.close()
    partner = sql_partner(tmp_path / "rms.db")
    began = time.monotonic()
    assert await fault_of_fetch(partner) is Fault.TIMEOUT
    assert time.monotonic() - began < DEADLINE_SECONDS + 1.5
    # The connection is whole again for the next question.
    assert isinstance(await partner.find(Subject(KNOWN), PERMITS), Match)
    await partner.close()


async def test_the_event_loop_goes_on_while_a_source_hangs(tmp_path: Path) -> None:
    database = county_database(tmp_path / "rms.db")
    database.run("DROP TABLE charge")
    database.run(ENDLESS)
    database.close()
    partner = sql_partner(tmp_path / "rms.db")
    hanging = asyncio.create_task(fault_of_fetch(partner))
    ticks = 0
    while not hanging.done():
        await asyncio.sleep(0.05)
        ticks += 1
    assert await hanging is Fault.TIMEOUT
    assert ticks > 10
    await partner.close()


async def test_a_locked_database_times_out(tmp_path: Path) -> None:
    path = tmp_path / "rms.db"
    county_database(path).close()
    partner = sql_partner(path)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert not await partner.health()
        writer.rollback()
    assert await partner.health()
    await partner.close()


async def test_a_database_that_vanishes_is_unreachable(tmp_path: Path) -> None:
    path = tmp_path / "rms.db"
    partner = sql_partner(path)
    with pytest.raises(SourceError) as raised:
        await partner.find(Subject(KNOWN), PERMITS)
    assert raised.value.fault is Fault.UNREACHABLE
    assert not path.exists()
    await partner.close()


async def test_a_database_torn_in_the_middle_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "rms.db"
    county_database(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    partner = sql_partner(path)
    with pytest.raises(SourceError) as raised:
        await partner.find(Subject(KNOWN), PERMITS)
    assert raised.value.fault is Fault.MALFORMED
    await partner.close()


@pytest.mark.parametrize("at", range(0, 1000, 97))
async def test_a_file_cut_anywhere_is_malformed(tmp_path: Path, at: int) -> None:
    path = tmp_path / "health.json"
    text = json.dumps(world_json(COUNTY))
    path.write_text(text[:at])
    partner = FilePartner(path)
    with pytest.raises(SourceError) as raised:
        await partner.find(Subject(KNOWN), PERMITS)
    assert raised.value.fault is Fault.MALFORMED
    assert await partner.health() is False


@pytest.mark.parametrize(
    "body",
    [
        b'{"subjects": [NaN]}',
        b'{"subjects": [], "subjects": []}',
        b"\xef\xbb\xbf{}",
        b'{"subjects": ["\xff"]}',
        b'{"subjects": ["\\ud800"]}',
        b"[" * 100_000,
        b"",
    ],
    ids=["nan", "key-twice", "byte-order-mark", "not-utf-8", "lone-surrogate", "deep", "empty"],
)
async def test_a_file_two_readers_could_take_differently_is_malformed(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "health.json"
    path.write_bytes(body)
    with pytest.raises(SourceError) as raised:
        await FilePartner(path).find(Subject(KNOWN), PERMITS)
    assert raised.value.fault is Fault.MALFORMED


async def test_a_file_taken_away_is_unreachable(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    path.write_text(json.dumps(world_json(COUNTY)))
    partner = FilePartner(path)
    assert await partner.health()
    path.unlink()
    with pytest.raises(SourceError) as raised:
        await partner.find(Subject(KNOWN), PERMITS)
    assert raised.value.fault is Fault.UNREACHABLE
