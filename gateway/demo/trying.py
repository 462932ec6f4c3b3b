"""Commands to try on the served county, with the queries they send."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.demo.cast import HANDLE
from gateway.demo.officials import ADLER, QUINTERO, REYES, Official
from gateway.demo.scenes_asking import CASE, about_daniel
from gateway.demo.scenes_emergency import police_about_daniel
from gateway.demo.scenes_proof import TRY
from gateway.demo.stage import Stage


def write_queries(stage: Stage) -> None:
    """The bodies of `POST /v1/queries` that the commands send."""
    account = {"kind": "communication", "channel": "instagram", "handle": HANDLE}
    sender = {
        "case": CASE,
        "purpose": "threat-assessment",
        "level": "summary",
        "categories": ["threat-report"],
        "subject": account,
    }
    for name, who, query in (
        ("ask-police", QUINTERO, {**about_daniel(stage), "level": "summary"}),
        ("ask-about-account", QUINTERO, sender),
        ("ask-health-without-consent", REYES, police_about_daniel(stage)),
    ):
        _write(stage.county.folder / TRY / f"{name}.json", {**query, "user": who.user})


def commands(stage: Stage) -> Iterator[tuple[str, str]]:
    """What each command shows, and the command, ready to be pasted."""
    tried = stage.county.folder / TRY
    gateway, python = _program("gateway"), _program("python")
    yield (
        "Ask the police what the school asked",
        _command([gateway, "ask", str(tried / "ask-police.json")], *_as(stage, QUINTERO)),
    )
    yield (
        "Ask whether an account that sent a threat is known; one question about no person at all",
        _command([gateway, "ask", str(tried / "ask-about-account.json")], *_as(stage, QUINTERO)),
    )
    yield (
        "Be refused, as the police who ask the health service without consent or emergency",
        _command([gateway, "ask", str(tried / "ask-health-without-consent.json")], *_as(stage, REYES)),
    )
    yield (
        "See why the school's first question was answered as it was, layer by layer",
        _command([gateway, "explain", stage.kept["asked of all"]], *_as(stage, QUINTERO), *_by(QUINTERO)),
    )
    yield (
        "See the emergency as the police's privacy officer",
        _command([gateway, "explain", stage.kept["emergency query"]], *_as(stage, ADLER), *_by(ADLER)),
    )
    yield "Look at the ledger's signed checkpoint", _command(["curl", "-s", f"{stage.url}/ledger/checkpoint"])
    yield (
        "Verify the ledger against the receipts of the story",
        _command(
            [python, "-m", "audit.verify", stage.url],
            ["--key", stage.kept["ledger key"]],
            ["--checkpoint", str(tried / "checkpoint")],
            ["--receipt", str(tried / "receipts.json")],
        ),
    )
    yield (
        "Read an agreement",
        _command(
            [
                gateway,
                "agreements",
                "show",
                str(stage.county.folder / "agreements" / "threat-assessment.yaml"),
            ]
        ),
    )


def _as(stage: Stage, who: Official) -> list[list[str]]:
    key = str(stage.county.key_of(who.agency))
    return [["--url", stage.url, "--issuer", stage.issuer], ["--agency", who.agency, "--key", key]]


def _by(who: Official) -> list[list[str]]:
    return [["--user", who.id, "--role", who.role]]


def _command(*parts: list[str]) -> str:
    """One shell command over several lines, each indented, that works when pasted."""
    return " \\\n      ".join(shlex.join(part) for part in parts).join(("    ", ""))


def _program(name: str) -> str:
    """A program beside this one's Python, from where the reader stands if it is below there."""
    path = Path(sys.executable).parent / name
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _write(path: Path, body: Any) -> None:
    path.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", "utf-8")
