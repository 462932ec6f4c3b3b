"""Checkpoints of the ledger: C2SP signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), Ed25519."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.encoding import MalformedError, base64_bytes, base64_text
from audit.merkle import EMPTY_ROOT, HASH_SIZE

MAX_NOTE = 1 << 20  # characters
MAX_SIGNATURES = 100

_ED25519 = b"\x01"
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_KEY_ID = re.compile(r"[0-9a-f]{8}")


class NoteError(ValueError):
    """A note is malformed, or no key that is trusted signed it."""


class NoteKey(Protocol):
    """A public key that signs notes under a name, whatever its algorithm."""

    @property
    def name(self) -> str:
        """The name it signs under."""

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell it from other keys of that name."""

    def verifies(self, signature: bytes, text: str) -> bool:
        """Whether `signature` over the note text `text` is by this key."""


def check_name(name: str) -> None:
    """Raise `NoteError` unless `name` can stand on a signature line."""
    if not name or "+" in name or any(char.isspace() or not char.isprintable() for char in name):
        raise NoteError("key name: empty, or with a space, plus or control character")


def key_id_of(name: str, typed: bytes) -> bytes:
    """The key id of a public key behind the byte of its signature type."""
    return sha256(name.encode() + b"\n" + typed).digest()[:4]


def split_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, key id and typed public key of the text form `name+hash+base64`. Raises `NoteError`."""
    name, _, rest = text.partition("+")
    hexadecimal, _, encoded = rest.partition("+")
    check_name(name)
    try:
        typed = base64_bytes(encoded, "verifier key")
    except MalformedError as fault:
        raise NoteError(str(fault)) from None
    if not _KEY_ID.fullmatch(hexadecimal) or bytes.fromhex(hexadecimal) != key_id_of(name, typed):
        raise NoteError("verifier key: its hash is not that of its name and key")
    return name, bytes.fromhex(hexadecimal), typed


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and the name it signs under."""

    name: str
    key_id: bytes
    public: bytes

    @classmethod
    def from_public(cls, name: str, public: bytes) -> "VerifierKey":
        """From the 32 raw bytes of an Ed25519 public key. Raises `NoteError`."""
        check_name(name)
        if len(public) != 32:
            raise NoteError("public key: not 32 bytes")
        return cls(name, key_id_of(name, _ED25519 + public), public)

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """From the text form `name+hash+base64`. Raises `NoteError`."""
        name, _, typed = split_key(text)
        if len(typed) != 33 or typed[:1] != _ED25519:
            raise NoteError("verifier key: not of Ed25519, type 1")
        return cls.from_public(name, typed[1:])

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64_text(_ED25519 + self.public)}"

    def verifies(self, signature: bytes, text: str) -> bool:
        """Whether `signature` over `text` is by this key."""
        if len(signature) != 64:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a tree: `origin` names the ledger, `size` counts leaves, `root` is 32 bytes."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64_text(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """From a note text; extension lines are allowed and left out. Raises `NoteError`."""
        if not text.endswith("\n"):
            raise NoteError("checkpoint: does not end in a newline")
        lines = text[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise NoteError("checkpoint: not three or more lines, none of them empty")
        if not _SIZE.fullmatch(lines[1]):
            raise NoteError("checkpoint: the size is not a plain decimal number")
        try:
            root = base64_bytes(lines[2], "checkpoint root", HASH_SIZE)
        except MalformedError as fault:
            raise NoteError(str(fault)) from None
        checkpoint = cls(lines[0], int(lines[1]), root)
        if not checkpoint.size and root != EMPTY_ROOT:
            raise NoteError("checkpoint: the root of no leaves is not that of the empty tree")
        return checkpoint


class CheckpointSigner:
    """Signs notes under one name. Holds the private key and never shows it."""

    __slots__ = ("_private", "key")

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key = VerifierKey.from_public(name, private.public_key().public_bytes_raw())

    @classmethod
    def from_raw(cls, name: str, private: bytes) -> "CheckpointSigner":
        """From the 32 raw bytes of an Ed25519 private key. Raises `NoteError` on a bad name or length."""
        if len(private) != 32:
            raise NoteError("private key: not 32 bytes")
        return cls(name, Ed25519PrivateKey.from_private_bytes(private))

    @property
    def vkey(self) -> str:
        """The verifier key to hand to auditors."""
        return str(self.key)

    def sign_text(self, text: str) -> str:
        """`text` as a note signed by this key. Raises `NoteError` on text a note cannot hold."""
        if not text.endswith("\n") or _has_control(text):
            raise NoteError("note: text without final newline, or with a control character")
        signature = base64_text(self.key.key_id + self._private.sign(text.encode()))
        return f"{text}\n\u2014 {self.key.name} {signature}\n"

    def sign(self, checkpoint: Checkpoint) -> str:
        """The signed note of `checkpoint`."""
        return self.sign_text(checkpoint.text)


def _has_control(text: str) -> bool:
    return any(char < " " and char != "\n" for char in text)


def split_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text and the signatures (name, key id, signature) of a note. Raises `NoteError`."""
    text, blank, tail = note.rpartition("\n\n")
    if len(note) > MAX_NOTE or _has_control(note) or not blank or not tail.endswith("\n"):
        raise NoteError("note: not text, an empty line and signature lines")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("note: too many signatures")
    return text + "\n", [_parse_signature(line) for line in lines]


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    dash, name, encoded = line.split(" ") if line.count(" ") == 2 else ("", "", "")
    if dash != "\u2014":
        raise NoteError("note: a signature line is not a dash, a name and a signature")
    check_name(name)
    try:
        blob = base64_bytes(encoded, "note signature")
    except MalformedError as fault:
        raise NoteError(str(fault)) from None
    if len(blob) <= 4:
        raise NoteError("note: a signature is empty")
    return name, blob[:4], blob[4:]


def open_note(note: str, keys: Sequence[NoteKey]) -> tuple[str, NoteKey]:
    """The text of a note that one of `keys` signed, and the first key that did.

    Signatures by unknown keys are ignored. Raises `NoteError` when no known key signed, or when a line
    that claims a known key does not verify.
    """
    text, signatures = split_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    if len(known) != len(keys):
        raise NoteError("keys: two with one name and hash")
    good = []
    for name, key_id, signature in signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        if not key.verifies(signature, text):
            raise NoteError("note: a signature by a known key does not verify")
        good.append(key)
    if not good:
        raise NoteError("note: not signed by a known key")
    return text, good[0]


def open_checkpoint(note: str, keys: Sequence[NoteKey]) -> Checkpoint:
    """The checkpoint in a note that one of `keys`, bearing the checkpoint's origin as its name, signed.

    Raises `NoteError`.
    """
    text, key = open_note(note, keys)
    checkpoint = Checkpoint.parse(text)
    if key.name != checkpoint.origin:
        raise NoteError("checkpoint: signed under another name than its origin")
    return checkpoint
