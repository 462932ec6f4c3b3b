"""The independent FHIR R4 router and in-memory repository of npm's `@medplum/fhir-router`, run by node.

It needs node 20 and npm, which nothing else here does; without them its tests are skipped and say so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.servers.environment import installed

FOLDER: Final = Path(__file__).parent / "medplum"
PINS: Final = FOLDER / "package.json"
_OLDEST_NODE: Final = 20


def why_not() -> str | None:
    """Why this machine cannot run the server, if it cannot."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "the second independent FHIR server needs node and npm, which this machine has not"
    said = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout
    if int(said.removeprefix("v").partition(".")[0]) < _OLDEST_NODE:
        return f"the second independent FHIR server needs node {_OLDEST_NODE}"
    return None


def install() -> Path:
    """A folder with the pinned packages and the server; every package is the one whose digest is pinned."""
    folder = installed("medplum", PINS, _fill)
    shutil.copy(FOLDER / "server.mjs", folder / "server.mjs")
    return folder


@contextmanager
def running(folder: Path, resources: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A server of these resources on a free loopback port; its base URL. Skips where it cannot run."""
    if reason := why_not():
        pytest.skip(reason)
    content = folder / "resources.json"
    content.write_text(json.dumps(list(resources)), "utf-8")
    command = ["node", str(install() / "server.mjs"), str(content)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("listening on "), (folder / "server.log").read_text("utf-8", "replace")[-2000:]
        yield f"http://127.0.0.1:{int(said.split()[-1])}/fhir"
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _fill(folder: Path) -> None:
    shutil.rmtree(folder / "node_modules", ignore_errors=True)
    (folder / "package-lock.json").unlink(missing_ok=True)
    shutil.copy(PINS, folder / "package.json")
    # Without scripts: nothing of a package runs before its digest has been compared.
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel", "error"]
    subprocess.run(["npm", "install", *quiet], cwd=folder, check=True)
    check_digests(json.loads((folder / "package-lock.json").read_text("utf-8")))


def check_digests(lock: Mapping[str, Any]) -> None:
    """Hold what npm installed against the pins; npm has held each archive against the lock it wrote."""
    pins = json.loads(PINS.read_text("utf-8"))
    got = {
        path.removeprefix("node_modules/"): (each["version"], each["integrity"])
        for path, each in lock["packages"].items()
        if path
    }
    pinned = {name: (version, pins["integrity"][name]) for name, version in pins["dependencies"].items()}
    assert got == pinned, "an installed package is not the pinned one"
