"""The ledger on the engines a site runs it on: what it owes its callers is the same on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.faults import LedgerBehind, NoSuchEntryError, NotCommitted
from audit.ledger import Ledger
from audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from audit.receipt import Receipt
from audit.tiles import Tile, TileMissingError, parse_entry_bundle, parse_hash_tile
from gateway.store.database import reading_engine, writing_engine
from gateway.store.migrate import migrate
from tests.audit_site import ORIGIN, SIGNER, append, entry, exported, new_ledger, shown, verify_export
from tests.servers.postgres import Postgres

LEAVES, LAST_LEAVES, HASHES = Tile(None, 0), Tile(None, 1, 4), Tile(0, 0)
ALICE, BOB = b"a" * 32, b"b" * 32


@dataclass(frozen=True, slots=True)
class Kept:
    """A ledger on a store: through `writing` it grows, through `reading` it is looked at."""

    ledger: Ledger
    writing: Engine
    reading: Engine

    def grow(self, *sizes: int) -> list[Receipt]:
        """Append batches of these sizes."""
        receipts: list[Receipt] = []
        for size in sizes:
            first = len(receipts)
            receipts += append(self.writing, self.ledger, [entry(first + number) for number in range(size)])
        return receipts


class LedgerContract:
    """A subclass gives `url`, the address of a store at the latest revision with nothing in it."""

    @pytest.fixture
    def kept(self, url: str) -> Iterator[Kept]:
        kept = Kept(new_ledger(), writing_engine(url), reading_engine(url))
        yield kept
        kept.writing.dispose()
        kept.reading.dispose()

    def test_an_empty_ledger_has_a_size_and_no_checkpoint(self, kept: Kept) -> None:
        with kept.reading.connect() as connection:
            assert kept.ledger.size(connection) == 0
            assert kept.ledger.checkpoint(connection) is None
            kept.ledger.check_not_behind(connection, None)

    def test_every_receipt_proves_its_entry_under_a_signed_checkpoint(self, kept: Kept) -> None:
        for receipt in kept.grow(1, 2, 3, 7):
            head = open_checkpoint(receipt.checkpoint, [SIGNER.key])
            proof = receipt.inclusion_proof
            assert verify_inclusion(receipt.index, head.size, receipt.leaf_hash, proof, head.root)

    def test_no_receipt_before_the_commit(self, kept: Kept) -> None:
        with kept.writing.begin() as connection:
            batch = kept.ledger.append(connection, [entry(0)])
            with pytest.raises(NotCommitted):
                kept.ledger.confirm(batch)
        assert [receipt.index for receipt in kept.ledger.confirm(batch)] == [0]

    def test_a_batch_rolled_back_leaves_its_place_to_the_next(self, kept: Kept) -> None:
        receipts = kept.grow(3)
        with kept.writing.connect() as connection, connection.begin() as transaction:
            kept.ledger.append(connection, [entry(90), entry(91)])
            transaction.rollback()
        receipts += append(kept.writing, kept.ledger, [entry(3), entry(4)])
        with kept.reading.connect() as connection:
            opened = [kept.ledger.open(connection, index) for index in range(5)]
        assert [payload and payload["number"] for payload in opened] == [0, 1, 2, 3, 4]
        self.verified(kept, receipts)

    def test_the_first_batch_rolled_back_leaves_an_empty_ledger(self, kept: Kept) -> None:
        with kept.writing.connect() as connection, connection.begin() as transaction:
            kept.ledger.append(connection, [entry(0)])
            transaction.rollback()
        assert kept.grow(1)[0].index == 0

    @pytest.mark.parametrize("commits", [True, False], ids=["commits", "rolls back"])
    def test_two_writers_of_a_new_ledger_make_one_head(self, kept: Kept, url: str, commits: bool) -> None:
        other = writing_engine(url)
        began, ends = threading.Event(), threading.Event()

        def first() -> None:
            with kept.writing.connect() as connection, connection.begin() as transaction:
                assert kept.ledger.begin(connection) == 0
                kept.ledger.append(connection, [entry(0)])
                began.set()
                assert ends.wait(10)
                if not commits:
                    transaction.rollback()

        def second() -> int:
            assert began.wait(10)
            with other.begin() as connection:
                size = new_ledger().begin(connection)
                new_ledger().append(connection, [entry(1)])
            return size

        with ThreadPoolExecutor(2) as threads:
            one, two = threads.submit(first), threads.submit(second)
            assert began.wait(10)
            threading.Timer(0.2, ends.set).start()
            one.result()
            assert two.result() == (1 if commits else 0)
        other.dispose()
        self.verified(kept, [])

    def test_ledgers_that_take_turns_grow_one_tree(self, kept: Kept) -> None:
        ledgers = [kept.ledger, new_ledger(), new_ledger()]
        receipts: list[Receipt] = []
        for number in range(40):
            receipts += append(kept.writing, ledgers[number * 7 % 3], [entry(number)] * (1 + number % 4))
        assert [receipt.index for receipt in receipts] == list(range(len(receipts)))
        self.verified(kept, receipts)

    def test_an_entry_is_proved_in_any_tree_that_holds_it(self, kept: Kept) -> None:
        kept.grow(1, 2, 3)
        with kept.reading.connect() as connection:
            for size in (1, 3, 6):
                note = kept.ledger.checkpoint(connection, size)
                assert note is not None
                head = open_checkpoint(note, [SIGNER.key])
                for index in range(size):
                    proof = kept.ledger.entry(connection, index, size)
                    assert leaf_hash(proof.leaf) == proof.leaf_hash
                    path = proof.inclusion_proof
                    assert verify_inclusion(index, size, proof.leaf_hash, path, head.root)
            for index, size in ((-1, 6), (6, 6), (3, 3), (0, 7)):
                with pytest.raises(NoSuchEntryError):
                    kept.ledger.entry(connection, index, size)

    def test_every_tree_is_a_prefix_of_the_next(self, kept: Kept) -> None:
        receipts = kept.grow(1, 2, 3, 4)
        heads = [open_checkpoint(receipt.checkpoint, [SIGNER.key]) for receipt in receipts]
        with kept.reading.connect() as connection:
            for one, two in pairwise(heads):
                proof = kept.ledger.consistency(connection, one.size, two.size)
                assert verify_consistency(one.size, two.size, one.root, two.root, proof)
            with pytest.raises(NoSuchEntryError):
                kept.ledger.consistency(connection, 5, 11)

    def test_tiles_hold_the_leaves_and_their_hashes(self, kept: Kept) -> None:
        receipts = kept.grow(5, 255)
        with kept.reading.connect() as connection:
            tiles = {tile: kept.ledger.tile(connection, tile.path) for tile in (LEAVES, LAST_LEAVES, HASHES)}
            leaves = [*parse_entry_bundle(LEAVES, tiles[LEAVES])]
            assert parse_hash_tile(HASHES, tiles[HASHES]) == [leaf_hash(leaf) for leaf in leaves]
            leaves += parse_entry_bundle(LAST_LEAVES, tiles[LAST_LEAVES])
            assert [leaf_hash(leaf) for leaf in leaves] == [receipt.leaf_hash for receipt in receipts]
            with pytest.raises(TileMissingError):
                kept.ledger.tile(connection, "tile/0/002.p/1")

    def test_a_scan_finds_the_entries_about_a_subject(self, kept: Kept) -> None:
        about = [ALICE, None, BOB, ALICE, None, ALICE]
        append(kept.writing, kept.ledger, [entry(n, subject=key) for n, key in enumerate(about)])
        with kept.reading.connect() as connection:
            assert list(kept.ledger.scan(connection, [ALICE])) == [0, 3, 5]
            assert list(kept.ledger.scan(connection, [ALICE, BOB])) == [0, 2, 3, 5]

    def test_a_purge_takes_the_payload_and_leaves_the_proof(self, kept: Kept) -> None:
        """Property 12."""
        receipts = kept.grow(4)
        with kept.writing.begin() as connection:
            kept.ledger.purge(connection, 1)
            kept.ledger.purge(connection, 1)
            with pytest.raises(NoSuchEntryError):
                kept.ledger.purge(connection, 4)
        with kept.reading.connect() as connection:
            opened = [kept.ledger.open(connection, index) is not None for index in range(4)]
        assert opened == [True, False, True, True]
        self.verified(kept, receipts)

    def test_a_store_behind_a_published_checkpoint_is_told(self, kept: Kept) -> None:
        """Property 18."""
        last = kept.grow(2, 3)[-1].checkpoint
        with kept.reading.connect() as connection:
            kept.ledger.check_not_behind(connection, last)
            for size in (4, 6):
                other = SIGNER.sign(Checkpoint(ORIGIN, size, bytes(32)))
                with pytest.raises(LedgerBehind):
                    kept.ledger.check_not_behind(connection, other)

    def verified(self, kept: Kept, receipts: list[Receipt]) -> None:
        report = verify_export(
            exported(kept.reading, kept.ledger, lambda _: True),
            [receipt.checkpoint for receipt in receipts],
            [shown(receipt) for receipt in receipts],
        )
        assert report.good, report.text()


class TestLedgerOnSqlite(LedgerContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        url = f"sqlite:///{tmp_path / 'gateway.db'}"
        migrate(url)
        return url


class TestLedgerOnPostgresql(LedgerContract):
    @pytest.fixture
    def url(self, postgres: Postgres) -> str:
        return postgres.new_store()
