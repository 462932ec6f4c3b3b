"""Listening: one process, one socket, plain HTTP on loopback only."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvicorn

from gateway.app import Running
from gateway.listening import listen
from gateway.site import InvalidSiteError

_LOOPBACK: Final = "127.0.0.1"
_STOPPING: Final = 10.0
"""Seconds in which a server that runs in a thread must have stopped."""


def serve(running: Running, host: str, port: int, tls: tuple[Path, Path] | None = None) -> None:
    """Serve until stopped; prints the address taken, which with port 0 the system chooses.

    Raises:
        InvalidSiteError: plain HTTP was wanted where others can reach it, or the address is taken.
    """
    if tls is None and not is_loopback(host):
        raise InvalidSiteError(["--host: expected a loopback address, or --tls-cert and --tls-key"])
    server, listening, url = _prepared(running, host, port, tls)
    print(f"listening on {url}", flush=True)  # noqa: T201 -- the contract's word to the operator
    server.run(sockets=[listening])


@contextmanager
def served(running: Running, port: int = 0) -> Iterator[str]:
    """Serve on loopback in a thread of its own as long as the context lasts; yields the URL.

    Raises:
        InvalidSiteError: the port is taken.
    """
    server, listening, url = _prepared(running, _LOOPBACK, port, None)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="gateway", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the server stopped before it had started")
            time.sleep(0.01)
        yield url
    finally:
        server.should_exit = True
        thread.join(_STOPPING)


def _prepared(
    running: Running, host: str, port: int, tls: tuple[Path, Path] | None
) -> tuple[uvicorn.Server, socket.socket, str]:
    """The server, the socket it will serve on, and its URL."""
    try:
        listening = listen(host, port)
    except OSError as error:
        raise InvalidSiteError([f"--host, --port: cannot be listened on ({error.strerror})"]) from error
    taken = listening.getsockname()[1]
    bound = f"[{host}]:{taken}" if ":" in host else f"{host}:{taken}"
    config = uvicorn.Config(
        running.application(host, taken),
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        h11_max_incomplete_event_size=65536,
        timeout_keep_alive=5,
        ssl_certfile=str(tls[0]) if tls else None,
        ssl_keyfile=str(tls[1]) if tls else None,
    )
    return uvicorn.Server(config), listening, f"{'https' if tls else 'http'}://{bound}"


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
