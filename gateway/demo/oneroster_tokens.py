"""Access tokens of the demo county's schools: OAuth 2.0 client credentials, the server's side.

Source: 1EdTech Security Framework 1.1, 4.1; RFC 6749, 2.3.1 and 4.4.
"""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import b64decode
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_plus

CORE: Final = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"
DEMOGRAPHICS: Final = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly"
SCOPES: Final = frozenset({CORE, DEMOGRAPHICS})
TOKEN_SECONDS: Final = 300


class TokenRefusedError(Exception):
    """No token; `error` is an OAuth error code (RFC 6749, 5.2) and `status` goes with it."""

    def __init__(self, error: str, status: int) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


class SecretTokens:
    """Gives short-lived opaque tokens to clients that know their secret; `clients` maps an id to it.

    With `one_scope` a token is given for one scope at a time, as some servers have it.
    """

    def __init__(self, clients: Mapping[str, str], *, one_scope: bool = False) -> None:
        self._clients = dict(clients)
        self._one_scope = one_scope
        self._tokens: dict[str, tuple[float, frozenset[str]]] = {}

    @property
    def has_clients(self) -> bool:
        return bool(self._clients)

    def issue(self, authorization: str, form: Mapping[str, str]) -> dict[str, object]:
        """Answer a token request.

        Raises:
            TokenRefusedError: it is not one, proves no client, or asks for what there is not.
        """
        if not self._knows(authorization):
            raise TokenRefusedError("invalid_client", 401)
        if form.get("grant_type") != "client_credentials":
            raise TokenRefusedError("unsupported_grant_type", 400)
        scopes = frozenset(form.get("scope", "").split())
        if not scopes or not scopes <= SCOPES or (self._one_scope and len(scopes) > 1):
            raise TokenRefusedError("invalid_scope", 400)
        token, now = secrets.token_urlsafe(32), time.monotonic()
        self._tokens = {each: held for each, held in self._tokens.items() if held[0] > now}
        self._tokens[token] = (now + TOKEN_SECONDS, scopes)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return {**answer, "scope": " ".join(sorted(scopes))}

    def scopes_of(self, token: str) -> frozenset[str] | None:
        """What a token allows; None if it is unknown or has expired."""
        until, scopes = self._tokens.get(token, (0.0, frozenset[str]()))
        return scopes if time.monotonic() < until else None

    def revoke_all(self) -> None:
        """Honour no token given so far."""
        self._tokens.clear()

    def _knows(self, authorization: str) -> bool:
        scheme, _, pair = authorization.partition(" ")
        try:
            client, colon, secret = b64decode(pair, validate=True).decode().partition(":")
        except ValueError:
            return False
        known = self._clients.get(unquote_plus(client), "")
        equal = hmac.compare_digest(known.encode(), unquote_plus(secret).encode())
        return scheme.lower() == "basic" and bool(colon) and bool(known) and equal
