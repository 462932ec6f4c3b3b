"""A reader of our ledger in Go, built on Debian's `golang-golang-x-mod-dev` (`sumdb/note`, `sumdb/tlog`)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.servers.environment import installed

SOURCE: Final = Path(__file__).parent / "sumdb"
PACKAGES: Final = ("golang-go", "golang-golang-x-mod-dev")
LIBRARY: Final = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")

_SECONDS: Final = 600


def program() -> Path:
    """The program, built at most once for each state of its source; skips where Go cannot be had."""

    def build(folder: Path) -> None:
        _install_go()
        shutil.rmtree(folder / "cache", ignore_errors=True)
        # Debian's libraries stand in a GOPATH; nothing is fetched.
        environment = {
            "PATH": os.environ["PATH"],
            "GOPATH": "/usr/share/gocode",
            "GO111MODULE": "off",
            "GOCACHE": str(folder / "cache"),
            "CGO_ENABLED": "0",
        }
        command = ["go", "build", "-o", str(folder / "sumdb"), str(SOURCE / "main.go")]
        subprocess.run(command, check=True, env=environment, cwd=SOURCE, timeout=_SECONDS)

    return installed("sumdb", SOURCE / "main.go", build) / "sumdb"


def _install_go() -> None:
    if shutil.which("go") and LIBRARY.is_dir():
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip(f"{' and '.join(PACKAGES)} are missing, and only root on Debian can install them")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
    for command in (["apt-get", "update"], install):
        done = subprocess.run(
            command, env=quiet, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
        if done.returncode:
            pytest.skip(f"{' and '.join(PACKAGES)} cannot be installed: {command[1]} failed")
