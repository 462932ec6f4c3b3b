"""A form as a browser sends it, and the JSON body it stands for, which is read as the API reads one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from gateway.problems import Problem
from gateway.wire.strict_json import MalformedJson, check_text

_MOST: Final = 400


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a form by name. Texts are in NFC, without spaces around, lines parted by line feeds."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """A field's value; empty where there is none."""
        return self.values.get(name, ("",))[0]

    def many(self, name: str) -> list[str]:
        return [value for value in self.values.get(name, ()) if value]

    def body(self, texts: Iterable[str], lists: Iterable[str] = ()) -> dict[str, Any]:
        """The body that fields stand for; dots lead into nested objects, what is empty is left out."""
        made: dict[str, Any] = {}
        for name in texts:
            if self.one(name):
                put(made, name, self.one(name))
        for name in lists:
            if self.many(name):
                put(made, name, self.many(name))
        return made


def put(body: dict[str, Any], name: str, value: Any) -> None:
    """Put a value where a dotted name leads."""
    *path, last = name.split(".")
    for step in path:
        body = body.setdefault(step, {})
    body[last] = value


def read_fields(body: bytes) -> Fields:
    """Read `application/x-www-form-urlencoded`.

    Raises:
        Problem: `malformed-request` where it is not UTF-8, holds controls, or has too many fields.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST)
        found: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            found[name] = (*found.get(name, ()), _plain(value))
    except (ValueError, MalformedJson):
        raise Problem("malformed-request", "The form cannot be read.", reason="form-malformed") from None
    return Fields(found)


def _plain(value: str) -> str:
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    check_text(text)
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in text):
        raise ValueError("a control character")
    return text
