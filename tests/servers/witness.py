"""`python -m audit.witness` as its own process on a free loopback port."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class RunningWitness:
    """A witness process: its verifier key, its URL, and what it wrote to standard error once stopped."""

    process: subprocess.Popen[str]
    vkey: str
    url: str
    errors: str = ""

    @property
    def at(self) -> dict[str, str]:
        """As `site.yaml` names it."""
        return {"vkey": self.vkey, "url": self.url}

    def stop(self) -> int:
        """End it as an operator does; its exit status."""
        self.process.terminate()
        _, self.errors = self.process.communicate(timeout=20)
        return self.process.returncode


def command(state: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "audit.witness", "--state", str(state), *options]


@contextmanager
def witness(
    state: Path, log: str, name: str = "w.example/1", port: int = 0, options: Sequence[str] = ()
) -> Iterator[RunningWitness]:
    """A witness of the ledger with the verifier key `log`, stopped at the end."""
    asked = command(state, "--name", name, "--log", log, "--port", str(port), *options)
    process = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        vkey = process.stdout.readline().strip()
        line = process.stdout.readline()
        while line and not line.startswith("listening on "):
            line = process.stdout.readline()
        assert line, "the witness did not start"
        yield RunningWitness(process, vkey, line.removeprefix("listening on ").strip())
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
