"""Property 11: the ledger only grows; every receipt and every pair of checkpoints stays provable."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from audit.checkpoint import open_checkpoint
from audit.ledger import Ledger
from audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from audit.receipt import Receipt
from audit.record import parse_leaf
from audit.rehash import RehashedTree
from audit.tiles import Tile, TileMissingError, hash_tiles, parse_entry_bundle, parse_hash_tile
from tests.audit_site import SIGNER, append, entry, exported, new_engine, new_ledger, shown, verify_export

# A step of a site's life: how many entries, committed or rolled back, and by which of two replicas.
STEPS = st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.booleans()), min_size=1, max_size=8)


@given(STEPS)
@settings(max_examples=25, deadline=None)
def test_the_ledger_is_the_sequence_of_committed_entries_on_every_replica(
    steps: list[tuple[int, bool, bool]],
) -> None:
    with TemporaryDirectory() as folder:
        engine = new_engine(Path(folder))
        replicas = new_ledger(), new_ledger()
        numbers: list[int] = []
        receipts: list[Receipt] = []
        notes: list[str] = []
        for count, commits, first in steps:
            ledger = replicas[first]
            with engine.connect() as connection, connection.begin() as transaction:
                new = range(len(numbers), len(numbers) + count)
                batch = ledger.append(connection, [entry(number) for number in new])
                if not commits:
                    transaction.rollback()
                    continue
            receipts += ledger.confirm(batch)
            notes.append(batch.checkpoint)
            numbers += new
        check_ledger(engine, replicas[0], numbers, receipts, notes)
        engine.dispose()


def check_ledger(
    engine: Engine, ledger: Ledger, numbers: list[int], receipts: list[Receipt], notes: list[str]
) -> None:
    with engine.connect() as connection:
        opened = [ledger.open(connection, index) for index in range(ledger.size(connection))]
        assert [payload and payload["number"] for payload in opened] == numbers
        heads = [open_checkpoint(note, [SIGNER.key]) for note in notes]
        for first in heads:
            for second in heads:
                if first.size <= second.size:
                    proof = ledger.consistency(connection, first.size, second.size)
                    assert verify_consistency(first.size, second.size, first.root, second.root, proof)
    assert [receipt.index for receipt in receipts] == list(range(len(numbers)))
    if numbers:
        report = verify_export(
            exported(engine, ledger, lambda _: True), notes, [shown(receipt) for receipt in receipts]
        )
        assert report.good, report.text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Ledger]]:
    engine = new_engine(tmp_path_factory.mktemp("site"))
    ledger = new_ledger()
    append(engine, ledger, [entry(number) for number in range(600)])
    yield engine, ledger
    engine.dispose()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_entry_is_provable_in_every_tree_it_is_in(
    site: tuple[Engine, Ledger], data: st.DataObject
) -> None:
    engine, ledger = site
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    with engine.connect() as connection:
        proof = ledger.entry(connection, index, size)
        whole = ledger.entry(connection, index)
        consistency = ledger.consistency(connection, size, 600)
    parse_leaf(proof.leaf)
    assert proof.leaf_hash == leaf_hash(proof.leaf)
    head = open_checkpoint(whole.checkpoint or "", [SIGNER.key])
    assert verify_inclusion(index, 600, whole.leaf_hash, whole.inclusion_proof, head.root)
    root = root_of_leaves(site, size)
    assert verify_inclusion(index, size, proof.leaf_hash, proof.inclusion_proof, root)
    assert verify_consistency(size, 600, root, head.root, consistency)


def root_of_leaves(site: tuple[Engine, Ledger], size: int) -> bytes:
    """The root worked out from the leaves alone."""
    tree = RehashedTree()
    with site[0].connect() as connection:
        for leaf in site[1].exported(connection):
            tree.append(leaf_hash(leaf.leaf))
    return tree.root(size)


def test_tiles_hold_the_leaves_and_their_hashes(site: tuple[Engine, Ledger]) -> None:
    engine, ledger = site
    with engine.connect() as connection:
        leaves: list[bytes] = []
        for tile in (Tile(None, 0), Tile(None, 1), Tile(None, 2, 88)):
            leaves += parse_entry_bundle(tile, ledger.tile(connection, tile.path))
        assert leaves == [leaf.leaf for leaf in ledger.exported(connection)]
        hashes = []
        for tile in hash_tiles(600):
            found = parse_hash_tile(tile, ledger.tile(connection, tile.path))
            hashes += found if tile.level == 0 else []
        assert hashes == [leaf_hash(leaf) for leaf in leaves]
        narrower = ledger.tile(connection, "tile/0/002.p/5")
        assert parse_hash_tile(Tile(0, 2, 5), narrower) == hashes[512:517]
        for beyond in (
            "tile/0/002.p/89",
            "tile/0/002",
            "tile/1/000.p/3",
            "tile/63/000.p/1",
            "tile/entries/003.p/1",
        ):
            with pytest.raises(TileMissingError):
                ledger.tile(connection, beyond)
