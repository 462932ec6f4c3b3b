"""JSON with one meaning: RFC 8259 narrowed to what every reader understands alike (RFC 7493, I-JSON).

Python's own reader takes NaN, lone surrogates, duplicate keys (the last wins), UTF-16 and numbers of any
length; each of them has been used to make two systems read one document differently.
"""

import json
import math
import re
from typing import Never

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]

MAX_DEPTH = 32
_MAX_INTEGER = 2**53 - 1
_MAX_NUMBER_LENGTH = 40

# The possessive quantifiers keep the scan linear on text made of quotes and backslashes only.
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_INVISIBLE = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_INVISIBLE_REASON = "a string holds a bidirectional or zero-width control"


class MalformedJson(ValueError):  # noqa: N818 -- the document is malformed, no error happened
    """The body breaks a rule. `reason` is a fixed phrase naming the rule, never anything of the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(body: bytes, *, max_depth: int = MAX_DEPTH) -> JSON:
    """Read one JSON document.

    Accepts UTF-8 without byte order mark, each key once, integers within ±(2**53 - 1), finite numbers of at
    most 40 characters, at most `max_depth` arrays and objects inside one another, and in strings and keys no
    lone surrogate, no C0 control except line feed and tab, no bidirectional or zero-width control.
    Raises `MalformedJson`.
    """
    text = _decode(body)
    _check_depth(text, max_depth)
    try:
        value: JSON = _DECODER.decode(text)
    except json.JSONDecodeError:
        raise MalformedJson("it is not JSON") from None
    if "\\" in text:
        _check_strings(value)
    elif _INVISIBLE.search(text):
        # Without an escape a string holds what the text holds, and the decoder has refused raw controls.
        raise MalformedJson(_INVISIBLE_REASON)
    return value


def check_text(text: str) -> None:
    """Refuse what no text on the wire may hold, in a JSON string or elsewhere. Raises `MalformedJson`."""
    if _SURROGATE.search(text):
        raise MalformedJson("a string holds a lone surrogate")
    if _CONTROL.search(text):
        raise MalformedJson("a string holds a control character")
    if _INVISIBLE.search(text):
        raise MalformedJson(_INVISIBLE_REASON)


def _decode(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        raise MalformedJson("it begins with a byte order mark")
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise MalformedJson("it is not UTF-8") from None
    if "\x00" in text:
        raise MalformedJson("it is not UTF-8 text")
    if not text.strip(" \t\r\n"):
        raise MalformedJson("it is empty")
    return text


def _check_depth(text: str, max_depth: int) -> None:
    """Count before decoding, because the decoder recurses."""
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            if depth > max_depth:
                raise MalformedJson("it is nested too deeply")
        elif mark in "]}":
            depth -= 1


def _check_strings(root: JSON) -> None:
    pending: list[JSON] = [root]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            check_text(value)
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            pending.extend(value)
            pending.extend(value.values())


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > _MAX_INTEGER:
        raise MalformedJson("an integer is outside ±(2**53 - 1)")
    return int(digits)


def _number(digits: str) -> float:
    if len(digits) > _MAX_NUMBER_LENGTH:
        raise MalformedJson("a number is too long")
    value = float(digits)
    if math.isinf(value):
        raise MalformedJson("a number is too large")
    return value


def _constant(_: str) -> Never:
    raise MalformedJson("it holds NaN or Infinity")


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("an object names a key twice")
    return members


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)
