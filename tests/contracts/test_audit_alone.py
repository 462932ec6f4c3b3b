"""`audit/` installed by itself, with its own dependencies and nothing else of the gateway's environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.audit_site import SIGNER
from tests.published import PublishedLedger, publish

ROOM = Path(__file__).parents[2] / "audit"


def needed(name: str, found: set[str]) -> None:
    """The distributions `name` needs here, itself among them."""
    if name in found:
        return
    found.add(name)
    for written in distribution(name).requires or ():
        requirement = Requirement(written)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needed(requirement.name, found)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with the room as `pip install ./audit` leaves it, and a copy of what it asks for."""
    folder = tmp_path_factory.mktemp("alone")
    source, place = folder / "source", folder / "place"
    shutil.copytree(ROOM, source, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    command = [*pip, "--disable-pip-version-check", "--target", str(place), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    (information,) = place.glob("partner_gateway_audit-*.dist-info")
    wanted = [Requirement(line[15:]) for line in (information / "METADATA").read_text().splitlines()
              if line.startswith("Requires-Dist: ") and "extra ==" not in line]  # fmt: skip
    names: set[str] = set()
    for requirement in wanted:
        needed(requirement.name, names)
    for name in names:
        for file in distribution(name).files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (place / file.parent).mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), place / file)
    return place


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> PublishedLedger:
    return publish(tmp_path_factory.mktemp("published"), (5, 300), (7,))


def ran(place: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the place with a Python that sees the standard library and the place, and no more."""
    start = f"import sys, runpy; sys.path.append({str(place)!r}); "
    start += f"runpy.run_module({module!r}, run_name='__main__')"
    command = [sys.executable, "-I", "-S", "-c", start, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=place)


def test_nothing_of_the_gateways_environment_is_seen(alone: Path) -> None:
    assert not (alone / "sqlalchemy").exists()
    site = sysconfig.get_path("purelib")
    told = ran(alone, "this")
    assert told.returncode == 0
    assert site not in told.stdout
    assert ran(alone, "sqlalchemy").returncode == 1
    assert ran(alone, "gateway.cli").returncode == 1


def test_the_verifier_runs_alone(alone: Path, published: PublishedLedger, tmp_path: Path) -> None:
    held = ["--key", SIGNER.vkey, "--receipt", str(published.proofs[0])]
    held += ["--remember", str(tmp_path / "seen"), "--html", str(tmp_path / "report.html")]
    for ledger in (published.export, published.folder):
        told = ran(alone, "audit.verify", str(ledger), *held)
        assert (told.returncode, told.stderr) == (0, ""), told.stdout + told.stderr
    assert "All that was checked holds." in (tmp_path / "report.html").read_text()
    assert (tmp_path / "seen").read_text().count("\n") == 1


def test_the_witness_runs_alone(alone: Path, tmp_path: Path) -> None:
    state = ["--state", str(tmp_path), "--name", "w.example", "--ml-dsa"]
    told = ran(alone, "audit.witness", *state, "--log", SIGNER.vkey, "--show-key")
    assert told.returncode == 0, told.stderr
    assert len(told.stdout.splitlines()) == 2
    assert ran(alone, "audit.witness", "--state", str(tmp_path), "--evidence").stdout == "[]\n"
