"""Small pieces of Cedar text, made of words of closed lists, ids and whole numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9 ._/-]*")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

NEVER: Final = "false"
ALWAYS: Final = "true"


def text(value: str) -> str:
    """A string literal.

    Raises:
        ValueError: it would need escaping.
    """
    if not _PLAIN.fullmatch(value):
        raise ValueError("not a plain word")
    return f'"{value}"'


def entity(kind: str, value: str) -> str:
    return f"{kind}::{text(value)}"


def words(values: Iterable[str]) -> str:
    return f"[{', '.join(text(value) for value in sorted(values))}]"


def entities(kind: str, values: Iterable[str]) -> str:
    return f"[{', '.join(entity(kind, value) for value in sorted(values))}]"


def among(what: str, values: Iterable[str]) -> str:
    """Whether a string is one of these; of none it is not one."""
    listed = list(values)
    return f"{words(listed)}.contains({what})" if listed else NEVER


def every(*parts: str) -> str:
    needed = [part for part in parts if part != ALWAYS]
    return "(" + " && ".join(needed) + ")" if needed else ALWAYS


def some(*parts: str) -> str:
    possible = [part for part in parts if part != NEVER]
    return "(" + " || ".join(possible) + ")" if possible else NEVER


@lru_cache(maxsize=256)
def instant(at: datetime) -> int:
    """Whole microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def policy(effect: str, name: str, action: str, when: str, unless: str = "") -> str:
    """One policy; its conditions are what the scope of principal and resource cannot say."""
    tail = f"\nunless {{ {unless} }}" if unless else ""
    return f"@id({text(name)})\n{effect}(principal, {action}, resource)\nwhen {{ {when} }}{tail};\n"
