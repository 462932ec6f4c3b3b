"""Every process of the gateway, and the page that documents them."""

from __future__ import annotations

import sys
from typing import Final

from gateway.processes.alarm import ALARM
from gateway.processes.case import CASE
from gateway.processes.conference import CONFERENCE
from gateway.processes.consent import CONSENT
from gateway.processes.correction import CORRECTION
from gateway.processes.delivery import DELIVERY
from gateway.processes.duty import DUTY
from gateway.processes.emergency import CLOSURE, EMERGENCY
from gateway.processes.follow_up import FOLLOW_UP
from gateway.processes.offer import OFFER
from gateway.processes.onward import ONWARD
from gateway.processes.review import REVIEW
from gateway.processes.second_look import SECOND_LOOK
from gateway.processes.table import Process, diagram, moves_table
from gateway.processes.watch import WATCH

PROCESSES: Final[tuple[Process, ...]] = (
    CASE,
    REVIEW,
    SECOND_LOOK,
    CONSENT,
    FOLLOW_UP,
    OFFER,
    CONFERENCE,
    EMERGENCY,
    CLOSURE,
    DUTY,
    ONWARD,
    CORRECTION,
    WATCH,
    ALARM,
    DELIVERY,
)

_HEAD: Final = """\
# Processes

What goes on around a query, each as one table of states and moves that code, tests and this page read
(`gateway/processes/`). A move that no line allows cannot be made. This page is made by
`python -m gateway.processes.catalogue > docs/processes.md`; a test holds it to the tables.
"""


def page() -> str:
    """`docs/processes.md`."""
    return "\n".join([_HEAD, *map(_section, PROCESSES)])


def _section(process: Process) -> str:
    return (
        f"## {process.name.capitalize()}\n\n{process.about}\n\n"
        f"```mermaid\n{diagram(process)}\n```\n\n{moves_table(process)}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(page())
