"""An OpenID Connect provider beside the tests, and a person at it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from gateway.listening import listen


@contextmanager
def oidc_provider(people: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Run the provider with these people by their `sub`; yields its issuer."""
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.servers.oidc_provider", str(port), json.dumps(people)]
    issuer = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _await(issuer, process)
            yield issuer
        finally:
            process.terminate()


def _await(issuer: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "the provider stopped"
        try:
            httpx.get(f"{issuer}/jwks", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the provider did not start")


def sign_in_at(address: str, sub: str) -> str:
    """Sign in at the provider as a person does; where it sends them back to."""
    answer = httpx.post(address, data={"sub": sub}, trust_env=False)
    assert answer.status_code in {302, 303}, re.sub(r"\s+", " ", answer.text)[:300]
    return str(answer.headers["location"])
