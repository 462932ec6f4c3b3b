"""What shows that a FHIR R4 Consent was given: the digest of its source, read strictly. Pure."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from binascii import Error as NotBase64
from typing import Final

from agreements.consents import Evidence
from agreements.fault import InvalidDocument
from agreements.form import from_json
from gateway.wire import fhir_codes as codes
from gateway.wire.body import DIGEST
from gateway.wire.fhir_form import Attachment, FhirConsent
from gateway.wire.fhir_provision import at, unclear

_SHA_1: Final = 20
_SHA_256: Final = 32


def evidence_of(consent: FhirConsent) -> Evidence | None:
    """What shows it; without a digest or a time of signing it shows nothing here."""
    if consent.attachment is None:
        return None
    with at("sourceAttachment"):
        digest = _digest(consent.attachment)
    signed_at = consent.attachment.creation or consent.date_time
    if digest is None or signed_at is None:
        return None
    return Evidence(consent.attachment.title, digest, signed_at)


def _digest(attachment: Attachment) -> str | None:
    """SHA-256 of the document, as given or of its data. FHIR's own hash is SHA-1 and only checks the data."""
    found = {value for url, value in attachment.extension if url == codes.DIGEST}
    data = None if attachment.data is None else _decoded(attachment.data, "data")
    hash_ = None if attachment.hash is None else _decoded(attachment.hash, "hash")
    if data is not None:
        found.add(f"sha-256:{hashlib.sha256(data).hexdigest()}")
    if hash_ is not None and len(hash_) == _SHA_256:
        found.add(f"sha-256:{hash_.hex()}")
    elif hash_ is not None and len(hash_) != _SHA_1:
        raise unclear("a SHA-1 or SHA-256 hash in base64", "hash")
    elif data is not None and hash_ not in {None, hashlib.sha1(data, usedforsecurity=False).digest()}:
        raise unclear("the hash of the data", "hash")
    if len(found) > 1:
        raise unclear("one document: data, hash and digest that fit one another")
    digest = next(iter(found), None)
    try:
        return digest and from_json(digest, "digest", DIGEST)
    except InvalidDocument:
        raise unclear("a digest of sha-256: and 64 hex digits", "extension") from None


def _decoded(text: str, key: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise unclear("base64", key) from None
