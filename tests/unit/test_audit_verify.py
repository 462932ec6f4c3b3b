"""The verifier as a command and over HTTP: what it reads, what it says, how it ends."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit.argument import verify as verify_ledger
from audit.checkpoint import CheckpointSigner
from audit.ledger import Ledger
from audit.progress import ProgressBar
from audit.receipt import Receipt
from audit.report import MAX_FINDINGS, Step
from audit.sources import SourceError, UrlSource
from audit.tiles import TileError, TileMissingError
from audit.verify import main
from tests.audit_site import ORIGIN, SIGNER, append, entry, exported, new_engine, new_ledger, verify_export

SIZE = 300
KEY = ["--key", SIGNER.vkey]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Ledger, tuple[Receipt, ...]]]:
    engine = new_engine(tmp_path_factory.mktemp("site"))
    ledger = new_ledger()
    receipts = append(
        engine,
        ledger,
        [
            entry(0, "asked", query="q1", custodian="health"),
            entry(1, "answered", query="q1", custodian="health", round=1),
            *(entry(number) for number in range(2, 200)),
        ],
    )
    receipts += append(engine, ledger, [entry(number) for number in range(200, SIZE)])
    yield engine, ledger, receipts
    engine.dispose()


@pytest.fixture(scope="module")
def folder(
    site: tuple[Engine, Ledger, tuple[Receipt, ...]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """What an auditor has: exports, a checkpoint, receipts."""
    engine, ledger, receipts = site
    folder = tmp_path_factory.mktemp("auditor")
    (folder / "ledger.jsonl").write_bytes(exported(engine, ledger))
    (folder / "opened.jsonl").write_bytes(exported(engine, ledger, lambda payload: payload["kind"] != "note"))
    (folder / "checkpoint").write_text(receipts[0].checkpoint, encoding="utf-8")
    (folder / "receipt.json").write_text(json.dumps(receipts[41].to_json()), encoding="utf-8")
    answers = {
        "id": "q1",
        "answers": [{"receipt": receipts[1].to_json()}, {"state": "pending", "receipt": None}],
    }
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    return folder


def test_all_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = ["--checkpoint", str(folder / "checkpoint"), "--receipt", str(folder / "receipt.json")]
    held += ["--receipt", str(folder / "answers.json")]
    assert main([str(folder / "opened.jsonl"), *KEY, *held]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out
    assert "Entries: 300" in out
    assert "All that was checked holds." in out
    assert "FAILED" not in out
    assert "This ledger proves only what went through the gateway." in out.rsplit("Result", 1)[1]


def test_json_tells_each_step(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main([str(folder / "opened.jsonl"), *KEY, "--json", "--receipt", str(folder / "receipt.json")]) == 0
    )
    report = json.loads(capsys.readouterr().out)
    states = {step["name"]: (step["state"], step["checked"]) for step in report["steps"]}
    assert report["good"] is True
    assert states == {
        "read": ("held", 1),
        "signed": ("held", 2),
        "witnessed": ("not checked", 0),
        "sequence": ("held", SIZE),
        "shape": ("held", SIZE),
        "root": ("held", 1),
        "consistent": ("held", 2),
        "receipts": ("held", 1),
        "opened": ("held", 2),
        "order": ("held", 2),
        "tiles": ("not checked", 0),
    }
    assert [step["number"] for step in report["steps"]] == list(range(1, 12))


def test_a_problem_is_told_and_the_status_is_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = json.loads((folder / "receipt.json").read_text(encoding="utf-8"))
    (folder / "other.json").write_text(json.dumps([receipt | {"index": 42}]), encoding="utf-8")
    assert main([str(folder / "ledger.jsonl"), *KEY, "--receipt", str(folder / "other.json")]) == 1
    out = capsys.readouterr().out
    assert "FAILED" in out
    assert "entry 42: the receipt does not prove its entry" in out
    assert "2 problem(s) found: do not rely on it." in out


def test_receipts_alone_are_held_against_the_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*KEY, "--receipt", str(folder / "receipt.json")]) == 0
    stranger = CheckpointSigner.from_raw(ORIGIN, bytes(32)).vkey
    assert main(["--key", stranger, "--receipt", str(folder / "receipt.json")]) == 1
    capsys.readouterr()


def test_a_file_that_is_no_export_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder / "checkpoint"), *KEY]) == 1
    assert "line 1: not JSON" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["{}/ledger.jsonl"], id="no key"),
        pytest.param(KEY, id="nothing to verify"),
        pytest.param(["{}/missing.jsonl", *KEY], id="no such export"),
        pytest.param(["{}/ledger.jsonl", "--key", "nonsense"], id="malformed key"),
        pytest.param(["{}/ledger.jsonl", *KEY, "--checkpoint", "{}/missing"], id="no such checkpoint"),
        pytest.param(["{}/ledger.jsonl", *KEY, "--receipt", "{}/checkpoint"], id="receipt not JSON"),
        pytest.param(["{}/ledger.jsonl", *KEY, "--receipt", "{}/ledger.jsonl"], id="receipt not one value"),
        pytest.param(["{}/ledger.jsonl", *KEY, "--frobnicate"], id="unknown option"),
    ],
)
def test_a_command_that_makes_no_sense_ends_with_2(
    folder: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main([argument.replace("{}", str(folder)) for argument in arguments])
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err


def test_no_keys_or_nothing_to_verify_is_refused() -> None:
    with pytest.raises(ValueError, match="keys"):
        verify_ledger(None, [], ["note"])
    with pytest.raises(ValueError, match="nothing"):
        verify_ledger(None, [SIGNER.key])


def test_the_verifier_runs_alone_without_sqlalchemy_or_the_gateway(folder: Path) -> None:
    alone = (
        "import sys\n"
        "for name in ('sqlalchemy', 'gateway', 'policies', 'agreements', 'adapters'):\n"
        "    sys.modules[name] = None\n"
        "import runpy\n"
        "sys.argv = ['verify', *sys.argv[1:]]\n"
        "runpy.run_module('audit.verify', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", alone, str(folder / "ledger.jsonl"), *KEY], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"All that was checked holds." in done.stdout


class Terminal:
    """What the progress bar writes to."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


