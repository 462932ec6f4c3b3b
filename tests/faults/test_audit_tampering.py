"""Property 11: any edit, deletion, insertion, swap or truncation is found, by somebody who kept a checkpoint
or a receipt, even when the tamperer holds the ledger's own signing key.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint, CheckpointSigner
from audit.encoding import base64_bytes, base64_text
from audit.export import ExportedLeaf, ExportHeader, ExportReader, write_export
from audit.merkle import leaf_hash
from audit.receipt import ShownReceipt
from audit.record import seal
from audit.rehash import RehashedTree
from audit.report import Step
from tests.audit_site import (
    ORIGIN,
    SIGNER,
    append,
    entry,
    exported,
    new_engine,
    new_ledger,
    shown,
    verify_export,
)

ENTRIES = 40
PLACES = 200  # random places for each kind of tampering
THIEF = CheckpointSigner.from_raw(ORIGIN, b"t" * 32)


@dataclass(frozen=True)
class Shown:
    """What an auditor is shown, and what the auditor had kept: a checkpoint and a receipt."""

    leaves: tuple[ExportedLeaf, ...]
    note: str
    vkey: str
    checkpoint: str
    receipt: ShownReceipt

    def export(self) -> bytes:
        stream = BytesIO()
        header = ExportHeader(ORIGIN, self.vkey, len(self.leaves))
        write_export(stream, header, self.leaves, [self.note])
        return stream.getvalue()

    def regrown(self, leaves: list[ExportedLeaf], signer: CheckpointSigner = SIGNER) -> "Shown":
        """Other leaves, renumbered, hashed anew and signed anew."""
        numbered = tuple(replace(leaf, index=index) for index, leaf in enumerate(leaves))
        return replace(self, leaves=numbered, note=signed(numbered, signer), vkey=signer.vkey)


def signed(leaves: tuple[ExportedLeaf, ...], signer: CheckpointSigner) -> str:
    tree = RehashedTree()
    for leaf in leaves:
        tree.append(leaf_hash(leaf.leaf))
    return signer.sign(Checkpoint(ORIGIN, tree.size, tree.root(tree.size)))


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Shown]]:
    """The ledger as an auditor sees it, holding the last checkpoint and, in each case, another receipt."""
    engine, ledger = new_engine(tmp_path_factory.mktemp("site")), new_ledger()
    receipts = [
        receipt
        for start in range(0, ENTRIES, 8)
        for receipt in append(engine, ledger, [entry(start + number) for number in range(8)])
    ]
    reader = ExportReader(BytesIO(exported(engine, ledger, lambda _: True)))
    leaves = tuple(reader.leaves())
    note = reader.checkpoints()[0]
    yield [Shown(leaves, note, SIGNER.vkey, note, shown(receipt)) for receipt in receipts]
    engine.dispose()


def forged(number: int, place: int) -> ExportedLeaf:
    sealed = seal(entry(number, "forged"))
    return ExportedLeaf(place, sealed.leaf, (sealed.salt, sealed.payload))


def edit(seen: Shown, place: int, _: random.Random) -> Shown:
    leaves = list(seen.leaves)
    leaves[place] = forged(place, place)
    return seen.regrown(leaves)


def delete(seen: Shown, place: int, _: random.Random) -> Shown:
    return seen.regrown([*seen.leaves[:place], *seen.leaves[place + 1 :]])


def insert(seen: Shown, place: int, _: random.Random) -> Shown:
    return seen.regrown([*seen.leaves[:place], forged(place, place), *seen.leaves[place:]])


def swap(seen: Shown, place: int, source: random.Random) -> Shown:
    other = source.choice([index for index in range(ENTRIES) if index != place])
    leaves = list(seen.leaves)
    leaves[place], leaves[other] = leaves[other], leaves[place]
    return seen.regrown(leaves)


def truncate(seen: Shown, place: int, _: random.Random) -> Shown:
    return seen.regrown(list(seen.leaves[:place]))


def roll_back_and_regrow(seen: Shown, place: int, _: random.Random) -> Shown:
    grown = [forged(index, index) for index in range(place, ENTRIES + 5)]
    return seen.regrown([*seen.leaves[:place], *grown])


def swap_key(seen: Shown, _place: int, _: random.Random) -> Shown:
    return seen.regrown(list(seen.leaves), THIEF)


def resign_head(seen: Shown, place: int, _: random.Random) -> Shown:
    """The same entries under a head signed for another tree of the same size."""
    other = edit(seen, place, random.Random(0))
    return replace(seen, note=other.note)


def edit_payload(seen: Shown, place: int, _: random.Random) -> Shown:
    leaves = list(seen.leaves)
    opened = leaves[place].opened
    assert opened is not None
    salt, payload = opened
    changed = json.loads(payload) | {"number": 999}
    leaves[place] = replace(leaves[place], opened=(salt, json.dumps(changed).encode()))
    return replace(seen, leaves=tuple(leaves))


def edit_proof(seen: Shown, place: int, source: random.Random) -> Shown:
    proof = list(seen.receipt.inclusion_proof)
    step = place % len(proof)
    proof[step] = source.randbytes(32)
    return replace(seen, receipt=replace(seen.receipt, inclusion_proof=tuple(proof)))


Tamper = Callable[[Shown, int, random.Random], Shown]
TAMPERS: list[Tamper] = [
    edit,
    delete,
    insert,
    swap,
    truncate,
    roll_back_and_regrow,
    swap_key,
    resign_head,
    edit_payload,
    edit_proof,
]

Verifier = Callable[[Shown], bool]


def by_checkpoint(seen: Shown) -> bool:
    """An auditor who kept the last checkpoint."""
    return verify_export(seen.export(), [seen.checkpoint]).good


def by_receipt(seen: Shown) -> bool:
    """An agency that kept one receipt and no other checkpoint."""
    return verify_export(seen.export(), receipts=[seen.receipt]).good


def hash_chain_only(seen: Shown) -> bool:
    """A verifier with the fault planted: it rehashes, and believes the head it is shown."""
    tree = RehashedTree()
    for leaf in seen.leaves:
        tree.append(leaf_hash(leaf.leaf))
    head = Checkpoint.parse(seen.note.rpartition("\n\n")[0] + "\n")
    return head.size == tree.size and head.root == tree.root(tree.size)


def missed(verifier: Verifier, tamper: Tamper, honest: list[Shown]) -> int:
    """In how many of the places this tampering passes."""
    source = random.Random(tamper.__name__)
    places = [source.randrange(ENTRIES) for _ in range(PLACES)]
    return sum(verifier(tamper(honest[place], place, source)) for place in places)


@pytest.mark.parametrize("verifier", [by_checkpoint, by_receipt, hash_chain_only])
def test_the_honest_ledger_verifies(honest: list[Shown], verifier: Verifier) -> None:
    assert all(verifier(seen) for seen in honest)


@pytest.mark.parametrize("tamper", [tamper for tamper in TAMPERS if tamper is not edit_proof])
def test_a_checkpoint_kept_finds_every_tampering_with_the_ledger(honest: list[Shown], tamper: Tamper) -> None:
    assert missed(by_checkpoint, tamper, honest) == 0


@pytest.mark.parametrize("tamper", TAMPERS)
def test_a_receipt_kept_finds_every_tampering(honest: list[Shown], tamper: Tamper) -> None:
    """The receipt is for the entry tampered with; where none is, any receipt will do."""
    assert missed(by_receipt, tamper, honest) == 0


def test_a_verifier_that_checks_nothing_but_the_hash_chain_fails_this_table(honest: list[Shown]) -> None:
    passed = {tamper.__name__ for tamper in TAMPERS if missed(hash_chain_only, tamper, honest)}
    assert passed == {tamper.__name__ for tamper in TAMPERS} - {"resign_head"}


@pytest.mark.parametrize(
    ("change", "step"),
    [
        pytest.param(lambda lines: [lines[0], *lines[2:]], Step.SEQUENCE, id="line removed"),
        pytest.param(
            lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], Step.SEQUENCE, id="lines swapped"
        ),
        pytest.param(lambda lines: [*lines[:5], lines[4], *lines[5:]], Step.SEQUENCE, id="line repeated"),
        pytest.param(lambda lines: lines[:-1], Step.ROOT, id="no checkpoint"),
        pytest.param(lambda lines: lines[:20], Step.SEQUENCE, id="file cut at a line"),
        pytest.param(lambda lines: [*lines[:20], lines[20][:50]], Step.READ, id="file cut within a line"),
        pytest.param(lambda lines: lines[:0], Step.READ, id="file empty"),
        pytest.param(
            lambda lines: [lines[0].replace(b"riverside", b"lakeside"), *lines[1:]],
            Step.CONSISTENT,
            id="another ledger's name",
        ),
        pytest.param(
            lambda lines: [*lines[:3], lines[3].replace(b'"salt":"', b'"salt":"' + b"A" * 4), *lines[4:]],
            Step.READ,
            id="salt lengthened",
        ),
    ],
)
def test_a_damaged_file_fails_the_step_it_breaks(
    honest: list[Shown], change: Callable[[list[bytes]], list[bytes]], step: Step
) -> None:
    lines = honest[0].export().splitlines(keepends=True)
    report = verify_export(b"".join(change(lines)))
    assert step in {found.step for found in report.findings}


def test_a_leaf_of_another_shape_is_found_though_signed(honest: list[Shown]) -> None:
    leaves = list(honest[0].leaves)
    leaves[7] = ExportedLeaf(7, leaves[7].leaf.replace(b'"v":1', b'"v":1,"subject":"Okafor"'))
    report = verify_export(honest[0].regrown(leaves).export())
    assert [(found.step, found.index) for found in report.findings] == [(Step.SHAPE, 7)]
    assert "Okafor" not in report.text()


def test_two_heads_of_one_size_are_a_split_view(honest: list[Shown], tmp_path: Path) -> None:
    other = edit(honest[3], 3, random.Random(0))
    report = verify_export(honest[3].export(), [honest[3].note, other.note])
    assert any("two views" in found.message for found in report.findings)


def test_a_receipt_whose_checkpoint_is_by_a_stranger_is_found(honest: list[Shown]) -> None:
    seen = honest[0]
    receipt = replace(seen.receipt, checkpoint=signed(seen.leaves, THIEF))
    report = verify_export(seen.export(), receipts=[receipt])
    assert [found.step for found in report.findings] == [Step.SIGNED]


def test_a_signature_bit_flipped_is_found(honest: list[Shown]) -> None:
    text, _, line = honest[0].note.rpartition("\n\n")
    head, _, encoded = line.rstrip("\n").rpartition(" ")
    blob = bytearray(base64_bytes(encoded, "signature"))
    blob[-1] ^= 1
    note = f"{text}\n\n{head} {base64_text(bytes(blob))}\n"
    report = verify_export(replace(honest[0], note=note).export())
    assert {found.step for found in report.findings} == {Step.SIGNED, Step.ROOT}
