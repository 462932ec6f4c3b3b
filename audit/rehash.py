"""A tree worked out anew from leaves, able to give the root and proofs of every size it went through."""

from audit.merkle import EMPTY_ROOT, HASH_SIZE, Frontier, node_hash, root

_KEPT_LEVEL = 5  # nodes below are worked out from leaf hashes when asked for: 33 bytes a leaf, not 100


class RehashedTree:
    """Grows by leaf hashes. Takes 32 bytes a leaf and one kept node for every 32 leaves."""

    def __init__(self) -> None:
        self._hashes = bytearray()
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._edge = Frontier()

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return self._edge.size

    def append(self, leaf_hash: bytes) -> None:
        """Add the next leaf hash."""
        self._hashes += leaf_hash
        for level, index, value in self._edge.append(leaf_hash):
            if level >= _KEPT_LEVEL:
                self._nodes[level, index] = value

    def read(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree, as `merkle.NodeReader`."""
        if level >= _KEPT_LEVEL:
            return self._nodes[level, index]
        if level == 0:
            return bytes(self._hashes[index * HASH_SIZE : (index + 1) * HASH_SIZE])
        return node_hash(self.read(level - 1, 2 * index), self.read(level - 1, 2 * index + 1))

    def root(self, size: int) -> bytes:
        """The root of the tree of the first `size` leaves."""
        return root(size, self.read) if size else EMPTY_ROOT
