"""The offline verifier on a ledger of so many entries, none and all of them opened to the auditor."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from audit.checkpoint import Checkpoint
from audit.export import ExportedLeaf, ExportHeader, write_export
from audit.merkle import leaf_hash
from audit.record import Entry, seal
from audit.rehash import RehashedTree
from tests.audit_site import ORIGIN, SIGNER, START

SIZE: Final = 1_000_000
_PARTIES: Final[dict[str, Any]] = {
    "round": 1,
    "requester": "riverside-pd",
    "custodian": "riverside-health",
    "user": "badge-4411",
    "role": "caseworker",
    "case": "RPD-2026-0117",
    "purpose": "threat-assessment",
    "policy": "3f2a9c4e5b",
}
_BASIS: Final[dict[str, Any]] = {
    "kind": "agreement",
    "agreement": "riverside-threat-assessment",
    "version": 3,
    "clause": "4.2",
}
_ASKED: Final[dict[str, Any]] = {
    "level": "existence",
    "subject_kind": "person",
    "exception": None,
    "legal_process": None,
    "decisions": [
        {
            "category": "mental-health",
            "masked": True,
            "decision": "permit",
            "level": "existence",
            "basis": _BASIS,
            "consent": None,
            "awaits": [],
        }
    ],
}
_OUTCOME: Final[dict[str, Any]] = {
    "categories": ["mental-health"],
    "cause": "held",
    "masked": True,
    "result": "information-held",
    "reasons": [],
    "basis": _BASIS,
    "consent": None,
    "level": "existence",
    "fields": [],
    "obligations": ["no-redisclosure"],
}


def main(size: int = SIZE) -> None:
    """Print how long the verifier takes, and how much memory, for each."""
    table = Table("entries", "opened", "processor s", "elapsed s", "peak MB", title="python -m audit.verify")
    with tempfile.TemporaryDirectory() as folder:
        for opened in (False, True):
            export = Path(folder) / f"{opened}.jsonl"
            _write(export, size, opened=opened)
            used, elapsed, peak = _verified(export)
            export.unlink()
            table.add_row(
                f"{size:,}", "all" if opened else "none", f"{used:.1f}", f"{elapsed:.1f}", f"{peak:.0f}"
            )
    Console(width=100).print(table)


def _write(path: Path, size: int, *, opened: bool) -> None:
    """An export of asks and answers such as the gateway records."""
    tree = RehashedTree()

    def leaves() -> Iterator[ExportedLeaf]:
        for index in range(size):
            sealed = seal(_entry(index))
            tree.append(leaf_hash(sealed.leaf))
            yield ExportedLeaf(index, sealed.leaf, (sealed.salt, sealed.payload) if opened else None)

    def notes() -> Iterator[str]:
        yield SIGNER.sign(Checkpoint(ORIGIN, tree.size, tree.root(tree.size)))

    with path.open("wb") as stream:
        write_export(stream, ExportHeader(ORIGIN, SIGNER.vkey, size), leaves(), notes())


def _entry(index: int) -> Entry:
    parties: dict[str, Any] = {"query": f"qry_{index // 2:026d}", **_PARTIES}
    at = START + timedelta(seconds=index // 10)
    if index % 2 == 0:
        return Entry("asked", at, b"k" * 32, {**parties, **_ASKED})
    return Entry("answered", at, b"k" * 32, {**parties, "outcomes": [_OUTCOME]})


def _verified(export: Path) -> tuple[float, float, float]:
    """Processor seconds, seconds and peak megabytes of the verifier as an auditor runs it."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "audit.verify", str(export), "--key", SIGNER.vkey]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "the verifier refused an honest ledger"
    elapsed = time.perf_counter() - started
    return usage.ru_utime + usage.ru_stime, elapsed, usage.ru_maxrss / 1024
