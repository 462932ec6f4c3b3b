"""What may be recorded, and which leaves and payloads are refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from hmac import digest

import pytest

from audit.encoding import Json, MalformedError
from audit.envelope import Envelope, EnvelopeError
from audit.receipt import Receipt, ShownReceipt
from audit.record import CommitmentError, Entry, check_opened, parse_leaf, seal

AT = datetime(2026, 3, 1, 8, 30, 15, 7, tzinfo=UTC)
LEAF = seal(Entry("note", AT, None, {"a": 1})).leaf


@pytest.mark.parametrize(
    ("kind", "at", "key", "body"),
    [
        pytest.param("", AT, None, {}, id="no kind"),
        pytest.param("a", AT.replace(tzinfo=None), None, {}, id="naive time"),
        pytest.param("a", AT.astimezone(timezone(timedelta(hours=1))), None, {}, id="time not in UTC"),
        pytest.param("a", AT, b"short", {}, id="subject key too short"),
        pytest.param("a", AT, None, {"kind": "b"}, id="body overrides kind"),
        pytest.param("a", AT, None, {"at": "b"}, id="body overrides at"),
    ],
)
def test_an_entry_that_says_too_little_or_too_much_is_refused(
    kind: str, at: datetime, key: bytes | None, body: dict[str, Json]
) -> None:
    with pytest.raises(MalformedError):
        Entry(kind, at, key, body)


def test_an_entry_does_not_show_its_subject_or_body_when_printed() -> None:
    entry = Entry("note", AT, b"k" * 32, {"name": "Okafor"})
    assert "Okafor" not in repr(entry) + repr(seal(entry))
    assert "kkkk" not in repr(entry)


@pytest.mark.parametrize(
    "leaf",
    [
        pytest.param(LEAF + b"\n", id="newline added"),
        pytest.param(LEAF.replace(b'"v":1', b'"v":2'), id="another version"),
        pytest.param(LEAF.replace(b",", b", ", 1), id="space added"),
        pytest.param(LEAF.replace(b"2026-03-01", b"2026-02-30"), id="no such day"),
        pytest.param(LEAF.replace(b"T08:30Z", b"T24:30Z"), id="no such hour"),
        pytest.param(LEAF.replace(b'"v":1}', b'"v":1,"x":1}'), id="key added"),
        pytest.param(LEAF.replace(b'=","nonce"', b'","nonce"'), id="base64 without padding"),
        pytest.param(b"", id="empty"),
        pytest.param(LEAF[:-1], id="cut short"),
    ],
)
def test_a_leaf_not_exactly_as_written_is_refused(leaf: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_leaf(leaf)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b'{"at":"2026-03-01T08:31:00.000000Z","kind":"a"}', id="another minute"),
        pytest.param(b'{"kind":"a"}', id="no time"),
        pytest.param(b'{"at":"2026-03-01T08:30:00.000000Z"}', id="no kind"),
    ],
)
def test_a_committed_payload_that_contradicts_its_leaf_is_refused(payload: bytes) -> None:
    salt = sha256(b"salt").digest()
    leaf = replace(parse_leaf(LEAF), commitment=digest(salt, payload, "sha256"))
    with pytest.raises(CommitmentError):
        check_opened(leaf, salt, payload)


def test_a_sealed_payload_opens_only_at_its_index_in_its_ledger_under_its_key() -> None:
    envelope = Envelope(bytes(32), "a.example")
    sealed = envelope.seal(7, bytes(32), b"payload")
    assert envelope.open(7, sealed) == (bytes(32), b"payload")
    for other, index, data in (
        (envelope, 8, sealed),
        (Envelope(bytes(32), "b.example"), 7, sealed),
        (Envelope(bytes(31) + b"\1", "a.example"), 7, sealed),
        (envelope, 7, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (envelope, 7, b"\2" + sealed[1:]),
        (envelope, 7, sealed[:5]),
    ):
        with pytest.raises(EnvelopeError):
            other.open(index, data)


def test_ciphertexts_of_payloads_of_one_class_are_of_one_length() -> None:
    envelope = Envelope(bytes(32), "a.example")
    lengths = {len(envelope.seal(0, bytes(32), b"x" * size)) for size in range(509)}
    assert len(lengths) == 1


def test_the_payload_key_is_32_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        Envelope(bytes(16), "a.example")


def test_nobody_but_the_ledger_makes_a_receipt() -> None:
    with pytest.raises(TypeError):
        Receipt(object(), 0, bytes(32), bytes(32), (), "note")


SHAPE: dict[str, Json] = {
    "index": 0,
    "leaf_hash": "A" * 43 + "=",
    "inclusion_proof": ["A" * 43 + "="],
    "checkpoint": "note",
}


def test_a_shown_receipt_reads() -> None:
    assert ShownReceipt.parse(SHAPE) == ShownReceipt(0, bytes(32), (bytes(32),), "note")


@pytest.mark.parametrize(
    "change",
    [
        {"index": -1},
        {"index": True},
        {"index": 1.0},
        {"index": 2**53},
        {"leaf_hash": "AAAA"},
        {"leaf_hash": 5},
        {"inclusion_proof": "A"},
        {"inclusion_proof": [None]},
        {"checkpoint": None},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_malformed_shown_receipt_is_refused(change: dict[str, Json]) -> None:
    with pytest.raises(MalformedError):
        ShownReceipt.parse(SHAPE | change)
