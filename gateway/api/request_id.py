"""`X-Request-ID` of the Authorization API, given back with every answer (AuthZEN 1.0, section 10)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.types import Message, Scope, Send

PATHS: Final = "/access/v1/"
_NAME: Final = b"x-request-id"
_SAFE: Final = re.compile(rb"[A-Za-z0-9._~:/+=@-]{1,128}")


def answering(scope: Scope, send: Send) -> Send:
    """The way back of a request: with its identifier where it has one that is safe to repeat."""
    given = [value for name, value in scope["headers"] if name.lower() == _NAME]
    if not scope["path"].startswith(PATHS) or len(given) != 1 or not _SAFE.fullmatch(given[0]):
        return send
    return _Identified(send, given[0])


@dataclass(frozen=True, slots=True)
class _Identified:
    send: Send
    identifier: bytes

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), (_NAME, self.identifier)]}
        await self.send(message)
