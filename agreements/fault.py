"""What is wrong with a document, where, and what was expected instead: never what stood there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

MAX_ERRORS: Final = 50
_NAMEABLE: Final = re.compile(r"[a-z_]{1,64}")

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a document; `?` stands for a key that is not repeated."""


class Place(NamedTuple):
    """Line and column in a text, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One misfit of a value with its form; `place` is None in a parsed JSON body."""

    place: Place | None
    expected: str
    path: Path = ()


class MisfitError(Exception):
    """A value does not fit its form; gathers faults on the way up to the document's top."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("a value does not fit its form")
        self.faults = faults

    def under(self, step: str | int) -> Iterable[Fault]:
        """The faults as seen from the enclosing list or mapping."""
        return (replace(fault, path=(step, *fault.path)) for fault in self.faults)


@dataclass(frozen=True, slots=True)
class DocumentError:
    """One error a person can act on: `agreements/a.yaml:12: clauses[0].level: expected one of …`.

    `line` and `column` count from 1 and are None for a JSON body. `key` is the path of the value, empty
    at the top; it names a key the form does not know only if that is `[a-z_]{1,64}`, else `?`.
    """

    file: str
    line: int | None
    column: int | None
    key: str
    expected: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.key, f"expected {self.expected}") if part)


class InvalidDocument(Exception):  # noqa: N818 - it is the document that is invalid; DocumentError is a value
    """A document is refused as a whole; `errors` are in document order, at most `MAX_ERRORS` of them."""

    def __init__(self, errors: Iterable[DocumentError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))

    @classmethod
    def of(cls, file: str, faults: Iterable[Fault]) -> InvalidDocument:
        """The refusal of one file for its faults."""
        ordered = sorted(faults, key=lambda fault: _position(fault.place))
        return cls(_error(file, fault) for fault in ordered[:MAX_ERRORS])


def nameable(key: str) -> str:
    """A key nobody vouches for, as it may be repeated in a message."""
    return key if _NAMEABLE.fullmatch(key) else "?"


def _position(place: Place | None) -> tuple[int, int]:
    return (0, 0) if place is None else (place.line, place.column)


def _error(file: str, fault: Fault) -> DocumentError:
    line, column = (fault.place.line, fault.place.column) if fault.place else (None, None)
    return DocumentError(file, line, column, _key_path(fault.path), fault.expected)


def _key_path(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
