"""Hostile bodies, rows 36 to 54 of the table of hostile inputs."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.faults.edge_calls import JSON_HEADERS, raw_scope, send
from tests.faults.edge_county import HOST, County, county


@pytest.fixture(scope="module")
def site() -> County:
    return county()


BAD_JSON = {
    "36-NaN": b'{"a": NaN}',
    "37-Infinity": b'{"a": Infinity}',
    "38-1e400": b'{"a": 1e400}',
    "39-lone-surrogate-value": rb'{"a": "\ud800"}',
    "40-lone-surrogate-key": rb'{"\ud800": 1}',
    "41-NUL": rb'{"a": "x\u0000"}',
    "42-bidi": rb'{"id": "badge\u202e17"}',
    "42-zero-width": '{"id": "badge\u200b17"}'.encode(),
    "43-int-2-to-the-63": b'{"a": 9223372036854775808}',
    "44-int-of-5000-digits": b'{"a": ' + b"9" * 5000 + b"}",
    "45-depth-60000": b"[" * 60_000,
    "46-duplicate-keys": b'{"a": 1, "a": 2}',
    "47-UTF-16": '{"a": 1}'.encode("utf-16"),
    "48-byte-order-mark": b"\xef\xbb\xbf{}",
    "49-invalid-UTF-8": b'{"a": "\xff"}',
    "50-empty": b"",
    "50-white-space": b"  ",
    "not-JSON": b"{",
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
@pytest.mark.parametrize(
    ("path", "media_type"), [("/v1/echo", "application/json"), ("/v1/consents", "application/fhir+json")]
)
async def test_a_body_that_is_not_strict_json_is_400(
    site: County, body: bytes, path: str, media_type: str
) -> None:
    answer = await send(site, "POST", path, content=body, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-json")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_a_good_body_arrives_parsed_and_as_it_was(site: County, method: str) -> None:
    body = '{"name": "Zoë", "n": [1, 2.5, null]}'.encode()
    answer = await send(site, method, "/v1/echo", content=body, headers=JSON_HEADERS)
    assert answer.json() == {"seen": json.loads(body), "raw": body.decode()}


async def test_a_body_of_null_is_not_a_missing_body(site: County) -> None:
    answer = await send(site, "POST", "/v1/echo", content=b"null", headers=JSON_HEADERS)
    assert answer.json() == {"seen": None, "raw": "null"}


async def test_a_route_that_needs_no_body_gets_none(site: County) -> None:
    assert (await send(site, "POST", "/v1/close")).json() == {"length": 0}


async def test_a_chunked_body_is_read_whole(site: County) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"a"', b": ", b"1}"):
            yield piece

    answer = await send(site, "POST", "/v1/echo", content=pieces(), headers=JSON_HEADERS)
    assert answer.json()["seen"] == {"a": 1}


@pytest.mark.parametrize(
    ("path", "content_type", "status"),
    [
        pytest.param("/v1/echo", "text/plain", 415, id="51-text-plain"),
        pytest.param("/v1/echo", None, 415, id="51-none"),
        pytest.param("/v1/echo", "multipart/form-data; boundary=x", 415, id="51-multipart"),
        pytest.param("/v1/echo", "application/x-www-form-urlencoded", 415, id="51-form"),
        pytest.param("/v1/echo", "application/yaml", 415, id="yaml-elsewhere"),
        pytest.param("/v1/echo", "application/jsonx", 415, id="longer-name"),
        pytest.param("/v1/echo", "text/plain, application/json", 415, id="two-in-one"),
        pytest.param("/v1/echo", "application/json; charset=utf-16", 415, id="charset-utf-16"),
        pytest.param("/v1/echo", 'application/json; charset="latin-1"', 415, id="charset-latin-1"),
        pytest.param("/v1/echo", "application/json; charset=UTF-8", 200, id="charset-utf-8"),
        pytest.param("/v1/echo", "Application/JSON", 200, id="in-capitals"),
        pytest.param("/v1/consents", "application/fhir+json; fhirVersion=4.0", 200, id="fhir"),
        pytest.param("/v1/consents", "application/json", 200, id="consent-as-json"),
        pytest.param("/v1/echo", "application/fhir+json", 415, id="fhir-elsewhere"),
        pytest.param("/v1/consents/con_1/withdraw", "application/fhir+json", 415, id="fhir-below-consents"),
        pytest.param("/v1/agreements", "application/yaml", 200, id="draft-as-yaml"),
        pytest.param("/v1/agreements", "application/json", 200, id="draft-as-json"),
        pytest.param("/v1/agreements", "application/fhir+json", 415, id="draft-as-fhir"),
        pytest.param("/v1/agreementsx", "application/yaml", 415, id="yaml-beside-the-drafts"),
        pytest.param("/oauth/token", "application/json", 415, id="token-request-as-json"),
    ],
)
async def test_the_media_types_of_a_body(
    site: County, path: str, content_type: str | None, status: int
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert (await send(site, "POST", path, content=b"{}", headers=headers)).status_code == status


async def test_a_wrong_media_type_is_refused_even_without_a_body(site: County) -> None:
    headers = {"Content-Type": "text/plain"}
    assert (await send(site, "POST", "/v1/close", headers=headers)).status_code == 415


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity, gzip", "aes128gcm"])
async def test_52_a_compressed_body_is_415(site: County, encoding: str) -> None:
    headers = {**JSON_HEADERS, "Content-Encoding": encoding}
    assert (await send(site, "POST", "/v1/echo", content=b"{}", headers=headers)).status_code == 415


async def test_52_identity_is_no_encoding(site: County) -> None:
    headers = {**JSON_HEADERS, "Content-Encoding": "identity"}
    assert (await send(site, "POST", "/v1/echo", content=b"{}", headers=headers)).status_code == 200


def json_of_length(length: int) -> bytes:
    return b'"' + b"x" * (length - 2) + b'"'


@pytest.mark.parametrize(("length", "status"), [(65_536, 200), (65_537, 413), (10_000_000, 413)])
async def test_53_a_body_has_at_most_64_kib(site: County, length: int, status: int) -> None:
    answer = await send(site, "POST", "/v1/echo", content=json_of_length(length), headers=JSON_HEADERS)
    assert answer.status_code == status


async def test_53_a_declared_length_is_refused_before_a_byte_is_read(site: County) -> None:
    read = 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b"x" * 65_537

    headers = {**JSON_HEADERS, "Content-Length": "65537"}
    assert (await send(site, "POST", "/v1/echo", content=counted(), headers=headers)).status_code == 413
    assert read == 0


async def test_53_an_endless_chunked_body_is_cut_at_the_limit(site: County) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1024
            yield b"x" * 1024

    answer = await send(site, "POST", "/v1/echo", content=endless(), headers=JSON_HEADERS)
    assert answer.status_code == 413
    assert given <= 66 * 1024


@pytest.mark.parametrize("declared", ["1", "3", "9"])
async def test_54_a_length_that_lies_is_400(site: County, declared: str) -> None:
    headers = {**JSON_HEADERS, "Content-Length": declared}
    answer = await send(site, "POST", "/v1/echo", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")


@pytest.mark.parametrize("declared", ["-1", "+2", "2, 2", "0x2", "", "٢", "1" * 13])
async def test_54_a_length_that_is_no_number_is_400(site: County, declared: str) -> None:
    headers = [(b"host", HOST.encode()), (b"content-length", declared.encode())]
    assert await raw_scope(site, headers) == 400
