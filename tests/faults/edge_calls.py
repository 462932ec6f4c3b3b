"""How the tests of the edge speak to a county: as a client would, or byte by byte."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from gateway.identity import ASSERTION_TYPE
from tests.faults.edge_county import HOST, County

JSON_HEADERS = {"Content-Type": "application/json"}


async def send(
    site: County,
    method: str,
    path: str,
    *,
    content: bytes | AsyncIterator[bytes] | None = None,
    headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
) -> httpx.Response:
    async with site.client() as client:
        return await client.request(method, path, content=content, headers=headers)


async def raw(site: County, target: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> int:
    """A GET of a target that an HTTP client would tidy up; the status of the answer."""
    path, _, query = target.partition(b"?")
    return await raw_scope(site, headers if headers is not None else [(b"host", HOST.encode())], path, query)


async def raw_scope(
    site: County, headers: list[tuple[bytes, bytes]], path: bytes = b"/v1/head", query: bytes = b""
) -> int:
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
    }
    scope |= {"method": "GET", "path": path.decode("latin-1"), "raw_path": path, "query_string": query}
    scope |= {"headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "root_path": ""}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: Any) -> None:
        sent.append(message)

    await site.edge(scope, receive, keep)
    status: int = sent[0]["status"]
    return status


async def ask_for_token(site: County, assertion: str, **fields: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    async with site.client() as client:
        return await client.post("/oauth/token", data={**form, "client_assertion": assertion, **fields})


async def use_token(site: County, token: str) -> httpx.Response:
    async with site.client() as client:
        return await client.get("/v1/whoami", headers={"Authorization": f"Bearer {token}"})
