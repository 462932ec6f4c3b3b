"""The ledger's statements, compiled once, and the rows they write."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, func, insert, select, update

from audit import tables
from audit.batch import Growth
from audit.checkpoint import Checkpoint
from audit.envelope import Envelope
from audit.faults import LedgerFault
from audit.merkle import Node
from audit.record import SealedEntry
from audit.statement import Statement
from audit.tree import Head

CHUNK = 4096  # rows read at once when reading the whole ledger

_ADD_ENTRIES = Statement(insert(tables.entries))
_ADD_PAYLOADS = Statement(insert(tables.payloads))
_ADD_NODES = Statement(insert(tables.nodes))
ADD_CHECKPOINT = Statement(insert(tables.checkpoints))
LAST_INDEX = Statement(select(func.max(tables.entries.c.entry_index)))
_MOVE_HEAD = Statement(
    update(tables.head)
    .where(
        tables.head.c.id == 1,
        tables.head.c.size == bindparam("from_size"),
        tables.head.c.root == bindparam("from_root"),
    )
    .values(size=bindparam("to_size"), root=bindparam("to_root"))
)


def add_leaves(
    connection: Connection, envelope: Envelope, first: int, sealed: Sequence[SealedEntry], growth: Growth
) -> None:
    """Write leaves, payloads and the interior nodes they complete."""
    _ADD_ENTRIES.run_many(connection, _entry_rows(first, sealed, growth.hashes))
    _ADD_PAYLOADS.run_many(connection, _payload_rows(envelope, first, sealed))
    if growth.interior:
        _ADD_NODES.run_many(connection, _node_rows(growth.interior))


def _entry_rows(
    first: int, sealed: Sequence[SealedEntry], hashes: Sequence[bytes]
) -> list[dict[str, object]]:
    return [
        {"entry_index": index, "leaf": item.leaf, "leaf_hash": hashed, "at_minute": item.minute}
        for index, (item, hashed) in enumerate(zip(sealed, hashes, strict=True), first)
    ]


def _payload_rows(envelope: Envelope, first: int, sealed: Sequence[SealedEntry]) -> list[dict[str, object]]:
    return [
        {"entry_index": index, "sealed": envelope.seal(index, item.salt, item.payload)}
        for index, item in enumerate(sealed, first)
    ]


def move_head(connection: Connection, head: Head, checkpoint: Checkpoint) -> None:
    moved = _MOVE_HEAD.run(
        connection,
        {
            "from_size": head.size,
            "from_root": head.root,
            "to_size": checkpoint.size,
            "to_root": checkpoint.root,
        },
    )
    if moved != 1:
        raise LedgerFault("head: moved by another writer")


def _node_rows(nodes: Sequence[Node]) -> list[dict[str, object]]:
    return [{"level": level, "node_index": index, "hash": value} for level, index, value in nodes]


def chunks(size: int, since: int = 0) -> Iterator[tuple[int, int]]:
    for start in range(since, size, CHUNK):
        yield start, min(start + CHUNK, size)
