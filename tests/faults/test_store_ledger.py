"""The ledger of a running site: tampering found offline, purging without a trace, no way back in time."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from audit.checkpoint import VerifierKey
from audit.faults import LedgerBehind
from audit.ledger import Ledger
from audit.receipt import ShownReceipt
from audit.report import Report
from gateway.app import Running
from gateway.keys import gateway_keys
from gateway.settings import Settings
from gateway.site import read_site
from gateway.store.transaction import Transaction
from tests.audit_site import exported, open_engine, verify_export
from tests.conftest import ACountyOf
from tests.county import Folder, InProcess, Json, county_in_process, make_folder, refused_to_serve
from tests.county_terms import DANIEL, PD, SCHOOLS, SOCIAL


def connected(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(database, isolation_level=None)


def lived(folder: Folder) -> tuple[list[Json], str]:
    """Let a county live for a while: the receipts it gave and the last checkpoint it showed."""

    async def live(county: InProcess) -> tuple[list[Json], str]:
        desk = county.desk(PD)
        case, receipts = await desk.opens(), []
        for category, custodian in (("school-discipline", SCHOOLS), ("family-services", SOCIAL)) * 4:
            told = await desk.told(case, category, custodians=[custodian])
            receipts.append(told["answers"][0]["receipt"])
        return receipts, (await desk.get("/ledger/checkpoint")).text

    with county_in_process(folder) as county:
        return asyncio.run(live(county))


def audited(folder: Folder, receipts: list[Json], checkpoint: str) -> Report:
    """What the offline verifier says of the site's store, given what others hold."""
    site = read_site(folder.path)
    own = gateway_keys(site)
    ledger = Ledger(site.origin, own.ledger, own.payload)
    engine = open_engine(folder.database)
    try:
        export = exported(engine, ledger)
    finally:
        engine.dispose()
    shown = [ShownReceipt.parse(receipt) for receipt in receipts]
    return verify_export(export, [checkpoint], shown, [VerifierKey.parse(ledger.vkey)])


def edited(connection: sqlite3.Connection) -> None:
    connection.execute(
        "UPDATE ledger_entries SET leaf = (SELECT leaf FROM ledger_entries WHERE entry_index = 4)"
        " WHERE entry_index = 3"
    )


def swapped(connection: sqlite3.Connection) -> None:
    for one, other in ((3, -1), (4, 3), (-1, 4)):
        connection.execute("UPDATE ledger_entries SET entry_index = ? WHERE entry_index = ?", (other, one))


