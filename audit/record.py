"""What one ledger entry is: the leaf everyone may see, and the payload only those entitled may open.

Leaves are of one shape and one length, so that the tree shows neither kind nor parties nor outcome. All that
could be guessed and then tested by hashing (a person, a case, a result) stands behind a keyed hash: the tag
under the subject's key, the commitment under a salt that is erased with the payload.
"""

import hmac
import re
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from secrets import token_bytes

from audit.encoding import Json, MalformedError, base64_text, canonical_json, json_object

NONCE_SIZE = 16
SALT_SIZE = 32
PADDING = 512  # bytes; a payload's ciphertext shows its length only to the next multiple of this

_RESERVED = frozenset({"kind", "at"})
_TEMPLATE = '{"commitment":"%s","nonce":"%s","tag":"%s","time":"%s","v":1}'
_LEAF = re.compile(
    # Base64 of 32 and of 16 bytes: the last character carries two and four zero bits.
    rb'\{"commitment":"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)","nonce":"([A-Za-z0-9+/]{21}[AQgw]==)",'
    rb'"tag":"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)","time":"(\d{4}-\d\d-\d\dT\d\d:\d\dZ)","v":1\}'
)
LEAF_SIZE = len(_TEMPLATE % ("c" * 44, "n" * 24, "t" * 44, "2000-01-01T00:00Z"))  # bytes, of every leaf


class CommitmentError(ValueError):
    """An opened payload is not the one its leaf committed to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded. `subject_key` None: about nobody, and tagged under a random key.

    `body` holds JSON with any key but `kind` and `at`.
    """

    kind: str
    at: datetime
    subject_key: bytes | None = field(repr=False)
    body: Mapping[str, Json] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.kind:
            raise MalformedError("kind: empty")
        if self.at.utcoffset() != timedelta(0):
            raise MalformedError("at: not in UTC")
        if self.subject_key is not None and len(self.subject_key) < NONCE_SIZE:
            raise MalformedError("subject_key: shorter than 16 bytes")
        if not _RESERVED.isdisjoint(self.body):
            raise MalformedError("body: kind and at are the entry's own")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A parsed leaf: `nonce` 16 bytes, `tag` and `commitment` 32, `time` to the minute as written."""

    nonce: bytes
    tag: bytes
    commitment: bytes
    time: str


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry ready to append: `leaf` for the tree, `salt` and `payload` for the encrypted store."""

    leaf: bytes
    commitment: bytes
    minute: str
    salt: bytes = field(repr=False)
    payload: bytes = field(repr=False)


def seal(entry: Entry) -> SealedEntry:
    """Make the leaf and the payload of `entry`, with fresh randomness.

    Raises `MalformedError` on a body that is not JSON.
    """
    at = exact_time(entry.at)
    payload = canonical_json({**entry.body, "kind": entry.kind, "at": at})
    random = token_bytes(NONCE_SIZE + SALT_SIZE + SALT_SIZE)
    nonce, salt = random[:NONCE_SIZE], random[NONCE_SIZE : NONCE_SIZE + SALT_SIZE]
    key = random[NONCE_SIZE + SALT_SIZE :] if entry.subject_key is None else entry.subject_key
    commitment = hmac.digest(salt, payload, "sha256")
    minute = f"{at[:16]}Z"
    leaf = _TEMPLATE % (
        base64_text(commitment),
        base64_text(nonce),
        base64_text(hmac.digest(key, nonce, "sha256")),
        minute,
    )
    return SealedEntry(leaf.encode("ascii"), commitment, minute, salt, payload)


def exact_time(at: datetime) -> str:
    """A UTC time as RFC 3339 with microseconds."""
    return f"{at.isoformat(timespec='microseconds')[:26]}Z"


@lru_cache(maxsize=4096)
def _is_minute(text: bytes) -> bool:
    try:
        datetime.strptime(text.decode("ascii"), "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def parse_leaf(data: bytes) -> Leaf:
    """Read a leaf. Raises `MalformedError` unless it is exactly as `seal` writes them."""
    found = _matched(data)
    commitment, nonce, tag, minute = found.groups()
    return Leaf(a2b_base64(nonce), a2b_base64(tag), a2b_base64(commitment), minute.decode("ascii"))


def check_leaf(data: bytes) -> None:
    """Raise `MalformedError` for what `parse_leaf` would refuse."""
    _matched(data)


def _matched(data: bytes) -> re.Match[bytes]:
    found = _LEAF.fullmatch(data)
    if found is None or not _is_minute(found[4]):
        raise MalformedError("leaf: not of the one form of version 1")
    return found


def is_about(leaf: Leaf, subject_key: bytes) -> bool:
    """Whether the leaf is tagged for the subject who has `subject_key`."""
    return hmac.compare_digest(hmac.digest(subject_key, leaf.nonce, "sha256"), leaf.tag)


def check_opened(leaf: Leaf, salt: bytes, payload: bytes) -> dict[str, Json]:
    """The opened payload of `leaf`. Raises `CommitmentError` when it is not what the leaf committed to."""
    # HMAC pads shorter keys with zeros: only one length makes the commitment bind to one salt.
    if len(salt) != SALT_SIZE or not hmac.compare_digest(
        hmac.digest(salt, payload, "sha256"), leaf.commitment
    ):
        raise CommitmentError("payload: not what the leaf committed to")
    opened = json_object(payload, "payload")
    at = opened.get("at")
    if not isinstance(at, str) or not at.endswith("Z") or f"{at[:16]}Z" != leaf.time:
        raise CommitmentError("payload: its time is not that of the leaf")
    if not isinstance(opened.get("kind"), str):
        raise CommitmentError("payload: without a kind")
    return opened


def pad(payload: bytes) -> bytes:
    """`payload` behind its length (4 bytes, big-endian), filled with zeros to a multiple of `PADDING`."""
    framed = len(payload).to_bytes(4, "big") + payload
    return framed + bytes(-len(framed) % PADDING)


def unpad(padded: bytes) -> bytes:
    """What `pad` was given. Raises `MalformedError` on anything else."""
    length = int.from_bytes(padded[:4], "big")
    payload = padded[4 : 4 + length]
    if len(payload) != length or pad(payload) != padded:
        raise MalformedError("payload: wrongly padded")
    return payload
