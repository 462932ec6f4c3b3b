"""Entries appended together, with what their receipts need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Transaction

from audit.merkle import Frontier, Node, inclusion_proof, leaf_hash
from audit.record import SealedEntry


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries appended together: `first` is the index of the first, `commitments` are theirs in order,
    `size` and `checkpoint` (a signed note) those of the tree after the last.
    """

    first: int
    size: int
    commitments: tuple[bytes, ...]
    checkpoint: str
    nodes: Mapping[tuple[int, int], bytes] = field(repr=False)
    transaction: Transaction | None = field(repr=False)

    @property
    def is_open(self) -> bool:
        """Whether the transaction that wrote it has not ended."""
        return self.transaction is None or self.transaction.is_active

    def leaf_hash(self, index: int) -> bytes:
        """The leaf hash of one of its entries."""
        return self.nodes[0, index]

    def proof(self, index: int) -> tuple[bytes, ...]:
        """The inclusion proof of one of its entries in the tree after the batch."""
        return tuple(inclusion_proof(index, self.size, lambda level, at: self.nodes[level, at]))


@dataclass(frozen=True, slots=True)
class Growth:
    """What a batch adds to the tree: leaf hashes in order, interior nodes, and every node its proofs read."""

    hashes: list[bytes]
    interior: list[Node]
    nodes: dict[tuple[int, int], bytes]


def grow(edge: Frontier, sealed: Sequence[SealedEntry]) -> Growth:
    """Append the leaves to `edge`. A new leaf's proof needs only the old right edge and what is new."""
    nodes = {(level, index): value for level, index, value in edge.nodes()}
    hashes: list[bytes] = []
    interior: list[Node] = []
    for index, item in enumerate(sealed, edge.size):
        hashed = leaf_hash(item.leaf)
        hashes.append(hashed)
        nodes[0, index] = hashed
        interior += edge.append(hashed)
    nodes.update(((level, index), value) for level, index, value in interior)
    return Growth(hashes, interior, nodes)
