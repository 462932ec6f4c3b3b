"""Other people's tools for C2SP logs, in an environment of their own under `.cache/tlog`."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.servers.environment import python_environment

LOCK: Final = Path(__file__).parent / "tlog.lock"

_SECONDS: Final = 30


def tool(name: str) -> Path:
    """A program of the environment."""
    # aics-* ask for Python 3.12 in their metadata; their code runs on 3.11.
    return python_environment("tlog", LOCK, "--ignore-requires-python") / name


def scales(folder: Path, vkeys: list[str], old_size: int, index: int) -> subprocess.CompletedProcess[str]:
    """Have tlog-scales read a folder of tiles: signatures, root, a consistency and an inclusion proof."""
    script = Path(__file__).parent / "scales_reading.py"
    asked = json.dumps({"folder": str(folder), "vkeys": vkeys, "old": old_size, "index": index})
    return _run([str(tool("python")), str(script)], asked)


def aics(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Run aics-tlog; its exit status and the object it prints."""
    done = _run([str(tool("aics-tlog")), *arguments])
    return done.returncode, json.loads(done.stdout)


def fed(url: str, vkey: str, folder: Path, old_size: int) -> subprocess.CompletedProcess[str]:
    """Have aics-witness's feeder submit the checkpoint of a folder of tiles to a witness."""
    script = Path(__file__).parent / "aics_feeding.py"
    asked = json.dumps({"url": url, "vkey": vkey, "folder": str(folder), "old": old_size})
    return _run([str(tool("python")), str(script)], asked)


@contextmanager
def aics_witness(folder: Path, origin: str, vkey: str) -> Iterator[tuple[str, str]]:
    """An aics-witness that trusts one ledger: its verifier key and URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program, config = str(tool("aics-witness")), ["--config", str(folder / "witness.json")]
    listen = f"127.0.0.1:{port}"
    _must([program, "init", *config, "--name", "aics.example/w", "--listen", listen])
    _must([program, "add-log", *config, "--origin", origin, "--vkey", vkey])
    status = json.loads(_must([program, "status", *config, "--json"]))
    with subprocess.Popen(
        [program, "serve", *config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as (process):
        try:
            _await(port)
            yield _vkey_in(status), f"http://{listen}"
        finally:
            process.terminate()
            process.wait(_SECONDS)


def _vkey_in(status: Any) -> str:
    """The one verifier key in what `status` prints."""
    text = json.dumps(status)
    start = text.index("aics.example/w+")
    return text[start : text.index('"', start)]


def _await(port: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the witness does not listen")


def _run(command: list[str], asked: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=asked, capture_output=True, text=True, check=False, timeout=_SECONDS)


def _must(command: list[str]) -> str:
    done = _run(command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
