"""Our published ledger read by programs of other people: Go's sumdb, aics-tlog, tlog-scales, aics-witness.

Each is also shown a ledger with an entry changed, and must find it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint
from audit.cosignature import CosignerKey, cosigned
from audit.encoding import base64_text
from audit.merkle import consistency_proof, leaf_hash
from audit.rehash import RehashedTree
from audit.sources import FolderSource
from audit.verify import main
from audit.witness_client import NotCosigned, WitnessClient
from tests.audit_site import ORIGIN, SIGNER
from tests.published import OWN, QUANTUM, WITNESS, PublishedLedger, head_of, publish
from tests.servers import sumdb, tlog_tools
from tests.servers.witness import witness

SIZES = (1, 256, 300, 700)
PROVEN = (0, 255, 256, 511, 699)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> PublishedLedger:
    return publish(tmp_path_factory.mktemp("published"), SIZES, PROVEN)


@pytest.fixture
def changed(published: PublishedLedger, tmp_path: Path) -> PublishedLedger:
    """The same with entry 300 changed, in the bundle and in the export."""
    folder = tmp_path / "ledger"
    shutil.copytree(published.folder, folder)
    bundle = folder / "tile/entries/001"
    data = bytearray(bundle.read_bytes())
    at = len(data) // 256 * (300 - 256) + 30
    data[at] ^= 1
    bundle.write_bytes(data)
    lines = published.export.read_bytes().splitlines(keepends=True)
    shape = json.loads(lines[301])
    leaf = data[at // (len(data) // 256) * (len(data) // 256) + 2 :][: len(data) // 256 - 2]
    lines[301] = json.dumps({**shape, "leaf": base64_text(bytes(leaf))}).encode() + b"\n"
    (tmp_path / "ledger.jsonl").write_bytes(b"".join(lines))
    return PublishedLedger(folder, tmp_path / "ledger.jsonl", published.heads, published.proofs, 700)


def read_by_go(ledger: PublishedLedger, held: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    command = [str(sumdb.program()), str(ledger.export), SIGNER.vkey, str(WITNESS.key), *map(str, held)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_go_reads_the_export_its_heads_and_its_proofs(published: PublishedLedger) -> None:
    held = [*published.heads, *published.proofs]
    told = read_by_go(published, held)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {"size": 700, "cosigned": True, "held": len(held)}


def test_go_finds_an_entry_changed(changed: PublishedLedger) -> None:
    told = read_by_go(changed, [])
    assert told.returncode == 1
    assert "not those of the signed head" in told.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [("index 255", "index 254"), ("extra e", "extra f")],
    ids=["another index", "another leaf"],
)
def test_go_finds_a_proof_changed(published: PublishedLedger, tmp_path: Path, old: str, new: str) -> None:
    text = published.proofs[1].read_text()
    assert old in text
    (tmp_path / "changed.tlog-proof").write_text(text.replace(old, new))
    assert read_by_go(published, [tmp_path / "changed.tlog-proof"]).returncode == 1


def trusting(ledger: PublishedLedger) -> list[str]:
    keys = ["--log-key", SIGNER.vkey, "--witness-key", str(WITNESS.key), "--quorum", "1"]
    return [*keys, "--tiles", str(ledger.folder)]


def test_aics_tlog_reads_the_tiles(published: PublishedLedger) -> None:
    status, told = tlog_tools.aics("verify-checkpoint", *trusting(published))
    assert (status, told["ok"]) == (0, True), told
    for index in PROVEN:
        status, told = tlog_tools.aics("verify-inclusion", *trusting(published), "--index", str(index))
        assert (status, told["ok"]) == (0, True), told
    for head in published.heads:
        keys = trusting(published)
        old = ["--old-size", str(head_of(head).size), "--old-root", base64_text(head_of(head).root)]
        status, told = tlog_tools.aics("verify-consistency", *keys, *old)
        assert (status, told["ok"]) == (0, True), told


def test_aics_tlog_finds_an_entry_changed(changed: PublishedLedger, tmp_path: Path) -> None:
    out = ["--entry-out", str(tmp_path / "entry")]
    status, told = tlog_tools.aics("verify-inclusion", *trusting(changed), "--index", "300", *out)
    assert (status, told["ok"]) == (1, False)


def test_tlog_scales_reads_the_tiles_and_every_kind_of_signature(published: PublishedLedger) -> None:
    vkeys = [SIGNER.vkey, *(str(cosigner.key) for cosigner in (WITNESS, QUANTUM, OWN))]
    told = tlog_tools.scales(published.folder, vkeys, 300, 511)
    assert told.returncode == 0, told.stderr
    names = sorted({ORIGIN, WITNESS.key.name, QUANTUM.key.name})
    assert json.loads(told.stdout) == {"size": 700, "signed": 4, "by": names}
    assert "failed" not in told.stderr


def test_tlog_scales_finds_an_entry_changed(changed: PublishedLedger) -> None:
    told = tlog_tools.scales(changed.folder, [SIGNER.vkey], 300, 300)
    assert told.returncode == 1
    assert "InclusionProofInvalid" in told.stderr


def test_our_verifier_reads_the_folder_and_finds_the_entry_changed(
    published: PublishedLedger, changed: PublishedLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    held = [argument for proof in published.proofs for argument in ("--receipt", str(proof))]
    held += [argument for head in published.heads for argument in ("--checkpoint", str(head))]
    assert main([str(published.folder), "--key", SIGNER.vkey, "--key", str(OWN.key), *held]) == 0
    assert main([str(changed.folder), "--key", SIGNER.vkey]) == 1
    capsys.readouterr()


def test_their_feeder_is_served_by_our_witness(published: PublishedLedger, tmp_path: Path) -> None:
    with witness(tmp_path, SIGNER.vkey) as running:
        for old in (0, 700):
            told = tlog_tools.fed(running.url, running.vkey, published.folder, old)
            assert told.returncode == 0, told.stderr
        wrong = tlog_tools.fed(running.url, running.vkey, published.folder, 300)
        assert wrong.returncode == 0, "it learns the size and sends again"


def test_our_ledger_is_served_by_their_witness(published: PublishedLedger, tmp_path: Path) -> None:
    tree = RehashedTree()
    for leaf in FolderSource(published.folder).leaves():
        tree.append(leaf_hash(leaf.leaf))
    with tlog_tools.aics_witness(tmp_path, ORIGIN, SIGNER.vkey) as (vkey, url):
        key = CosignerKey.parse(vkey)
        ours = WitnessClient(key, url)
        for head in published.heads:
            note = head.read_text()
            line = ours.submit(note, lambda a, b: consistency_proof(a, b, tree.read))
            assert key in cosigned(note + line, [key])
        other = SIGNER.sign(Checkpoint(ORIGIN, 700, bytes(32)))
        with pytest.raises(NotCosigned):
            ours.submit(other, lambda *_: [])
        ours.close()
