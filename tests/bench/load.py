"""A lean HTTP/1.1 load generator: the client must not be what is measured."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One round: answers a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


async def run_round(port: int, request: bytes, *, requests: int, connections: int) -> Measured:
    """Send the same request again and again over kept-alive connections.

    Raises:
        AssertionError: an answer was not a 200.
    """
    left = iter(range(requests))
    latencies: list[float] = []

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head.split(b"\r\n", 1)[0]
            await reader.readexactly(_length(head))
            latencies.append((time.perf_counter() - started) * 1000)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(connections)))
    elapsed = time.perf_counter() - started
    latencies.sort()
    return Measured(requests / elapsed, latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)])


def post(path: str, token: str, body: bytes) -> bytes:
    """A complete POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    raise AssertionError("an answer without a length")
