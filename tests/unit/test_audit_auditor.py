"""How an auditor works over time: a memory of every head seen, a folder, a trust file, a report."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint, split_note
from audit.encoding import canonical_json
from audit.page import page
from audit.report import Findings, Step
from audit.verify import main
from tests.audit_site import ORIGIN, SIGNER
from tests.published import WITNESS, PublishedLedger, publish

KEY = ["--key", SIGNER.vkey]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> PublishedLedger:
    return publish(tmp_path_factory.mktemp("published"), (3, 40), (2,))


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> PublishedLedger:
    """Another history of the same ledger, signed with the same key."""
    return publish(tmp_path_factory.mktemp("earlier"), (3, 20), ())


def failed(out: str) -> list[str]:
    return [step["name"] for step in json.loads(out)["steps"] if step["state"] == "FAILED"]


def test_what_was_seen_once_binds_the_ledger_for_ever(
    published: PublishedLedger,
    earlier: PublishedLedger,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = ["--remember", str(tmp_path / "seen"), "--json"]
    assert main([*KEY, *seen, "--checkpoint", str(published.heads[0])]) == 0
    assert main([str(published.folder), *KEY, *seen]) == 0
    assert main([str(published.export), *KEY, *seen]) == 0
    assert (tmp_path / "seen").read_text().count("\n") == 2
    capsys.readouterr()
    assert main([str(earlier.folder), *KEY, *seen]) == 1
    assert failed(capsys.readouterr().out) == ["consistent"]
    # The two histories are now both remembered: neither will ever pass again.
    assert main([str(published.folder), *KEY, *seen]) == 1
    assert failed(capsys.readouterr().out) == ["consistent"]


@pytest.mark.parametrize("content", ["nonsense\n", '{"other": 1}\n', '{"checkpoint": "no note"}\n', "[]\n"])
def test_a_memory_that_is_none_is_refused(
    published: PublishedLedger, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "seen").write_text(content)
    assert main([str(published.folder), *KEY, "--remember", str(tmp_path / "seen")]) == 2
    assert "seen: " in capsys.readouterr().err


def test_a_stranger_s_checkpoint_is_not_remembered(published: PublishedLedger, tmp_path: Path) -> None:
    seen = ["--remember", str(tmp_path / "seen")]
    (tmp_path / "held").write_text(published.heads[0].read_text().replace("\n3\n", "\n4\n"))
    assert main([*KEY, *seen, "--checkpoint", str(tmp_path / "held")]) == 1
    assert not (tmp_path / "seen").exists()


@pytest.mark.parametrize(
    ("quorum", "status"), [("none", 0), ("w", 0), ("v", 1)], ids=["none", "a witness", "another witness"]
)
def test_a_trust_file_says_what_is_enough(
    published: PublishedLedger, tmp_path: Path, quorum: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    other = str(type(WITNESS.key).from_public("v.example", WITNESS.key.algorithm, bytes(32)))
    text = f"log {SIGNER.vkey}\nwitness w {WITNESS.key}\nwitness v {other}\nquorum {quorum}\n"
    (tmp_path / "policy").write_text(text)
    for ledger in (published.folder, published.export):
        assert main([str(ledger), "--policy", str(tmp_path / "policy"), "--json"]) == status
        assert failed(capsys.readouterr().out) == (["witnessed"] if status else [])


def test_entries_after_the_last_head_witnessed_are_counted(
    published: PublishedLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in an export made while the witnesses are a moment behind."""
    lines = published.export.read_bytes().splitlines(keepends=True)
    first = published.heads[0].read_text()
    behind = first + WITNESS.line(split_note(first)[0], 1_770_000_000)
    notes = [behind, published.heads[1].read_text()]
    told = [canonical_json({"checkpoint": note}) + b"\n" for note in notes]
    (tmp_path / "ledger.jsonl").write_bytes(b"".join([*lines[:-1], *told]))
    (tmp_path / "policy").write_text(f"log {SIGNER.vkey}\nwitness w {WITNESS.key}\nquorum w\n")
    assert main([str(tmp_path / "ledger.jsonl"), "--policy", str(tmp_path / "policy"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["facts"]["Entries not witnessed yet"] == 37


@pytest.mark.parametrize(
    ("missing", "step"),
    [("checkpoint", "read"), ("tile/entries/000.p/40", "read"), ("tile/0/000.p/40", "read")],
)
def test_a_folder_with_a_file_missing_fails(
    published: PublishedLedger, tmp_path: Path, missing: str, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(published.folder, tmp_path / "ledger")
    (tmp_path / "ledger" / missing).unlink()
    assert main([str(tmp_path / "ledger"), *KEY, "--json"]) == 1
    assert failed(capsys.readouterr().out) == [step]


def test_the_page_says_what_the_text_says(
    published: PublishedLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report.html"
    assert main([str(published.folder), *KEY, "--html", str(target)]) == 0
    text, html = capsys.readouterr().out, target.read_text()
    for step in Step:
        assert step.value in text
        assert step.value in html
    assert "All that was checked holds." in html
    assert not re.search(r"<script|<link|<img|\ssrc=|\shref=|@import|url\(", html)
    assert main([str(published.folder), *KEY, "--html", str(tmp_path / "no" / "where.html")]) == 2


def test_the_page_escapes_whatever_a_ledger_calls_itself() -> None:
    findings = Findings()
    findings.add(Step.READ, "<script>alert(1)</script>", 7)
    html = page(findings.report({"Ledger": "<b onclick='x'>\x1b[2J\u202e</b>"}))
    assert "<script" not in html
    assert "<b onclick" not in html
    assert "&lt;script&gt;" in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "1 problem(s) found" in html


def test_checkpoints_of_one_size_that_differ_are_told_without_any_ledger(
    published: PublishedLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = SIGNER.sign(Checkpoint(ORIGIN, 40, bytes(32)))
    (tmp_path / "other").write_text(other)
    held = ["--checkpoint", str(published.heads[1]), "--checkpoint", str(tmp_path / "other")]
    assert main([*KEY, *held, "--json"]) == 1
    assert failed(capsys.readouterr().out) == ["consistent"]