def deleted(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM ledger_entries WHERE entry_index = 5")
    connection.execute("UPDATE ledger_entries SET entry_index = entry_index - 1 WHERE entry_index > 5")
    connection.execute("UPDATE ledger_head SET size = size - 1")


def truncated(connection: sqlite3.Connection) -> None:
    (size,) = connection.execute("SELECT size FROM ledger_head").fetchone()
    connection.execute("DELETE FROM ledger_entries WHERE entry_index >= ?", (size - 3,))
    connection.execute("DELETE FROM ledger_checkpoints WHERE size > ?", (size - 3,))
    connection.execute("UPDATE ledger_head SET size = ?", (size - 3,))


def inserted(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE ledger_entries SET entry_index = -entry_index - 2 WHERE entry_index > 5")
    connection.execute("UPDATE ledger_entries SET entry_index = -entry_index - 1 WHERE entry_index < 0")
    connection.execute(
        "INSERT INTO ledger_entries SELECT 6, leaf, leaf_hash, at_minute FROM ledger_entries"
        " WHERE entry_index = 5"
    )
    connection.execute("UPDATE ledger_head SET size = size + 1")


TAMPERED: Final = [edited, swapped, deleted, truncated, inserted]


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_11_a_tampered_store_is_found_by_who_holds_a_checkpoint_and_receipts(
    tmp_path: Path, tamper: Callable[[sqlite3.Connection], None]
) -> None:
    folder = make_folder(tmp_path / "county")
    receipts, checkpoint = lived(folder)
    assert audited(folder, receipts, checkpoint).good
    with closing(connected(folder.database)) as connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        tamper(connection)
    assert not audited(folder, receipts, checkpoint).good


def test_11_a_receipt_of_another_ledger_is_found(tmp_path: Path) -> None:
    folder, other = make_folder(tmp_path / "county"), make_folder(tmp_path / "other")
    receipts, checkpoint = lived(folder)
    foreign, _ = lived(other)
    report = audited(folder, [*receipts, foreign[0]], checkpoint)
    assert not report.good


def test_11_every_receipt_stays_provable_as_the_ledger_grows(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county")
    receipts, checkpoints = [], []
    for _ in range(3):
        given, checkpoint = lived(folder)
        receipts += given
        checkpoints.append(checkpoint)
    for checkpoint in checkpoints:
        assert audited(folder, receipts, checkpoint).good


def anywhere(folder: Folder, needle: bytes) -> list[str]:
    """The files of the store that hold these bytes."""
    return [
        path.name
        for path in folder.path.iterdir()
        if path.name.startswith("gateway.db") and needle in path.read_bytes()
    ]


def row(folder: Folder, statement: str, *values: object) -> bytes:
    with closing(connected(folder.database)) as connection:
        found = connection.execute(statement, values).fetchone()
    sealed: bytes = found[0]
    return sealed


PURGED: Final = "SELECT sealed FROM ledger_payloads WHERE entry_index = ?"


async def test_12_purging_an_entry_leaves_every_proof_valid(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    first = await desk.told(case, "school-discipline", custodians=[SCHOOLS])
    second = await desk.told(case, "family-services", custodians=[SOCIAL])
    receipts = [told["answers"][0]["receipt"] for told in (first, second)]
    index = receipts[0]["index"]
    sealed = row(county.folder, PURGED, index)
    assert anywhere(county.folder, sealed[:64])

    def purge(transaction: Transaction) -> None:
        county.running.store.ledger.purge(transaction.connection, index)

    await county.running.store.erase(purge)
    with closing(connected(county.folder.database)) as connection:
        assert connection.execute(PURGED, (index,)).fetchone() is None
    checkpoint = (await desk.get("/ledger/checkpoint")).text
    assert audited(county.folder, receipts, checkpoint).good
    entry = await desk.get(f"/v1/ledger/entries/{index}")
    assert entry.json()["leaf_hash"] == receipts[0]["leaf_hash"]
    auditor = county.desk(SCHOOLS, role="auditor")
    listed = (await auditor.get("/v1/disclosures")).json()["disclosures"]
    assert index not in {entry["index"] for entry in listed}
    assert (await auditor.post("/v1/accountings", {"subject": DANIEL})).json()["lines"] == []


async def test_12_a_purged_entry_is_in_no_file_of_the_store(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    index = told["answers"][0]["receipt"]["index"]
    sealed = row(county.folder, PURGED, index)

    def purge(transaction: Transaction) -> None:
        county.running.store.ledger.purge(transaction.connection, index)

    await county.running.store.erase(purge)
    assert anywhere(county.folder, sealed[:64]) == []


async def forgotten(county: InProcess) -> bytes:
    """Content that was kept as long as agreed and is forgotten; what it was while it was kept."""
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    kept = row(county.folder, "SELECT content FROM answers WHERE query = ?", told["id"])
    assert anywhere(county.folder, kept[:64])
    county.clock.advance(hours=25)

    def forget(transaction: Transaction) -> int:
        return county.running.records.questions.drop_content(transaction.connection, county.clock())

    assert (await county.running.store.erase(forget)).value == 1
    assert row(county.folder, "SELECT content FROM answers WHERE query = ?", told["id"]) is None
    assert (await desk.reads(told["id"]))["answers"][0]["summary"] in (None, {})
    return kept


async def test_12_content_is_forgotten_when_its_time_is_over(a_county: ACountyOf) -> None:
    await forgotten(a_county())


async def test_12_forgotten_content_is_in_no_file_of_the_store(a_county: ACountyOf) -> None:
    county = a_county()
    assert anywhere(county.folder, (await forgotten(county))[:64]) == []


async def test_12_nothing_is_written_that_is_not_to_be_kept(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "protective-order", custodians=[SOCIAL])
    assert told["answers"][0]["result"] == "information-held"
    assert row(county.folder, "SELECT content FROM answers WHERE query = ?", told["id"]) is None


def backed_up(folder: Folder, path: Path) -> None:
    with closing(connected(folder.database)) as source, closing(connected(path)) as target:
        source.backup(target)


def put_back(folder: Folder, path: Path) -> None:
    for stale in folder.path.glob("gateway.db*"):
        stale.unlink()
    shutil.copy(path, folder.database)


def test_18_a_store_restored_from_before_the_last_checkpoint_refuses_to_start(tmp_path: Path) -> None:
    folder, backup = make_folder(tmp_path / "county"), tmp_path / "backup.db"
    lived(folder)
    backed_up(folder, backup)
    lived(folder)
    put_back(folder, backup)
    with pytest.raises(LedgerBehind):
        Running(folder.path, Settings())
    assert "ledger" in refused_to_serve(folder)


def test_18_a_store_that_took_another_course_refuses_to_start(tmp_path: Path) -> None:
    folder, backup = make_folder(tmp_path / "county"), tmp_path / "backup.db"
    lived(folder)
    backed_up(folder, backup)
    lived(folder)
    published = (folder.path / "ledger.checkpoint").read_bytes()
    put_back(folder, backup)
    (folder.path / "ledger.checkpoint").unlink()
    lived(folder)
    lived(folder)
    (folder.path / "ledger.checkpoint").write_bytes(published)
    with pytest.raises(LedgerBehind):
        Running(folder.path, Settings())


def test_18_a_store_as_it_was_left_starts(tmp_path: Path) -> None:
    folder, backup = make_folder(tmp_path / "county"), tmp_path / "backup.db"
    lived(folder)
    lived(folder)
    backed_up(folder, backup)
    put_back(folder, backup)
    lived(folder)


def test_18_a_store_whose_tree_was_altered_refuses_to_start(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county")
    lived(folder)
    with closing(connected(folder.database)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE ledger_head SET root = ?", (secrets.token_bytes(32),))
    assert "ledger" in refused_to_serve(folder)
