"""The ledger when a transaction fails, the store is changed or restored, or a caller is too early."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import IntegrityError, OperationalError

from audit import tables
from audit.checkpoint import CheckpointSigner, NoteError
from audit.encoding import MalformedError
from audit.faults import LedgerBehind, LedgerFault, NoSuchEntryError, NotCommitted
from audit.ledger import Ledger
from tests.audit_site import (
    ORIGIN,
    PAYLOAD_KEY,
    START,
    append,
    entry,
    exported,
    new_engine,
    new_ledger,
    open_engine,
    shown,
    verify_export,
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_engine(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger() -> Ledger:
    return new_ledger()


class StoppedError(Exception):
    """What stops a writer between append and commit."""


def append_and_stop(engine: Engine, ledger: Ledger, *numbers: int) -> None:
    with engine.begin() as connection:
        ledger.append(connection, [entry(number) for number in numbers])
        raise StoppedError


def test_after_a_rollback_the_next_append_takes_the_same_place_in_the_same_tree(
    engine: Engine, ledger: Ledger
) -> None:
    kept = append(engine, ledger, [entry(0), entry(1), entry(2)])
    with pytest.raises(StoppedError):
        append_and_stop(engine, ledger, 90, 91)
    # Of the same size as the one lost: only the root tells the two apart.
    kept += append(engine, ledger, [entry(3), entry(4)])
    kept += append(engine, ledger, [entry(5)])
    with engine.connect() as connection:
        assert ledger.size(connection) == 6
        numbers = [payload["number"] for index in range(6) if (payload := ledger.open(connection, index))]
    assert numbers == [0, 1, 2, 3, 4, 5]
    report = verify_export(
        exported(engine, ledger, lambda _: True),
        [receipt.checkpoint for receipt in kept],
        [shown(receipt) for receipt in kept],
    )
    assert report.good, report.text()


def test_a_first_append_rolled_back_leaves_an_empty_ledger(engine: Engine, ledger: Ledger) -> None:
    with pytest.raises(StoppedError):
        append_and_stop(engine, ledger, 0)
    with engine.connect() as connection:
        assert ledger.size(connection) == 0
        assert ledger.checkpoint(connection) is None
        ledger.check_not_behind(connection, None)
    assert append(engine, ledger, [entry(1)])[0].index == 0


def test_two_appends_in_one_transaction_are_one_growth(engine: Engine, ledger: Ledger) -> None:
    with engine.begin() as connection:
        assert ledger.begin(connection) == 0
        first = ledger.append(connection, [entry(0)])
        assert ledger.begin(connection) == 1
        second = ledger.append(connection, [entry(1), entry(2)])
    receipts = ledger.confirm(first) + ledger.confirm(second)
    assert [receipt.index for receipt in receipts] == [0, 1, 2]
    report = verify_export(exported(engine, ledger), receipts=[shown(receipt) for receipt in receipts])
    assert report.good, report.text()


def test_no_receipt_before_the_commit(engine: Engine, ledger: Ledger) -> None:
    """Property 1: no byte of an answer leaves before its ledger entry is durable."""
    with engine.begin() as connection:
        batch = ledger.append(connection, [entry(0)])
        with pytest.raises(NotCommitted):
            ledger.confirm(batch)
    assert len(ledger.confirm(batch)) == 1


def test_a_receipt_names_the_commitment_of_the_entry_at_its_place(engine: Engine, ledger: Ledger) -> None:
    with engine.begin() as connection:
        batch = ledger.append(connection, [entry(0), entry(1)])
    receipts = ledger.confirm(batch)
    assert tuple(receipt.commitment for receipt in receipts) == batch.commitments
    with engine.connect() as connection:
        leaves = [ledger.entry(connection, index).leaf_hash for index in range(2)]
    assert [receipt.leaf_hash for receipt in receipts] == leaves


def test_one_bad_entry_writes_none_of_its_batch(engine: Engine, ledger: Ledger) -> None:
    with engine.begin() as connection, pytest.raises(MalformedError):
        ledger.append(connection, [entry(0), entry(1, value=float("nan"))])
    with engine.connect() as connection:
        assert ledger.size(connection) == 0
    with engine.begin() as connection, pytest.raises(ValueError, match="none"):
        ledger.append(connection, [])


def test_a_store_that_cannot_be_written_gives_no_receipt_and_loses_nothing(tmp_path: Path) -> None:
    engine, ledger = new_engine(tmp_path), new_ledger()
    append(engine, ledger, [entry(0)])
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(OperationalError, match="readonly"):
            ledger.append(connection, [entry(1)])
    engine.dispose()
    assert append(engine, ledger, [entry(1)])[0].index == 1
    engine.dispose()


def test_a_full_disk_gives_no_receipt_and_loses_nothing(engine: Engine, ledger: Ledger) -> None:
    append(engine, ledger, [entry(0)])
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.rollback()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 1}")
        connection.rollback()
        with pytest.raises(OperationalError, match="full"), connection.begin():
            ledger.append(connection, [entry(number) for number in range(200)])
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        connection.rollback()
    assert append(engine, ledger, [entry(1)])[0].index == 1
    assert verify_export(exported(engine, ledger)).good


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(update(tables.head).values(root=bytes(32)), id="root of the head"),
        pytest.param(update(tables.head).values(size=4), id="size of the head"),
        pytest.param(delete(tables.head), id="head deleted"),
        pytest.param(
            delete(tables.entries).where(tables.entries.c.entry_index == 4), id="last entry deleted"
        ),
        pytest.param(delete(tables.nodes).where(tables.nodes.c.level == 2), id="node deleted"),
        pytest.param(
            update(tables.entries).where(tables.entries.c.entry_index == 4).values(leaf_hash=bytes(32)),
            id="last leaf hash changed",
        ),
    ],
)
def test_nothing_is_appended_to_a_tree_that_does_not_add_up(engine: Engine, change: object) -> None:
    append(engine, new_ledger(), [entry(number) for number in range(5)])
    with engine.begin() as connection:
        connection.execute(change)  # type: ignore[call-overload] # two kinds of statement in one table
    with pytest.raises(LedgerFault), engine.begin() as connection:
        new_ledger().append(connection, [entry(5)])


def test_a_replica_that_lost_the_race_writes_nothing(engine: Engine) -> None:
    """Without row locks, the loser meets the winner's rows."""
    ledger = new_ledger()
    append(engine, ledger, [entry(0)])
    with engine.begin() as connection:
        connection.execute(tables.nodes.insert(), {"level": 1, "node_index": 0, "hash": bytes(32)})
    with pytest.raises(IntegrityError), engine.begin() as connection:
        ledger.append(connection, [entry(1)])
    with engine.connect() as connection:
        assert ledger.size(connection) == 1


