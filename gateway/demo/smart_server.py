"""Access tokens of the demo county's health service: SMART Backend Services, the server's side.

Source: HL7 SMART App Launch 2.2, "Backend Services" and "Client Authentication: Asymmetric".
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any, Final

import jwt

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS: Final = ["ES384", "RS384", "ES256"]
TOKEN_SECONDS: Final = 300

_LONGEST_ASSERTION: Final = 300


class TokenRefusedError(Exception):
    """No token; `error` is an OAuth error code (RFC 6749, 5.2) and `status` goes with it."""

    def __init__(self, error: str, status: int) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


class TokenIssuer:
    """Gives short-lived opaque tokens to clients that prove a registered key.

    `clients` maps a client id to its public JWK Set, each key with a `kid`.
    """

    def __init__(self, clients: Mapping[str, Mapping[str, Any]]) -> None:
        self._keys: Final = {
            (client, str(key.key_id)): key
            for client, jwks in clients.items()
            for key in jwt.PyJWKSet.from_dict(dict(jwks)).keys
        }
        self._tokens: dict[str, tuple[float, frozenset[str]]] = {}
        self._assertions_seen: dict[tuple[str, str], float] = {}

    @property
    def has_clients(self) -> bool:
        return bool(self._keys)

    def issue(self, form: Mapping[str, str], token_url: str) -> dict[str, object]:
        """Answer a token request.

        Raises:
            TokenRefusedError: it is not one, or proves no registered client.
        """
        if form.get("grant_type") != "client_credentials":
            raise TokenRefusedError("unsupported_grant_type", 400)
        if form.get("client_assertion_type") != ASSERTION_TYPE or not form.get("client_assertion"):
            raise TokenRefusedError("invalid_request", 400)
        try:
            self._check_assertion(form["client_assertion"], token_url)
        except (jwt.PyJWTError, KeyError):
            raise TokenRefusedError("invalid_client", 401) from None
        scopes = frozenset(form.get("scope", "").split())
        if not scopes or any(not scope.startswith("system/") for scope in scopes):
            raise TokenRefusedError("invalid_scope", 400)
        token = secrets.token_urlsafe(32)
        now = time.monotonic()
        self._tokens = {each: held for each, held in self._tokens.items() if held[0] > now}
        self._tokens[token] = (now + TOKEN_SECONDS, scopes)
        answer = {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS}
        return {**answer, "scope": " ".join(sorted(scopes))}

    def scopes_of(self, token: str) -> frozenset[str] | None:
        """What a token allows; None if it is unknown or has expired."""
        until, scopes = self._tokens.get(token, (0.0, frozenset[str]()))
        return scopes if time.monotonic() < until else None

    def _check_assertion(self, unverified: str, token_url: str) -> None:
        kid = str(jwt.get_unverified_header(unverified).get("kid"))
        client = str(jwt.decode(unverified, options={"verify_signature": False}).get("iss"))
        claims = jwt.decode(
            unverified,
            self._keys[client, kid],
            algorithms=ALGORITHMS,
            audience=token_url,
            issuer=client,
            subject=client,
            options={"require": ["iss", "sub", "aud", "exp", "jti"]},
        )
        now = time.time()
        if claims["exp"] > now + _LONGEST_ASSERTION:
            raise jwt.InvalidTokenError("it lives too long")
        self._assertions_seen = {each: until for each, until in self._assertions_seen.items() if until > now}
        use = (client, str(claims["jti"]))
        if use in self._assertions_seen:
            raise jwt.InvalidTokenError("it was used before")
        self._assertions_seen[use] = claims["exp"]
