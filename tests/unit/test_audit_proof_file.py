"""The offline receipt as a file: C2SP's own example, our own proofs, and what is no proof."""

import json
from pathlib import Path

import pytest

from audit.cosignature import Algorithm, Cosigner
from audit.encoding import MalformedError
from audit.proof_file import ProofFile
from audit.verify import main
from tests.audit_site import SIGNER, append, entry, new_engine, new_ledger

HASHES = ["gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=", "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA="]
HEAD = "c2sp.org/tlog-proof@v1\nextra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6\nindex 73894\n"
NOTE = "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n"
TAIL = f"\n\n{NOTE}\n\u2014 example.com/fancylog AAAAAAAA\n"
EXAMPLE = HEAD + "\n".join(HASHES) + TAIL


def test_the_example_reads_and_writes_back() -> None:
    proof = ProofFile.parse(EXAMPLE)
    assert (proof.index, proof.extra, len(proof.inclusion_proof)) == (
        73894,
        b"age-v1.2.1-darwin-arm64.tar.gz",
        2,
    )
    assert proof.text == EXAMPLE


def test_the_first_entry_of_a_ledger_of_one_has_no_hashes() -> None:
    text = "c2sp.org/tlog-proof@v1\nindex 0" + TAIL
    proof = ProofFile.parse(text)
    assert (proof.index, proof.extra, proof.inclusion_proof, proof.text) == (0, None, (), text)
    with pytest.raises(MalformedError, match="extra"):
        proof.shown()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(EXAMPLE.replace("@v1", "@v2"), id="another version"),
        pytest.param(EXAMPLE.replace("index 73894", "index 073894"), id="a nought before the index"),
        pytest.param(EXAMPLE.replace("index 73894", "index -1"), id="a negative index"),
        pytest.param(EXAMPLE.replace("index 73894\n", ""), id="no index"),
        pytest.param(EXAMPLE.replace("extra", "index 1\nextra"), id="extra after the index"),
        pytest.param(EXAMPLE.replace("extra ", "extra  "), id="two spaces"),
        pytest.param(EXAMPLE.replace("PlQ=", "PlR="), id="a hash not canonical"),
        pytest.param(EXAMPLE.replace("gSKy", ""), id="a hash too short"),
        pytest.param(HEAD + "\n".join(HASHES[:1] * 64) + TAIL, id="64 hashes"),
        pytest.param(EXAMPLE.replace("\n\n", "\n"), id="no empty line"),
    ],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        ProofFile.parse(text)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of proofs: of entry 3 under the ledger's key, and cosigned."""
    folder = tmp_path_factory.mktemp("proofs")
    engine, ledger = new_engine(folder), new_ledger()
    append(engine, ledger, [entry(number) for number in range(9)])
    with engine.connect() as connection:
        proof = ProofFile.of(ledger.entry(connection, 3))
        with pytest.raises(MalformedError, match="no checkpoint"):
            ProofFile.of(ledger.entry(connection, 3, 5))
    engine.dispose()
    witness = Cosigner("w.example", Algorithm.ED25519, b"w" * 32)
    text = proof.checkpoint.rpartition("\n\n")[0] + "\n"
    (folder / "bare.tlog-proof").write_text(proof.text)
    (folder / "cosigned.tlog-proof").write_text(proof.text + witness.line(text, 1_700_000_000))
    (folder / "policy").write_text(f"log {SIGNER.vkey}\nwitness w {witness.key}\nquorum w\n")
    (folder / "other.tlog-proof").write_text(proof.text.replace("index 3", "index 4"))
    return folder


@pytest.mark.parametrize(
    ("proof", "trust", "status"),
    [
        ("bare", ["--key", SIGNER.vkey], 0),
        ("cosigned", ["--key", SIGNER.vkey], 0),
        ("cosigned", ["--policy", "policy"], 0),
        ("bare", ["--policy", "policy"], 1),
        ("other", ["--key", SIGNER.vkey], 1),
    ],
)
def test_a_proof_file_is_checked_offline(
    files: Path, proof: str, trust: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    trust = [str(files / "policy") if each == "policy" else each for each in trust]
    assert main([*trust, "--receipt", str(files / f"{proof}.tlog-proof"), "--json"]) == status
    report = json.loads(capsys.readouterr().out)
    failed = [step["name"] for step in report["steps"] if step["state"] == "FAILED"]
    assert failed == ({"bare": ["witnessed"], "other": ["receipts"]}[proof] if status else [])
