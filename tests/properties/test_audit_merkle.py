"""Laws of the Merkle tree, for every size up to 200 and against the definition in RFC 6962."""

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from audit.rehash import RehashedTree

MOST = 200
LEAVES = [str(number).encode() for number in range(MOST)]


@cache
def defined_root(start: int, end: int) -> bytes:
    """MTH as RFC 6962 section 2.1 defines it."""
    if start == end:
        return hashlib.sha256(b"").digest()
    if end - start == 1:
        return hashlib.sha256(b"\0" + LEAVES[start]).digest()
    split = 1
    while split * 2 < end - start:
        split *= 2
    left, right = defined_root(start, start + split), defined_root(start + split, end)
    return hashlib.sha256(b"\1" + left + right).digest()


def read(level: int, index: int) -> bytes:
    assert (index + 1) << level <= MOST, "only complete subtrees may be read"
    return defined_root(index << level, (index + 1) << level)


def test_root_and_frontier_are_as_defined_for_every_size() -> None:
    edge, tree = Frontier(), RehashedTree()
    nodes = {}
    for size in range(1, MOST + 1):
        added = edge.append(leaf_hash(LEAVES[size - 1]))
        tree.append(leaf_hash(LEAVES[size - 1]))
        nodes.update({(level, index): value for level, index, value in added})
        assert edge.root() == root(size, read) == defined_root(0, size)
        assert Frontier.read(size, read).root() == defined_root(0, size)
    assert all(tree.root(size) == defined_root(0, size) for size in range(MOST + 1))
    assert nodes == {
        (level, index): read(level, index) for level in range(1, 8) for index in range(MOST >> level)
    }


def test_every_inclusion_proof_of_every_size_verifies_and_nothing_else_does() -> None:
    for size in range(1, MOST + 1):
        whole = defined_root(0, size)
        for index in range(size):
            proof = inclusion_proof(index, size, read)
            leaf = leaf_hash(LEAVES[index])
            assert verify_inclusion(index, size, leaf, proof, whole)
            assert not verify_inclusion(index ^ 1, size, leaf, proof, whole)


@pytest.mark.parametrize("second", [1, 2, 3, 7, 8, 9, 63, 64, 65, 127, 128, 199, 200])
def test_every_consistency_proof_verifies_and_only_for_its_sizes(second: int) -> None:
    whole = defined_root(0, second)
    for first in range(second + 1):
        proof = consistency_proof(first, second, read)
        assert verify_consistency(first, second, defined_root(0, first), whole, proof)
        if 1 < first < second:
            assert not verify_consistency(first - 1, second, defined_root(0, first), whole, proof)
            assert not verify_consistency(first, second, defined_root(0, first - 1), whole, proof)


SIZES = st.integers(2, MOST)


@given(size=SIZES, data=st.data())
def test_a_changed_inclusion_proof_proves_nothing(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, read)
    leaf, whole = leaf_hash(LEAVES[index]), defined_root(0, size)
    place = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(proof[place], "big") ^ (1 << bit)).to_bytes(32, "big")
    assert not verify_inclusion(index, size, leaf, [*proof[:place], flipped, *proof[place + 1 :]], whole)
    assert not verify_inclusion(index, size, leaf, proof[:place] + proof[place + 1 :], whole)
    assert not verify_inclusion(index, size, leaf, [*proof, proof[place]], whole)
    assert not verify_inclusion(
        index, size, leaf, [*proof[:place], proof[place][:31], *proof[place + 1 :]], whole
    )
    assert not verify_inclusion(index, size, leaf_hash(b"another"), proof, whole)


@given(sizes=st.tuples(SIZES, SIZES).filter(lambda pair: pair[0] < pair[1]), data=st.data())
def test_a_changed_consistency_proof_proves_nothing(sizes: tuple[int, int], data: st.DataObject) -> None:
    first, second = sizes
    proof = consistency_proof(first, second, read)
    roots = defined_root(0, first), defined_root(0, second)
    place = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(proof[place], "big") ^ (1 << bit)).to_bytes(32, "big")
    for changed in (
        [*proof[:place], flipped, *proof[place + 1 :]],
        proof[:place] + proof[place + 1 :],
        [*proof, proof[place]],
    ):
        assert not verify_consistency(first, second, *roots, changed)


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_proofs_out_of_range_are_refused(first: int, second: int) -> None:
    if not 0 <= first < second:
        with pytest.raises(ValueError, match="index"):
            inclusion_proof(first, second, read)
        assert not verify_inclusion(first, second, leaf_hash(LEAVES[0]), [], leaf_hash(LEAVES[0]))
    if not 0 <= first <= second:
        with pytest.raises(ValueError, match="first"):
            consistency_proof(first, second, read)
        assert not verify_consistency(first, second, leaf_hash(LEAVES[0]), leaf_hash(LEAVES[0]), [])


def test_a_frontier_wants_one_hash_for_each_complete_subtree() -> None:
    with pytest.raises(ValueError, match="hashes"):
        Frontier(3, [bytes(32)])
