"""An agency's OpenID Connect provider: where its people are sent, and what the answer proves.

Authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636). What the provider sends is
believed only after its ID token's signature, issuer, audience, times and nonce were checked.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import jwt
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from adapters.client import SourceClient
from adapters.partner import SourceError
from agreements.terms import Role
from gateway.problems import Problem
from gateway.site_sign_in import SignIn, names

_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_LEEWAY: Final = 10
"""Seconds by which the provider's clock may differ."""
_DEADLINE: Final = 5.0
_SCOPE: Final = "openid profile"


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in under way, kept sealed with the browser. `fresh`: people must prove who they are anew."""

    agency: str
    state: str
    nonce: str
    verifier: str
    expires: float
    fresh: bool
    instead: str = ""
    """The key of the session that the new one takes the place of, in hex."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the provider vouches for, with the roles its claims give them here, in a fixed order."""

    id: str
    name: str
    roles: tuple[str, ...]
    authenticated_at: datetime


def begin(agency: str, *, fresh: bool, expires: float, instead: str) -> Pending:
    state, nonce, verifier = generate_token(32), generate_token(32), generate_token(64)
    return Pending(agency, state, nonce, verifier, expires, fresh, instead)


class Provider:
    """One agency's provider; `redirect_uri` is where it sends people back to."""

    def __init__(self, sign_in: SignIn, redirect_uri: str, folder: Path) -> None:
        self._sign_in = sign_in
        self._redirect_uri = redirect_uri
        self._folder = folder

    async def address(self, pending: Pending) -> str:
        """Where to send a person to sign in.

        Raises:
            Problem: `conflict` where the provider cannot be reached.
        """
        found = await self._configuration()
        asked = {
            "response_type": "code",
            "client_id": self._sign_in.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": _SCOPE,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": create_s256_code_challenge(pending.verifier),
            "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": "0"} if pending.fresh else {}),
        }
        return f"{found['authorization_endpoint']}?{urlencode(asked)}"

    async def person(self, pending: Pending, code: str, now: datetime) -> Person:
        """Trade the code for an ID token and read it.

        Raises:
            Problem: `forbidden` for an answer that proves nothing, or a person without a role here;
                `conflict` where the provider cannot be reached.
        """
        found = await self._configuration()
        token = await self._id_token(str(found["token_endpoint"]), pending, code)
        claims = self._claims(token, await self._call(str(found["jwks_uri"])), pending, now)
        return self._person(claims)

    async def _configuration(self) -> Mapping[str, Any]:
        """The provider's metadata (OpenID Connect Discovery 1.0, section 4), which must be its own."""
        found = await self._call(self._sign_in.issuer.rstrip("/") + "/.well-known/openid-configuration")
        wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != self._sign_in.issuer or not all(
            isinstance(found.get(one), str) for one in wanted
        ):
            raise _unusable("configuration-wrong")
        return found

    async def _id_token(self, endpoint: str, pending: Pending, code: str) -> str:
        form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self._redirect_uri),
            ("code_verifier", pending.verifier),
        ]
        headers = {}
        secret = self._secret()
        if secret is None:
            form.append(("client_id", self._sign_in.client_id))
        else:
            # RFC 6749, section 2.3.1: both are form-encoded before they become a Basic credential.
            pair = f"{quote_plus(self._sign_in.client_id)}:{quote_plus(secret)}".encode()
            headers["authorization"] = f"Basic {b64encode(pair).decode()}"
        answer = await self._call(endpoint, form, headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _unproved("id-token-missing")
        return token

    def _claims(
        self, token: str, jwks: Mapping[str, Any], pending: Pending, now: datetime
    ) -> Mapping[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            key = _key(jwks, header)
            read = jwt.decode(
                token,
                key,
                algorithms=[str(header.get("alg"))],
                options={"verify_signature": True, "verify_aud": False, "verify_exp": False,
                         "verify_iat": False, "verify_nbf": False},
            )  # fmt: skip
            asked = {
                "iss": {"essential": True, "value": self._sign_in.issuer},
                "aud": {"essential": True, "value": self._sign_in.client_id},
                "nonce": {"essential": True},
            }
            params = {"nonce": pending.nonce, "client_id": self._sign_in.client_id}
            claims = CodeIDToken(read, header, asked, params)
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
        except (jwt.PyJWTError, JoseError, ValueError, TypeError):
            raise _unproved("id-token-refused") from None
        if pending.fresh and not isinstance(read.get("auth_time"), int):
            raise _unproved("auth-time-missing")
        return read

    def _person(self, claims: Mapping[str, Any]) -> Person:
        given = names(claims.get(self._sign_in.role_claim))
        held = {self._sign_in.roles[value].value for value in given if value in self._sign_in.roles}
        roles = tuple(role.value for role in Role if role.value in held)
        id, name = claims.get(self._sign_in.person_claim), claims.get("name")
        if not roles or not isinstance(id, str):
            raise Problem(
                "forbidden", "Your agency gives you no role in this console.", reason="role-missing"
            )
        # Without the time they were seen, no more is known than that it was before the token was made.
        seen = claims.get("auth_time", 0)
        authenticated_at = datetime.fromtimestamp(seen if isinstance(seen, int) else 0, UTC)
        return Person(id, name if isinstance(name, str) and name else id, roles, authenticated_at)

    def _secret(self) -> str | None:
        if self._sign_in.client_secret_file is None:
            return None
        try:
            return (self._folder / self._sign_in.client_secret_file).read_text("utf-8").strip()
        except OSError:
            raise _unusable("client-secret-unreadable") from None

    async def _call(
        self, url: str, form: list[tuple[str, str]] | None = None, headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        try:
            client = SourceClient(url, deadline=_DEADLINE)
        except ValueError:
            raise _unusable("endpoint-refused") from None
        try:
            answer = await (client.get("") if form is None else client.post_form("", form, headers or {}))
        except SourceError as error:
            raise _unusable(f"provider-{error.fault.value}") from None
        finally:
            await client.close()
        if not isinstance(answer, dict):
            raise _unusable("answer-malformed")
        return answer


def _key(jwks: Mapping[str, Any], header: Mapping[str, Any]) -> Any:
    """The provider's key that a token names; the only one where it names none.

    Raises:
        ValueError: there is no such key, or the token is not signed as an ID token may be.
    """
    if header.get("alg") not in _ALGORITHMS:
        raise ValueError("alg")
    keys = jwt.PyJWKSet.from_dict(dict(jwks)).keys
    named = [key for key in keys if header.get("kid") in {None, key.key_id}]
    if len(named) != 1:
        raise ValueError("kid")
    return named[0].key


def _unusable(reason: str) -> Problem:
    return Problem("conflict", "Your agency's sign-in cannot be used at this moment.", reason=reason)


def _unproved(reason: str) -> Problem:
    return Problem("forbidden", "Your agency's sign-in gave no answer that can be believed.", reason=reason)
