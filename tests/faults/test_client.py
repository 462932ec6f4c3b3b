"""A partner that is slow, wrong, oversized, hostile or not who it claims to be, on real sockets."""

from __future__ import annotations

import asyncio
import gzip
import time
from pathlib import Path

import pytest

from adapters.client import SourceClient
from adapters.partner import Fault, SourceError
from adapters.source_json import Json
from tests.servers.wire import Speak, answer, certificate, hanging_up, saying, speaking


async def ask(speak: Speak, **settings: float) -> Json:
    """One call to a partner that answers so."""
    async with speaking(speak) as address:
        client = SourceClient(f"http://{address}/base", deadline=settings.get("deadline", 2.0))
        try:
            return await client.get("/thing")
        finally:
            await client.close()


async def fault_of(speak: Speak, **settings: float) -> Fault:
    with pytest.raises(SourceError) as raised:
        await ask(speak, **settings)
    return raised.value.fault


async def test_an_honest_answer_arrives() -> None:
    assert await ask(saying(answer(b'{"held": [1, 2.5, null, "\\u00e9"]}'))) == {"held": [1, 2.5, None, "é"]}


@pytest.mark.parametrize("part", ["head", "body"])
async def test_a_dripping_partner_is_cut_at_two_seconds_in_total(part: str) -> None:
    async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
        whole = answer(b'{"a": "' + b"x" * 200 + b'"}')
        start = whole.index(b"\r\n\r\n") + 4 if part == "body" else 0
        writer.write(whole[:start])
        for byte in whole[start:]:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.5)

    began = time.monotonic()
    assert await fault_of(drip) is Fault.TIMEOUT
    assert 1.9 < time.monotonic() - began < 2.5


async def test_a_silent_partner_is_cut() -> None:
    assert await fault_of(saying(b""), deadline=0.2) is Fault.TIMEOUT


async def test_a_closed_port_is_unreachable() -> None:
    async with speaking(saying(b"")) as address:
        pass
    client = SourceClient(f"http://{address}")
    with pytest.raises(SourceError) as raised:
        await client.get("/")
    assert raised.value.fault is Fault.UNREACHABLE
    await client.close()


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
async def test_a_redirect_is_not_followed(status: str) -> None:
    visits: list[bytes] = []

    async def visited(head: bytes, writer: asyncio.StreamWriter) -> None:
        visits.append(head)
        writer.write(answer(b"{}"))

    async with speaking(visited) as elsewhere:
        redirect = answer(b"{}", f"location: http://{elsewhere}/latest", status=status)
        assert await fault_of(saying(redirect)) is Fault.REFUSED
    assert visits == []


async def test_a_redirect_to_a_metadata_service_is_refused_at_once() -> None:
    redirect = answer(b"", "location: http://169.254.169.254/latest/meta-data/", status="302 Found")
    began = time.monotonic()
    assert await fault_of(saying(redirect)) is Fault.REFUSED
    assert time.monotonic() - began < 1


async def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b'{"a": "' + b"0" * 50_000_000 + b'"}')
    assert len(bomb) < 1 << 20
    assert await fault_of(saying(answer(bomb, "content-encoding: gzip"))) is Fault.MALFORMED


async def test_a_compressed_answer_without_a_label_is_no_json() -> None:
    assert await fault_of(saying(answer(gzip.compress(b"{}")))) is Fault.MALFORMED


async def test_compression_is_never_offered() -> None:
    heads: list[bytes] = []

    async def note(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head.lower())
        writer.write(answer(b"{}"))

    await ask(note)
    assert b"accept-encoding: identity\r\n" in heads[0]
    assert b"gzip" not in heads[0]


async def test_two_megabytes_announced_are_not_read() -> None:
    assert await fault_of(saying(answer(b'"' + b"x" * 2_000_000 + b'"'))) is Fault.OVERSIZED


