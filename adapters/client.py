"""The one place that calls another organisation's system over HTTP.

No proxy, cookie, netrc file or environment variable takes part, no redirect is followed, nothing is
unpacked. Every call has one deadline from connecting to the last byte and one cap on the bytes read,
and every way it can fail becomes a `SourceError`, which holds no content and no address.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from types import MappingProxyType
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from adapters.partner import Fault, SourceError
from adapters.source_json import Json, parse_json
from adapters.source_url import check_source_url, inside

T = TypeVar("T")

DEADLINE: Final = 2.0
MAX_BYTES: Final = 1 << 20

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
# Below uvicorn's and most proxies' own limit, so that a connection is not reused as its other end closes it.
_IDLE_SECONDS: Final = 2.0


class UnauthenticatedError(SourceError):
    """The source does not honour the credentials of the call; new ones may help (status 401)."""

    def __init__(self) -> None:
        super().__init__(Fault.REFUSED)


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Bound everything done inside to a total time.

    Raises:
        SourceError: the time is up (`TIMEOUT`).
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise SourceError(Fault.TIMEOUT) from None


async def together(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Make calls at the same time; if one fails, stop the others and fail as it did."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


class SourceClient:
    """Calls to one base address; `path` arguments begin with `/` and are relative to it.

    `deadline` is in seconds for a whole call, `max_bytes` counts the body as sent. `tls` replaces the
    system's trust store, for a site whose partners have a certificate authority of their own.
    """

    def __init__(
        self,
        base_url: str,
        *,
        deadline: float = DEADLINE,
        max_bytes: int = MAX_BYTES,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.base_url: Final = check_source_url(base_url).rstrip("/")
        self.deadline: Final = deadline
        self._max_bytes = max_bytes
        # The transport rather than httpx's client: it has no cookie jar, and it logs no address.
        self._transport = httpx.AsyncHTTPTransport(
            verify=tls or _system_trust(),
            trust_env=False,
            limits=httpx.Limits(max_connections=20, keepalive_expiry=_IDLE_SECONDS),
        )

    async def get(self, path: str, headers: Mapping[str, str] = _NO_HEADERS) -> Json:
        """Read a JSON document.

        Raises:
            SourceError: there was no usable answer.
        """
        return await self._call(httpx.Request("GET", self.base_url + path, headers=headers))

    async def follow(self, link: str, headers: Mapping[str, str] = _NO_HEADERS) -> Json:
        """Read the page a source links to, if it lies below the base address.

        Raises:
            SourceError: the link leads elsewhere (`MISMATCH`), or there was no usable answer.
        """
        return await self._call(httpx.Request("GET", self.locate(link), headers=headers))

    async def post_form(
        self, path: str, form: Sequence[tuple[str, str]], headers: Mapping[str, str] = _NO_HEADERS
    ) -> Json:
        """Send a form and read the JSON document that answers it.

        Raises:
            SourceError: there was no usable answer.
        """
        sent = {**headers, "content-type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        return await self._call(httpx.Request("POST", self.base_url + path, headers=sent, content=body))

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Json:
        """Send a body, its `content-type` among the headers, and read the JSON document that answers it.

        Raises:
            SourceError: there was no usable answer.
        """
        return await self._call(httpx.Request("POST", self.base_url + path, headers=headers, content=body))

    async def tell(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a body whose receiver answers with nothing but a status from 200 to 299.

        Raises:
            SourceError: it did not.
        """
        request = httpx.Request("POST", self.base_url + path, headers=headers, content=body)
        async with self._answer(request) as response:
            _check_status(response)

    def locate(self, link: str) -> str:
        """The absolute form of a link found in an answer.

        Raises:
            SourceError: it leaves the base address (`MISMATCH`).
        """
        try:
            absolute = urljoin(self.base_url + "/", link)
            held = inside(self.base_url, link, absolute)
        except ValueError:
            held, absolute = False, ""
        if not held:
            raise SourceError(Fault.MISMATCH)
        return absolute

    def is_same_host(self, url: str) -> bool:
        return urlsplit(url).hostname == urlsplit(self.base_url).hostname

    async def close(self) -> None:
        await self._transport.aclose()

    async def _call(self, request: httpx.Request) -> Json:
        async with self._answer(request) as response:
            _check_head(response, self._max_bytes)
            body = await _read(response, self._max_bytes)
        return parse_json(body)

    @asynccontextmanager
    async def _answer(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """The head of an answer, its body still to be read, all within the deadline."""
        request.headers.setdefault("accept", "application/json")
        request.headers["accept-encoding"] = "identity"
        async with within(self.deadline):
            try:
                response = await self._transport.handle_async_request(request)
                try:
                    yield response
                finally:
                    await response.aclose()
            except httpx.HTTPError as error:
                raise SourceError(_fault_of(error)) from None


@cache
def _system_trust() -> ssl.SSLContext:
    """The machine's own certificate authorities; read once, for it takes tens of milliseconds."""
    return ssl.create_default_context()


def _fault_of(error: httpx.HTTPError) -> Fault:
    if isinstance(error, httpx.TimeoutException):
        return Fault.TIMEOUT
    if isinstance(error, httpx.ProtocolError):
        return Fault.MALFORMED
    return Fault.UNREACHABLE


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status >= 500:
        raise SourceError(Fault.UNREACHABLE)
    if status == 401:
        raise UnauthenticatedError
    if status >= 300:
        raise SourceError(Fault.REFUSED)


def _check_head(response: httpx.Response, max_bytes: int) -> None:
    _check_status(response)
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise SourceError(Fault.MALFORMED)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise SourceError(Fault.MALFORMED)
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:12]) > max_bytes:
        raise SourceError(Fault.OVERSIZED)


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            raise SourceError(Fault.OVERSIZED)
    return bytes(body)
