"""The strict reader of JSON."""

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.strict_json import JSON, MalformedJson, check_text, parse

REFUSED = {
    "empty": (b"", "empty"),
    "only-white-space": (b" \r\n\t", "empty"),
    "NaN": (b'{"a": NaN}', "NaN"),
    "Infinity": (b'{"a": Infinity}', "NaN or Infinity"),
    "minus-Infinity": (b'{"a": -Infinity}', "NaN or Infinity"),
    "1e400": (b'{"a": 1e400}', "too large"),
    "minus-1e400": (b"[-1e400]", "too large"),
    "number-of-41-characters": (b"0." + b"1" * 39, "too long"),
    "integer-2-to-the-53": (b"[9007199254740992]", "integer"),
    "integer-2-to-the-63": (b"[9223372036854775808]", "integer"),
    "negative-integer-2-to-the-53": (b"[-9007199254740992]", "integer"),
    "integer-of-5000-digits": (b"9" * 5000, "integer"),
    "lone-surrogate-value": (rb'{"a": "\ud800"}', "surrogate"),
    "lone-low-surrogate-value": (rb'["\udc00"]', "surrogate"),
    "reversed-surrogates": (rb'["\udc00\ud800"]', "surrogate"),
    "lone-surrogate-key": (rb'{"\ud800": 1}', "surrogate"),
    "surrogate-as-raw-bytes": (b'["\xed\xa0\x80"]', "UTF-8"),
    "escaped-NUL": (rb'["a\u0000"]', "control"),
    "escaped-NUL-in-a-key": (rb'{"a\u0000": 1}', "control"),
    "escaped-escape": (rb'["\u001b[31m"]', "control"),
    "carriage-return": (rb'["a\r"]', "control"),
    "backspace": (rb'["a\b"]', "control"),
    "raw-NUL": (b'["a\x00"]', "UTF-8"),
    "raw-line-feed-in-a-string": (b'["a\n"]', "not JSON"),
    "duplicate-key": (b'{"a": 1, "a": 2}', "twice"),
    "duplicate-key-by-escape": (rb'{"a": 1, "\u0061": 2}', "twice"),
    "duplicate-key-deep-inside": (b'[{"b": {"a": 1, "a": 1}}]', "twice"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "UTF-8"),
    "UTF-16-without-mark": ('{"a": 1}'.encode("utf-16-le"), "UTF-8"),
    "UTF-32": ('{"a": 1}'.encode("utf-32"), "UTF-8"),
    "byte-order-mark": (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
    "invalid-UTF-8": (b'{"a": "\xff"}', "UTF-8"),
    "overlong-UTF-8": (b'"\xc0\xaf"', "UTF-8"),
    "100000-arrays": (b"[" * 100_000, "nested"),
    "100000-objects": (b'{"a":' * 100_000, "nested"),
    "33-arrays": (b"[" * 33 + b"]" * 33, "nested"),
    "depth-behind-a-string": (b'["\\"[",' + b"[" * 32 + b"]" * 33, "nested"),
    "two-documents": (b"{} {}", "not JSON"),
    "trailing-comma": (b"[1,]", "not JSON"),
    "comment": (b"[1] // yes", "not JSON"),
    "single-quotes": (b"{'a': 1}", "not JSON"),
    "unterminated-string": (b'["a', "not JSON"),
    "leading-zero": (b"[01]", "not JSON"),
    "other-white-space": ("[1,\u00a01]".encode(), "not JSON"),
}


@pytest.mark.parametrize(("body", "rule"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_with_the_rule_named(body: bytes, rule: str) -> None:
    with pytest.raises(MalformedJson) as caught:
        parse(body)
    assert rule in caught.value.reason


INVISIBLE = [
    0x061C,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2065),
    *range(0x2066, 0x206A),
    0xFEFF,
]


@pytest.mark.parametrize("code_point", INVISIBLE, ids=lambda point: f"U+{point:04X}")
@pytest.mark.parametrize("template", ['["a%s"]', '{"a%s": 1}', '{"a": [{"b": "%s"}]}'])
def test_bidirectional_and_zero_width_controls_are_refused(template: str, code_point: int) -> None:
    for written in (chr(code_point), f"\\u{code_point:04x}"):
        with pytest.raises(MalformedJson, match="zero-width"):
            parse((template % written).encode())


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b" [1, 2.5, true, false, null] ", [1, 2.5, True, False, None]),
        (b"9007199254740991", 2**53 - 1),
        (b"-9007199254740991", -(2**53) + 1),
        (b"1.7976931348623157e308", 1.7976931348623157e308),
        (rb'"line\nand\ttab"', "line\nand\ttab"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        ('"Zoë Ñandú 李"'.encode(), "Zoë Ñandú 李"),
        (b'"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["', "[" * 35),
        (b'{"": ""}', {"": ""}),
        (b"[" * 32 + b"]" * 32, json.loads("[" * 32 + "]" * 32)),
        (b"[" + b"[]," * 500 + b"[]]", [[]] * 501),
    ],
)
def test_accepted(body: bytes, value: JSON) -> None:
    assert parse(body) == value


def test_a_reason_never_repeats_the_body() -> None:
    for body, _ in REFUSED.values():
        with pytest.raises(MalformedJson) as caught:
            parse(b'{"Okafor": ' + body)
        assert "Okafor" not in str(caught.value)


def test_the_scan_for_depth_is_linear_on_quotes_and_backslashes() -> None:
    for body in (b'"' + b'\\"' * 32_000, b'"' * 64_001, b"\\" * 64_000, b'"\\' * 32_000):
        started = time.perf_counter()
        with pytest.raises(MalformedJson):
            parse(body)
        assert time.perf_counter() - started < 0.5


TEXT = st.text()
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def is_clean(value: JSON) -> bool:
    if isinstance(value, str):
        try:
            check_text(value)
        except MalformedJson:
            return False
        return True
    if isinstance(value, list):
        return all(map(is_clean, value))
    if isinstance(value, dict):
        return all(map(is_clean, value)) and all(map(is_clean, value.values()))
    return True


@given(VALUES, st.booleans())
def test_what_is_written_is_read_back_or_refused_for_its_text(value: JSON, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    if is_clean(value):
        assert parse(body) == value
    else:
        with pytest.raises(MalformedJson, match="a string holds"):
            parse(body)


STRUCTURE = ["{", "}", "[", "]", ",", ":", '"', '"a"', '"b"', "\\", "\\u0061", "\\ud800"]
SCALARS = ["1", "-", "0", ".5", "e9", "e400", "9007199254740993", "true", "null", "NaN", "é"]
BLANKS = [" ", "\n", "\x00", "\ufeff"]
FRAGMENTS = st.sampled_from([*STRUCTURE, *SCALARS, *BLANKS])


@given(st.lists(FRAGMENTS, max_size=14).map("".join).map(str.encode) | st.binary(max_size=40))
def test_whatever_is_accepted_means_the_same_to_the_plain_reader(body: bytes) -> None:
    try:
        value = parse(body)
    except MalformedJson:
        return
    plain = json.loads(body)
    assert value == plain
    assert repr(value) == repr(plain)
    assert not (isinstance(value, float) and not math.isfinite(value))
