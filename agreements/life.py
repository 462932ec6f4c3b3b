"""The life of an agreement version as one table, and the state a version is in.

Code, documentation and tests read the same `STEPS`; what no line of it allows cannot be done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from agreements.agreement import Agreement

Version = tuple[str, int]
"""Id of an agreement and number of the version."""


class State(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    TERMINATED = "terminated"
    SUPERSEDED = "superseded"


class Step(StrEnum):
    """What a person does to a version; time alone brings `expired` and `superseded`."""

    DRAFT = "draft"
    EDIT = "edit"
    PROPOSE = "propose"
    SIGN = "sign"
    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"


@dataclass(frozen=True, slots=True)
class Move:
    """From which states a step leads where, and who may take it. From none: the version is new."""

    step: Step
    before: frozenset[State]
    after: State
    by: str
    recorded_as: str


def _move(step: Step, before: tuple[State, ...], after: State, by: str, recorded_as: str) -> Move:
    return Move(step, frozenset(before), after, by, f"agreement-{recorded_as}")


_ANY: Final = "a party's privacy officer"
STEPS: Final[Mapping[Step, Move]] = MappingProxyType(
    {
        move.step: move
        for move in (
            _move(Step.DRAFT, (), State.DRAFT, _ANY, "drafted"),
            _move(Step.EDIT, (State.DRAFT,), State.DRAFT, _ANY, "edited"),
            _move(Step.PROPOSE, (State.DRAFT,), State.PROPOSED, _ANY, "proposed"),
            _move(Step.SIGN, (State.PROPOSED,), State.PROPOSED, "the party that signs", "signed"),
            _move(
                Step.ACTIVATE,
                (State.PROPOSED,),
                State.ACTIVE,
                "a person who had no hand in it; of another party unless all have signed",
                "activated",
            ),
            _move(Step.SUSPEND, (State.ACTIVE,), State.SUSPENDED, _ANY, "suspended"),
            _move(Step.RESUME, (State.SUSPENDED,), State.ACTIVE, "the party that suspended it", "resumed"),
            _move(
                Step.TERMINATE,
                (State.PROPOSED, State.ACTIVE, State.SUSPENDED),
                State.TERMINATED,
                _ANY,
                "terminated",
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Approved:
    """What the parties have decided through the gateway, beside the files of a site.

    `revision` counts every step ever taken, so that what was read earlier never undoes what came later.
    """

    revision: int = 0
    activated: tuple[Agreement, ...] = ()
    suspended: frozenset[Version] = frozenset()
    terminated: Mapping[Version, datetime] = field(default_factory=dict)

    def out_of_force(self, version: Version) -> bool:
        return version in self.suspended or version in self.terminated


def state_of(
    agreement: Agreement, *, governs: bool, activated: bool, terminated: bool, at: datetime
) -> State:
    """The state of a version that stands in the set of agreements.

    `governs` is what the rules say of it; one that lies in the site's folder was not `activated` and is only
    proposed until its dates bring it into force.
    """
    if terminated:
        return State.TERMINATED
    if at >= agreement.expires:
        return State.EXPIRED
    if at >= agreement.effective and not governs:
        return State.SUPERSEDED
    if agreement.suspended:
        return State.SUSPENDED
    return State.ACTIVE if activated or at >= agreement.effective else State.PROPOSED


def table() -> str:
    """The steps as a table in Markdown, as the documentation shows it."""
    lines = ["| step | from | to | by | recorded as |", "|---|---|---|---|---|"]
    for move in STEPS.values():
        before = ", ".join(state.value for state in State if state in move.before) or "(new)"
        lines.append(
            f"| {move.step.value} | {before} | {move.after.value} | {move.by} | `{move.recorded_as}` |"
        )
    return "\n".join(lines)
