"""The life of a version: one table, and the state it is in by its dates and by what its parties did."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agreements.life import STEPS, State, Step, state_of, table
from tests.unit.decision_case import END, NOW, START, agreement

DOCUMENT = Path(__file__).parents[2] / "docs" / "agreement-life.md"


def test_the_documentation_shows_the_table_the_code_reads() -> None:
    assert table() in DOCUMENT.read_text()


def test_a_table_that_differs_would_be_noticed() -> None:
    assert table().replace("draft", "sketch", 1) not in DOCUMENT.read_text()


def test_every_step_has_a_line_and_is_recorded_under_a_name_of_its_own() -> None:
    assert list(STEPS) == list(Step)
    assert len({move.recorded_as for move in STEPS.values()}) == len(Step)


def test_nothing_leads_out_of_a_final_state() -> None:
    final = {State.EXPIRED, State.TERMINATED, State.SUPERSEDED}
    assert all(not move.before & final for move in STEPS.values())


def test_nothing_leads_back_to_a_draft_once_it_is_proposed() -> None:
    assert all(move.before <= {State.DRAFT} for move in STEPS.values() if move.after is State.DRAFT)


BEFORE, AFTER = START - timedelta(days=1), END
CASES: dict[str, tuple[dict[str, Any], State]] = {
    "in its period": ({}, State.ACTIVE),
    "suspended": ({"suspended": True}, State.SUSPENDED),
    "overtaken by a later version": ({"governs": False}, State.SUPERSEDED),
    "suspended and overtaken": ({"suspended": True, "governs": False}, State.SUPERSEDED),
    "run out": ({"at": AFTER}, State.EXPIRED),
    "run out and overtaken": ({"at": AFTER, "governs": False}, State.EXPIRED),
    "terminated and run out": ({"terminated": True, "at": AFTER}, State.TERMINATED),
    "terminated": ({"terminated": True}, State.TERMINATED),
    "a file before its day": ({"at": BEFORE, "governs": False}, State.PROPOSED),
    "activated before its day": ({"at": BEFORE, "governs": False, "activated": True}, State.ACTIVE),
    "suspended before its day": ({"at": BEFORE, "governs": False, "suspended": True}, State.SUSPENDED),
}


@pytest.mark.parametrize("named", CASES)
def test_a_version_is_in_one_state(named: str) -> None:
    given, expected = CASES[named]
    facts: dict[str, Any] = {"governs": True, "activated": False, "terminated": False, "at": NOW, **given}
    version = replace(agreement(), suspended=bool(facts.pop("suspended", False)))
    assert state_of(version, **facts) is expected
