"""The demo county's school server with somebody in between who notes every request and changes answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.demo.oneroster_server import BASE, OneRosterServer, Quirks
from tests.contracts import school

Tamper: TypeAlias = Callable[[str, dict[str, Any]], object]
"""Given what was asked for (path below the base and query) and the honest answer, changes it in place."""


def honest(asked: str, document: dict[str, Any]) -> None:
    """Change nothing."""


def on(path: str, change: Callable[[dict[str, Any]], object]) -> Tamper:
    """Change the answers of one collection, or of one record."""

    def tamper(asked: str, document: dict[str, Any]) -> None:
        if asked.partition("?")[0] == path:
            change(document)

    return tamper


class TamperedSchool(OneRosterServer):
    """The contract suite's world, without a login, for one test after another; `asked` is what was asked."""

    def __init__(self) -> None:
        super().__init__(())
        self.asked: list[str] = []
        self.tamper: Tamper = honest

    def begin(self, tamper: Tamper = honest, quirks: Quirks | None = None) -> None:
        """Start a test: the world as it was, nothing asked yet."""
        self.tamper, self.quirks, self.asked = tamper, quirks or Quirks(), []
        self.records = {
            "users": school.users(),
            "demographics": school.demographics(),
            "orgs": school.orgs(),
        }

    def app(self) -> Starlette:
        app = super().app()
        app.add_middleware(_Between, self)
        return app


class _Between:
    def __init__(self, app: ASGIApp, school_server: TamperedSchool) -> None:
        self._app = app
        self._server = school_server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, keep)
        query = unquote(scope["query_string"].decode())
        asked = scope["path"].removeprefix(BASE) + (f"?{query}" if query else "")
        self._server.asked.append(asked)
        document = json.loads(b"".join(each.get("body", b"") for each in sent))
        self._server.tamper(asked, document)
        body = json.dumps(document).encode()
        start = sent[0]
        kept = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        start["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
        await send(start)
        await send({"type": "http.response.body", "body": body})
