"""The edge behind a real server on a real socket, where bytes are as an attacker writes them."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from structlog.testing import capture_logs

from tests.faults.edge_county import county

BODY_TIMEOUT = 0.3


@pytest.fixture(scope="module", params=["httptools", "h11"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A served county; the port it took."""
    listener = socket.create_server(("127.0.0.1", 0))
    edge = county(body_timeout=BODY_TIMEOUT).edge
    config = uvicorn.Config(
        edge,
        http=request.param,
        loop="asyncio",
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=256 * 1024,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    with capture_logs(), listener:
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(10)


def talk(port: int, request: bytes, *, then_close: bool = False) -> bytes:
    """Everything the server says until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        if then_close:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def post(*headers: bytes, body: bytes = b"{}", path: bytes = b"/v1/echo") -> bytes:
    fixed = [b"POST " + path + b" HTTP/1.1", b"Host: localhost", b"Content-Type: application/json"]
    return b"\r\n".join([*fixed, *headers]) + b"\r\n\r\n" + body


def get(*headers: bytes, target: bytes = b"/v1/head", host: bytes = b"localhost") -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", b"Host: " + host, *headers]) + b"\r\n\r\n"


CLOSE = b"Connection: close"


def test_an_honest_request_is_answered(port: int) -> None:
    answer = talk(port, post(b"Content-Length: 2", CLOSE))
    assert status(answer) == 200
    assert b"server:" not in answer.lower()


def test_54_a_body_shorter_than_declared_times_out(port: int) -> None:
    started = time.monotonic()
    answer = talk(port, post(b"Content-Length: 20"))
    assert status(answer) == 408
    assert b"connection: close" in answer.lower()
    assert BODY_TIMEOUT <= time.monotonic() - started < 5


def test_54_a_body_longer_than_declared_is_not_read_as_another_request(port: int) -> None:
    smuggled = b'{"a": 1' + get(CLOSE)
    answer = talk(port, post(b"Content-Length: 7", body=smuggled))
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1


def test_54_chunks_without_an_end_time_out(port: int) -> None:
    assert status(talk(port, post(b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n"))) == 408


def test_54_a_caller_that_leaves_half_way_harms_nobody(port: int) -> None:
    talk(port, post(b"Content-Length: 20"), then_close=True)
    assert status(talk(port, get(CLOSE))) == 200


def test_53_a_declared_length_too_large_is_413_and_closes(port: int) -> None:
    answer = talk(port, post(b"Content-Length: 65537", body=b""))
    assert status(answer) == 413
    assert b"connection: close" in answer.lower()


def test_31_two_authorization_headers(port: int) -> None:
    assert status(talk(port, get(b"Authorization: Bearer a", b"Authorization: Bearer b"))) == 400


def test_64_a_header_of_100_kb(port: int) -> None:
    assert status(talk(port, get(b"X-Long: " + b"x" * 100_000))) == 431


@pytest.mark.parametrize("host", [b"evil", b"a/..?", b"", b"localhost\x00", b"localhost, evil"])
def test_61_62_a_foreign_host(port: int, host: bytes) -> None:
    assert status(talk(port, get(CLOSE, host=host))) == 400


def test_61_two_hosts(port: int) -> None:
    assert status(talk(port, get(b"Host: localhost", CLOSE))) == 400


@pytest.mark.parametrize(
    "target",
    [b"//v1/head", b"/v1/x/../head", b"/v1/%2e%2e/head", b"/v1%2fhead", b"/v1/head;x=1", b"/v1/head/"],
)
def test_66_a_path_with_a_second_reading(port: int, target: bytes) -> None:
    answer = talk(port, get(CLOSE, target=target))
    assert status(answer) == 404
    assert b"location:" not in answer.lower()


@pytest.mark.parametrize("target", [b"http://evil.example/v1/head", b"//evil.example/v1/head"])
def test_66_the_absolute_form_never_reaches_another_host(port: int, target: bytes) -> None:
    answer = talk(port, get(CLOSE, target=target))
    assert b"evil" not in answer
    assert status(answer) in (200, 400, 404)


@pytest.mark.parametrize(
    "framing",
    [
        pytest.param((b"Content-Length: 2", b"Transfer-Encoding: chunked"), id="both"),
        pytest.param((b"Content-Length: 2", b"Content-Length: 3"), id="two-lengths"),
        pytest.param((b"Transfer-Encoding: xchunked",), id="unknown-coding"),
        pytest.param((b"Content-Length: +2",), id="signed-length"),
    ],
)
def test_63_ambiguous_framing_is_refused(port: int, framing: tuple[bytes, ...]) -> None:
    answer = talk(port, post(*framing, CLOSE, body=b"{}\r\n0\r\n\r\n"))
    assert status(answer) in (400, 501)
    assert answer.count(b"HTTP/1.1 ") == 1


def test_60_a_get_with_a_body_and_trace(port: int) -> None:
    assert status(talk(port, get(b"Content-Length: 2") + b"{}")) == 405
    assert status(talk(port, get(CLOSE).replace(b"GET", b"TRACE", 1))) == 405
