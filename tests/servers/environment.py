"""Programs the tests run beside the product, each installed from a hashed lock into a place of its own."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).parents[2] / ".cache"


def installed(name: str, pins: Path, install: Callable[[Path], None]) -> Path:
    """The folder `.cache/NAME`, filled by `install` at most once for each state of the file of pins.

    Many workers may ask at once; the others wait for the first.
    """
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    version = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()
    marker = folder / "installed"
    with (folder / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not marker.exists() or marker.read_text() != version:
            marker.unlink(missing_ok=True)
            install(folder)
            marker.write_text(version)
    return folder


def python_environment(name: str, lock: Path, *options: str) -> Path:
    """The `bin` folder of a Python environment made of a hashed lock alone; `options` are pip's."""

    def install(folder: Path) -> None:
        shutil.rmtree(folder / "venv", ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        pip = [str(folder / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--no-compile"]
        pinned = ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
        subprocess.run([*pip, *pinned, *options, "--requirement", str(lock)], check=True)

    return installed(name, lock, install) / "venv/bin"
