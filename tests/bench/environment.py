"""The environment of the packages benchmarks compare with, under `.cache/bench`; no test needs it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

CACHE: Final = Path(__file__).parents[2] / ".cache" / "bench"
LOCK: Final = Path(__file__).parent / "requirements-bench.lock"

_SECONDS: Final = 1200


def install() -> Path:
    """The environment's Python, installed at most once for each state of the lock."""
    CACHE.mkdir(parents=True, exist_ok=True)
    version = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    marker, python = CACHE / "installed", CACHE / "venv" / "bin" / "python"
    with (CACHE / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not marker.exists() or marker.read_text() != version:
            marker.unlink(missing_ok=True)
            shutil.rmtree(CACHE / "venv", ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(CACHE / "venv")], check=True)
            pinned = ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
            pip = [str(python), "-m", "pip", "install", "--quiet", "--no-compile", *pinned]
            subprocess.run([*pip, "--requirement", str(LOCK)], check=True)
            marker.write_text(version)
    return python


def package(name: str) -> Path:
    """The folder of a package installed there, for the data files it ships."""
    install()
    (found,) = (CACHE / "venv" / "lib").glob(f"python*/site-packages/{name}")
    return found


def run(script: str, question: object = None) -> Any:
    """The JSON a script beside this module writes for a JSON question, run in that environment."""
    path = Path(__file__).parent / script
    answer = subprocess.run(
        [str(install()), "-W", "ignore", str(path)],
        input=json.dumps(question).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=_SECONDS,
    )
    return json.loads(answer.stdout)
