"""Cosignatures on checkpoints (c2sp.org/tlog-cosignature): by witnesses, and by the ledger in ML-DSA-44.

A cosignature carries the time at which it was made. Ed25519 signs that time and the whole note text;
ML-DSA-44 (FIPS 204, type 6) signs names, time, size and root, and leaves extension lines out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from audit.checkpoint import (
    Checkpoint,
    NoteError,
    NoteKey,
    VerifierKey,
    check_name,
    key_id_of,
    split_key,
    split_note,
)
from audit.encoding import base64_text

SEED_SIZE = 32  # bytes of a private key, of either algorithm

_TIME_SIZE = 8
_LAST_TIME = 2**63 - 1
_LABEL = b"subtree/v1\n\x00"


class Algorithm(IntEnum):
    """The signature types of cosignatures."""

    ED25519 = 4
    ML_DSA_44 = 6


_PUBLIC_SIZE = {Algorithm.ED25519: 32, Algorithm.ML_DSA_44: 1312}
_SIGNATURE_SIZE = {Algorithm.ED25519: 64, Algorithm.ML_DSA_44: 2420}


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """The public key of a cosigner, and the name it signs under."""

    name: str
    key_id: bytes
    algorithm: Algorithm
    public: bytes

    @classmethod
    def from_public(cls, name: str, algorithm: Algorithm, public: bytes) -> "CosignerKey":
        """From the raw bytes of a public key. Raises `NoteError` on a bad name or length."""
        check_name(name)
        if len(public) != _PUBLIC_SIZE[algorithm]:
            raise NoteError("public key: not of the length of its algorithm")
        return cls(name, key_id_of(name, bytes([algorithm]) + public), algorithm, public)

    @classmethod
    def parse(cls, text: str) -> "CosignerKey":
        """From the text form `name+hash+base64`. Raises `NoteError`."""
        name, _, typed = split_key(text)
        if typed[:1] not in {bytes([each]) for each in Algorithm}:
            raise NoteError("cosigner key: not of Ed25519 (type 4) or ML-DSA-44 (type 6)")
        return cls.from_public(name, Algorithm(typed[0]), typed[1:])

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64_text(bytes([self.algorithm]) + self.public)}"

    def signed_at(self, signature: bytes, text: str) -> int | None:
        """The POSIX time of the cosignature over the note text `text`; None if it is not by this key."""
        at = int.from_bytes(signature[:_TIME_SIZE], "big")
        signed = signature[_TIME_SIZE:]
        if len(signed) != _SIGNATURE_SIZE[self.algorithm] or at > _LAST_TIME:
            return None
        try:
            message = _message(self.name, self.algorithm, at, text)
            if self.algorithm is Algorithm.ED25519:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signed, message)
            else:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signed, message)
        except (InvalidSignature, NoteError):
            return None
        return at

    def verifies(self, signature: bytes, text: str) -> bool:
        """Whether `signature` over `text` is by this key, at whatever time."""
        return self.signed_at(signature, text) is not None


def _message(name: str, algorithm: Algorithm, at: int, text: str) -> bytes:
    """What is signed. Raises `NoteError` for a text that is no checkpoint."""
    checkpoint = Checkpoint.parse(text)
    if algorithm is Algorithm.ED25519:
        return f"cosignature/v1\ntime {at}\n{text}".encode()
    names = [each.encode() for each in (name, checkpoint.origin)]
    if any(len(each) > 255 for each in names):
        raise NoteError("cosignature: a name is longer than 255 bytes")
    cosigner, origin = (bytes([len(each)]) + each for each in names)
    place = at.to_bytes(8, "big"), (0).to_bytes(8, "big"), checkpoint.size.to_bytes(8, "big")
    return _LABEL + cosigner + place[0] + origin + place[1] + place[2] + checkpoint.root


class Cosigner:
    """Cosigns checkpoints under one name. Holds the private key and never shows it."""

    __slots__ = ("_private", "key")

    def __init__(self, name: str, algorithm: Algorithm, seed: bytes) -> None:
        """From the 32 bytes of an Ed25519 private key or of an ML-DSA-44 seed. Raises `NoteError`."""
        if len(seed) != SEED_SIZE:
            raise NoteError("private key: not 32 bytes")
        self._private: Ed25519PrivateKey | MLDSA44PrivateKey = (
            Ed25519PrivateKey.from_private_bytes(seed)
            if algorithm is Algorithm.ED25519
            else MLDSA44PrivateKey.from_seed_bytes(seed)
        )
        public = self._private.public_key().public_bytes_raw()
        self.key = CosignerKey.from_public(name, algorithm, public)

    def line(self, text: str, at: int) -> str:
        """The signature line, with its newline, for the checkpoint whose note text is `text`.

        Raises `NoteError` for a text that is no checkpoint.
        """
        message = _message(self.key.name, self.key.algorithm, at, text)
        blob = self.key.key_id + at.to_bytes(_TIME_SIZE, "big") + self._private.sign(message)
        return f"\u2014 {self.key.name} {base64_text(blob)}\n"


def parse_log_key(text: str) -> NoteKey:
    """The key of a ledger: Ed25519 (type 1), or ML-DSA-44 (type 6). Raises `NoteError`."""
    _, _, typed = split_key(text)
    if typed[:1] == bytes([Algorithm.ML_DSA_44]):
        return CosignerKey.parse(text)
    return VerifierKey.parse(text)


def cosigned(note: str, keys: Sequence[CosignerKey]) -> Mapping[CosignerKey, int]:
    """Who among `keys` cosigned a note, and when; lines by others are passed over.

    Raises `NoteError` for a malformed note, and when a line that claims a known key does not verify.
    """
    text, signatures = split_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[CosignerKey, int] = {}
    for name, key_id, signature in signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        at = key.signed_at(signature, text)
        if at is None:
            raise NoteError("note: a cosignature by a known key does not verify")
        found[key] = max(at, found.get(key, 0))
    return found
