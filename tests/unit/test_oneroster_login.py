"""Login to a OneRoster server: each scope by itself, the secret in no body, tokens renewed in time."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.client import SourceClient
from adapters.oneroster_login import CORE_SCOPE, DEMOGRAPHICS_SCOPE, ClientSecret, SecretLogin, TokenEndpoint
from adapters.oneroster_settings import open_oneroster
from adapters.partner import Fault, SourceError
from agreements.fault import InvalidDocument
from gateway.demo.oneroster_server import OneRosterServer, Quirks
from tests.contracts import school
from tests.servers.wire import answer, speaking

SECRET = "p@ss: wrd+%"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def server() -> Iterator[OneRosterServer]:
    records = school.users(), school.demographics(), school.orgs()
    quirks = Quirks(one_scope_per_token=True)
    with OneRosterServer(*records, {"gateway": SECRET}, quirks) as server:
        yield server


def login_to(client: SourceClient, clock: Clock, url: str | None = None, secret: str = SECRET) -> SecretLogin:
    return SecretLogin(TokenEndpoint(client, url), ClientSecret("gateway", secret), CORE_SCOPE, clock)


async def test_a_token_is_used_until_shortly_before_it_expires(server: OneRosterServer) -> None:
    clock, client = Clock(), SourceClient(server.base_url)
    login = login_to(client, clock)
    first = await login.token()
    clock.now += timedelta(seconds=260)
    assert await login.token() == first
    clock.now += timedelta(seconds=20)
    second = await login.token()
    assert second != first
    login.forget(first)
    assert await login.token() == second
    login.forget(second)
    assert await login.token() != second
    await login.close()
    await client.close()


async def test_a_wrong_secret_is_refused(server: OneRosterServer) -> None:
    client = SourceClient(server.base_url)
    login = login_to(client, Clock(), secret="guess")
    with pytest.raises(SourceError) as raised:
        await login.token()
    assert raised.value.fault is Fault.REFUSED
    await login.close()
    await client.close()


async def test_the_scopes_are_asked_for_one_at_a_time_and_the_secret_stays_in_the_header(
    tmp_path: Path,
) -> None:
    heads: list[str] = []

    async def speak(head: bytes, writer: Any) -> None:
        heads.append(head.decode())
        # The body of a request before comes with the head of the next one.
        if b"POST /" in head:
            token = {"access_token": f"t{len(heads)}", "token_type": "bearer", "expires_in": "3600"}
            writer.write(answer(json.dumps(token).encode()))
        else:
            writer.write(answer(b'{"orgs": []}'))

    school.write_beside(tmp_path)
    (tmp_path / "secret").write_text(SECRET)
    async with speaking(speak) as address:
        url = f"http://{address}/ims/oneroster/rostering/v1p2"
        auth = {"client_id": "gate:way", "client_secret_file": "secret", "token_url": f"http://{address}/t"}
        settings = {"kind": "oneroster", "url": url, "mapping": "mapping.yaml", "auth": auth}
        partner = open_oneroster(settings, tmp_path, lambda: datetime(2100, 1, 1, tzinfo=UTC))
        assert await partner.health() is True
        await partner.close()
    posts = [head for head in heads if "POST /t " in head]
    assert len(posts) == 2
    given = next(line for line in posts[0].split("\r\n") if line.lower().startswith("authorization"))
    assert base64.b64decode(given.split()[-1]) == b"gate%3Away:p%40ss%3A+wrd%2B%25"
    assert not [head for head in heads if "wrd" in head]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"tokenUrl": "https://elsewhere.example/token"}, Fault.MISMATCH),
        ({"tokenUrl": "http://169.254.169.254/token"}, Fault.MISMATCH),
        ({"tokenUrl": "file:///etc/passwd"}, Fault.MISMATCH),
        ({}, Fault.MALFORMED),
    ],
    ids=["other-host", "metadata", "no-http", "none"],
)
async def test_an_announced_endpoint_elsewhere_gets_no_secret(document: Any, fault: Fault) -> None:
    schemes = {"OAuth2CC": {"type": "oauth2", "flows": {"clientCredentials": document}}}
    body = json.dumps({"components": {"securitySchemes": schemes}}).encode()
    heads: list[bytes] = []

    async def speak(head: bytes, writer: Any) -> None:
        heads.append(head)
        writer.write(answer(body))

    async with speaking(speak) as address:
        client = SourceClient(f"http://{address}/ims/oneroster/rostering/v1p2")
        login = login_to(client, Clock())
        with pytest.raises(SourceError) as raised:
            await login.token()
        assert raised.value.fault is fault
        await login.close()
        await client.close()
    assert not [head for head in heads if b"authorization" in head.lower()]


@pytest.mark.parametrize(
    "token",
    [
        {},
        {"access_token": "", "token_type": "bearer", "expires_in": 60},
        {"access_token": "a\nb", "token_type": "bearer", "expires_in": 60},
        {"access_token": 7, "token_type": "bearer", "expires_in": 60},
        {"access_token": "a", "token_type": "mac", "expires_in": 60},
        {"access_token": "a", "token_type": "bearer", "expires_in": 0},
        {"access_token": "a", "token_type": "bearer", "expires_in": True},
        {"access_token": "a", "token_type": "bearer", "expires_in": "soon"},
    ],
    ids=["empty", "no-token", "newline", "number", "other-type", "dead", "truth-value", "word"],
)
async def test_an_answer_that_is_no_token_is_malformed(token: Any) -> None:
    async def speak(_: bytes, writer: Any) -> None:
        writer.write(answer(json.dumps(token).encode()))

    async with speaking(speak) as address:
        client = SourceClient(f"http://{address}/ims/oneroster/rostering/v1p2")
        login = login_to(client, Clock(), f"http://{address}/token")
        with pytest.raises(SourceError) as raised:
            await login.token()
        assert raised.value.fault is Fault.MALFORMED
        await login.close()
        await client.close()


def test_a_secret_is_not_printed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    credentials = ClientSecret.load("gateway", tmp_path / "secret")
    assert credentials.secret == "hush"
    assert "hush" not in repr(credentials)


# --- settings --------------------------------------------------------------------------------------

SERVER = {"kind": "oneroster", "url": "https://sis.example/ims/oneroster/rostering/v1p2"}
AUTH = {"client_id": "gateway", "client_secret_file": "secret"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (SERVER, "mapping: expected a text"),
        ({"kind": "oneroster", "mapping": "mapping.yaml"}, "adapter: expected either url or path"),
        ({**SERVER, "path": "roster", "mapping": "mapping.yaml"}, "adapter: expected either url or path"),
        ({"kind": "oneroster", "path": "roster", "mapping": "mapping.yaml", "auth": AUTH}, "adapter.auth"),
        ({**SERVER, "mapping": "mapping.yaml", "colour": "red"}, "adapter.colour: no such setting"),
        ({**SERVER, "url": "http://sis.example/x", "mapping": "mapping.yaml"}, "url: expected https"),
        ({**SERVER, "mapping": "mapping.yaml", "auth": "none"}, "auth: expected a mapping"),
        ({**SERVER, "mapping": "mapping.yaml", "auth": {"client_id": "x"}}, "auth: expected either"),
        ({**SERVER, "mapping": "mapping.yaml", "auth": {**AUTH, "secret": "x"}}, "auth.secret: no such"),
        ({**SERVER, "mapping": "mapping.yaml", "auth": {**AUTH, "scopes": "all"}}, "auth.scopes"),
        (
            {**SERVER, "mapping": "mapping.yaml", "auth": {**AUTH, "client_secret_file": "none"}},
            "auth.client_secret_file: expected a file",
        ),
        (
            {**SERVER, "mapping": "mapping.yaml", "auth": {"client_id": "x", "key": "key.pem"}},
            "auth.token_url: expected with a key",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_setting_that_breaks_a_rule_is_named(tmp_path: Path, settings: Any, said: str) -> None:
    school.write_beside(tmp_path)
    (tmp_path / "secret").write_text("hush")
    with pytest.raises(ValueError, match="^" + said.replace(".", r"\.")):
        open_oneroster(settings, tmp_path, Clock())


async def test_a_client_may_prove_a_key_instead_of_a_secret(tmp_path: Path) -> None:
    async def speak(head: bytes, writer: Any) -> None:
        # The body of a request before comes with the head of the next one.
        if b"POST /" in head:
            token = {"access_token": "t", "token_type": "bearer", "expires_in": 60}
            writer.write(answer(json.dumps(token).encode()))
        else:
            writer.write(answer(b'{"orgs": []}'))

    school.write_beside(tmp_path)
    key = ec.generate_private_key(ec.SECP384R1())
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    async with speaking(speak) as address:
        auth = {"client_id": "gateway", "key": "key.pem", "token_url": f"http://{address}/token"}
        url = f"http://{address}/ims/oneroster/rostering/v1p2"
        settings = {"kind": "oneroster", "url": url, "mapping": "mapping.yaml", "auth": auth}
        partner = open_oneroster(settings, tmp_path, lambda: datetime(2100, 1, 1, tzinfo=UTC))
        assert await partner.health() is True
        await partner.close()


def test_a_mapping_is_checked_when_the_site_is(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text("schema: 1\ncategories: {}\n")
    with pytest.raises(InvalidDocument, match=r"mapping\.yaml:2: categories: expected"):
        open_oneroster({"kind": "oneroster", "path": "x", "mapping": "mapping.yaml"}, tmp_path, Clock())


def test_the_two_scopes_are_those_of_the_standard() -> None:
    prefix = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
    assert {CORE_SCOPE, DEMOGRAPHICS_SCOPE} == {
        f"{prefix}roster-core.readonly",
        f"{prefix}roster-demographics.readonly",
    }
