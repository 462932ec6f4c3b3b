"""`gateway demo` as a newcomer meets it: the story to its end, and the commands it offers afterwards."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import Final

import pytest
import structlog

from gateway.demo.command import run_demo
from gateway.demo.story import STORY

GATEWAY: Final = str(Path(sys.executable).parent / "gateway")
ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 100.0
"""Seconds after which a demo that hangs is ended."""


@pytest.fixture
def _logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_the_story_comes_out_as_expected() -> None:
    told = subprocess.run(
        [GATEWAY, "demo", "--once"],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=_environment(),
    )
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr
    assert not told.stderr
    assert "\x1b" not in told.stdout, "colours are for terminals"
    assert max(map(len, told.stdout.splitlines())) <= 100
    spoken = r"Riverside [A-Z].*? (?:\d+) people in (.*)"
    assert [each.rstrip() for each in re.findall(spoken, told.stdout)] == [
        "a records database, asked in SQL",
        "FHIR R4, with SMART Backend Services login",
        "OneRoster 1.2 and a database of reports",
        "Primero v2, asked by its case API",
        "a file, and no agreement with anybody",
    ]
    titles = re.findall(r"^\d+\. (.*?) ─", told.stdout, re.MULTILINE)
    assert titles == [step.title for step in STORY]
    assert f"All {len(STORY)} steps as expected" in told.stdout
    expectations = sum(len(step.expected) for step in STORY)
    assert told.stdout.count("✓") == expectations + len(STORY)


@pytest.mark.usefixtures("_logs_as_before")
def test_a_step_with_another_outcome_ends_the_demo_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"riverside-housing on housing": "held, told at record, by agreement"}
    planted = replace(STORY[2], expected=wrong)
    assert run_demo(once=True, directory=tmp_path, port=0, story=(STORY[0], planted)) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "expected held, told at record, by agreement; found refused, no-agreement" in told
    assert "1 of 2 steps not as expected" in told


def test_the_offered_commands_work_until_the_demo_is_stopped() -> None:
    with subprocess.Popen(
        [GATEWAY, "demo"], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=_environment()
    ) as demo:
        assert demo.stdout is not None
        watchdog = Timer(PATIENCE, demo.kill)
        watchdog.start()
        commands = _offered(demo.stdout)
        folder = commands[-1].split()[-1].partition("/agreements/")[0]
        named = [word for each in commands for word in each.split() if word.startswith(folder)]
        missing = [word for word in named if not Path(word).exists()]
        # The others differ from these in the file they name and in who asks.
        said = _said([commands[number] for number in (0, 3, 6)])
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
        watchdog.cancel()
    assert len(named) > 8
    assert not missing
    assert "damage to a locker" in said[0]
    assert "riverside-health: mental-health: deny" in said[1]
    assert "All that was checked holds." in said[2]
    assert demo.returncode == 0
    assert "Stopped." in rest
    assert not Path(folder).exists(), "the county goes with the demo that made it"


def _offered(output: Iterable[str]) -> list[str]:
    """The commands of the output, up to the last one."""
    commands: list[str] = []
    for line in output:
        commands += _part_of_command(line, commands)
        if "agreements show" in line:
            break
    return commands


def _said(commands: list[str]) -> list[str]:
    """What the commands print when they are pasted into a shell, all at once; each must succeed."""
    running = [
        subprocess.Popen(["sh", "-c", each], cwd=ROOT, stdout=subprocess.PIPE, text=True) for each in commands
    ]
    said = [each.communicate()[0] for each in running]
    assert [each.returncode for each in running] == [0] * len(commands)
    return said


def _part_of_command(line: str, before: list[str]) -> list[str]:
    """The command that a line of the output begins; a further line joins the one before."""
    if before and before[-1].endswith("\\\n"):
        before[-1] += line
        return []
    return [line] if re.match(r"    (\S*/(gateway|python)|curl) ", line) else []


def _environment() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "100", "PYTHONWARNINGS": "error::ResourceWarning"}
