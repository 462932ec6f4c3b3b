"""Laws of canonical JSON, leaves and payloads."""

import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.encoding import Json, MalformedError, base64_bytes, base64_text, canonical_json, json_object
from audit.record import (
    LEAF_SIZE,
    PADDING,
    CommitmentError,
    Entry,
    check_opened,
    is_about,
    pad,
    parse_leaf,
    seal,
    unpad,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT | st.floats(allow_nan=False)
VALUES = st.recursive(
    SCALARS.filter(lambda value: value not in {float("inf"), float("-inf")}),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
BODIES = st.dictionaries(TEXT.filter(lambda key: key not in {"kind", "at"}), VALUES, max_size=6)
TIMES = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds
ENTRIES = st.builds(
    Entry, st.text("abc-", min_size=1), TIMES, st.none() | st.binary(min_size=16, max_size=64), BODIES
)


@given(VALUES)
def test_canonical_json_is_that_of_the_reference(value: Any) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        2**53,
        -(2**53),
        "\ud800",
        {"\udfff": 1},
        {1: 2},
        {1, 2},
        b"bytes",
        [{None: 1}],
    ],
    ids=repr,
)
def test_what_canonical_json_cannot_write_is_refused(value: Any) -> None:
    with pytest.raises(MalformedError):
        canonical_json(value)


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":1}', '{"a":NaN}', '{"a":-Infinity}', "[1]", "{", b'{"a":"\xff"}', "[" * 100_000]
)
def test_json_with_duplicates_constants_or_faults_is_refused(text: str | bytes) -> None:
    with pytest.raises(MalformedError):
        json_object(text, "field")


@given(st.binary(max_size=40))
def test_base64_has_one_spelling(data: bytes) -> None:
    text = base64_text(data)
    assert base64_bytes(text, "field") == data
    for other in (text + "\n", text.rstrip("=") + "===", " " + text, text + "AAAA="):
        with pytest.raises(MalformedError):
            base64_bytes(other, "field")


@given(ENTRIES)
def test_every_leaf_is_of_one_length_and_reads_back(entry: Entry) -> None:
    sealed = seal(entry)
    leaf = parse_leaf(sealed.leaf)
    assert len(sealed.leaf) == LEAF_SIZE
    assert rfc8785.dumps(json.loads(sealed.leaf)) == sealed.leaf
    assert leaf.commitment == sealed.commitment
    assert leaf.time == entry.at.isoformat()[:16] + "Z"
    if entry.subject_key is not None:
        assert is_about(leaf, entry.subject_key)
        assert not is_about(leaf, entry.subject_key[::-1] + b"x")


@given(ENTRIES)
def test_an_opened_payload_is_what_was_recorded_and_nothing_else_opens(entry: Entry) -> None:
    sealed = seal(entry)
    leaf = parse_leaf(sealed.leaf)
    assert sealed.payload == rfc8785.dumps(
        {**entry.body, "kind": entry.kind, "at": entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)}
    )
    assert check_opened(leaf, sealed.salt, sealed.payload) == json.loads(sealed.payload)
    for salt, payload in (
        (sealed.salt, sealed.payload + b" "),
        (sealed.salt + b"\0", sealed.payload),
        (bytes(32), sealed.payload),
    ):
        with pytest.raises(CommitmentError):
            check_opened(leaf, salt, payload)


@given(ENTRIES)
def test_two_leaves_of_one_entry_share_nothing_but_the_minute(entry: Entry) -> None:
    first, second = parse_leaf(seal(entry).leaf), parse_leaf(seal(entry).leaf)
    assert first.time == second.time
    assert first.nonce != second.nonce
    assert first.tag != second.tag
    assert first.commitment != second.commitment


@given(st.binary(max_size=3 * PADDING))
def test_padding_shows_length_only_by_class(payload: bytes) -> None:
    padded = pad(payload)
    assert len(padded) % PADDING == 0
    assert len(padded) < len(payload) + 4 + PADDING
    assert unpad(padded) == payload
    for broken in (padded[:-1], padded[:-1] + b"x", padded + bytes(PADDING), b"", b"\xff" + padded[1:]):
        with pytest.raises(MalformedError):
            unpad(broken)


def test_a_short_salt_padded_with_zeros_does_not_open_in_its_place() -> None:
    payload = b'{"at":"2026-01-01T00:00:00.000000Z","kind":"a"}'
    salt = b"s" * 31 + b"\0"
    body: dict[str, Json] = {}
    leaf = parse_leaf(seal(Entry("a", datetime(2026, 1, 1, tzinfo=UTC), None, body)).leaf)
    forged = type(leaf)(leaf.nonce, leaf.tag, hmac.digest(salt, payload, "sha256"), leaf.time)
    assert check_opened(forged, salt, payload)["kind"] == "a"
    with pytest.raises(CommitmentError):
        check_opened(forged, salt[:31], payload)
