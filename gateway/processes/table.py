"""A process as a table of states and moves, which code asks, tests read and `docs/processes.md` shows.

Pure. What no line of the table allows cannot be done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NEW: Final = ""
"""The state of what does not exist yet."""


class IllegalMove(Exception):  # noqa: N818 -- what it is, in the words of the table
    """A move that the table does not have from that state."""

    def __init__(self, process: str, state: str, move: str) -> None:
        super().__init__(f"{process}: no move {move} from {state or '(new)'}")
        self.process = process
        self.state = state
        self.move = move


@dataclass(frozen=True, slots=True)
class Move:
    """One line of a table: from these states to that one, by whom, when, and who is told."""

    name: str
    before: tuple[str, ...]
    after: str
    by: str
    """Who makes it: a role at an agency, or `time`."""
    when: str = ""
    """What must hold, or the time at which it is made."""
    tells: tuple[str, ...] = ()
    """Who is left a notice, each by role and agency."""


@dataclass(frozen=True, slots=True)
class Process:
    """States and moves of one thing. A move of one name leads from a state to one state only.

    Raises:
        ValueError: the table names an unknown state, moves twice from one state, or leaves a state unreached.
    """

    name: str
    about: str
    """What goes through these states, as a sentence."""
    states: tuple[str, ...]
    moves: tuple[Move, ...]

    def __post_init__(self) -> None:
        seen: set[tuple[str, str]] = set()
        for move in self.moves:
            if not {*move.before, move.after} <= {*self.states, NEW} or move.after == NEW:
                raise ValueError(f"{self.name}: the move {move.name} names an unknown state")
            for state in move.before:
                if (state, move.name) in seen:
                    raise ValueError(f"{self.name}: {move.name} from {state or '(new)'} stands twice")
                seen.add((state, move.name))
        if {move.after for move in self.moves} != set(self.states):
            raise ValueError(f"{self.name}: a state that no move leads to")

    def after(self, state: str, move: str) -> str:
        """The state a move leads to from another.

        Raises:
            IllegalMove: the table has no such move from there.
        """
        return self.line(state, move).after

    def line(self, state: str, move: str) -> Move:
        """The line of the table for a move from a state.

        Raises:
            IllegalMove: there is none.
        """
        for line in self.moves:
            if line.name == move and state in line.before:
                return line
        raise IllegalMove(self.name, state, move)

    def allows(self, state: str, move: str) -> bool:
        return any(line.name == move and state in line.before for line in self.moves)

    @property
    def ends(self) -> tuple[str, ...]:
        """The states that nothing leads out of."""
        left = {state for move in self.moves for state in move.before}
        return tuple(state for state in self.states if state not in left)


def diagram(process: Process) -> str:
    """The process as a mermaid state diagram."""
    lines = ["stateDiagram-v2"]
    lines += [
        f"    {_node(state)} --> {_node(move.after)}: {move.name}"
        for move in process.moves
        for state in move.before
    ]
    lines += [f"    {_node(state)} --> [*]" for state in process.ends]
    return "\n".join(lines)


def moves_table(process: Process) -> str:
    """The moves as a table in Markdown."""
    lines = ["| move | from | to | by | when | tells |", "|---|---|---|---|---|---|"]
    for move in process.moves:
        before = ", ".join(state or "(new)" for state in move.before)
        tells = ", ".join(move.tells)
        lines.append(f"| {move.name} | {before} | {move.after} | {move.by} | {move.when} | {tells} |")
    return "\n".join(lines)


def _node(state: str) -> str:
    return state.replace("-", "_") or "[*]"
