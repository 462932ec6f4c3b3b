"""The edge: the one pure ASGI middleware, in front of everything.

Nothing malformed, oversized, ambiguous or misdirected passes inward; nothing leaves without the security
headers, and no error leaves in other words than those of `gateway.problems`. Put it outermost:
`Edge(app, hosts=…)`.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.request_head import (
    JSON_MEDIA,
    METHODS,
    TOKEN_PATH,
    Headers,
    RequestHead,
    check_head,
    effective_headers,
    is_console,
)
from gateway.api.request_id import answering
from gateway.problems import Problem, problem_for_status, problem_of, render
from gateway.wire.strict_json import JSON, MalformedJson, parse

MAX_BODY_BYTES: Final = 64 * 1024
BODY_TIMEOUT: Final = 10.0

_log = structlog.get_logger()

_SECURITY_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_CONSOLE_HEADERS: Final = (
    *_SECURITY_HEADERS[:2],
    # A browser that sends no referrer at all sends `Origin: null` with a form, which the console refuses.
    (b"referrer-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""For pages that people look at: their own scripts, styles, fonts and pictures, and nobody else's."""
_WORDED_MEDIA: Final = (b"application/problem+json", b"text/html")
_STATE_KEY: Final = "json"


class Edge:
    """Checks each request, reads its body once, and watches over each answer.

    `hosts` are the accepted Host values beside loopback names (see `accepted_hosts`), `max_body` is in bytes,
    `body_timeout` in seconds for the whole body. `refusals` counts problems answered, by log reason.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: frozenset[str],
        max_body: int = MAX_BODY_BYTES,
        body_timeout: float = BODY_TIMEOUT,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._max_body = max_body
        self._body_timeout = body_timeout
        self.refusals: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._exchange(scope, receive, answering(scope, send))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            admitted, replay = await self._admit(scope, receive)
        except Problem as problem:
            # What is left of a refused request must not be read as the next one.
            await self._refuse(problem, scope, send, [(b"connection", b"close")])
            return
        answer = _Answer(send, _headers_for(scope["path"]))
        failure: Exception | None = None
        try:
            await self._app(admitted, replay, answer)
        except Exception as error:  # noqa: BLE001 -- the last place where a fault can become an answer
            failure = error
        await self._settle(answer, failure, scope, send)

    async def _admit(self, scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
        head = check_head(scope, self._hosts)
        body = await self._read(head, receive) if head.has_body else b""
        state: dict[str, Any] = dict(scope.get("state", {}))
        if body and head.media_type in JSON_MEDIA:
            state[_STATE_KEY] = _parsed(body)
        admitted = {**scope, "headers": effective_headers(scope["headers"]), "state": state}
        return admitted, _Replay(body, receive)

    async def _read(self, head: RequestHead, receive: Receive) -> bytes:
        if (head.content_length or 0) > self._max_body:
            raise self._too_large()
        body = bytearray()
        more = True
        try:
            async with asyncio.timeout(self._body_timeout):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Problem("malformed-request", "The body ended early.", reason="body-ended-early")
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > self._max_body:
                        raise self._too_large()
        except TimeoutError:
            raise Problem("request-timeout") from None
        if head.content_length not in (None, len(body)):
            raise Problem(
                "malformed-request", "Content-Length is not the length.", reason="content-length-lies"
            )
        return bytes(body)

    def _too_large(self) -> Problem:
        return Problem("body-too-large", f"A body is limited to {self._max_body} bytes.")

    async def _settle(self, answer: "_Answer", failure: Exception | None, scope: Scope, send: Send) -> None:
        if answer.started:
            if failure is not None:
                _log.error("answer_cut_short", reason=problem_of(failure).reason)
        elif failure is not None:
            await self._refuse(problem_of(failure), scope, send, [])
        elif answer.withheld is not None:
            await self._refuse(problem_for_status(answer.withheld), scope, send, answer.kept)
        else:
            await self._refuse(Problem("internal", reason="no-answer"), scope, send, [])

    async def _refuse(self, problem: Problem, scope: Scope, send: Send, extra: Headers) -> None:
        self.refusals[problem.reason] += 1
        if problem.kind.status >= 500:
            _log.error("request_failed", code=problem.code, reason=problem.reason)
        else:
            _log.warning("request_refused", code=problem.code, reason=problem.reason)
        rendered = render(problem, token_endpoint=scope["path"] == TOKEN_PATH)
        headers = [(name.encode(), value.encode()) for name, value in rendered.headers] + extra
        headers.append((b"content-length", str(len(rendered.body)).encode()))
        if problem.kind.status == 405 and not any(name == b"allow" for name, _ in headers):
            headers.append((b"allow", ", ".join(METHODS).encode()))
        hardened = _hardened(headers, _headers_for(scope["path"]))
        await send({"type": "http.response.start", "status": rendered.status, "headers": hardened})
        await send({"type": "http.response.body", "body": rendered.body})


def json_body(request: Request) -> JSON:
    """The body of an admitted request, parsed once, by the edge. Raises Problem `malformed-json` where the
    request has none.
    """
    state: dict[str, JSON] = request.scope.get("state", {})
    if _STATE_KEY not in state:
        raise Problem("malformed-json", "A JSON body is required.", reason="body-missing")
    return state[_STATE_KEY]


def _parsed(body: bytes) -> JSON:
    try:
        return parse(body)
    except MalformedJson as error:
        raise Problem("malformed-json", f"The body is refused because {error.reason}.") from None


@dataclass(slots=True)
class _Replay:
    """Gives the body that was read already, once, and then whatever the connection says."""

    body: bytes
    receive: Receive
    given: bool = False

    async def __call__(self) -> Message:
        if self.given:
            return await self.receive()
        self.given = True
        return {"type": "http.request", "body": self.body, "more_body": False}


@dataclass(slots=True)
class _Answer:
    """Passes an answer on with the security headers and withholds errors that we did not word.

    The framework's own error bodies echo input and name its parts; and it answers 500 before it lets an
    exception through, so the answer waits until the exception is known.
    """

    send: Send
    security: Sequence[tuple[bytes, bytes]]
    started: bool = False
    withheld: int | None = None
    kept: Headers = field(default_factory=list)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: Headers = list(message.get("headers", []))
            if message["status"] >= 400 and not _is_worded(headers):
                self.withheld = message["status"]
                self.kept = [(name, value) for name, value in headers if name.lower() == b"allow"]
                return
            self.started = True
            message = {**message, "headers": _hardened(headers, self.security)}
        elif self.withheld is not None:
            return
        await self.send(message)


def _is_worded(headers: Headers) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(_WORDED_MEDIA) for name, value in headers)


def _headers_for(path: str) -> Sequence[tuple[bytes, bytes]]:
    return _CONSOLE_HEADERS if is_console(path) else _SECURITY_HEADERS


def _hardened(headers: Headers, security: Sequence[tuple[bytes, bytes]]) -> Headers:
    present = {name.lower() for name, _ in headers}
    kept = [(name, value) for name, value in headers if name.lower() != b"server"]
    return kept + [(name, value) for name, value in security if name not in present]
