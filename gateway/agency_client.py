"""An agency's own system, as far as it talks to a gateway: token by signed assertion, then JSON calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from gateway.identity import ASSERTION_TYPE
from gateway.identity_keys import SigningKey, client_assertion

_TIMEOUT: Final = 30.0
_EARLY: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the gateway answered: the status and the parsed body."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


@dataclass(slots=True)
class AgencyClient:
    """One agency's client. `user` and `role` name the person it acts for where a body does not."""

    url: str
    issuer: str
    agency: str
    key: SigningKey = field(repr=False)
    _token: tuple[str, datetime] | None = field(default=None, repr=False)

    def call(
        self, method: str, path: str, body: Any = None, *, user: str = "", role: str = "", key: str = ""
    ) -> Reply:
        """Make one call as the agency.

        Raises:
            httpx.HTTPError: the gateway cannot be reached.
        """
        headers = {"Authorization": f"Bearer {self.access_token()}"}
        named = {"Acting-User": user, "Acting-Role": role, "Idempotency-Key": key}
        headers |= {name: value for name, value in named.items() if value}
        with self._http() as http:
            return _reply(http.request(method, path, json=body, headers=headers))

    def access_token(self) -> str:
        """A token that is still good for a while; asked for anew when it is not."""
        now = datetime.now(UTC)
        if self._token is None or self._token[1] <= now:
            assertion = client_assertion(self.key.private, self.key.kid, self.agency, self.issuer, now)
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": assertion,
            }
            with self._http() as http:
                answer = http.post("/oauth/token", data=form)
            answer.raise_for_status()
            granted = answer.json()
            lives = timedelta(seconds=granted["expires_in"])
            self._token = (granted["access_token"], now + lives - _EARLY)
        return self._token[0]

    def _http(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=_TIMEOUT, trust_env=False, follow_redirects=False)


def _reply(answer: httpx.Response) -> Reply:
    media = answer.headers.get("content-type", "").partition(";")[0]
    is_json = media.endswith("json") and not media.endswith("ndjson")
    return Reply(answer.status_code, answer.json() if is_json else answer.text, answer.headers)
