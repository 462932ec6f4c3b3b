"""What is wrong with a form, told where it is wrong. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gateway.problems import Problem

_KEYED: Final = re.compile(r"([a-z_][a-z_.\[\]0-9]*): (expected .+)")
_INDEX: Final = re.compile(r"\[[0-9]+\]")


@dataclass(frozen=True, slots=True)
class FormFault:
    """One thing to mend. `field` is the name of the field it is about; empty: the form as a whole."""

    field: str
    text: str


def faults_of(problem: Problem | None) -> tuple[FormFault, ...]:
    """A problem's detail taken apart: one fault for each field that it names."""
    if problem is None:
        return ()
    told = [_fault(part) for part in problem.detail.split("; ") if part]
    told += [FormFault("", str(reason["text"])) for reason in problem.reasons if reason.get("text")]
    return tuple(told) or (FormFault("", problem.kind.title + "."),)


def _fault(part: str) -> FormFault:
    keyed = _KEYED.fullmatch(part)
    if keyed is None:
        return FormFault("", part)
    return FormFault(_INDEX.sub("", keyed[1]), keyed[2])
