"""Frozen values as plain JSON and back, by their declared types: what is kept can be read by a later version.

A field that stands at its default is left out and comes back as the default, so that a value kept before a
field was added still reads. Sets are sorted; nothing is constructed that its type does not name.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from agreements.document import Json
from agreements.duration import Duration
from agreements.terms import Level

T = TypeVar("T")

Into = Callable[[Any], Any]


class UnreadableValue(ValueError):  # noqa: N818 -- says what the value is
    """A kept value does not have the shape its type declares."""


class Shape(NamedTuple):
    """How a type is written, and read back."""

    write: Into
    read: Into


class Part(NamedTuple):
    """One field of a dataclass; `default` is `MISSING` where it must be given."""

    name: str
    shape: Shape
    default: Any


def plain(value: object) -> Json:
    """A frozen dataclass as JSON.

    Raises:
        TypeError: it has a field of a type that has no plain form.
    """
    kind: Any = type(value)
    made: Json = shape_of(kind).write(value)
    return made


def from_plain(kind: type[T], value: Json) -> T:
    """The value of a dataclass that `plain` wrote.

    Raises:
        UnreadableValue: it was not written for this type, or by a later version of it.
    """
    try:
        wanted: Any = kind
        made: T = shape_of(wanted).read(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableValue(f"no {kind.__name__}") from error
    return made


def parts_of(kind: Any, own: Mapping[str, Shape] = MappingProxyType({})) -> tuple[Part, ...]:
    """The fields of a dataclass, each with how it is written; `own` shapes go before the declared."""
    hints = get_type_hints(kind)
    return tuple(
        Part(part.name, own.get(part.name) or shape_of(hints[part.name]), _default(part))
        for part in fields(kind)
    )


@cache
def shape_of(kind: Any) -> Shape:
    """How values of a type are written and read.

    Raises:
        TypeError: the type has no plain form.
    """
    origin, inside = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return _optional(inside)
    if origin is frozenset:
        return _set(shape_of(inside[0]))
    if origin is tuple and inside[1:] == (Ellipsis,):
        item = shape_of(inside[0])
        return Shape(
            lambda value: [item.write(one) for one in value], lambda value: tuple(map(item.read, value))
        )
    if kind in _SCALARS:
        return _SCALARS[kind]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Shape(str, kind)
    if isinstance(kind, type) and is_dataclass(kind):
        return _record(kind)
    raise TypeError(f"{kind} has no plain form")


def _record(kind: type) -> Shape:
    parts = parts_of(kind)
    known = {part.name: part.shape for part in parts}

    def write(value: Any) -> Json:
        made: dict[str, Json] = {}
        for name, shape, default in parts:
            field = getattr(value, name)
            if default is MISSING or field != default:
                made[name] = shape.write(field)
        return made

    def read(value: Mapping[str, Json]) -> Any:
        return kind(**{name: known[name].read(item) for name, item in value.items()})

    return Shape(write, read)


def _optional(inside: tuple[Any, ...]) -> Shape:
    kinds = [kind for kind in inside if kind is not types.NoneType]
    if len(kinds) != 1 or len(kinds) == len(inside):
        raise TypeError("only a type or None has a plain form")
    shape = shape_of(kinds[0])
    return Shape(
        lambda value: None if value is None else shape.write(value),
        lambda value: None if value is None else shape.read(value),
    )


def _set(item: Shape) -> Shape:
    return Shape(
        lambda value: [item.write(one) for one in sorted(value)],
        lambda value: frozenset(map(item.read, value)),
    )


def _exactly(kind: type) -> Into:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError("another type")
        return value

    return read


def _default(part: Any) -> Any:
    return part.default_factory() if part.default_factory is not MISSING else part.default


_SCALARS: Final[Mapping[Any, Shape]] = {
    str: Shape(str, _exactly(str)),
    int: Shape(int, _exactly(int)),
    bool: Shape(bool, _exactly(bool)),
    datetime: Shape(datetime.isoformat, datetime.fromisoformat),
    Duration: Shape(str, Duration.parse),
    Level: Shape(lambda level: level.word, Level.from_word),
}
