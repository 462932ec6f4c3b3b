"""Riverside County's console: people at browsers, signed in by a demonstration's door."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

import httpx

from gateway.app import Running
from gateway.console.demo_door import DemoDoor
from gateway.identity import Actor, Requester
from gateway.settings import Settings
from tests.county import Folder, InProcess, StandingClock, county_in_process
from tests.county_terms import ISSUER, PD

_CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(slots=True)
class Browser:
    """Somebody's browser: it keeps cookies and sends forms as pages of ours do."""

    client: httpx.AsyncClient
    csrf: str = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        answer = await self.client.get(path, headers=headers)
        found = _CSRF.search(answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer

    async def sends(
        self, path: str, fields: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        """Send a form with its token; `headers` replace those a browser sends."""
        return await self.client.post(
            path, data={"csrf": self.csrf, **(fields or {})}, headers={"Origin": ISSUER, **headers}
        )


@dataclass(slots=True)
class Console:
    county: InProcess
    door: DemoDoor
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self) -> Browser:
        client = self.county.connect()
        self._clients.append(client)
        return Browser(client)

    async def signed_in(
        self, role: str, agency: str = PD, id: str = "badge-4411", name: str = "Sgt A. Reyes"
    ) -> Browser:
        browser = self.browser()
        link = self.door.link(Requester(agency, Actor(id, name, role)))
        answer = await browser.get(link)
        assert answer.status_code == 200, answer.text
        await browser.get((await browser.get("/console")).headers["location"])
        return browser


@contextmanager
def console_in_process(folder: Folder, clock: StandingClock | None = None) -> Iterator[Console]:
    """The site put together with a demonstration's door, as `gateway demo` does."""
    door = DemoDoor()

    def with_door(path: Any, settings: Settings) -> Running:
        return Running(path, settings, door)

    with patch("tests.county.Running", with_door), county_in_process(folder, clock) as county:
        yield Console(county, door)
