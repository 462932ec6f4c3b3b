"""The demo health service with somebody between it and the gateway who changes its answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.demo.fhir_server import FhirServer
from tests.servers.county import Resource

Tamper: TypeAlias = Callable[[str, bytes], bytes]
"""Given the path asked for and the honest body, the body that is sent."""


def on(path_end: str, change: Callable[[dict[str, Any]], object]) -> Tamper:
    """Change the JSON answers to one path in place."""

    def tamper(path: str, body: bytes) -> bytes:
        if not path.endswith(path_end):
            return body
        document = json.loads(body)
        change(document)
        return json.dumps(document).encode()

    return tamper


class TamperedServer(FhirServer):
    def __init__(self, resources: Iterable[Resource], tamper: Tamper) -> None:
        super().__init__(resources)
        self.asked: list[tuple[str, str]] = []
        self._tamper = tamper

    def app(self) -> Starlette:
        app = super().app()
        app.add_middleware(_Between, self._tamper, self.asked)
        return app


class _Between:
    def __init__(self, app: ASGIApp, tamper: Tamper, asked: list[tuple[str, str]]) -> None:
        self._app = app
        self._tamper = tamper
        self._asked = asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent: list[Message] = []
        bodies: list[bytes] = []

        async def hear() -> Message:
            message = await receive()
            bodies.append(message.get("body", b""))
            return message

        async def keep(message: Message) -> None:
            sent.append(message)

        await self._app(scope, hear, keep)
        self._asked.append((f"{scope['path']}?{scope['query_string'].decode()}", b"".join(bodies).decode()))
        honest = b"".join(each.get("body", b"") for each in sent)
        body = self._tamper(scope["path"], honest)
        start = sent[0]
        kept = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        start["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
        await send(start)
        await send({"type": "http.response.body", "body": body})