def test_the_progress_bar_fills_and_obeys_no_colour() -> None:
    terminal = Terminal()
    bar = ProgressBar(terminal, colour=False)  # type: ignore[arg-type] # only write and flush are used
    bar(0, 2000)
    bar(1000, 2000)
    bar(2000, 2000)
    frames = terminal.text.split("\r")[1:]
    assert [frame.count("#") for frame in frames] == [0, 15, 30]
    assert frames[-1].endswith("2,000 of 2,000 entries\n")
    assert "\x1b" not in terminal.text
    ProgressBar(terminal, colour=True)(0, 0)  # type: ignore[arg-type] # as above
    assert "\x1b[36m" in terminal.text


def test_findings_beyond_the_most_are_counted(site: tuple[Engine, Ledger, tuple[Receipt, ...]]) -> None:
    lines = exported(site[0], site[1]).splitlines(keepends=True)
    report = verify_export(b"".join([lines[0], *lines[2:]]))
    found = [finding for finding in report.findings if finding.step is Step.SEQUENCE]
    assert len(found) == MAX_FINDINGS
    assert report.left_out[Step.SEQUENCE] == SIZE - MAX_FINDINGS
    assert "and 200 more" in report.text()


def test_a_name_with_control_characters_does_not_reach_the_terminal(
    site: tuple[Engine, Ledger, tuple[Receipt, ...]],
) -> None:
    export = exported(site[0], site[1]).replace(b'"gateway.riverside', b'"\\u001b[2J\\u202e', 1)
    text = verify_export(export).text(colour=False)
    assert "\x1b" not in text
    assert "\u202e" not in text


Served = Callable[[str], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def serve() -> Iterator[Callable[[Served], str]]:
    """Serves paths below /ledger/ on a real socket; gives the URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(served: Served) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, headers, body = served(self.path.removeprefix("/county/ledger/"))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/county"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def published(engine: Engine, ledger: Ledger, path: str) -> tuple[int, dict[str, str], bytes]:
    with engine.connect() as connection:
        if path == "checkpoint":
            return 200, {}, (ledger.checkpoint(connection) or "").encode()
        try:
            return 200, {}, ledger.tile(connection, path)
        except (TileError, TileMissingError):
            return 404, {}, b""


def test_a_ledger_is_verified_over_http(
    site: tuple[Engine, Ledger, tuple[Receipt, ...]],
    folder: Path,
    serve: Callable[[Served], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = serve(lambda path: published(site[0], site[1], path))
    held = ["--checkpoint", str(folder / "checkpoint"), "--receipt", str(folder / "receipt.json")]
    assert main([url + "/", *KEY, *held, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    checked = {step["name"]: step["checked"] for step in report["steps"]}
    assert (checked["shape"], checked["tiles"]) == (SIZE, 3)


def test_a_published_tile_of_another_tree_is_found(
    site: tuple[Engine, Ledger, tuple[Receipt, ...]], serve: Callable[[Served], str]
) -> None:
    def served(path: str) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = published(site[0], site[1], path)
        return status, headers, bytes(32) if path == "tile/1/000.p/1" else body

    source = UrlSource(serve(served))
    report = verify_ledger(source, [SIGNER.key])
    source.close()
    assert [found.step for found in report.findings] == [Step.TILES]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param((302, {"Location": "http://127.0.0.1:1/"}, b""), "status 302", id="redirect"),
        pytest.param((404, {}, b""), "status 404", id="missing"),
        pytest.param((200, {}, b"no checkpoint"), "checkpoint", id="not a checkpoint"),
        pytest.param((200, {}, b"\xff"), "UTF-8", id="not text"),
        pytest.param((200, {"Content-Length": "50"}, b"x"), "cut off", id="cut off"),
    ],
)
def test_a_server_that_answers_otherwise_is_refused(
    answer: tuple[int, dict[str, str], bytes], message: str, serve: Callable[[Served], str]
) -> None:
    status, headers, body = answer
    url = serve(lambda _: (status, {"Connection": "close", **headers}, body))
    with pytest.raises(SourceError, match=message):
        UrlSource(url)


def test_a_bundle_cut_short_fails_the_reading(
    site: tuple[Engine, Ledger, tuple[Receipt, ...]], serve: Callable[[Served], str]
) -> None:
    def served(path: str) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = published(site[0], site[1], path)
        return status, headers, body[:-1] if path == "tile/entries/001.p/44" else body

    source = UrlSource(serve(served))
    report = verify_ledger(source, [SIGNER.key])
    source.close()
    assert [found.step for found in report.findings] == [Step.READ]


def test_an_answer_too_large_is_refused(
    serve: Callable[[Served], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.web.MAX_BODY", 1000)
    with pytest.raises(SourceError, match="larger"):
        UrlSource(serve(lambda _: (200, {}, b"x" * 1001)))


@pytest.mark.parametrize("url", ["ftp://a.example", "http://", "https://a.example?x=1", "http://a.example#x"])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="url"):
        UrlSource(url)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(SourceError, match="not reachable"):
        UrlSource("http://127.0.0.1:1")
