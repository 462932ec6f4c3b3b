"""Signatures of parties under an agreement: detached JWS (RFC 7515, appendix F) over its RFC 8785 form."""

from __future__ import annotations

from typing import Final

import jwt
from rfc8785 import dumps

from agreements.agreement import Agreement, Signature
from agreements.parser import canonical_form
from gateway.identity_keys import AgencyKeys, SigningKey

_TYPE: Final = "agreement+jws"
_JWS: Final = jwt.PyJWS(algorithms=["ES256", "EdDSA"])


def sign(agreement: Agreement, party: str, key: SigningKey) -> Signature:
    """A party's signature under exactly this version."""
    payload = _signed_form(agreement)
    whole = _JWS.encode(payload, key.private, key.alg, headers={"kid": key.kid, "typ": _TYPE})
    head, _, tail = whole.split(".")
    return Signature(party, f"{head}..{tail}")


def signed_by(agreement: Agreement, party: str, keys: AgencyKeys) -> bool:
    """Whether a party's key verifies one of the agreement's signatures by that party."""
    return any(
        _verifies(agreement, signature.jws, keys)
        for signature in agreement.signatures
        if signature.party == party
    )


def _signed_form(agreement: Agreement) -> bytes:
    """What is signed: everything but whether it is suspended, which any party may change alone."""
    form = canonical_form(agreement)
    return dumps({key: value for key, value in form.items() if key != "suspended"})


def _verifies(agreement: Agreement, detached: str, keys: AgencyKeys) -> bool:
    head, dots, tail = detached.partition("..")
    if not dots:
        return False
    payload = jwt.utils.base64url_encode(_signed_form(agreement)).decode()
    whole = f"{head}.{payload}.{tail}"
    try:
        header = jwt.get_unverified_header(whole)
        key = keys.find(header.get("kid"))
        if key is None or header.get("typ") != _TYPE or header.get("alg") != key.alg:
            return False
        _JWS.decode(whole, key.key, algorithms=[key.alg])
    except jwt.PyJWTError:
        return False
    return True
