"""HTTP for the tools of this room: one connection, every answer bounded in time and size.

Redirects are not followed and the environment's proxies are ignored.
"""

import socket
import ssl
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

TIMEOUT = 10.0  # seconds, for one answer as a whole
MAX_BODY = 17 << 20  # bytes; a full bundle of the longest entries fits


class WebFault(Exception):  # noqa: N818 -- named for the state it finds
    """No answer, or none that may be used. The message is for the person at the tool."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its status, its media type and all of its body."""

    status: int
    content_type: str
    body: bytes


class Web:
    """What stands below one URL."""

    def __init__(self, url: str) -> None:
        """Connects to nothing yet. Raises `WebFault` on a URL of another kind."""
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError:
            raise WebFault("url: not http(s)://host[:port][/path]") from None
        if parts.scheme not in {"http", "https"} or not self._host or parts.query or parts.fragment:
            raise WebFault("url: not http(s)://host[:port][/path]")
        self._https = parts.scheme == "https"
        self._prefix = parts.path.rstrip("/") + "/"
        self._connection = self._connect()

    def get(self, path: str) -> bytes:
        """The body at a path below the URL. Raises `WebFault` unless it is answered with 200."""
        answered = self.ask("GET", path)
        if answered.status != 200:
            raise WebFault(f"{path}: answered with status {answered.status}")
        return answered.body

    def ask(self, method: str, path: str, body: bytes | None = None) -> Answered:
        """Whatever is answered. Raises `WebFault`."""
        deadline = time.monotonic() + TIMEOUT
        try:
            headers = {"Accept-Encoding": "identity"}
            self._connection.request(method, self._prefix + path, body=body, headers=headers)
            with closing(self._connection.getresponse()) as response:
                return Answered(
                    response.status,
                    response.headers.get_content_type(),
                    _body(response, path, deadline),
                )
        except (OSError, HTTPException):
            # What stays of a broken exchange must not be taken for the answer to the next.
            self.close()
            raise WebFault(f"{path}: not reachable, or cut off") from None
        except WebFault:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back; the next request opens another."""
        self._connection.close()

    def abort(self) -> None:
        """End an exchange that another thread is in the middle of; it is told that it was cut off."""
        stream = self._connection.sock
        if stream is not None:
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> HTTPConnection:
        if self._https:
            context = ssl.create_default_context()
            return HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=context)
        return HTTPConnection(self._host, self._port, timeout=TIMEOUT)


def _body(response: HTTPResponse, path: str, deadline: float) -> bytes:
    body = bytearray()
    while chunk := response.read1(1 << 16):
        body += chunk
        if len(body) > MAX_BODY or time.monotonic() > deadline:
            raise WebFault(f"{path}: larger or slower than allowed")
    if response.length:
        raise WebFault(f"{path}: cut off")
    return bytes(body)
