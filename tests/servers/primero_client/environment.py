"""The independent client `primero-api`, in an environment of its own under `.cache/primero-client`."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

CACHE: Final = Path(__file__).parents[3] / ".cache" / "primero-client"
LOCK: Final = Path(__file__).parent / "primero-api.lock"
READER: Final = Path(__file__).parent / "reading.py"


def install() -> Path:
    """The environment's Python, made at most once however many workers ask for it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    version = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    marker = CACHE / "installed"
    python = CACHE / "venv/bin/python"
    with (CACHE / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not marker.exists() or marker.read_text() != version:
            marker.unlink(missing_ok=True)
            shutil.rmtree(CACHE / "venv", ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(CACHE / "venv")], check=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--no-compile"]
            pinned = ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
            subprocess.run([*pip, *pinned, "--requirement", str(LOCK)], check=True)
            marker.write_text(version)
    return python


def read_with(url: str, user: str, password: str, folder: Path) -> dict[str, Any]:
    """All that the client reads from a server as one user; it leaves its cache in `folder`."""
    given = json.dumps({"url": url, "user": user, "password": password})
    done = subprocess.run(
        [install(), "-W", "ignore", str(READER)],
        input=given,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    read: dict[str, Any] = json.loads(done.stdout)
    return read
