"""The stored tree, read: head, hashes of complete subtrees, leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, tuple_

from audit import tables
from audit.faults import LedgerFault
from audit.merkle import EMPTY_ROOT, Frontier, NodeReader, peaks, root
from audit.statement import Statement

_NOT_OF_THE_HEAD = "nodes: the stored tree does not have the root of the head"


@dataclass(frozen=True, slots=True)
class Head:
    """The stored head: number of leaves, root of their tree."""

    size: int
    root: bytes


EMPTY = Head(0, EMPTY_ROOT)

_READ_HEAD = select(tables.head.c.size, tables.head.c.root).where(tables.head.c.id == 1)
_HEAD, _LOCKED_HEAD = Statement(_READ_HEAD), Statement(_READ_HEAD.with_for_update())


def read_head(connection: Connection, *, lock: bool = False) -> Head | None:
    """The head, None before the first `Ledger.begin`; locked until the transaction ends where rows can be."""
    for size, root_hash in (_LOCKED_HEAD if lock else _HEAD).rows(connection, {}):
        return Head(size, bytes(root_hash))
    return None


def read_hashes(connection: Connection, level: int, start: int, number: int) -> Sequence[bytes]:
    """The hashes of `number` complete subtrees of 2**level leaves, from the one at `start`.

    Raises `LedgerFault` when one is missing.
    """
    if level == 0:
        at, query = tables.entries.c.entry_index, select(tables.entries.c.leaf_hash)
    else:
        at = tables.nodes.c.node_index
        query = select(tables.nodes.c.hash).where(tables.nodes.c.level == level)
    found = connection.execute(query.where(at.between(start, start + number - 1)).order_by(at))
    return _all_of(number, found.scalars().all())


def read_leaves(connection: Connection, start: int, number: int) -> Sequence[bytes]:
    """`number` leaves from the one at `start`. Raises `LedgerFault` when one is missing."""
    at = tables.entries.c.entry_index
    query = select(tables.entries.c.leaf).where(at.between(start, start + number - 1))
    return _all_of(number, connection.execute(query.order_by(at)).scalars().all())


def node_reader(connection: Connection) -> NodeReader:
    """The stored tree as `audit.merkle` reads one."""
    return lambda level, index: read_hashes(connection, level, index, 1)[0]


def read_frontier(connection: Connection, head: Head) -> Frontier:
    """The right edge of the tree of `head`, in two queries however large it is.

    Raises `LedgerFault` unless it folds to the root of `head`.
    """
    places = list(peaks(0, head.size))
    at = tuple_(tables.nodes.c.level, tables.nodes.c.node_index)
    interior = select(tables.nodes).where(at.in_([place for place in places if place[0]]))
    found = {(level, index): value for level, index, value in connection.execute(interior)}
    if head.size % 2:
        found[0, head.size - 1] = read_hashes(connection, 0, head.size - 1, 1)[0]
    edge = Frontier(head.size, _all_of(len(places), [found[each] for each in places if each in found]))
    if edge.root() != head.root:
        raise LedgerFault(_NOT_OF_THE_HEAD)
    return edge


def check_root(connection: Connection, head: Head) -> None:
    """Raise `LedgerFault` unless the stored nodes fold to the root of `head`."""
    if root(head.size, node_reader(connection)) != head.root:
        raise LedgerFault(_NOT_OF_THE_HEAD)


def _all_of(number: int, found: Sequence[bytes]) -> Sequence[bytes]:
    if len(found) != number:
        raise LedgerFault("store: rows are missing from the tree")
    return found
