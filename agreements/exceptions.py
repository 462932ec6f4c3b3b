"""Statutory exceptions: the elements each ground requires, and whether a representation makes them out.

What the requester writes is a representation. It opens nothing by itself: the custodian's finding does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from agreements.terms import Ground, ProcessKind


class ElementKind(StrEnum):
    TEXT = "text"
    """Words that say what is so, in this case."""
    TRUE = "true"
    """A statement that must be affirmed."""


def _elements(*, text: tuple[str, ...], true: tuple[str, ...] = ()) -> Mapping[str, ElementKind]:
    kinds = dict.fromkeys(text, ElementKind.TEXT) | dict.fromkeys(true, ElementKind.TRUE)
    return MappingProxyType(kinds)


ELEMENTS: Final[Mapping[Ground, Mapping[str, ElementKind]]] = MappingProxyType(
    {
        Ground.SERIOUS_IMMINENT_THREAT: _elements(
            text=("threat", "imminence"), true=("recipient_able_to_prevent",)
        ),
        Ground.HEALTH_SAFETY_EMERGENCY: _elements(
            text=("threat", "significance"), true=("recipient_needs_information",)
        ),
        Ground.MEDICAL_EMERGENCY: _elements(
            text=("emergency", "treating_personnel"), true=("consent_unobtainable",)
        ),
        Ground.IMMINENT_DANGER_ASSESSMENT: _elements(text=("danger",)),
        Ground.MANDATORY_REPORT: _elements(text=("statute", "reporter")),
        Ground.CRIME_ON_PREMISES: _elements(text=("incident",), true=("on_premises",)),
    }
)

RECIPIENT: Final = "recipient"
"""The element that may name who is able to prevent the harm, where it is not the person acting."""
_ABOUT_RECIPIENT: Final = frozenset({"recipient_able_to_prevent", "recipient_needs_information"})


def names_recipient(ground: Ground) -> bool:
    """Whether a ground is about its recipient, who may then be named (45 CFR 164.512(j)(1)(i)(B))."""
    return not _ABOUT_RECIPIENT.isdisjoint(ELEMENTS[ground])


def may_state(ground: Ground) -> frozenset[str]:
    """Names of the elements that a claim of the ground may have: those it must, and its recipient."""
    return frozenset(ELEMENTS[ground]) | ({RECIPIENT} if names_recipient(ground) else frozenset())


_FILLER: Final = frozenset(
    {"test", "testing", "asdf", "qwerty", "none", "n/a", "na", "todo", "tbd", "emergency"}
)
_LETTERS: Final = re.compile(r"[^\W\d_]")


def says_something(text: str, *, at_least: int) -> bool:
    """Whether words are more than filler: enough letters, not one repeated, not a stock word."""
    letters = _LETTERS.findall(text.casefold())
    return len(letters) >= at_least and len(set(letters)) > 1 and text.strip().casefold() not in _FILLER


@dataclass(frozen=True, slots=True)
class Representation:
    """The requester's claim that a ground is met, element by element, and why."""

    ground: Ground
    elements: Mapping[str, str | bool]
    statement: str

    def missing(self) -> tuple[str, ...]:
        """Names of the ground's elements that are absent, empty, filler or not affirmed, in order.

        A recipient need not be named; one that is named must be.
        """
        wanted = dict(ELEMENTS[self.ground])
        if RECIPIENT in self.elements:
            wanted[RECIPIENT] = ElementKind.TEXT
        return tuple(name for name, kind in wanted.items() if not _made_out(kind, self.elements.get(name)))


def _made_out(kind: ElementKind, value: object) -> bool:
    if kind is ElementKind.TRUE:
        return value is True
    return isinstance(value, str) and says_something(value, at_least=3)


@dataclass(frozen=True, slots=True)
class LegalProcess:
    """An order, warrant or subpoena as the requester states it; a person at the custodian verifies it."""

    kind: ProcessKind
    number: str
    court: str
    digest: str
