"""How a REST source is logged in to: each kind against a real socket, and what settings are refused."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.rest import RestPartner
from adapters.rest_login import Account
from adapters.rest_settings import open_rest
from tests.servers.wire import answer, speaking

TOKEN = b'{"access_token": "t-%d", "token_type": "Bearer", "expires_in": 300}'


@dataclass(slots=True)
class Wire:
    """A server that gives numbered tokens and honours the ones it has not been told to forget."""

    heads: list[str] = field(default_factory=list)
    given: int = 0
    token: bytes = TOKEN
    refused: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        async def speak(head: bytes, writer: Any) -> None:
            text = head.decode()
            self.heads.append(text)
            # Only heads are read here, so that a kept connection has the last body before the next head.
            if is_for_token(text):
                self.given += 1
                writer.write(answer(self.token % self.given if b"%d" in self.token else self.token))
            elif header(text, "authorization") in self.refused:
                writer.write(answer(b"{}", status="401 Unauthorized"))
            else:
                writer.write(answer(b'{"up": true}'))

        async with speaking(speak) as address:
            yield f"http://{address}"

    def last(self, name: str) -> str:
        return header(self.heads[-1], name)


def is_for_token(head: str) -> bool:
    return "POST /token " in head.split("\r\n", maxsplit=1)[0]


def header(head: str, name: str) -> str:
    lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    return {key.lower(): value for key, value in lines.items()}.get(name, "")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def write(folder: Path, auth: dict[str, object] | None) -> None:
    document: dict[str, Any] = {
        "schema": 1,
        "health": "/status",
        "people": {
            "searches": [{"path": "/people", "query": {"born": "{birth_date}"}}],
            "key": "id",
            "person": {"family_name": "last", "given_name": "first", "birth_date": "born"},
            "record": {"path": "/people/{id}"},
            "categories": {"safeguarding": {}},
        },
    }
    if auth is not None:
        document["auth"] = auth
    (folder / "mapping.yaml").write_text(yaml.safe_dump(document), "utf-8")
    (folder / "secret").write_text("p:ss w%rd\n", "ascii")


def open_at(
    url: str, folder: Path, auth: dict[str, object] | None, clock: Clock | None = None
) -> RestPartner:
    settings: dict[str, object] = {"kind": "rest", "url": url, "mapping": "mapping.yaml"}
    return open_rest(settings if auth is None else {**settings, "auth": auth}, folder, clock or Clock())


async def test_without_auth_nothing_is_sent(tmp_path: Path) -> None:
    write(tmp_path, None)
    wire = Wire()
    async with wire.running() as url:
        partner = open_at(url, tmp_path, None)
        assert await partner.health()
        await partner.close()
    assert wire.last("authorization") == ""


async def test_a_key_goes_in_its_header(tmp_path: Path) -> None:
    write(tmp_path, {"kind": "key", "header": "Authorization", "prefix": "Token"})
    wire = Wire()
    async with wire.running() as url:
        partner = open_at(url, tmp_path, {"key": "secret"})
        assert await partner.health()
        await partner.close()
    assert wire.last("authorization") == "Token p:ss w%rd"


async def test_basic_sends_user_and_password(tmp_path: Path) -> None:
    write(tmp_path, {"kind": "basic"})
    wire = Wire()
    async with wire.running() as url:
        partner = open_at(url, tmp_path, {"user": "gateway", "password": "secret"})
        assert await partner.health()
        await partner.close()
    scheme, _, credentials = wire.last("authorization").partition(" ")
    assert (scheme, base64.b64decode(credentials)) == ("Basic", b"gateway:p:ss w%rd")


async def test_client_credentials_are_renewed_before_they_expire_and_when_refused(tmp_path: Path) -> None:
    write(tmp_path, {"kind": "oauth2", "path": "/token", "scope": "cases.read"})
    wire, clock = Wire(), Clock()
    async with wire.running() as url:
        partner = open_at(url, tmp_path, {"client_id": "gate way", "client_secret": "secret"}, clock)
        assert await partner.health()
        assert await partner.health()
        assert (wire.given, wire.last("authorization")) == (1, "Bearer t-1")
        clock.now += timedelta(seconds=271)
        assert await partner.health()
        assert (wire.given, wire.last("authorization")) == (2, "Bearer t-2")
        wire.refused.add("Bearer t-2")
        assert await partner.health()
        assert (wire.given, wire.last("authorization")) == (3, "Bearer t-3")
        wire.refused |= {f"Bearer t-{n}" for n in range(9)}
        assert not await partner.health()
        await partner.close()
    asked = next(filter(is_for_token, wire.heads))
    basic = base64.b64decode(header(asked, "authorization").removeprefix("Basic "))
    assert basic == b"gate%20way:p%3Ass%20w%25rd"


@pytest.mark.parametrize(
    "token",
    [
        b"{}",
        b'{"access_token": "t", "token_type": "mac", "expires_in": 300}',
        b'{"access_token": "t", "token_type": "bearer"}',
        b'{"access_token": "t", "token_type": "bearer", "expires_in": -1}',
        b'{"access_token": "t\\r\\nx: y", "token_type": "bearer", "expires_in": 300}',
        b'{"access_token": ["t"], "token_type": "bearer", "expires_in": 300}',
        b"[]",
    ],
    ids=repr,
)
async def test_an_answer_without_a_usable_token_logs_nobody_in(token: bytes, tmp_path: Path) -> None:
    write(tmp_path, {"kind": "oauth2", "path": "/token"})
    wire = Wire(token=token)
    async with wire.running() as url:
        partner = open_at(url, tmp_path, {"client_id": "gateway", "client_secret": "secret"})
        assert not await partner.health()
        await partner.close()
    assert all(map(is_for_token, wire.heads))


async def test_a_session_is_used_for_its_life(tmp_path: Path) -> None:
    session = {"kind": "session", "path": "/token", "user": "user.name", "password": "user.pass"}
    write(tmp_path, {**session, "token": "token", "life": "PT10M"})
    wire, clock = Wire(token=b'{"token": "s-%d"}'), Clock()
    async with wire.running() as url:
        partner = open_at(url, tmp_path, {"user": "gateway", "password": "secret"}, clock)
        assert await partner.health()
        clock.now += timedelta(minutes=9)
        assert await partner.health()
        assert wire.given == 1
        clock.now += timedelta(minutes=1)
        assert await partner.health()
        assert (wire.given, wire.last("authorization")) == (2, "Bearer s-2")
        await partner.close()


@pytest.mark.parametrize(
    ("auth", "settings", "message"),
    [
        (None, {"key": "secret"}, "auth.key"),
        ({"kind": "basic"}, {}, "user"),
        ({"kind": "basic"}, {"user": "a:b", "password": "secret"}, "auth.user"),
        ({"kind": "basic"}, {"user": "a", "password": "missing"}, "auth.password"),
        ({"kind": "basic"}, {"user": "a", "password": "mapping.yaml"}, "auth.password"),
        ({"kind": "basic"}, {"user": "a", "password": "secret", "key": "secret"}, "auth.key"),
        ({"kind": "key", "header": "X-Key"}, {"key": 7}, "key"),
        (
            {"kind": "oauth2", "path": "/token"},
            {"client_id": "a", "client_secret": "secret", "token_url": "http://169.254.169.254/token"},
            "url",
        ),
    ],
    ids=str,
)
def test_settings_that_break_a_rule_are_refused_by_name(
    auth: dict[str, object] | None, settings: dict[str, object], message: str, tmp_path: Path
) -> None:
    write(tmp_path, auth)
    with pytest.raises(ValueError, match=message) as raised:
        open_at("http://127.0.0.1:1", tmp_path, settings)
    assert "p:ss" not in str(raised.value)


def test_a_secret_is_in_no_printed_account() -> None:
    assert repr(Account("gateway", "p:ss")) == "Account(name='gateway')"
