"""The Merkle tree of RFC 6962 section 2.1, with SHA-256: hashes, roots, proofs and their verification.

Pure: trees are read through a `NodeReader`, which gives the hash of any *complete* subtree; node
(level, index) covers the 2**level leaves from index * 2**level. Everything else is computed from those.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import TypeAlias

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

NodeReader: TypeAlias = Callable[[int, int], bytes]
Node: TypeAlias = tuple[int, int, bytes]  # level, index and hash of one complete subtree


def leaf_hash(data: bytes) -> bytes:
    """MTH({d(0)}): the hash of one leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an interior node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def peaks(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees (level, index) that cover leaves `start` to `end`, left to right, largest first.

    `start` must be a multiple of a power of two of at least `end - start`, as in all ranges of RFC 6962.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def root(size: int, read: NodeReader) -> bytes:
    """MTH(D[0:size]); that of the empty tree is the hash of nothing."""
    return range_hash(0, size, read) if size else EMPTY_ROOT


def range_hash(start: int, end: int, read: NodeReader) -> bytes:
    """MTH(D[start:end]) of a non-empty range as in `peaks`."""
    return _fold([read(level, index) for level, index in peaks(start, end)])


def _fold(hashes: Sequence[bytes]) -> bytes:
    folded = hashes[-1]
    for left in reversed(hashes[:-1]):
        folded = node_hash(left, folded)
    return folded


def _split(count: int) -> int:
    """The largest power of two smaller than `count`, for `count` of at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, read: NodeReader) -> list[bytes]:
    """PATH(index, D[0:size]), from the leaf's sibling to the root's child.

    Raises `ValueError` for an index out of range.
    """
    if not 0 <= index < size:
        raise ValueError("index: not in a tree of this size")
    proof = []
    for level in range((size - 1).bit_length()):
        sibling = (index >> level) ^ 1
        start = sibling << level
        if start + (1 << level) <= size:
            proof.append(read(level, sibling))
        elif start < size:
            proof.append(range_hash(start, size, read))
    return proof


def consistency_proof(first: int, second: int, read: NodeReader) -> list[bytes]:
    """PROOF(first, D[0:second]). Empty when nothing needs proving: `first` is 0 or equals `second`.

    Raises `ValueError` unless 0 <= first <= second.
    """
    if not 0 <= first <= second:
        raise ValueError("first: not a size up to the second size")
    if first in {0, second}:
        return []
    proof = []
    start, end = 0, second
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(range_hash(middle, end, read))
            end = middle
        else:
            proof.append(range_hash(start, middle, read))
            start = middle
    if start:
        proof.append(range_hash(start, first, read))
    return proof[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether `proof` shows the leaf hash `leaf` at `index` of the tree of `size` leaves.

    RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size or not _all_hashes((leaf, root_hash, *proof)):
        return False
    node, last, folded = index, size - 1, leaf
    for sibling in proof:
        if not last:
            return False
        if node & 1 or node == last:
            folded = node_hash(sibling, folded)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            folded = node_hash(folded, sibling)
        node, last = node >> 1, last >> 1
    return not last and folded == root_hash


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows the tree of `first` leaves to be a prefix of that of `second`.

    RFC 9162 section 2.1.4.2.
    """
    if not 0 <= first <= second or not _all_hashes((first_root, second_root, *proof)):
        return False
    if first in {0, second}:
        expected = EMPTY_ROOT if not first else second_root
        return not proof and first_root == expected
    # A first tree that is one complete subtree is its own starting point and is left out of the proof.
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    return bool(path) and _folds_to_both(first - 1, second - 1, path, first_root, second_root)


def _folds_to_both(
    node: int, last: int, path: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if not last:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return not last and old == first_root and new == second_root


def _all_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)


class Frontier:
    """The right edge of a tree: the hashes of its `peaks`, which suffice to append and to know the root."""

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """A tree of `size` leaves whose `peaks(0, size)` have `hashes`. Raises `ValueError` on a wrong
        count.
        """
        if len(hashes) != size.bit_count():
            raise ValueError("hashes: not one for each complete subtree of a tree of this size")
        self.size = size
        self._hashes = list(hashes)

    @classmethod
    def read(cls, size: int, read: NodeReader) -> "Frontier":
        """The frontier of a stored tree."""
        return cls(size, [read(level, index) for level, index in peaks(0, size)])

    def copy(self) -> "Frontier":
        """A frontier that grows on its own."""
        return Frontier(self.size, self._hashes)

    def nodes(self) -> list[Node]:
        """The complete subtrees at the right edge, left to right."""
        return [
            (level, index, value)
            for (level, index), value in zip(peaks(0, self.size), self._hashes, strict=True)
        ]

    def append(self, leaf: bytes) -> list[Node]:
        """Grow by one leaf hash; the interior nodes (level >= 1) this completes: amortised one, so that
        with the leaf itself two nodes are added for each leaf.
        """
        index, level, added = self.size, 0, []
        hashes = self._hashes
        while index & 1:
            leaf = node_hash(hashes.pop(), leaf)
            index >>= 1
            level += 1
            added.append((level, index, leaf))
        hashes.append(leaf)
        self.size += 1
        return added

    def root(self) -> bytes:
        """MTH of all leaves appended so far."""
        return _fold(self._hashes) if self.size else EMPTY_ROOT
