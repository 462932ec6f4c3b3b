"""Forms of single values: text, words of a closed list, integers, truth values, instants, durations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final, TypeVar

from agreements.document import Json, Node, Scalar, Style, shows
from agreements.duration import Duration
from agreements.fault import Fault, MisfitError
from agreements.form import Form, Schema

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_WORDS: Final = frozenset({Style.PLAIN, Style.QUOTED})
_VALUES: Final = frozenset({Style.PLAIN, Style.VALUE})
_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_INSTANT: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_DURATION: Final = (
    r"P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?"
)
_LONGEST_MONTHS: Final = 1200
_LONGEST_SECONDS: Final = 36525 * 86400


def text(
    *, maximum: int, pattern: str | None = None, expected: str | None = None, lines: bool = False
) -> Form[str]:
    """Text with something to see in it, of at most `maximum` characters.

    `pattern` must match all of it; keep to what Python and ECMA 262 read alike. `expected` says in words
    what the pattern wants. `lines` allows several lines; line ends at the very end are dropped.
    """
    return _Text(maximum, re.compile(pattern) if pattern else None, expected, lines)


def number_like(form: Form[str]) -> Form[str]:
    """Text that may look like a number where YAML does not quote it, such as a clause id `4.2`."""
    return _NumberLike(form)


def word(words: Mapping[str, T], about: Mapping[str, str] | None = None) -> Form[T]:
    """One word of a closed list, as written; `about` gives an editor a sentence on each word."""
    return _Word(words, about or {})


def word_of(words: type[E], about: Mapping[str, str] | None = None) -> Form[E]:
    """One member of a closed vocabulary."""
    return _Word({member.value: member for member in words}, about or {})


def integer(minimum: int, maximum: int) -> Form[int]:
    """A decimal integer in a closed range, without sign `+`, leading zeros, quotes or fraction."""
    return _Integer(minimum, maximum)


def boolean() -> Form[bool]:
    """`true` or `false`, unquoted, and no other spelling."""
    return _Boolean()


def instant() -> Form[datetime]:
    """An instant in UTC: a date (its midnight in UTC) or an RFC 3339 date-time with its zone."""
    return _Instant()


def day() -> Form[date]:
    """A day that exists, as YYYY-MM-DD."""
    return _Day()


def duration() -> Form[Duration]:
    """An ISO 8601 duration of at most a hundred years, such as P30D or PT24H."""
    return _DurationForm()


def _is_word(node: Scalar) -> bool:
    """Whether a scalar is text, and not one of the ways in which plain YAML writes nothing at all."""
    return node.style is Style.QUOTED or (node.style is Style.PLAIN and node.text not in _NOTHING)


def _written(node: Node, styles: frozenset[Style], expected: str) -> str:
    if not isinstance(node, Scalar) or node.style not in styles:
        raise MisfitError(Fault(node.place, expected))
    if node.style is Style.PLAIN and node.text in _NOTHING:
        raise MisfitError(Fault(node.place, expected))
    return node.text


@dataclass(frozen=True, slots=True)
class _Text(Form[str]):
    maximum: int
    pattern: re.Pattern[str] | None
    expected: str | None
    lines: bool

    def read(self, node: Node) -> str:
        if not isinstance(node, Scalar) or not _is_word(node) or not self._fits(node.text):
            raise MisfitError(Fault(node.place, self._said()))
        return node.text.rstrip("\n") if self.lines else node.text

    def take(self, value: Json) -> str:
        if not isinstance(value, str) or not shows(value) or not self._fits(value):
            raise MisfitError
        return value.rstrip("\n") if self.lines else value

    def _said(self) -> str:
        made_of = "text" if self.lines else "one line of text"
        return self.expected or f"{made_of}, at most {self.maximum} characters"

    def _fits(self, written: str) -> bool:
        if len(written) > self.maximum or not written.strip():
            return False
        if not self.lines and ("\n" in written or "\t" in written):
            return False
        return self.pattern is None or self.pattern.fullmatch(written) is not None

    def schema(self) -> Schema:
        if self.pattern:
            shape = f"^(?:{self.pattern.pattern})$"
        else:
            shape = r"\S" if self.lines else r"^[^\n\t]*\S[^\n\t]*$"
        return {"type": "string", "minLength": 1, "maxLength": self.maximum, "pattern": shape}


@dataclass(frozen=True, slots=True)
class _NumberLike(Form[str]):
    form: Form[str]

    def read(self, node: Node) -> str:
        return self.form.read(node)

    def schema(self) -> Schema:
        return {**self.form.schema(), "type": ["string", "number"]}


@dataclass(frozen=True, slots=True)
class _Word(Form[T]):
    words: Mapping[str, T]
    about: Mapping[str, str]

    def read(self, node: Node) -> T:
        if isinstance(node, Scalar) and node.style in _WORDS and node.text in self.words:
            return self.words[node.text]
        raise MisfitError(Fault(node.place, f"one of {', '.join(self.words)}"))

    def take(self, value: Json) -> T:
        if not isinstance(value, str) or value not in self.words:
            raise MisfitError
        return self.words[value]

    def schema(self) -> Schema:
        made: Schema = {"type": "string", "enum": list(self.words)}
        if self.about:
            made["enumDescriptions"] = [self.about[name] for name in self.words]
        return made


@dataclass(frozen=True, slots=True)
class _Integer(Form[int]):
    minimum: int
    maximum: int

    def read(self, node: Node) -> int:
        alone = self.minimum == self.maximum
        expected = f"{self.minimum}" if alone else f"an integer from {self.minimum} to {self.maximum}"
        written = _written(node, _VALUES, expected)
        if not _INTEGER.fullmatch(written) or not self.minimum <= int(written) <= self.maximum:
            raise MisfitError(Fault(node.place, expected))
        return int(written)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, slots=True)
class _Boolean(Form[bool]):
    def read(self, node: Node) -> bool:
        written = _written(node, _VALUES, "true or false")
        if written not in {"true", "false"}:
            raise MisfitError(Fault(node.place, "true or false"))
        return written == "true"

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class _Instant(Form[datetime]):
    def read(self, node: Node) -> datetime:
        expected = "a date, or an RFC 3339 date-time with its zone"
        written = _written(node, _WORDS, expected)
        if not re.fullmatch(_INSTANT, written):
            raise MisfitError(Fault(node.place, expected))
        try:
            when = datetime.fromisoformat(written)
            return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
        except (ValueError, OverflowError):
            raise MisfitError(Fault(node.place, expected)) from None

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{_INSTANT}$"}


@dataclass(frozen=True, slots=True)
class _Day(Form[date]):
    def read(self, node: Node) -> date:
        written = _written(node, _WORDS, "a date as YYYY-MM-DD")
        if not re.fullmatch(_DAY, written):
            raise MisfitError(Fault(node.place, "a date as YYYY-MM-DD"))
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise MisfitError(Fault(node.place, "a day that exists, as YYYY-MM-DD")) from None

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{_DAY}$"}


@dataclass(frozen=True, slots=True)
class _DurationForm(Form[Duration]):
    def read(self, node: Node) -> Duration:
        expected = "an ISO 8601 duration of at most 100 years, such as P30D or PT24H"
        try:
            length = Duration.parse(_written(node, _WORDS, expected))
        except ValueError:
            raise MisfitError(Fault(node.place, expected)) from None
        if length.months > _LONGEST_MONTHS or length.seconds > _LONGEST_SECONDS:
            raise MisfitError(Fault(node.place, expected))
        return length

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{_DURATION}$"}
