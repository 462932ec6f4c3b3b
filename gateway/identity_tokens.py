"""Signed tokens (RFC 7515, RFC 7519) read so that every part has one meaning and is accounted for.

The JWT library checks signatures only: it takes string times, any `typ`, an empty `jti`, unlimited lifetimes,
repeated keys and padded segments, so those are checked here. Nothing here fetches anything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import jwt

from gateway.identity_keys import MAX_LIFETIME, Algorithm, PublicKey, decode_base64url
from gateway.wire.strict_json import JSON, MalformedJson, parse

MAX_TOKEN_LENGTH: Final = 8192
SKEW: Final = 10
"""Seconds by which a partner's clock may differ."""

_HEADER_KEYS: Final = frozenset({"alg", "typ", "kid"})
_ALGORITHMS: Final[Mapping[str, Algorithm]] = {"ES256": "ES256", "EdDSA": "EdDSA"}
_JTI = re.compile(r"[\x20-\x7e]{1,128}")
_JWS = jwt.PyJWS(algorithms=list(_ALGORITHMS))
_VERIFIERS: Final = {alg: _JWS.get_algorithm_by_name(alg) for alg in _ALGORITHMS}


class TokenRefused(Exception):  # noqa: N818 -- an outcome on its way to a Problem
    """The token does not count. `reason` is a fixed word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A well-formed token of which nothing is yet believed."""

    signed: bytes
    signature: bytes
    alg: Algorithm
    typ: str | None
    kid: str | None
    claims: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Seconds since 1970, UTC."""

    issued_at: int | None
    expires_at: int


def read_token(compact: str) -> UnverifiedToken:
    """Take a compact JWS apart. Raises `TokenRefused`."""
    if len(compact) > MAX_TOKEN_LENGTH:
        raise TokenRefused("token-too-long")
    segments = compact.split(".")
    if len(segments) != 3:
        raise TokenRefused("not-a-compact-token")
    header, claims, signature = (_decode(segment) for segment in segments)
    fields = _json_object(header)
    if set(fields) - _HEADER_KEYS:
        raise TokenRefused("header-key-not-allowed")
    alg = fields.get("alg")
    if not isinstance(alg, str) or alg not in _ALGORITHMS:
        raise TokenRefused("algorithm-not-allowed")
    return UnverifiedToken(
        signed=compact.rpartition(".")[0].encode("ascii"),
        signature=signature,
        alg=_ALGORITHMS[alg],
        typ=_text(fields, "typ"),
        kid=_text(fields, "kid"),
        claims=_json_object(claims),
    )


def check_signature(token: UnverifiedToken, key: PublicKey | None) -> None:
    """The key is known, belongs to the algorithm the token names, and made the signature."""
    if key is None:
        raise TokenRefused("key-unknown")
    if key.alg != token.alg:
        raise TokenRefused("algorithm-does-not-fit-the-key")
    # Not PyJWS.decode, which takes apart once more, and less strictly, what read_token took apart already.
    if not _VERIFIERS[key.alg].verify(token.signed, key.key, token.signature):
        raise TokenRefused("signature-wrong")


def check_lifetime(claims: Mapping[str, JSON], now: datetime) -> Lifetime:
    """`exp` is present and near, `iat` and `nbf`, where present, are not to come; 10 s of skew either way."""
    expires = _seconds(claims, "exp")
    if expires is None:
        raise TokenRefused("exp-missing")
    issued, not_before = _seconds(claims, "iat"), _seconds(claims, "nbf")
    present = _instant(now)
    if expires + SKEW <= present:
        raise TokenRefused("expired")
    if max(issued or 0, not_before or 0) > present + SKEW:
        raise TokenRefused("not-yet-valid")
    if expires > present + MAX_LIFETIME + SKEW:
        raise TokenRefused("lives-too-long")
    if issued is not None and not 0 < expires - issued <= MAX_LIFETIME:
        raise TokenRefused("lives-too-long")
    return Lifetime(issued, expires)


def token_id(claims: Mapping[str, JSON]) -> str:
    """The `jti`: 1 to 128 printable ASCII characters."""
    jti = claims.get("jti")
    if not isinstance(jti, str) or not _JTI.fullmatch(jti):
        raise TokenRefused("jti-malformed")
    return jti


def _instant(now: datetime) -> float:
    if now.tzinfo is None:
        raise ValueError("the present time must carry a time zone")
    return now.timestamp()


def _decode(segment: str) -> bytes:
    try:
        return decode_base64url(segment)
    except ValueError:
        raise TokenRefused("segment-not-base64url") from None


def _json_object(raw: bytes) -> Mapping[str, JSON]:
    try:
        value = parse(raw, max_depth=8)
    except MalformedJson:
        raise TokenRefused("segment-not-strict-json") from None
    if not isinstance(value, dict):
        raise TokenRefused("segment-not-an-object")
    return value


def _text(fields: Mapping[str, JSON], name: str) -> str | None:
    value = fields.get(name)
    if name in fields and not isinstance(value, str):
        raise TokenRefused("header-value-not-text")
    return value if isinstance(value, str) else None


def _seconds(claims: Mapping[str, JSON], name: str) -> int | None:
    value = claims.get(name)
    if name in claims and type(value) is not int:
        raise TokenRefused(f"{name}-not-an-integer")
    return value if isinstance(value, int) else None
