"""The ledger in SQL: append and read, on the caller's connection and in the caller's transaction.

Nothing here commits. A receipt comes into being only in `Ledger.confirm`, once the transaction is over.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeAlias

from sqlalchemy import Connection, RowMapping, delete, insert, select
from sqlalchemy.engine import Transaction
from sqlalchemy.exc import IntegrityError

from audit import tables
from audit.batch import Batch, grow
from audit.checkpoint import Checkpoint, CheckpointSigner, open_checkpoint
from audit.encoding import Json, MalformedError
from audit.envelope import Envelope, EnvelopeError
from audit.export import ExportedLeaf, ExportHeader
from audit.faults import LedgerBehind, LedgerFault, NoSuchEntryError, NotCommitted
from audit.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash, root
from audit.receipt import _ISSUER, EntryProof, Receipt
from audit.record import (
    CommitmentError,
    Entry,
    check_opened,
    exact_time,
    is_about,
    parse_leaf,
    seal,
)
from audit.rows import ADD_CHECKPOINT, LAST_INDEX, add_leaves, chunks, move_head
from audit.tiles import Tile, entry_bundle, hash_tile
from audit.tree import (
    EMPTY,
    Head,
    check_root,
    node_reader,
    read_frontier,
    read_hashes,
    read_head,
    read_leaves,
)

Reveal: TypeAlias = Callable[[Mapping[str, Json]], bool]


class Ledger:
    """One ledger: its origin, the key that signs its checkpoints, the key that seals its payloads."""

    def __init__(self, origin: str, signer: CheckpointSigner, payload_key: bytes) -> None:
        """`payload_key` is 32 bytes. Raises `ValueError` unless the signer's name is the origin."""
        if signer.key.name != origin:
            raise ValueError("signer: its name is not the origin of the ledger")
        self.origin = origin
        self._signer = signer
        self._envelope = Envelope(payload_key, origin)
        self._edge: Frontier | None = None
        self._begun: tuple[Transaction | None, Head] = (None, EMPTY)

    @property
    def vkey(self) -> str:
        """The verifier key of the ledger's checkpoints."""
        return self._signer.vkey

    # Appending

    def begin(self, connection: Connection) -> int:
        """The current size, with the head locked until the transaction ends where the engine has row locks.

        Makes the head of a new, empty ledger. Raises `LedgerFault` when entries stand beyond the head.
        """
        head = self._locked(connection)
        self._begun = (connection.get_transaction(), head)
        return head.size

    def append(self, connection: Connection, entries: Sequence[Entry]) -> Batch:
        """Write `entries` with their payloads, tree nodes, head and one signed checkpoint.

        All or nothing, when the caller's transaction is. Raises `ValueError` for no entries,
        `MalformedError` for one that cannot be written, `LedgerFault` when the stored tree does not add up.
        """
        if not entries:
            raise ValueError("entries: none")
        sealed = [seal(entry) for entry in entries]
        transaction = connection.get_transaction()
        begun_in, head = self._begun
        if begun_in is None or begun_in is not transaction:
            head = self._locked(connection)
        self._begun = (None, EMPTY)
        edge = self._frontier(connection, head)
        growth = grow(edge, sealed)
        checkpoint = Checkpoint(self.origin, edge.size, edge.root())
        note = self._signer.sign(checkpoint)
        add_leaves(connection, self._envelope, head.size, sealed, growth)
        at = exact_time(max(entry.at for entry in entries))
        ADD_CHECKPOINT.run(connection, {"size": edge.size, "note": note, "at": at})
        move_head(connection, head, checkpoint)
        self._edge = edge
        commitments = tuple(item.commitment for item in sealed)
        return Batch(head.size, edge.size, commitments, note, growth.nodes, transaction)

    def confirm(self, batch: Batch) -> tuple[Receipt, ...]:
        """The receipts of a batch whose transaction the caller has seen commit; one for each entry, in order.

        Raises `NotCommitted` while the transaction is open. A caller whose commit failed must not call this.
        """
        if batch.is_open:
            raise NotCommitted("batch: its transaction is still open")
        checkpoint = batch.checkpoint
        return tuple(
            Receipt(_ISSUER, index, batch.leaf_hash(index), commitment, batch.proof(index), checkpoint)
            for index, commitment in enumerate(batch.commitments, batch.first)
        )

    def _locked(self, connection: Connection) -> Head:
        head = read_head(connection, lock=True) or self._first(connection)
        ((last,),) = LAST_INDEX.rows(connection, {})
        if (0 if last is None else last + 1) != head.size:
            raise LedgerFault("head: not at the last entry")
        return head

    def _first(self, connection: Connection) -> Head:
        """The head of a new ledger: made here, or by another process at this very moment."""
        with suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(tables.head), {"id": 1, "size": EMPTY.size, "root": EMPTY.root})
        head = read_head(connection, lock=True)
        if head is None:
            raise LedgerFault("head: gone as soon as made")
        return head

    def _frontier(self, connection: Connection, head: Head) -> Frontier:
        """The right edge at `head`: the one kept from the last append if it is that tree's, else read anew.

        A transaction rolled back and another replica's append both leave the kept one at another head.
        """
        edge = self._edge
        if edge is None or edge.size != head.size or edge.root() != head.root:
            edge = read_frontier(connection, head)
        return edge.copy()

    # Payloads

    def open(self, connection: Connection, index: int) -> dict[str, Json] | None:
        """The payload of the entry at `index`, None once purged.

        Raises `NoSuchEntryError`, and `LedgerFault` when it is not what the leaf committed to.
        """
        for row in self._rows(connection, index, index + 1):
            opened = self._opened(row)
            return None if opened is None else opened[1]
        raise NoSuchEntryError("index: not in the ledger")

    def scan(self, connection: Connection, subject_keys: Collection[bytes], since: int = 0) -> Iterator[int]:
        """The indices, from `since` on, of entries tagged for any of the subjects, in order."""
        columns = tables.entries.c
        for start, end in chunks(self.size(connection), since):
            query = select(columns.entry_index, columns.leaf).where(
                columns.entry_index.between(start, end - 1)
            )
            for index, leaf in connection.execute(query.order_by(columns.entry_index)):
                parsed = parse_leaf(leaf)
                if any(is_about(parsed, key) for key in subject_keys):
                    yield index

    def purge(self, connection: Connection, index: int) -> None:
        """Delete the salt and payload of an entry; its leaf and every proof stay. Idempotent.

        The engine must overwrite what it deletes (SQLite: `secure_delete`). Raises `NoSuchEntryError`.
        """
        if not 0 <= index < self.size(connection):
            raise NoSuchEntryError("index: not in the ledger")
        connection.execute(delete(tables.payloads).where(tables.payloads.c.entry_index == index))

    def exported(self, connection: Connection, reveal: Reveal | None = None) -> Iterator[ExportedLeaf]:
        """Every leaf in order, opened where `reveal` says so of its payload; for `export.write_export`."""
        for start, end in chunks(self.size(connection)):
            for row in self._rows(connection, start, end):
                opened = None if reveal is None else self._opened(row)
                secrets = None if opened is None or reveal is None or not reveal(opened[1]) else opened[0]
                yield ExportedLeaf(row["entry_index"], row["leaf"], secrets)

    def header(self, connection: Connection) -> ExportHeader:
        """The header of an export of the ledger as it stands."""
        return ExportHeader(self.origin, self.vkey, self.size(connection))

    def _rows(self, connection: Connection, start: int, end: int) -> Sequence[RowMapping]:
        entries, payloads = tables.entries, tables.payloads
        return (
            connection.execute(
                select(entries.c.entry_index, entries.c.leaf, payloads.c.sealed)
                .join_from(entries, payloads, entries.c.entry_index == payloads.c.entry_index, isouter=True)
                .where(entries.c.entry_index.between(start, end - 1))
                .order_by(entries.c.entry_index)
            )
            .mappings()
            .all()
        )

    def _opened(self, row: RowMapping) -> tuple[tuple[bytes, bytes], dict[str, Json]] | None:
        if row["sealed"] is None:
            return None
        try:
            salt, payload = self._envelope.open(row["entry_index"], row["sealed"])
            return (salt, payload), check_opened(parse_leaf(row["leaf"]), salt, payload)
        except (EnvelopeError, CommitmentError, MalformedError) as fault:
            raise LedgerFault(str(fault)) from None

    # The tree

    def size(self, connection: Connection) -> int:
        """How many entries the ledger holds."""
        head = read_head(connection)
        return 0 if head is None else head.size

    def checkpoint(self, connection: Connection, size: int | None = None) -> str | None:
        """The latest signed note, or that of the tree of `size`; None where none was signed."""
        columns = tables.checkpoints.c
        query = select(columns.note).order_by(columns.size.desc()).limit(1)
        note: str | None = connection.execute(
            query if size is None else query.where(columns.size == size)
        ).scalar()
        return note

    def entry(self, connection: Connection, index: int, size: int | None = None) -> EntryProof:
        """The entry at `index` and its proof in the tree of `size` (the latest unless given).

        Raises `NoSuchEntryError`.
        """
        size = self._check_size(connection, size)
        if not 0 <= index < size:
            raise NoSuchEntryError("index: not in the tree of this size")
        leaf = read_leaves(connection, index, 1)[0]
        proof = inclusion_proof(index, size, node_reader(connection))
        note = self.checkpoint(connection, size)
        return EntryProof(index, leaf, leaf_hash(leaf), tuple(proof), size, note)

    def receipt(self, connection: Connection, index: int) -> Receipt:
        """A receipt of an entry committed before, in the latest tree; not for a transaction still writing.

        Raises `NoSuchEntryError`, and `NotCommitted` where no checkpoint covers it.
        """
        proof = self.entry(connection, index)
        if proof.checkpoint is None:
            raise NotCommitted("index: no checkpoint covers it")
        commitment = parse_leaf(proof.leaf).commitment
        return Receipt(_ISSUER, index, proof.leaf_hash, commitment, proof.inclusion_proof, proof.checkpoint)

    def consistency(self, connection: Connection, first: int, second: int) -> list[bytes]:
        """The proof that the tree of `first` leaves is a prefix of that of `second`.

        Raises `NoSuchEntryError` unless 0 <= first <= second <= the size.
        """
        self._check_size(connection, second)
        if not 0 <= first <= second:
            raise NoSuchEntryError("first: not a size up to the second")
        return consistency_proof(first, second, node_reader(connection))

    def tile(self, connection: Connection, path: str) -> bytes:
        """The bytes at a tlog-tiles path, `tile/…`. Raises `TileError` and `TileMissingError`."""
        tile = Tile.parse(path)
        size = self.size(connection)
        if tile.level is None:
            return entry_bundle(tile, size, partial(read_leaves, connection))
        return hash_tile(tile, size, partial(read_hashes, connection))

    def check_not_behind(self, connection: Connection, published: str | None) -> None:
        """Check that the store's tree adds up and extends the one of a note published before, if any.

        Raises `LedgerBehind` when it is smaller or differs, `LedgerFault` when it does not add up, and
        `NoteError` when the note is not by this ledger's key.
        """
        known = None if published is None else open_checkpoint(published, [self._signer.key])
        head = read_head(connection) or EMPTY
        check_root(connection, head)
        if known is None:
            return
        if known.size > head.size:
            raise LedgerBehind("store: smaller than a checkpoint published before")
        if root(known.size, node_reader(connection)) != known.root:
            raise LedgerBehind("store: does not extend a checkpoint published before")

    def _check_size(self, connection: Connection, size: int | None) -> int:
        current = self.size(connection)
        if size is not None and not 0 <= size <= current:
            raise NoSuchEntryError("size: larger than the ledger")
        return current if size is None else size
