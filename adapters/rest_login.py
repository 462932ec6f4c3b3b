"""Who the gateway says it is to a `rest` source: a fixed header, or a token asked for and renewed.

Sources: RFC 6749 section 4.4 (client credentials), RFC 6750 (bearer tokens), RFC 7617 (Basic).
"""

from __future__ import annotations

import asyncio
import json
from abc import abstractmethod
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import quote

from adapters.client import SourceClient
from adapters.partner import Fault, SourceError
from adapters.rest_mapping import ClientPlace, Session
from adapters.rest_pick import Pick
from adapters.source_json import Json, as_object

_LONGEST_REUSE: Final = timedelta(hours=1)
_LONGEST_TOKEN: Final = 8192
_ACCESS_TOKEN: Final = Pick.parse("access_token")

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """A name and the secret that goes with it: user and password, or client id and client secret."""

    name: str
    secret: str = field(repr=False)

    def basic(self) -> str:
        """The credentials of RFC 7617."""
        return "Basic " + b64encode(f"{self.name}:{self.secret}".encode()).decode()


class Login(Protocol):
    async def headers(self) -> Headers:
        """What goes with a call.

        Raises:
            SourceError: the source gave no token.
        """
        ...

    def forget(self, headers: Headers) -> bool:
        """Drop what the source no longer honours; whether another try may go better."""
        ...

    async def close(self) -> None: ...


class FixedLogin:
    """The same headers with every call; none where a source asks for no login."""

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    async def headers(self) -> Headers:
        return self._headers

    def forget(self, headers: Headers) -> bool:
        return headers != self._headers

    async def close(self) -> None:
        """Nothing is held."""


class TokenLogin:
    """Holds one bearer token and replaces it before it expires. `clock` gives the present, aware."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._turn = asyncio.Lock()
        self._headers: Headers | None = None
        self._good_until: datetime | None = None

    async def headers(self) -> Headers:
        async with self._turn:
            held = self._headers
            if held is None or self._good_until is None or self._clock() >= self._good_until:
                self._headers = None
                now = self._clock()
                token, life = await self.ask()
                # A tenth of its life is left for the calls made with it, at most half a minute.
                self._good_until = now + life - min(life / 10, timedelta(seconds=30))
                self._headers = held = {"authorization": f"Bearer {token}"}
            return held

    def forget(self, headers: Headers) -> bool:
        if self._headers == headers:
            self._headers = None
        return True

    async def close(self) -> None:
        """Nothing is held beyond the token."""

    @abstractmethod
    async def ask(self) -> tuple[str, timedelta]:
        """A new token and how long it may be used."""


class ClientCredentials(TokenLogin):
    """An OAuth 2 client that proves a secret at a token endpoint, which `issuer` calls."""

    def __init__(
        self,
        issuer: SourceClient,
        account: Account,
        scope: str | None,
        place: ClientPlace,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(clock)
        self._issuer = issuer
        self._account = account
        self._scope = scope
        self._place = place

    async def ask(self) -> tuple[str, timedelta]:
        form = [("grant_type", "client_credentials")]
        if self._scope is not None:
            form.append(("scope", self._scope))
        headers: dict[str, str] = {}
        account = self._account
        if self._place is ClientPlace.BODY:
            form += [("client_id", account.name), ("client_secret", account.secret)]
        else:
            # RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
            encoded = Account(quote(account.name, safe=""), quote(account.secret, safe=""))
            headers["authorization"] = encoded.basic()
        answer = as_object(await self._issuer.post_form("", form, headers))
        life = answer.get("expires_in")
        if str(answer.get("token_type")).lower() != "bearer":
            raise SourceError(Fault.MALFORMED)
        if not isinstance(life, int) or isinstance(life, bool) or life <= 0:
            raise SourceError(Fault.MALFORMED)
        return _token(answer, _ACCESS_TOKEN), min(timedelta(seconds=min(life, 86400)), _LONGEST_REUSE)

    async def close(self) -> None:
        await self._issuer.close()


class SessionLogin(TokenLogin):
    """A user who posts name and password for a token."""

    def __init__(
        self, client: SourceClient, session: Session, account: Account, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(clock)
        self._client = client
        self._session = session
        self._account = account

    async def ask(self) -> tuple[str, timedelta]:
        body: dict[str, Json] = {}
        place(body, self._session.user, self._account.name)
        place(body, self._session.password, self._account.secret)
        sent = {"content-type": "application/json"}
        answer = await self._client.post(self._session.path, json.dumps(body).encode(), sent)
        life = timedelta(seconds=self._session.life.about_seconds)
        return _token(answer, self._session.token), min(life, _LONGEST_REUSE)


def place(body: dict[str, Json], name: str, value: Json) -> None:
    """Set a member of a JSON body; dots in its name lead into inner objects.

    Raises:
        ValueError: the name leads through a member that is not an object.
    """
    *outer, last = name.split(".")
    for each in outer:
        inner = body.setdefault(each, {})
        if not isinstance(inner, dict):
            raise ValueError("a parameter stands within another that is a value")  # noqa: TRY004 -- the name
        body = inner
    body[last] = value


def _token(answer: Json, pick: Pick) -> str:
    found = pick.find(answer)
    token = found[0] if len(found) == 1 else None
    if not isinstance(token, str) or not 0 < len(token) <= _LONGEST_TOKEN:
        raise SourceError(Fault.MALFORMED)
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SourceError(Fault.MALFORMED)
    return token
