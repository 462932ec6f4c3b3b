"""Listening: one process, one socket, plain HTTP on loopback only."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

import uvicorn

from gateway.app import Running
from gateway.site import InvalidSiteError


def serve(running: Running, host: str, port: int, tls: tuple[Path, Path] | None = None) -> None:
    """Serve until stopped; prints the address taken, which with port 0 the system chooses.

    Raises:
        InvalidSiteError: plain HTTP was wanted on an address that others can reach.
    """
    if tls is None and not is_loopback(host):
        raise InvalidSiteError(["--host: expected a loopback address, or --tls-cert and --tls-key"])
    listening = socket.create_server((host, port), family=_family(host))
    taken = listening.getsockname()[1]
    bound = f"[{host}]:{taken}" if ":" in host else f"{host}:{taken}"
    config = uvicorn.Config(
        running.application(bound),
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
    print(f"listening on {'https' if tls else 'http'}://{bound}", flush=True)  # noqa: T201 -- the contract's word to the operator
    uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
