"""JSON from a source, read one way only: UTF-8, finite numbers, each key once, bounded depth."""

from __future__ import annotations

import json
import math
from typing import Final, Never, TypeAlias

from adapters.partner import Fault, SourceError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH: Final = 64


def parse_json(body: bytes) -> Json:
    """Read one document.

    Raises:
        SourceError: it is not JSON, or two readers could take it differently (`MALFORMED`).
    """
    try:
        value: Json = _DECODER.decode(body.decode("utf-8"))
        _check(value)
    except (ValueError, RecursionError):
        raise SourceError(Fault.MALFORMED) from None
    return value


def as_object(value: Json) -> dict[str, Json]:
    """The members of an object.

    Raises:
        SourceError: it is something else (`MALFORMED`).
    """
    if not isinstance(value, dict):
        raise SourceError(Fault.MALFORMED)
    return value


def as_list(value: Json) -> list[Json]:
    """The items of an array; of an absent one, none.

    Raises:
        SourceError: it is something else (`MALFORMED`).
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise SourceError(Fault.MALFORMED)
    return value


def as_text(value: Json) -> str:
    """A string; of an absent one, the empty string.

    Raises:
        SourceError: it is something else (`MALFORMED`).
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise SourceError(Fault.MALFORMED)
    return value


def _check(root: Json) -> None:
    """Refuse depth beyond the cap and text that cannot be written as UTF-8 again."""
    layer: list[Json] = [root]
    for _ in range(MAX_DEPTH):
        below: list[Json] = []
        for value in layer:
            if isinstance(value, str):
                value.encode()
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
        if not below:
            return
        layer = below
    raise ValueError("nested too deeply")


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("number out of range")
    return value


def _constant(_: str) -> Never:
    raise ValueError("not a JSON number")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key stands twice")
    return members


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)
