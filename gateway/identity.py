"""Unverified token → Caller, and Caller plus the person named → Requester.

OAuth 2 client credentials with `private_key_jwt` (RFC 6749, RFC 7521, RFC 7523): an agency's system signs an
assertion, gets an access token (RFC 9068) of at most 300 s, and vouches for the person it acts for.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Never, Protocol

import jwt

from gateway.identity_keys import MAX_LIFETIME, AgencyKeys, TokenKeys
from gateway.identity_tokens import (
    SKEW,
    TokenRefused,
    UnverifiedToken,
    check_lifetime,
    check_signature,
    read_token,
    token_id,
)
from gateway.problems import Problem, key_name
from gateway.wire.strict_json import JSON, MalformedJson, check_text

GRANT_TYPE: Final = "client_credentials"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE: Final = "gateway"
"""The one scope there is; what a caller may do is decided for each query, never by a token."""

ROLES: Final = ("caseworker", "liaison", "privacy-officer", "auditor", "administrator")

_MOST_SIGNED: Final = 1024
_FORM_FIELDS: Final = frozenset(
    {"grant_type", "client_assertion_type", "client_assertion", "client_id", "scope"}
)
_ASSERTION_TYPES: Final = frozenset({None, "JWT", "client-authentication+jwt"})
_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 -- a media type of RFC 9068
_TOKEN_CLAIMS: Final = frozenset({"iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope"})
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/=-]+)", re.IGNORECASE | re.ASCII)
_ACTOR_ID = re.compile(r"[\x21-\x7e]{1,128}")
_ACTOR_KEYS: Final = frozenset({"id", "name", "role"})


class ReplayMemory(Protocol):
    """Remembers which assertions were used.

    An implementation is durable and shared by every process of the gateway: of any number of concurrent calls
    with one `(issuer, jti)` exactly one, ever, gets True, until `until` (UTC) has passed.
    """

    async def first_use(self, issuer: str, jti: str, until: datetime) -> bool: ...


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What the token endpoint hands out; `expires_in` in seconds."""

    token: str
    expires_in: int
    scope: str


@dataclass(frozen=True, slots=True)
class Caller:
    """An agency's system that proved who it is. Times are UTC."""

    agency: str
    token_id: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """The person acting, as their agency vouches for them. `id` is compared exactly."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks: the agency and the person."""

    agency: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class Identity:
    """Verifies assertions and access tokens.

    `issuer` is the gateway's exact issuer, `keys` maps every agency of the site to its public keys, `revoked`
    says at each use whether an agency is disabled now.
    """

    issuer: str
    keys: Mapping[str, AgencyKeys]
    signer: TokenKeys
    replay: ReplayMemory
    revoked: Callable[[str], bool] = lambda _: False
    _signed: dict[str, UnverifiedToken] = field(default_factory=dict, repr=False, compare=False)
    """Access tokens whose signature was verified; everything else about them is checked at each use."""

    async def exchange(self, form: Mapping[str, str], now: datetime) -> AccessToken:
        """Trade a client assertion for an access token.

        `form` holds the fields of RFC 6749, section 4.4.2, and RFC 7523, section 2.2. Raises Problem
        `invalid-client`, `unsupported-grant-type` or `malformed-request`.
        """
        _check_form(form)
        try:
            token = read_token(form["client_assertion"])
            agency = self._check_assertion(token, form.get("client_id"))
            lifetime, jti = check_lifetime(token.claims, now), token_id(token.claims)
            # Last, so that only an assertion that is good in every other way uses up its jti.
            until = datetime.fromtimestamp(lifetime.expires_at + SKEW, UTC)
            if not await self.replay.first_use(agency, jti, until):
                raise TokenRefused("assertion-replayed")
        except TokenRefused as refusal:
            raise Problem(
                "invalid-client", "The client assertion is not accepted.", reason=refusal.reason
            ) from None
        return self._issue(agency, now)

    def authenticate(self, unverified_token: str, now: datetime) -> Caller:
        """Verify one of our own access tokens. Raises Problem `invalid-token`."""
        try:
            return self._caller(self._verified(unverified_token), now)
        except TokenRefused as refusal:
            raise Problem(
                "invalid-token", "The access token is not accepted.", reason=refusal.reason
            ) from None

    def _verified(self, compact: str) -> UnverifiedToken:
        known = self._signed.get(compact)
        if known is not None:
            return known
        token = read_token(compact)
        check_signature(token, self.signer.find(token.kid))
        if len(self._signed) >= _MOST_SIGNED:
            self._signed.clear()
        self._signed[compact] = token
        return token

    def _check_assertion(self, token: UnverifiedToken, client_id: str | None) -> str:
        agency = token.claims.get("iss")
        if not isinstance(agency, str) or agency not in self.keys:
            raise TokenRefused("issuer-unknown")
        check_signature(token, self.keys[agency].find(token.kid))
        if token.typ not in _ASSERTION_TYPES:
            raise TokenRefused("typ-wrong")
        if token.claims.get("sub") != agency or client_id not in (None, agency):
            raise TokenRefused("subject-is-not-the-issuer")
        # A list would let one assertion be good at two servers; a string names this one alone.
        if token.claims.get("aud") not in (self.issuer, f"{self.issuer}/oauth/token"):
            raise TokenRefused("audience-wrong")
        if self.revoked(agency):
            raise TokenRefused("agency-revoked")
        return agency

    def _caller(self, token: UnverifiedToken, now: datetime) -> Caller:
        claims = token.claims
        if token.typ != _TOKEN_TYPE:
            raise TokenRefused("typ-wrong")
        if set(claims) != _TOKEN_CLAIMS:
            raise TokenRefused("claims-wrong")
        if claims["iss"] != self.issuer or claims["aud"] != self.issuer:
            raise TokenRefused("audience-wrong")
        agency = claims["sub"]
        if not isinstance(agency, str) or agency not in self.keys or claims["client_id"] != agency:
            raise TokenRefused("agency-unknown")
        lifetime, jti = check_lifetime(claims, now), token_id(claims)
        if lifetime.issued_at is None:
            raise TokenRefused("iat-missing")
        if self.revoked(agency):
            raise TokenRefused("agency-revoked")
        return Caller(
            agency,
            jti,
            datetime.fromtimestamp(lifetime.issued_at, UTC),
            datetime.fromtimestamp(lifetime.expires_at, UTC),
        )

    def _issue(self, agency: str, now: datetime) -> AccessToken:
        issued = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": agency,
            "client_id": agency,
            "iat": issued,
            "exp": issued + MAX_LIFETIME,
            "jti": secrets.token_urlsafe(18),
            "scope": SCOPE,
        }
        key = self.signer.signing
        headers = {"typ": _TOKEN_TYPE, "kid": key.kid}
        return AccessToken(jwt.encode(claims, key.private, key.alg, headers=headers), MAX_LIFETIME, SCOPE)


