"""What keeps identities and content unreadable in the store: sealing, and keyed tags for looking things up.

One data key, in the site's `keys/` folder and never in the store, is stretched by HKDF (RFC 5869) into a key
for sealing (AES-256-GCM) and a key for tags (HMAC-SHA-256). Every sealed value is bound to where it stands.
"""

from __future__ import annotations

import hmac
import os
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE: Final = 12
KEY_BYTES: Final = 32


class UnreadableError(Exception):
    """A sealed value does not open with this site's key in the place it was found."""


class Vault:
    def __init__(self, data_key: bytes) -> None:
        if len(data_key) != KEY_BYTES:
            raise ValueError("the data key must be 32 bytes")
        self._seal = AESGCM(_derive(data_key, b"partner-gateway seal 1"))
        self._tag = _derive(data_key, b"partner-gateway tag 1")

    def seal(self, place: str, value: Any) -> bytes:
        """Encrypt a JSON value so that it opens only at the same place."""
        nonce = os.urandom(_NONCE)
        return nonce + self._seal.encrypt(nonce, orjson.dumps(value), place.encode())

    def open(self, place: str, sealed: bytes) -> Any:
        """Decrypt what `seal` made.

        Raises:
            UnreadableError: another key, another place, or altered bytes.
        """
        try:
            plain = self._seal.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise UnreadableError(place.split("/", 1)[0]) from error
        return orjson.loads(plain)

    def tag(self, purpose: str, text: str) -> bytes:
        """A keyed digest to look something up by; says nothing to who lacks the key."""
        return hmac.digest(self._tag, f"{purpose}\0{text}".encode(), "sha256")


def _derive(key: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label).derive(key)
