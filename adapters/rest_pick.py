"""Where a value stands in a JSON document: `attributes.names[?use=official].family`, and nothing cleverer.

The grammar is a strict subset of JSONPath (RFC 9535): member names with dots between them, `[*]` for
every item of an array, `[0]` for one item, `[?key=value]` for the items whose member has that value.
Nothing is evaluated; a pick has at most as many steps as it is long and finds at most `MAX_FOUND` values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from adapters.partner import Fault, SourceError
from adapters.source_json import Json

MAX_FOUND: Final = 10_000

_KEY: Final = r"[A-Za-z_@$][A-Za-z0-9_@$:-]*"
_SELECTOR: Final = rf"\[(?:\*|[0-9]{{1,3}}|\?{_KEY}=[^\[\]]+)\]"
PICK_PATTERN: Final = rf"(?:{_KEY}|{_SELECTOR})(?:{_SELECTOR})*(?:\.{_KEY}(?:{_SELECTOR})*)*"
_STEP: Final = re.compile(
    rf"(?P<key>{_KEY})|\[(?:(?P<every>\*)|(?P<at>[0-9]+)|\?(?P<where>{_KEY})=(?P<value>[^\[\]]+))\]"
)
_PICK: Final = re.compile(PICK_PATTERN)


@dataclass(frozen=True, slots=True)
class Member:
    key: str

    def of(self, value: Json) -> Iterator[Json]:
        if not isinstance(value, dict):
            raise SourceError(Fault.MALFORMED)
        if self.key in value:
            yield value[self.key]


@dataclass(frozen=True, slots=True)
class Every:
    def of(self, value: Json) -> Iterator[Json]:
        yield from _items(value)


@dataclass(frozen=True, slots=True)
class Item:
    at: int

    def of(self, value: Json) -> Iterator[Json]:
        yield from _items(value)[self.at : self.at + 1]


@dataclass(frozen=True, slots=True)
class Those:
    """The items whose member `key` is `value` as a word."""

    key: str
    value: str

    def of(self, value: Json) -> Iterator[Json]:
        for each in _items(value):
            if not isinstance(each, dict):
                raise SourceError(Fault.MALFORMED)
            if word_of(each.get(self.key)) == self.value:
                yield each


Step = Member | Every | Item | Those


@dataclass(frozen=True, slots=True)
class Pick:
    """A path into a document. `str(pick)` is the text it was read from."""

    text: str
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str) -> Pick:
        """Read a pick.

        Raises:
            ValueError: the text is none; the message does not repeat it.
        """
        if not _PICK.fullmatch(text):
            raise ValueError("expected a pick such as attributes.names[0].family")
        return cls(text, tuple(_step(each) for each in _STEP.finditer(text)))

    @property
    def top(self) -> str | None:
        """The member of the document it begins with, if it does."""
        first = self.steps[0]
        return first.key if isinstance(first, Member) else None

    @property
    def is_many(self) -> bool:
        return any(isinstance(step, Every | Those) for step in self.steps)

    def find(self, document: Json) -> list[Json]:
        """The values it leads to; what is absent or null is left out.

        Raises:
            SourceError: something on the way is of another kind than the pick says (`MALFORMED`), or it
                finds too much (`OVERSIZED`).
        """
        found = [document]
        for step in self.steps:
            found = [each for value in found for each in step.of(value) if each is not None]
            if len(found) > MAX_FOUND:
                raise SourceError(Fault.OVERSIZED)
        return found

    def __str__(self) -> str:
        return self.text


def word_of(value: Json) -> str | None:
    """A scalar as a mapping file writes it: text, whole number, `true` or `false`; else None."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None


def _step(match: re.Match[str]) -> Step:
    if match["key"] is not None:
        return Member(match["key"])
    if match["every"] is not None:
        return Every()
    if match["at"] is not None:
        return Item(int(match["at"]))
    return Those(match["where"], match["value"])


def _items(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise SourceError(Fault.MALFORMED)
    return value
