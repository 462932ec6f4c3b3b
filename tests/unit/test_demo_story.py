"""How the demo's steps are held against what they must find."""

from __future__ import annotations

import pytest

from gateway.demo.story import STORY, Step, check

EXPECTED = {"answer": "held", "basis": "consent"}


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        (EXPECTED, []),
        ({**EXPECTED, "basis": "agreement"}, ["basis"]),
        ({"answer": "held"}, ["basis"]),
        ({**EXPECTED, "leak": "a name"}, ["leak"]),
        ({}, ["answer", "basis"]),
    ],
    ids=["as-expected", "another-value", "one-missing", "one-too-many", "nothing"],
)
def test_a_step_is_good_only_if_it_found_all_it_must_and_nothing_else(
    found: dict[str, str], wrong: list[str]
) -> None:
    assert [each.about for each in check(EXPECTED, found) if not each.good] == wrong


@pytest.mark.parametrize("step", STORY, ids=[step.title for step in STORY])
def test_every_step_says_what_it_expects(step: Step) -> None:
    assert step.expected
    assert step.told
