"""Login to a OneRoster server as a system: client credentials with a shared secret.

Source: 1EdTech Security Framework 1.1, section 4.1 (OAuth 2.0 client credentials, RFC 6749 4.4, the client
authenticated by HTTP Basic, RFC 6749 2.3.1); OneRoster 1.2 names the scopes.
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote_plus, urlsplit

from adapters.client import SourceClient
from adapters.partner import Fault, SourceError
from adapters.source_json import Json, as_object, as_text
from adapters.source_url import check_source_url

CORE_SCOPE: Final = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"
DEMOGRAPHICS_SCOPE: Final = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly"

DISCOVERY: Final = "/discovery/onerosterv1p2rostersservice_openapi3_v1p0.json"

_LONGEST_REUSE: Final = timedelta(hours=1)
_UNSAID_LIFE: Final = 300
_MAX_SECRET: Final = 4096


class Login(Protocol):
    """One access token, renewed before it expires."""

    async def token(self) -> str: ...

    def forget(self, token: str) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A client's id and its secret; the secret is never printed."""

    client_id: str
    secret: str = field(repr=False)

    @classmethod
    def load(cls, client_id: str, path: Path) -> ClientSecret:
        """Read the secret from a file of one line.

        Raises:
            ValueError: the file is missing, empty or no such line.
        """
        try:
            secret = path.read_bytes()[: _MAX_SECRET + 1].decode("ascii").strip()
        except (OSError, ValueError):
            secret = ""
        if not secret or len(secret) > _MAX_SECRET or not secret.isprintable():
            raise ValueError("auth.client_secret_file: expected a file with a secret in one line of ASCII")
        return cls(client_id, secret)

    def header(self) -> str:
        """The value of `Authorization`; both halves are form-encoded first (RFC 6749, 2.3.1)."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
        return "Basic " + b64encode(pair.encode()).decode()


class TokenEndpoint:
    """Where a server gives tokens: as configured, else as it announces itself, at its own host only.

    A server announces it in its service discovery document (OneRoster 1.2 rostering REST binding, 2.5).
    """

    def __init__(self, source: SourceClient, url: str | None, tls: ssl.SSLContext | None = None) -> None:
        self._source = source
        self._url = url
        self._tls = tls
        self._turn = asyncio.Lock()
        self._issuer: SourceClient | None = None
        self._path = ""

    async def ask(self, form: Sequence[tuple[str, str]], authorization: str) -> Json:
        """Send a token request.

        Raises:
            SourceError: there is no such endpoint, or it gave no usable answer.
        """
        async with self._turn:
            issuer = self._issuer or await self._open()
        return await issuer.post_form(self._path, form, {"authorization": authorization})

    async def close(self) -> None:
        if self._issuer is not None:
            await self._issuer.close()

    async def _open(self) -> SourceClient:
        parts = urlsplit(self._url or await self._announced())
        self._path = parts.path
        origin = f"{parts.scheme}://{parts.netloc}"
        self._issuer = SourceClient(origin, deadline=self._source.deadline, tls=self._tls)
        return self._issuer

    async def _announced(self) -> str:
        components = as_object(as_object(await self._source.get(DISCOVERY)).get("components"))
        for scheme in as_object(components.get("securitySchemes")).values():
            flow = as_object(as_object(as_object(scheme).get("flows", {})).get("clientCredentials", {}))
            url = as_text(flow.get("tokenUrl"))
            if url:
                return self._checked(url)
        raise SourceError(Fault.MALFORMED)

    def _checked(self, url: str) -> str:
        try:
            check_source_url(url)
        except ValueError:
            raise SourceError(Fault.MISMATCH) from None
        if not self._source.is_same_host(url):
            raise SourceError(Fault.MISMATCH)
        return url


class SecretLogin:
    """Holds one access token for some scopes. `clock` returns the present as an aware datetime."""

    def __init__(
        self, endpoint: TokenEndpoint, credentials: ClientSecret, scope: str, clock: Callable[[], datetime]
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._scope = scope
        self._clock = clock
        self._turn = asyncio.Lock()
        self._held: tuple[str, datetime] | None = None

    async def token(self) -> str:
        """An access token with life left in it.

        Raises:
            SourceError: the server gave none.
        """
        async with self._turn:
            now = self._clock()
            if self._held is None or now >= self._held[1]:
                self._held = None
                self._held = await self._renewed(now)
            return self._held[0]

    def forget(self, token: str) -> None:
        """Drop a token the server no longer honours, unless a newer one is already held."""
        if self._held is not None and self._held[0] == token:
            self._held = None

    async def close(self) -> None:
        await self._endpoint.close()

    async def _renewed(self, now: datetime) -> tuple[str, datetime]:
        form = [("grant_type", "client_credentials"), ("scope", self._scope)]
        token, life = _read_token(await self._endpoint.ask(form, self._credentials.header()))
        # A tenth of its life is left for the calls made with it, at most half a minute.
        return token, now + life - min(life / 10, timedelta(seconds=30))


def _read_token(answer: Json) -> tuple[str, timedelta]:
    """The token of an answer and how long it lives (RFC 6749, 5.1); a life not said is five minutes."""
    members = as_object(answer)
    token, life = members.get("access_token"), members.get("expires_in", _UNSAID_LIFE)
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise SourceError(Fault.MALFORMED)
    if isinstance(life, str) and life.isascii() and life.isdigit():
        life = int(life[:9])  # several real servers quote it
    if not isinstance(life, int) or isinstance(life, bool) or life <= 0:
        raise SourceError(Fault.MALFORMED)
    if as_text(members.get("token_type")).lower() != "bearer":
        raise SourceError(Fault.MALFORMED)
    return token, min(timedelta(seconds=min(life, 86400)), _LONGEST_REUSE)
