"""Signatures of parties under an agreement: detached JWS (RFC 7515, appendix F) over its RFC 8785 form."""

from __future__ import annotations

from typing import Final

import jwt
from rfc8785 import dumps

from agreements.agreement import Agreement, Signature
from agreements.parser import canonical_form
from gateway.identity_keys import AgencyKeys, SigningKey

_TYPE: Final = "agreement+jws"
_HEADER: Final = frozenset({"alg", "kid", "typ"})
"""A header that says more (`crit`, `b64`, a key of its own) asks for what is not done here."""
_JWS: Final = jwt.PyJWS(algorithms=["ES256", "EdDSA"])


def sign(agreement: Agreement, party: str, key: SigningKey) -> Signature:
    """A party's signature under exactly this version."""
    payload = signed_form(agreement)
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


def signed_form(agreement: Agreement) -> bytes:
    """What is signed: everything but whether it is suspended, which any party may change alone."""
    form = canonical_form(agreement)
    return dumps({key: value for key, value in form.items() if key != "suspended"})


def _written_out(agreement: Agreement) -> bytes:
    """The same with `suspended` as a version that is not suspended shows it: what a party may have signed."""
    return dumps({**canonical_form(agreement), "suspended": False})


def _verifies(agreement: Agreement, detached: str, keys: AgencyKeys) -> bool:
    """Whether a detached JWS is by a key of the party over one of the two forms of this very version."""
    head, dots, tail = detached.partition("..")
    if not dots:
        return False
    return any(_verified(head, form(agreement), tail, keys) for form in (signed_form, _written_out))


def _verified(head: str, payload: bytes, tail: str, keys: AgencyKeys) -> bool:
    whole = f"{head}.{jwt.utils.base64url_encode(payload).decode()}.{tail}"
    try:
        header = jwt.get_unverified_header(whole)
        key = keys.find(header.get("kid"))
        if key is None or header.get("alg") != key.alg or not header.keys() <= _HEADER:
            return False
        _JWS.decode(whole, key.key, algorithms=[key.alg])
    except jwt.PyJWTError:
        return False
    return True