def bearer_token(authorization: str | None) -> str:
    """The unverified token of an Authorization header (RFC 6750). Raises Problem `invalid-token`."""
    found = _BEARER.fullmatch(authorization or "")
    if found is None:
        raise Problem("invalid-token", "A bearer token is required.", reason="bearer-token-missing")
    return found[1]


def requester_from(caller: Caller, user: JSON, headers: Mapping[str, str]) -> Requester:
    """Join the caller to the person named in the body's `user`, or, where the body has none, in the headers
    `Acting-User` and `Acting-Role` (names in lower case). A header names no more than the id, which then
    stands for the name too. Raises Problem `unprocessable`.
    """
    if user is None:
        return Requester(caller.agency, _actor_from_headers(headers))
    if not isinstance(user, dict):
        _refuse_actor("must be an object with id, name and role", "user")
    for key in user.keys() - _ACTOR_KEYS:
        _refuse_actor("is not a key of a user", "user", key)
    return Requester(caller.agency, _actor(user.get("id"), user.get("name"), user.get("role")))


def requester_named(agency: str, id: JSON, name: JSON, role: JSON) -> Requester:
    """A person whom an agency's own sign-in vouches for. Raises Problem `unprocessable`."""
    return Requester(agency, _actor(id, name, role))


def _actor_from_headers(headers: Mapping[str, str]) -> Actor:
    actor_id, role = headers.get("acting-user"), headers.get("acting-role")
    if actor_id is None or role is None:
        _refuse_actor("must name the person acting (or the headers Acting-User and Acting-Role)", "user")
    return _actor(actor_id, actor_id, role)


def _actor(actor_id: JSON, name: JSON, role: JSON) -> Actor:
    if not isinstance(actor_id, str) or not _ACTOR_ID.fullmatch(actor_id):
        _refuse_actor("must be 1 to 128 printable ASCII characters without spaces", "user", "id")
    if not isinstance(name, str) or not _is_name(name):
        _refuse_actor("must be 1 to 200 characters in NFC form on one line", "user", "name")
    if not isinstance(role, str) or role not in ROLES:
        _refuse_actor(f"must be one of {', '.join(ROLES)}", "user", "role")
    return Actor(actor_id, name, role)


def _is_name(name: str) -> bool:
    if name.isascii() and name.isprintable():
        return 0 < len(name) <= 200 and name == name.strip()
    try:
        check_text(name)
    except MalformedJson:
        return False
    one_line = not any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in name)
    return 0 < len(name) <= 200 and one_line and name == name.strip() == unicodedata.normalize("NFC", name)


def _refuse_actor(rule: str, *path: str) -> Never:
    raise Problem("unprocessable", f"{key_name(*path)} {rule}.", reason="actor-malformed")


def _check_form(form: Mapping[str, str]) -> None:
    for key in form.keys() - _FORM_FIELDS:
        raise Problem(
            "malformed-request", f"{key_name(key)} is not a field of a token request.", reason="field-unknown"
        )
    if "grant_type" not in form:
        raise Problem("malformed-request", "grant_type is missing.", reason="grant-type-missing")
    if form["grant_type"] != GRANT_TYPE:
        raise Problem("unsupported-grant-type", f"grant_type must be {GRANT_TYPE}.")
    if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
        raise Problem(
            "invalid-client",
            f"client_assertion and client_assertion_type {ASSERTION_TYPE} are required.",
            reason="assertion-missing",
        )
