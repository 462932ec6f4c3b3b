"""Processes as tables: what they allow, what they refuse to be, and the page that shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.processes.catalogue import PROCESSES, page
from gateway.processes.table import NEW, IllegalMove, Move, Process, diagram

DOCUMENT = Path(__file__).parents[2] / "docs" / "processes.md"
DOOR = Process(
    "door",
    "A door.",
    ("shut", "ajar", "gone"),
    (
        Move("hang", (NEW,), "shut", "a carpenter"),
        Move("open", ("shut",), "ajar", "anybody"),
        Move("unhang", ("shut", "ajar"), "gone", "a carpenter", "it sticks", ("the owner",)),
    ),
)


def test_the_page_shows_the_tables_as_they_are() -> None:
    """Made by `python -m gateway.processes.catalogue > docs/processes.md`."""
    assert DOCUMENT.read_text() == page()


def test_a_page_that_differs_would_be_noticed() -> None:
    assert DOCUMENT.read_text().replace("escalate", "forget") != page()


@pytest.mark.parametrize(
    ("state", "move", "after"),
    [(NEW, "hang", "shut"), ("shut", "open", "ajar"), ("shut", "unhang", "gone"), ("ajar", "unhang", "gone")],
)
def test_a_move_of_the_table_is_made(state: str, move: str, after: str) -> None:
    assert DOOR.after(state, move) == after
    assert DOOR.allows(state, move)


@pytest.mark.parametrize(
    ("state", "move"), [("ajar", "open"), ("gone", "unhang"), (NEW, "open"), ("shut", "slam"), ("?", "open")]
)
def test_any_other_move_raises(state: str, move: str) -> None:
    assert not DOOR.allows(state, move)
    with pytest.raises(IllegalMove):
        DOOR.after(state, move)


@pytest.mark.parametrize(
    "moves",
    [
        (Move("hang", (NEW,), "open", "a carpenter"),),
        (Move("hang", (NEW,), "shut", "a carpenter"), Move("open", ("shut",), "ajar", "anybody")),
        (Move("hang", ("cellar",), "shut", "a carpenter"),),
        (Move("hang", (NEW,), "shut", "a carpenter"), Move("hang", (NEW,), "shut", "another")),
        (Move("hang", (NEW,), "shut", "a carpenter"), Move("lose", ("shut",), NEW, "anybody")),
        (),
    ],
    ids=["to-an-unknown-state", "more-unknown", "from-an-unknown-state", "twice", "to-new", "unreached"],
)
def test_a_table_that_does_not_add_up_is_none(moves: tuple[Move, ...]) -> None:
    with pytest.raises(ValueError, match="door:"):
        Process("door", "A door.", ("shut",), moves)


def test_a_diagram_begins_and_ends() -> None:
    assert diagram(DOOR).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> shut: hang",
        "    shut --> ajar: open",
        "    shut --> gone: unhang",
        "    ajar --> gone: unhang",
        "    gone --> [*]",
    ]


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_every_state_of_every_process_can_come_to_an_end(process: Process) -> None:
    """Nothing waits for ever: from each state some way leads to an end."""
    assert process.ends
    ending = set(process.ends)
    for _ in process.states:
        ending |= {state for move in process.moves if move.after in ending for state in move.before}
    assert ending >= set(process.states)
