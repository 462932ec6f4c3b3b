"""A ledger published as auditors find it: an export and a folder of its tiles, with proofs and heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from audit.checkpoint import Checkpoint, split_note
from audit.cosignature import Algorithm, Cosigner
from audit.export import write_export
from audit.ledger import Ledger
from audit.proof_file import ProofFile
from audit.tiles import entry_bundles, hash_tiles
from tests.audit_site import ORIGIN, append, entry, new_engine, new_ledger

WITNESS: Final = Cosigner("w.example/1", Algorithm.ED25519, b"w" * 32)
QUANTUM: Final = Cosigner("q.example/1", Algorithm.ML_DSA_44, b"q" * 32)
OWN: Final = Cosigner(ORIGIN, Algorithm.ML_DSA_44, b"o" * 32)
AT: Final = 1_770_000_000


@dataclass(frozen=True, slots=True)
class PublishedLedger:
    """`folder` holds `checkpoint` and `tile/…`; `heads` are checkpoints shown while it grew."""

    folder: Path
    export: Path
    heads: Sequence[Path]
    proofs: Sequence[Path]
    size: int


def publish(path: Path, sizes: Sequence[int], proven: Sequence[int]) -> PublishedLedger:
    """Grow a ledger to each of `sizes` in turn and publish it, with proofs of the entries `proven`."""
    engine, ledger = new_engine(path), new_ledger()
    folder, heads = path / "ledger", []
    folder.mkdir()
    grown = 0
    for size in sizes:
        receipts = append(engine, ledger, [entry(number) for number in range(grown, size)])
        grown = size
        heads.append(path / f"head-{size}")
        heads[-1].write_text(receipts[0].checkpoint, encoding="utf-8")
    note = cosigned_by_all(heads[-1].read_text(encoding="utf-8"))
    (folder / "checkpoint").write_text(note, encoding="utf-8")
    _write_tiles(folder, engine, ledger, grown)
    published = _write_proofs(path, engine, ledger, proven, note)
    stream = BytesIO()
    with engine.connect() as connection:
        write_export(stream, ledger.header(connection), ledger.exported(connection), [note])
    (path / "ledger.jsonl").write_bytes(stream.getvalue())
    engine.dispose()
    return PublishedLedger(folder, path / "ledger.jsonl", heads, published, grown)


def cosigned_by_all(note: str) -> str:
    """The note with the lines of two witnesses and of the ledger's own ML-DSA-44 key."""
    text = split_note(note)[0]
    return note + "".join(cosigner.line(text, AT) for cosigner in (WITNESS, QUANTUM, OWN))


def head_of(path: Path) -> Checkpoint:
    return Checkpoint.parse(split_note(path.read_text(encoding="utf-8"))[0])


def _write_tiles(folder: Path, engine: Engine, ledger: Ledger, size: int) -> None:
    with engine.connect() as connection:
        for tile in (*entry_bundles(size), *hash_tiles(size)):
            place = folder / tile.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(ledger.tile(connection, tile.path))


def _write_proofs(path: Path, engine: Engine, ledger: Ledger, proven: Sequence[int], note: str) -> list[Path]:
    written = []
    with engine.connect() as connection:
        for index in proven:
            proof = ProofFile.of(ledger.entry(connection, index))
            written.append(path / f"entry-{index}.tlog-proof")
            full = ProofFile(proof.index, proof.inclusion_proof, note, proof.extra)
            written[-1].write_text(full.text, encoding="utf-8")
    return written
