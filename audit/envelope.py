"""Payloads at rest: AES-256-GCM under the payload key, bound to ledger and index, in length classes."""

from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.encoding import MalformedError
from audit.record import SALT_SIZE, pad, unpad

_VERSION = b"\x01"
_NONCE_SIZE = 12


class EnvelopeError(ValueError):
    """A stored payload was changed, moved to another index or ledger, or sealed under another key."""


class Envelope:
    """Seals and opens the salt and payload of entries of one ledger."""

    __slots__ = ("_cipher", "_origin")

    def __init__(self, key: bytes, origin: str) -> None:
        """`key` is 32 bytes; raises `ValueError` otherwise."""
        if len(key) != 32:
            raise ValueError("payload key: not 32 bytes")
        self._cipher = AESGCM(key)
        self._origin = origin.encode()

    def _bound_to(self, index: int) -> bytes:
        return self._origin + b"\n" + str(index).encode()

    def seal(self, index: int, salt: bytes, payload: bytes) -> bytes:
        """Version byte, nonce, then the ciphertext of salt and padded payload."""
        nonce = token_bytes(_NONCE_SIZE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, salt + pad(payload), self._bound_to(index))

    def open(self, index: int, sealed: bytes) -> tuple[bytes, bytes]:
        """The salt and payload sealed for `index`. Raises `EnvelopeError`."""
        nonce, ciphertext = sealed[1 : 1 + _NONCE_SIZE], sealed[1 + _NONCE_SIZE :]
        if sealed[:1] != _VERSION or len(nonce) != _NONCE_SIZE:
            raise EnvelopeError("sealed payload: of an unknown version")
        try:
            plain = self._cipher.decrypt(nonce, ciphertext, self._bound_to(index))
            return plain[:SALT_SIZE], unpad(plain[SALT_SIZE:])
        except (InvalidTag, MalformedError):
            raise EnvelopeError("sealed payload: changed, moved, or under another key") from None
