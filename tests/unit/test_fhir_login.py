"""SMART Backend Services login: one token at a time, renewed before it expires, never sent elsewhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from adapters.client import SourceClient
from adapters.fhir_search import FhirSource
from adapters.fhir_settings import open_fhir
from adapters.partner import Fault, SourceError
from adapters.smart import ASSERTION_TYPE, Credentials, SigningKey, SmartLogin
from gateway.demo.fhir_server import FhirServer
from gateway.demo.smart_server import TokenIssuer, TokenRefusedError
from tests.servers import county
from tests.servers.wire import Speak, answer, saying, speaking

KEY = ec.generate_private_key(ec.SECP384R1())
SIGNING = SigningKey(KEY, "ES384", "gateway-1")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKEN_URL = "http://127.0.0.1:9/auth/token"


def jwks(key: ec.EllipticCurvePrivateKey = KEY) -> dict[str, Any]:
    public: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"keys": [{**public, "kid": "gateway-1", "alg": "ES384", "use": "sig"}]}


class Clock:
    def __init__(self, start: datetime = START) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def server() -> Iterator[FhirServer]:
    with FhirServer(county.resources(), {"gateway": jwks()}) as server:
        yield server


@pytest.fixture
async def client(server: FhirServer) -> AsyncIterator[SourceClient]:
    client = SourceClient(server.base_url)
    yield client
    await client.close()


def login_to(client: SourceClient, clock: Clock, **more: Any) -> SmartLogin:
    return SmartLogin(client, Credentials("gateway", SIGNING, **more), clock)


async def test_a_token_is_used_until_shortly_before_it_expires(client: SourceClient) -> None:
    clock = Clock(datetime.now(UTC))
    login = login_to(client, clock)
    first = await login.token()
    clock.now += timedelta(seconds=200)
    assert await login.token() == first
    clock.now += timedelta(seconds=80)
    with pytest.raises(SourceError):
        # The simulator's own clock has not moved: the assertion is dated too far ahead.
        await login.token()
    clock.now -= timedelta(seconds=280)
    assert await login.token() != first
    await login.close()


async def test_a_token_the_server_no_longer_honours_is_replaced_once(
    client: SourceClient, server: FhirServer
) -> None:
    login = login_to(client, Clock(datetime.now(UTC)))
    source = FhirSource(client, login)
    await source.search("Condition", [("patient", "okafor-1")], pages=1)
    before = await login.token()
    server._issuer._tokens.clear()
    found = await source.search("Condition", [("patient", "okafor-2")], pages=1)
    assert len(found.resources) == 2
    assert await login.token() != before
    await login.close()


async def test_a_scope_that_does_not_cover_a_type_is_refused(client: SourceClient) -> None:
    login = login_to(client, Clock(datetime.now(UTC)), scope="system/Patient.rs")
    source = FhirSource(client, login)
    assert (await source.search("Patient", [("family", "Okafor")], pages=1)).complete
    with pytest.raises(SourceError) as raised:
        await source.search("Condition", [("patient", "okafor-1")], pages=1)
    assert raised.value.fault is Fault.REFUSED
    await login.close()


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [
        ("https://evil.example/token", Fault.MISMATCH),
        ("http://169.254.169.254/token", Fault.MISMATCH),
        ("http://localhost:9/token", Fault.MISMATCH),
        ("file:///token", Fault.MISMATCH),
        (7, Fault.MALFORMED),
        (None, Fault.MALFORMED),
    ],
)
async def test_an_assertion_goes_to_no_other_host(endpoint: object, fault: Fault) -> None:
    body = json.dumps({"token_endpoint": endpoint}).encode()
    async with speaking(saying(answer(body))) as address:
        client = SourceClient(f"http://{address}/fhir")
        with pytest.raises(SourceError) as raised:
            await login_to(client, Clock()).token()
        assert raised.value.fault is fault
        await client.close()


def token_answer(document: object) -> Speak:
    return saying(answer(json.dumps(document).encode()))


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"access_token": "t", "token_type": "bearer"},
        {"access_token": "t", "token_type": "bearer", "expires_in": "300"},
        {"access_token": "t", "token_type": "bearer", "expires_in": 0},
        {"access_token": "t", "token_type": "bearer", "expires_in": True},
        {"access_token": "t", "token_type": "mac", "expires_in": 300},
        {"access_token": "t\r\nx-evil: 1", "token_type": "bearer", "expires_in": 300},
        {"access_token": 7, "token_type": "bearer", "expires_in": 300},
    ],
    ids=str,
)
async def test_an_answer_that_is_no_token_is_malformed(document: object) -> None:
    async with speaking(token_answer(document)) as address:
        client = SourceClient(f"http://{address}/fhir")
        login = login_to(client, Clock(), token_url=f"http://{address}/token")
        with pytest.raises(SourceError) as raised:
            await login.token()
        assert raised.value.fault is Fault.MALFORMED
        await login.close()
        await client.close()


def assertion(
    key: ec.EllipticCurvePrivateKey = KEY, *, kid: str = "gateway-1", **changed: Any
) -> dict[str, str]:
    """A token request whose assertion differs from a good one only as told; None leaves a claim out."""
    now = datetime.now(UTC)
    claims = {
        "iss": "gateway",
        "sub": "gateway",
        "aud": TOKEN_URL,
        "exp": now + timedelta(minutes=4),
        "jti": "j",
    }
    kept = {name: value for name, value in (claims | changed).items() if value is not None}
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "scope": "system/*.rs",
        "client_assertion": jwt.encode(kept, key, algorithm="ES384", headers={"kid": kid}),
    }


def test_the_demo_server_honours_a_good_assertion_once() -> None:
    issuer = TokenIssuer({"gateway": jwks()})
    form = assertion()
    token = issuer.issue(form, TOKEN_URL)["access_token"]
    assert issuer.scopes_of(str(token)) == frozenset({"system/*.rs"})
    with pytest.raises(TokenRefusedError, match="invalid_client"):
        issuer.issue(form, TOKEN_URL)


@pytest.mark.parametrize(
    "form",
    [
        assertion(ec.generate_private_key(ec.SECP384R1())),
        assertion(kid="another"),
        assertion(iss="somebody"),
        assertion(sub="somebody"),
        assertion(aud="http://127.0.0.1:9/other"),
        assertion(exp=datetime.now(UTC) - timedelta(minutes=1)),
        assertion(exp=datetime.now(UTC) + timedelta(minutes=30)),
        assertion(jti=None),
        assertion(exp=None),
        {**assertion(), "client_assertion": "not.a.token"},
    ],
    ids=[
        "key",
        "kid",
        "issuer",
        "subject",
        "audience",
        "expired",
        "too-long",
        "no-jti",
        "no-expiry",
        "no-token",
    ],
)
def test_the_demo_server_refuses_a_client_that_proves_nothing(form: dict[str, str]) -> None:
    with pytest.raises(TokenRefusedError, match="invalid_client"):
        TokenIssuer({"gateway": jwks()}).issue(form, TOKEN_URL)


def test_the_demo_server_knows_no_unsigned_assertion() -> None:
    claims = jwt.decode(assertion()["client_assertion"], options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": "gateway-1"})
    with pytest.raises(TokenRefusedError, match="invalid_client"):
        TokenIssuer({"gateway": jwks()}).issue({**assertion(), "client_assertion": unsigned}, TOKEN_URL)


def pem(key: Any) -> bytes:
    written: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return written


def test_a_pem_key_is_known_by_its_thumbprint(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(pem(KEY))
    loaded = SigningKey.load(path)
    assert (loaded.algorithm, len(loaded.kid)) == ("ES384", 43)
    path.write_bytes(pem(ec.generate_private_key(ec.SECP384R1())))
    assert SigningKey.load(path).kid != loaded.kid
    assert "EllipticCurve" not in repr(loaded)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a key",
        b'{"kty": "oct", "k": "c2VjcmV0"}',
        json.dumps(jwks()["keys"][0]).encode(),
        pem(ed25519.Ed25519PrivateKey.generate()),
        pem(ec.generate_private_key(ec.SECP521R1())),
    ],
    ids=["empty", "noise", "symmetric", "public", "ed25519", "p-521"],
)
def test_a_file_without_a_usable_private_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^auth\.key: expected"):
        SigningKey.load(path)


GOOD: dict[str, object] = {"client_id": "gateway", "key": "key.pem"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"kind": "fhir"}, "url: expected"),
        ({"kind": "fhir", "url": "http://health.example/fhir"}, "url: expected https"),
        (
            {"kind": "fhir", "url": "https://health.example", "password": "x"},
            "adapter.password: no such setting",
        ),
        ({"kind": "fhir", "url": "https://health.example", "auth": []}, "auth: expected"),
        (
            {"kind": "fhir", "url": "https://health.example", "auth": {"key": "key.pem"}},
            "client_id: expected",
        ),
        (
            {"kind": "fhir", "url": "https://health.example", "auth": {**GOOD, "x": 1}},
            "auth.x: no such setting",
        ),
        (
            {"kind": "fhir", "url": "https://health.example", "auth": {**GOOD, "key": "none"}},
            "auth.key: expected",
        ),
        (
            {"kind": "fhir", "url": "https://health.example", "auth": {**GOOD, "alg": "RS384"}},
            "auth.alg: expected",
        ),
        (
            {
                "kind": "fhir",
                "url": "https://health.example",
                "auth": {**GOOD, "token_url": "http://10.0.0.1/t"},
            },
            "url: expected https",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_setting_is_named(tmp_path: Path, settings: dict[str, object], told: str) -> None:
    (tmp_path / "key.pem").write_bytes(pem(KEY))
    with pytest.raises(ValueError, match=told.replace(".", r"\.")):
        open_fhir(settings, tmp_path, Clock())


def test_a_weak_rsa_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(pem(rsa.generate_private_key(65537, 1024)))  # noqa: S505 -- meant to be weak
    with pytest.raises(ValueError, match="2048 bits"):
        SigningKey.load(tmp_path / "key.pem")