class TestRestore:
    """Property 18: a store restored behind the last published checkpoint refuses to start."""

    def test_the_store_that_published_starts(self, engine: Engine, ledger: Ledger) -> None:
        published = append(engine, ledger, [entry(number) for number in range(7)])[0].checkpoint
        append(engine, ledger, [entry(7)])
        with engine.connect() as connection:
            new_ledger().check_not_behind(connection, published)
            new_ledger().check_not_behind(connection, ledger.checkpoint(connection))

    def test_an_older_copy_refuses(self, tmp_path: Path) -> None:
        engine, ledger = new_engine(tmp_path), new_ledger()
        append(engine, ledger, [entry(number) for number in range(7)])
        with sqlite3.connect(tmp_path / "gateway.db") as store, sqlite3.connect(tmp_path / "copy.db") as copy:
            store.backup(copy)
        store.close()
        copy.close()
        published = append(engine, ledger, [entry(7)])[0].checkpoint
        engine.dispose()
        restored = open_engine(tmp_path / "copy.db")
        with restored.connect() as connection, pytest.raises(LedgerBehind, match="smaller"):
            new_ledger().check_not_behind(connection, published)
        append(restored, new_ledger(), [entry(90), entry(91)])
        with restored.connect() as connection, pytest.raises(LedgerBehind, match="extend"):
            new_ledger().check_not_behind(connection, published)
        restored.dispose()

    def test_an_empty_store_refuses(self, engine: Engine, tmp_path: Path) -> None:
        published = append(engine, new_ledger(), [entry(0)])[0].checkpoint
        (tmp_path / "fresh").mkdir()
        fresh = new_engine(tmp_path / "fresh")
        with fresh.connect() as connection, pytest.raises(LedgerBehind):
            new_ledger().check_not_behind(connection, published)
        fresh.dispose()

    def test_a_checkpoint_of_another_key_is_refused(self, engine: Engine, ledger: Ledger) -> None:
        stranger = Ledger(ORIGIN, CheckpointSigner.from_raw(ORIGIN, bytes(32)), PAYLOAD_KEY)
        published = append(engine, stranger, [entry(0)])[0].checkpoint
        with engine.connect() as connection, pytest.raises(NoteError):
            ledger.check_not_behind(connection, published)

    def test_a_store_whose_tree_does_not_add_up_refuses(self, engine: Engine, ledger: Ledger) -> None:
        append(engine, ledger, [entry(0)])
        with engine.begin() as connection:
            connection.execute(update(tables.entries).values(leaf_hash=bytes(32)))
        with engine.connect() as connection, pytest.raises(LedgerFault):
            ledger.check_not_behind(connection, None)


def test_a_payload_changed_or_moved_in_the_store_does_not_open(engine: Engine, ledger: Ledger) -> None:
    append(engine, ledger, [entry(0), entry(1)])
    payloads = tables.payloads
    with engine.begin() as connection:
        sealed = connection.execute(payloads.select().where(payloads.c.entry_index == 0)).one().sealed
        connection.execute(update(payloads).where(payloads.c.entry_index == 1).values(sealed=sealed))
        changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        connection.execute(update(payloads).where(payloads.c.entry_index == 0).values(sealed=changed))
    with engine.connect() as connection:
        for index in range(2):
            with pytest.raises(LedgerFault):
                ledger.open(connection, index)


