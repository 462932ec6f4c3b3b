"""The encodings the ledger is written in, read strictly.

RFC 8785 canonical JSON, RFC 8259 JSON without duplicate keys, RFC 4648 section 4 base64 in its one canonical
spelling. One value has one spelling, so that a hash names one value.
"""

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import rfc8785

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

SAFE_INTEGER = 2**53 - 1  # the largest integer RFC 8785 can write: that of an IEEE 754 double

_PLAIN = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class MalformedError(ValueError):
    """Text or bytes that break their format. The message names the field and the rule, never the value."""


def canonical_json(value: Json) -> bytes:
    """`value` as RFC 8785 canonical JSON.

    Raises `MalformedError` for what RFC 8785 cannot write: NaN, infinities, integers beyond 2**53 - 1, lone
    surrogates, keys that are not text.
    """
    try:
        # rfc8785 costs six times the C encoder, and the two agree wherever _is_plain holds.
        return _PLAIN.encode(value).encode() if _is_plain(value) else rfc8785.dumps(cast("Any", value))
    except (ValueError, TypeError, RecursionError):
        raise MalformedError("value: not representable as canonical JSON (RFC 8785)") from None


def _is_plain(value: Json) -> bool:
    """Whether the standard encoder writes `value` as RFC 8785 does: no floats, safe integers, ASCII keys."""
    pending: list[Any] = [value]
    for item in pending:  # grows as it is read: containers add what they hold
        kind = type(item)
        if kind is str or kind is bool or item is None:
            continue
        if kind is dict:
            if not all(map(str.isascii, item)):
                return False
            pending.extend(item.values())
        elif kind is list:
            pending.extend(item)
        elif kind is not int or not -SAFE_INTEGER <= item <= SAFE_INTEGER:
            return False
    return True


def _without_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedError("object: a key stands twice")
    return members


def _no_constant(_: str) -> Json:
    raise MalformedError("number: NaN and infinities are not JSON")


_SPACE = " \t\r\n"
_READER = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_no_constant)


def json_value(text: str | bytes, field: str) -> Json:
    """The JSON value written in `text` (UTF-8 when bytes). Raises `MalformedError`."""
    try:
        written = (text if isinstance(text, str) else text.decode("utf-8")).strip(_SPACE)
        value, end = _READER.raw_decode(written)
    except MalformedError as fault:
        raise MalformedError(f"{field}: {fault}") from None
    except (ValueError, RecursionError):
        raise MalformedError(f"{field}: not JSON") from None
    if end != len(written):
        raise MalformedError(f"{field}: more than one JSON value")
    return cast("Json", value)


def json_object(text: str | bytes, field: str) -> dict[str, Json]:
    """The JSON object written in `text`. Raises `MalformedError`."""
    value = json_value(text, field)
    if not isinstance(value, dict):
        raise MalformedError(f"{field}: not a JSON object")
    return value


def base64_text(data: bytes) -> str:
    """`data` in base64 (RFC 4648 section 4)."""
    return b2a_base64(data, newline=False).decode("ascii")


def base64_bytes(text: object, field: str, length: int | None = None) -> bytes:
    """The bytes spelled by canonical base64 `text`, `length` of them when given. Raises `MalformedError`."""
    if not isinstance(text, str):
        raise MalformedError(f"{field}: not base64 text")
    try:
        data = a2b_base64(text)
    except ValueError:
        raise MalformedError(f"{field}: not base64") from None
    if base64_text(data) != text:
        raise MalformedError(f"{field}: not canonical base64")
    if length is not None and len(data) != length:
        raise MalformedError(f"{field}: not {length} bytes")
    return data


def natural(value: object, field: str) -> int:
    """`value` when it is an integer of at least 0 that RFC 8785 can write. Raises `MalformedError`."""
    if type(value) is not int or not 0 <= value <= SAFE_INTEGER:
        raise MalformedError(f"{field}: not a whole number from 0 to 2^53 - 1")
    return value
