"""An OpenID Connect provider: `oidc-provider-mock` in a process of its own, holding clients to PKCE.

That provider takes a code without its verifier, so a layer in front of it remembers each code's challenge
and lets nobody trade the code without the verifier (RFC 7636, section 4.6).
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from oidc_provider_mock import User, app
from werkzeug.serving import run_simple

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class HeldToPkce:
    def __init__(self, app: Wsgi) -> None:
        self._app = app
        self._challenges: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/oauth2/authorize" and environ["REQUEST_METHOD"] == "POST":
            return self._authorizing(environ, start)
        if environ["PATH_INFO"] == "/oauth2/token" and not self._is_proved(environ):
            start("400 Bad Request", [("Content-Type", "application/json")])
            return [b'{"error": "invalid_grant"}']
        return self._app(environ, start)

    def _authorizing(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        asked = parse_qs(environ["QUERY_STRING"])

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            for name, value in headers:
                code = parse_qs(urlsplit(value).query).get("code")
                if name.lower() == "location" and code and asked.get("code_challenge_method") == ["S256"]:
                    self._challenges[code[0]] = asked["code_challenge"][0]
            return start(status, headers, *more)

        return self._app(environ, started)

    def _is_proved(self, environ: dict[str, Any]) -> bool:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        form = parse_qs(body.decode())
        hashed = hashlib.sha256(form.get("code_verifier", [""])[0].encode()).digest()
        proof = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        return self._challenges.pop(form.get("code", [""])[0], None) == proof


def serve(port: int, people: dict[str, dict[str, Any]]) -> None:
    provider = app(user_claims=[User(sub=sub, claims=claims) for sub, claims in people.items()])
    run_simple("127.0.0.1", port, HeldToPkce(provider))


if __name__ == "__main__":
    serve(int(sys.argv[1]), json.loads(sys.argv[2]))