def test_a_leaf_changed_in_the_store_does_not_open(engine: Engine, ledger: Ledger) -> None:
    append(engine, ledger, [entry(0), entry(1)])
    with engine.begin() as connection:
        leaf = connection.execute(tables.entries.select().where(tables.entries.c.entry_index == 0)).one().leaf
        entries = tables.entries
        connection.execute(update(entries).where(entries.c.entry_index == 1).values(leaf=leaf))
        connection.execute(update(entries).where(entries.c.entry_index == 0).values(leaf=b"{}"))
    with engine.connect() as connection:
        for index in range(2):
            with pytest.raises(LedgerFault):
                ledger.open(connection, index)


def test_what_is_not_in_the_ledger_is_said_to_be_missing(engine: Engine, ledger: Ledger) -> None:
    append(engine, ledger, [entry(0)])
    with engine.begin() as connection:
        for index in (-1, 1):
            with pytest.raises(NoSuchEntryError):
                ledger.open(connection, index)
            with pytest.raises(NoSuchEntryError):
                ledger.entry(connection, index)
            with pytest.raises(NoSuchEntryError):
                ledger.purge(connection, index)
        for sizes in ((0, 2), (1, 0), (-1, 1)):
            with pytest.raises(NoSuchEntryError):
                ledger.consistency(connection, *sizes)


def test_a_scan_finds_a_subject_and_nobody_else(engine: Engine, ledger: Ledger) -> None:
    okafor, reyes = b"o" * 32, b"r" * 32
    subjects = [okafor, None, reyes, okafor, None]
    append(engine, ledger, [entry(number, subject=subject) for number, subject in enumerate(subjects)])
    with engine.connect() as connection:
        assert list(ledger.scan(connection, [okafor])) == [0, 3]
        assert list(ledger.scan(connection, [okafor, reyes])) == [0, 2, 3]
        assert list(ledger.scan(connection, [b"x" * 32])) == []
        assert list(ledger.scan(connection, [])) == []


class TestPurge:
    """Property 12: purging content leaves every proof valid and the content unrecoverable."""

    SECRET = "SAFETY-PLAN-OF-OKAFOR-" * 30

    def test_proofs_stay_and_the_bytes_are_gone(self, tmp_path: Path) -> None:
        engine, ledger = new_engine(tmp_path), new_ledger()
        receipts = append(
            engine, ledger, [entry(number, secret=self.SECRET if number == 2 else "") for number in range(5)]
        )
        with engine.begin() as connection:
            payloads = tables.payloads
            sealed = connection.execute(payloads.select().where(payloads.c.entry_index == 2)).one().sealed
        before = store_bytes(tmp_path)
        assert sealed[100:164] in before
        assert self.SECRET.encode()[:22] not in before
        with engine.begin() as connection:
            ledger.purge(connection, 2)
            ledger.purge(connection, 2)
        with engine.connect() as connection:
            assert ledger.open(connection, 2) is None
            assert ledger.open(connection, 3) is not None
        report = verify_export(
            exported(engine, ledger, lambda _: True),
            [receipts[0].checkpoint],
            [shown(receipt) for receipt in receipts],
        )
        assert report.good, report.text()
        truncate_wal(engine)
        engine.dispose()
        shutil.copytree(tmp_path, tmp_path / "seized")
        after = store_bytes(tmp_path / "seized")
        pieces = [sealed[at : at + 16] for at in range(0, len(sealed) - 16, 16)]
        assert not [piece for piece in pieces if piece in after]


def store_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("gateway.db*")))


def truncate_wal(engine: Engine) -> None:
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


def test_leaves_show_neither_kind_nor_parties_nor_outcome(engine: Engine, ledger: Ledger) -> None:
    one = entry(0, "answered", b"k" * 32, result="information-held", custodian="riverside-health")
    other = entry(0, "refused", None, reasons=["no clause"] * 50)
    assert one.at == other.at == START
    append(engine, ledger, [one, other])
    with engine.connect() as connection:
        leaves = [leaf.leaf for leaf in ledger.exported(connection)]
    assert len({len(leaf) for leaf in leaves}) == 1
    for word in (b"answered", b"refused", b"health", b"held", b"clause"):
        assert not [leaf for leaf in leaves if word in leaf]


def test_a_signer_of_another_name_and_a_short_key_are_refused() -> None:
    stranger = CheckpointSigner.from_raw("other.example", bytes(32))
    with pytest.raises(ValueError, match="origin"):
        Ledger(ORIGIN, stranger, PAYLOAD_KEY)
    with pytest.raises(ValueError, match="32"):
        Ledger("other.example", stranger, b"short")