async def test_an_endless_body_is_cut_at_the_cap() -> None:
    sent = 0

    async def pour(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        while True:
            writer.write(b"10000\r\n" + b"0" * 65536 + b"\r\n")
            await writer.drain()
            sent += 65536

    assert await fault_of(pour) is Fault.OVERSIZED
    assert sent < 16 << 20


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"resourceType": "Bund',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\\ud800"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b"[" * 80 + b"]" * 80,
        b"1" * 5000,
        b"{} {}",
    ],
    ids=[
        "empty",
        "truncated",
        "nan",
        "infinity",
        "overflow",
        "key-twice",
        "lone-surrogate",
        "byte-order-mark",
        "utf-16",
        "not-utf-8",
        "depth-unclosed",
        "depth-closed",
        "huge-integer",
        "two-documents",
    ],
)
async def test_what_is_not_one_plain_json_document_is_malformed(body: bytes) -> None:
    assert await fault_of(saying(answer(body))) is Fault.MALFORMED


@pytest.mark.parametrize(
    "whole",
    [
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-ty",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
    ids=["short-of-its-length", "chunk-cut", "head-cut", "another-protocol"],
)
async def test_a_connection_that_ends_early_is_no_answer(whole: bytes) -> None:
    assert await fault_of(hanging_up(whole)) is Fault.MALFORMED


async def test_a_page_is_no_json_answer() -> None:
    assert await fault_of(saying(answer(b"{}", media_type="text/html"))) is Fault.MALFORMED


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ("400 Bad Request", Fault.REFUSED),
        ("401 Unauthorized", Fault.REFUSED),
        ("403 Forbidden", Fault.REFUSED),
        ("404 Not Found", Fault.REFUSED),
        ("429 Too Many Requests", Fault.REFUSED),
        ("500 Internal Server Error", Fault.UNREACHABLE),
        ("503 Service Unavailable", Fault.UNREACHABLE),
    ],
)
async def test_a_status_of_failure_is_a_fault_whatever_the_body(status: str, fault: Fault) -> None:
    assert await fault_of(saying(answer(b'{"resourceType": "Bundle"}', status=status))) is fault


async def test_a_late_answer_is_never_given_to_the_next_question() -> None:
    asked: list[bytes] = []

    async def slow_once(head: bytes, writer: asyncio.StreamWriter) -> None:
        path = head.split()[1]
        asked.append(path)
        if path == b"/first":
            await asyncio.sleep(0.4)
        writer.write(answer(b'{"to": "%s"}' % path))

    async with speaking(slow_once) as address:
        client = SourceClient(f"http://{address}", deadline=0.2)
        with pytest.raises(SourceError) as raised:
            await client.get("/first")
        assert raised.value.fault is Fault.TIMEOUT
        assert await client.get("/second") == {"to": "/second"}
        await asyncio.sleep(0.4)
        assert await client.get("/third") == {"to": "/third"}
        await client.close()
    assert asked == [b"/first", b"/second", b"/third"]


async def test_neither_proxies_nor_cookies_take_part(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []

    async def set_cookie(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head.lower())
        writer.write(answer(b"{}", "set-cookie: a=b"))

    async with speaking(saying(answer(b'{"proxied": true}'))) as proxy, speaking(set_cookie) as address:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy}")
        client = SourceClient(f"http://{address}")
        assert await client.get("/") == {}
        assert await client.get("/") == {}
        await client.close()
    assert not any(b"cookie" in head for head in heads)


@pytest.mark.parametrize(
    ("host", "expired", "trusted"),
    [("localhost", False, False), ("localhost", True, True), ("partner.example", False, True)],
    ids=["self-signed", "expired", "another-name"],
)
async def test_a_bad_certificate_is_refused(tmp_path: Path, host: str, expired: bool, trusted: bool) -> None:
    server, trusting = certificate(tmp_path, host, expired=expired)
    seen: list[bytes] = []

    async def note(head: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(head)
        writer.write(answer(b"{}"))

    async with speaking(note, server) as address:
        url = f"https://localhost:{address.rpartition(':')[2]}"
        client = SourceClient(url, tls=trusting if trusted else None)
        with pytest.raises(SourceError) as raised:
            await client.get("/")
        await client.close()
    assert raised.value.fault is Fault.UNREACHABLE
    assert seen == []


async def test_a_certificate_of_a_trusted_authority_is_accepted(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path, "localhost")
    async with speaking(saying(answer(b'{"safe": true}')), server) as address:
        client = SourceClient(f"https://localhost:{address.rpartition(':')[2]}", tls=trusting)
        assert await client.get("/") == {"safe": True}
        await client.close()
