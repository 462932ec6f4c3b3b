"""The independent FHIR R4 server `sekmet-fhir`, in an environment of its own under `.cache/sekmet`."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests.servers.environment import python_environment

LOCK: Final = Path(__file__).parent / "sekmet-fhir.lock"

_STARTING_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Sekmet:
    base_url: str
    loader_token: str

    def load(self, resources: Iterable[Mapping[str, Any]]) -> None:
        """Store resources under their own ids; the server validates each against R4's models."""
        entries = [
            {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
            for each in resources
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        headers = {"authorization": f"Bearer {self.loader_token}", "content-type": "application/fhir+json"}
        answer = httpx.post(self.base_url, json=bundle, headers=headers, timeout=60, trust_env=False)
        assert answer.status_code == 200, answer.text[:2000]

    def offer(self, resource: Mapping[str, Any]) -> bool:
        """Store one resource if the server takes it for R4; whether it did."""
        url = f"{self.base_url}/{resource['resourceType']}/{resource['id']}"
        headers = {"authorization": f"Bearer {self.loader_token}", "content-type": "application/fhir+json"}
        answer = httpx.put(url, json=resource, headers=headers, timeout=60, trust_env=False)
        assert answer.status_code < 500, answer.text[:2000]
        return answer.status_code < 300


def install() -> Path:
    """The environment's program `sekmet`."""
    return python_environment("sekmet", LOCK) / "sekmet"


@contextmanager
def running(folder: Path, clients: Mapping[str, Mapping[str, Any]]) -> Iterator[Sekmet]:
    """A server on a free loopback port with SMART Backend Services login, stopped at the end."""
    program = install()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Sekmet(f"http://127.0.0.1:{port}/fhir", secrets.token_urlsafe(16))
    smart = [
        {"client_id": id_, "jwks": dict(keys), "scopes": "system/*.read"} for id_, keys in clients.items()
    ]
    settings = {
        "base_url": server.base_url,
        "host": "127.0.0.1",
        "port": port,
        "data_dir": str(folder),
        "log_inbound": False,
        "simulator": {"enabled": False},
        "server_auth": {
            "types": ["smart", "bearer"],
            "tokens": [server.loader_token],
            "smart_clients": smart,
        },
    }
    config = folder / "settings.yaml"
    config.write_text(json.dumps(settings), "utf-8")
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "serve", "--config", str(config)], cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, server.base_url, folder / "server.log")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], base_url: str, log: Path) -> None:
    until = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
        try:
            if httpx.get(f"{base_url}/metadata", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start: " + log.read_text("utf-8", "replace")[-2000:])
