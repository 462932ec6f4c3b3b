"""The witness as a program: over sockets, killed and started again, and caught lying to."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from audit.checkpoint import Checkpoint
from audit.cosignature import Algorithm, CosignerKey
from audit.merkle import consistency_proof
from audit.web import Answered, WebFault
from audit.witness_client import NotCosigned, ProofOf, WitnessAhead, WitnessClient
from audit.witnessing import MAX_BODY
from tests.audit_site import ORIGIN, SIGNER
from tests.servers.witness import RunningWitness, command, witness
from tests.unit.test_audit_witness import FORK, TREE, body, note


def posted(at: RunningWitness, sent: bytes, path: str = "/add-checkpoint") -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(at.url).netloc, timeout=10)
    try:
        connection.request("POST", path, body=sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def honest(first: int, second: int) -> list[bytes]:
    return consistency_proof(first, second, TREE.read)


@contextmanager
def client(of: RunningWitness) -> Iterator[WitnessClient]:
    one = WitnessClient(CosignerKey.parse(of.vkey), of.url)
    try:
        yield one
    finally:
        one.close()


def submitted(of: RunningWitness, note: str, proof_of: ProofOf = honest) -> str:
    """By a ledger that has not spoken to this witness yet."""
    with client(of) as ledger:
        return ledger.submit(note, proof_of)


def test_growth_is_cosigned_and_the_exit_is_0(tmp_path: Path) -> None:
    with witness(tmp_path, SIGNER.vkey) as running:
        with client(running) as ledger:
            for size in (1, 1, 7, 20):
                assert ledger.submit(note(size), honest).startswith("\u2014 w.example/1 ")
        with client(running) as late:
            with pytest.raises(WitnessAhead):
                late.submit(note(7), honest)
            assert late.submit(note(20), honest)
        assert running.stop() == 0
    assert running.errors == ""


def test_two_heads_of_one_size_raise_an_alarm_and_leave_evidence(tmp_path: Path) -> None:
    with witness(tmp_path, SIGNER.vkey) as running:
        submitted(running, note(20))
        with pytest.raises(NotCosigned, match="another tree"):
            submitted(running, note(20, FORK))
        assert running.stop() == 1
    assert running.errors.splitlines()[0] == "ALARM two-heads: evidence kept"
    shown = subprocess.run(command(tmp_path, "--evidence"), capture_output=True, text=True, check=False)
    assert shown.returncode == 1
    (evidence,) = json.loads(shown.stdout)
    sizes = [
        Checkpoint.parse(evidence[each].rpartition("\n\n")[0] + "\n") for each in ("cosigned", "refused")
    ]
    assert (sizes[0].size, sizes[0].root == sizes[1].root) == (20, False)


def test_a_witness_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with witness(tmp_path, SIGNER.vkey) as running:
        submitted(running, note(7))
        running.process.kill()
        running.process.communicate()
    with witness(tmp_path, SIGNER.vkey) as again:
        assert again.vkey == running.vkey
        assert posted(again, body(0, 20)) == (409, "7\n")
        assert posted(again, body(7, 20))[0] == 200


def test_a_rewritten_history_is_refused_with_422(tmp_path: Path) -> None:
    with witness(tmp_path, SIGNER.vkey) as running:
        assert posted(running, body(0, 7))[0] == 200
        with pytest.raises(NotCosigned, match="422"):
            submitted(running, note(20, FORK), lambda a, b: consistency_proof(a, b, FORK.read))
        assert posted(running, body(0, 7)) == (409, "7\n")
        assert running.stop() == 0
    assert running.errors == "ALARM unproven: evidence kept\n"


def test_only_one_process_holds_a_state(tmp_path: Path) -> None:
    with witness(tmp_path, SIGNER.vkey):
        second = subprocess.run(command(tmp_path, "--log", SIGNER.vkey), capture_output=True, check=False)
    assert (second.returncode, second.stdout) == (2, b"")
    assert b"another process" in second.stderr


def test_bodies_without_length_or_end_do_no_harm(tmp_path: Path) -> None:
    with witness(tmp_path, SIGNER.vkey) as running:
        place = urlsplit(running.url)
        for head in (
            b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n\r\n",
            b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: -1\r\n\r\n",
            f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n".encode(),
        ):
            with socket.create_connection((place.hostname, place.port), timeout=10) as raw:
                raw.sendall(head)
                assert raw.recv(1000).split(b" ")[1] in {b"411", b"413"}
        with socket.create_connection((place.hostname, place.port), timeout=10) as raw:
            raw.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 9\r\n\r\nold")
        assert posted(running, b"", "/elsewhere")[0] == 404
        assert posted(running, body(0, 7))[0] == 200


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param([], "no ledger to witness", id="no ledger"),
        pytest.param(["--log", "nonsense"], "--log", id="a malformed key"),
        pytest.param(
            ["--log", SIGNER.vkey, "--host", "192.0.2.1"], "--host", id="plain where others reach it"
        ),
        pytest.param(["--policy", "missing"], "No such file", id="no such policy"),
    ],
)
def test_a_command_that_makes_no_sense_ends_with_2(tmp_path: Path, options: list[str], said: str) -> None:
    asked = command(tmp_path, "--name", "w.example", *options)
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_policy_names_the_ledgers_too(tmp_path: Path) -> None:
    (tmp_path / "policy").write_text(f"log {SIGNER.vkey}\nquorum none\n")
    asked = command(tmp_path / "state", "--name", "w", "--policy", str(tmp_path / "policy"), "--show-key")
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert CosignerKey.parse(done.stdout.strip()).name == "w"


@pytest.mark.parametrize("answer", ["", "\u2014 w.example/1 AAAAAAAA\n", "nonsense\n", "\u2014"])
def test_an_answer_that_is_no_cosignature_is_not_taken_for_one(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with witness(tmp_path, SIGNER.vkey) as running, client(running) as ledger:
        said = Answered(200, "text/plain", answer.encode())
        monkeypatch.setattr(ledger._web, "ask", lambda *_: said)
        with pytest.raises(NotCosigned):
            ledger.submit(note(7), honest)


def test_a_witness_that_is_not_there_is_told_and_comes_back(tmp_path: Path) -> None:
    with ExitStack() as opened:
        running = opened.enter_context(witness(tmp_path, SIGNER.vkey))
        ledger = opened.enter_context(client(running))
        ledger.submit(note(7), honest)
        running.stop()
        with pytest.raises(NotCosigned, match="not reachable"):
            ledger.submit(note(9), honest)
        opened.enter_context(witness(tmp_path, SIGNER.vkey, port=urlsplit(running.url).port or 0))
        assert ledger.submit(note(9), honest)


@pytest.mark.parametrize("url", ["ftp://w.example", "http://", "https://w.example?x=1", "http://w:x"])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    key = CosignerKey.from_public(ORIGIN, Algorithm.ED25519, bytes(32))
    with pytest.raises(WebFault, match="url"):
        WitnessClient(key, url)
