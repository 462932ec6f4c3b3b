"""Hostile requests, rows 36 to 70 of the table of hostile inputs as far as the edge owns them."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.api.edge import Edge
from gateway.api.request_head import accepted_hosts
from tests.faults.edge_county import HOST, ISSUER, County, county

JSON_HEADERS = {"Content-Type": "application/json"}
PERSON = "Okafor"


@pytest.fixture(scope="module")
def site() -> County:
    return county()


async def send(
    site: County,
    method: str,
    path: str,
    *,
    content: bytes | AsyncIterator[bytes] | None = None,
    headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
) -> httpx.Response:
    async with site.client() as client:
        return await client.request(method, path, content=content, headers=headers)


async def raw(site: County, target: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> int:
    """A GET of a target that an HTTP client would tidy up; the status of the answer."""
    path, _, query = target.partition(b"?")
    return await raw_scope(site, headers if headers is not None else [(b"host", HOST.encode())], path, query)


async def raw_scope(
    site: County, headers: list[tuple[bytes, bytes]], path: bytes = b"/v1/head", query: bytes = b""
) -> int:
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
    }
    scope |= {"method": "GET", "path": path.decode("latin-1"), "raw_path": path, "query_string": query}
    scope |= {"headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "root_path": ""}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: Any) -> None:
        sent.append(message)

    await site.edge(scope, receive, keep)
    status: int = sent[0]["status"]
    return status


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
@pytest.mark.parametrize("media_type", ["application/json", "application/fhir+json"])
async def test_a_body_that_is_not_strict_json_is_400(site: County, body: bytes, media_type: str) -> None:
    answer = await send(site, "POST", "/v1/echo", content=body, headers={"Content-Type": media_type})
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
        pytest.param("/v1/echo", "application/fhir+json; fhirVersion=4.0", 200, id="fhir"),
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


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
async def test_60_a_method_without_a_body_is_405_with_one(site: County, method: str) -> None:
    assert (await send(site, method, "/v1/head", content=b"{}", headers=JSON_HEADERS)).status_code == 405


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "get", "PROPFIND", "DEBUG"])
async def test_60_other_methods_are_405(site: County, method: str) -> None:
    async with site.client() as client:
        request = client.build_request("GET", "/v1/head")
        request.method = method
        answer = await client.send(request)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
async def test_60_no_header_overrides_the_method(site: County, name: str) -> None:
    assert (await send(site, "POST", "/v1/close", headers={name: "DELETE"})).status_code == 405


HOSTS = {
    "61-evil": ("evil", 400),
    "61-evil-with-our-name-before": (HOST + ".evil.example", 400),
    "61-evil-with-our-name-behind": ("evil." + HOST, 400),
    "61-user-info": ("x@" + HOST, 400),
    "61-port-of-no-site": (HOST + ":8443", 400),
    "61-trailing-dot": (HOST + ".", 400),
    "62-path": ("a/..?", 400),
    "62-our-name-and-a-path": (HOST + "/..", 400),
    "62-our-name-and-a-fragment": (HOST + "#", 400),
    "62-two-in-one": (HOST + ",evil", 400),
    "empty": ("", 400),
    "space": (" ", 400),
    "loopback-look-alike": ("127.0.0.1.evil.example", 400),
    "loopback-port-of-letters": ("127.0.0.1:x", 400),
    "ours": (HOST, 200),
    "ours-in-capitals": (HOST.upper(), 200),
    "localhost": ("localhost", 200),
    "localhost-any-port": ("localhost:49152", 200),
    "loopback-any-port": ("127.0.0.1:8000", 200),
    "loopback-6": ("[::1]:8000", 200),
}


@pytest.mark.parametrize(("host", "status"), HOSTS.values(), ids=HOSTS.keys())
async def test_only_the_hosts_of_the_site_are_answered(site: County, host: str, status: int) -> None:
    assert await raw(site, b"/v1/head", [(b"host", host.encode())]) == status


@pytest.mark.parametrize("hosts", [[], [HOST, HOST], [HOST, "evil"]], ids=["none", "twice", "two"])
async def test_there_is_exactly_one_host(site: County, hosts: list[str]) -> None:
    assert await raw(site, b"/v1/head", [(b"host", host.encode()) for host in hosts]) == 400


@pytest.mark.parametrize(
    ("issuer", "bound", "hosts"),
    [
        (ISSUER, ("10.0.0.5", 8443), {HOST, f"{HOST}:443", "10.0.0.5:8443"}),
        ("http://localhost:8000", ("::1", 8000), {"localhost:8000", "[::1]:8000"}),
    ],
)
def test_the_hosts_of_a_site(issuer: str, bound: tuple[str, int], hosts: set[str]) -> None:
    assert accepted_hosts(issuer, *bound) == hosts


@pytest.mark.parametrize("path", ["/v1/head/", "/v1/whoami/", "/v1/"])
async def test_61_a_slash_at_the_end_is_404_and_never_a_redirect(site: County, path: str) -> None:
    answer = await send(site, "GET", path)
    assert answer.status_code == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize("name", ["cookie", "acting-user", "x-long"])
async def test_64_a_header_of_100_kb_is_431(site: County, name: str) -> None:
    assert (await send(site, "GET", "/v1/head", headers={name: "x" * 100_000})).status_code == 431


async def test_64_many_small_headers_count_together(site: County) -> None:
    headers = [(f"x-{number}", "x" * 50) for number in range(600)]
    assert (await send(site, "GET", "/v1/head", headers=headers)).status_code == 431


async def test_a_target_of_9_kb_is_414(site: County) -> None:
    assert (await send(site, "GET", "/v1/head?a=" + "x" * 9_000)).status_code == 414


PATHS = {
    "66-double-slash": b"//v1/head",
    "66-double-slash-inside": b"/v1//head",
    "66-dot-dot": b"/v1/x/../head",
    "66-dot": b"/v1/./head",
    "66-dot-dot-at-the-end": b"/v1/head/..",
    "66-encoded-dots": b"/v1/x/%2e%2e/head",
    "66-encoded-dots-in-capitals": b"/v1/x/%2E%2E/head",
    "66-encoded-slash": b"/v1%2fhead",
    "66-encoded-slash-in-capitals": b"/v1%2Fhead",
    "66-encoded-twice": b"/v1%252fhead",
    "66-encoded-backslash": b"/v1%5chead",
    "66-backslash": b"/v1\\head",
    "66-semicolon": b"/v1/head;jsessionid=1",
    "66-absolute-form": b"http://evil.example/v1/head",
    "66-asterisk": b"*",
    "66-empty": b"",
    "NUL": b"/v1/head%00",
    "line-feed": b"/v1/head%0a",
    "delete": b"/v1/head%7f",
    "not-UTF-8": b"/v1/head%ff",
    "raw-byte": b"/v1/head\xff",
    "zero-width": b"/v1/head%e2%80%8b",
    "half-an-escape": b"/v1/head%2",
    "fragment": b"/v1/head#x",
    "space": b"/v1/head x",
}


@pytest.mark.parametrize("target", PATHS.values(), ids=PATHS.keys())
async def test_a_path_with_a_second_reading_is_404(site: County, target: bytes) -> None:
    assert await raw(site, target) == 404


@pytest.mark.parametrize(
    "query", [b"a=%00", b"a=%0d%0aX: y", b"a=%ff", b"a=%e2%80%ae", b"a=%ed%a0%80", b"a=\x01"]
)
async def test_a_query_string_with_controls_is_400(site: County, query: bytes) -> None:
    assert await raw(site, b"/v1/head?" + query) == 400


@pytest.mark.parametrize("query", [b"state=open", b"a=1&b=%C3%A9", b"a=x+y", b"", b"tokens=1"])
async def test_an_honest_query_string_passes(site: County, query: bytes) -> None:
    assert await raw(site, b"/v1/head?" + query) == 200


@pytest.mark.parametrize("path", ["/v1/number/9223372036854775808000000000000000000000x", "/v1/number/NaN"])
async def test_43_a_number_in_a_path_that_is_none_is_422_without_echo(site: County, path: str) -> None:
    answer = await send(site, "GET", path)
    assert (answer.status_code, answer.json()["code"]) == (422, "unprocessable")
    assert path.rpartition("/")[2] not in answer.text


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Content-Type",
        "Content-Length",
        "Content-Encoding",
        "Idempotency-Key",
        "If-Match",
        "Acting-User",
        "Acting-Role",
    ],
)
async def test_a_header_that_decides_may_occur_once(site: County, name: str) -> None:
    pairs = [(b"host", HOST.encode()), (name.lower().encode(), b"1"), (name.encode(), b"1")]
    assert await raw_scope(site, pairs) == 400


async def test_63_length_and_chunks_together_are_400(site: County) -> None:
    pairs = [(b"host", HOST.encode()), (b"content-length", b"2"), (b"transfer-encoding", b"chunked")]
    assert await raw_scope(site, pairs) == 400


@pytest.mark.parametrize("value", [b"a\x00", b"a\r\nX: y", b"\x1b[31m", b"\x7f"])
async def test_63_a_control_in_a_header_is_400(site: County, value: bytes) -> None:
    assert await raw_scope(site, [(b"host", HOST.encode()), (b"acting-user", value)]) == 400


async def test_68_partial_and_conditional_reads_have_no_effect(site: County) -> None:
    whole = await send(site, "GET", "/v1/file")
    assert whole.headers["etag"]
    probes = [
        {"Range": "bytes=0-9"},
        {"If-None-Match": whole.headers["etag"]},
        {"If-None-Match": "*"},
        {"If-Modified-Since": whole.headers["last-modified"]},
        {"Range": "bytes=0-9", "If-Range": whole.headers["etag"]},
    ]
    for probe in probes:
        answer = await send(site, "GET", "/v1/file", headers=probe)
        assert (answer.status_code, answer.content) == (200, whole.content)
        assert answer.headers["cache-control"] == "no-store"


async def test_69_what_a_proxy_claims_has_no_effect(site: County) -> None:
    claims = {"X-Forwarded-For": "10.0.0.9", "X-Forwarded-Proto": "ftp", "X-Forwarded-User": "admin"}
    claims |= {"X-Forwarded-Host": "evil", "Forwarded": "for=10.0.0.9", "X-Real-IP": "10.0.0.9"}
    claims |= {"X-Original-URL": "/v1/whoami", "X-Rewrite-URL": "/v1/whoami"}
    assert (await send(site, "GET", "/v1/head", headers=claims)).json() == (
        await send(site, "GET", "/v1/head")
    ).json()


async def test_every_answer_has_the_security_headers(site: County) -> None:
    for path, status in (("/v1/head", 200), ("/v1/nothing", 404), ("/v1/fault", 500), ("/v1//x", 404)):
        answer = await send(site, "GET", path)
        assert answer.status_code == status
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_an_application_may_set_its_own_policy_but_not_name_its_server(site: County) -> None:
    answer = await send(site, "GET", "/v1/page")
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("PUT", "/v1/close", 405, "method-not-allowed"),
        ("GET", "/v1/teapot", 500, "internal"),
        ("GET", "/v1/problem", 429, "budget-exhausted"),
    ],
)
async def test_no_error_leaves_in_the_frameworks_words(
    site: County, method: str, path: str, status: int, code: str
) -> None:
    answer = await send(site, method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert PERSON not in answer.text


async def test_a_405_of_a_route_names_its_methods(site: County) -> None:
    assert (await send(site, "PUT", "/v1/close")).headers.get_list("allow") == ["POST"]


async def test_a_problem_keeps_its_detail_and_retry_after(site: County) -> None:
    answer = await send(site, "GET", "/v1/problem")
    assert answer.json()["detail"] == "The day's budget is used up."
    assert answer.headers["retry-after"] == "60"


async def test_a_fault_says_nothing_outside_and_its_type_alone_in_the_log(site: County) -> None:
    with capture_logs() as logs:
        answer = await send(site, "GET", "/v1/fault")
    assert answer.json() == {
        "type": "urn:partner-gateway:problem:internal",
        "title": "The gateway failed",
        "status": 500,
        "code": "internal",
    }
    assert logs == [
        {"code": "internal", "reason": "ValueError", "event": "request_failed", "log_level": "error"}
    ]


async def test_a_fault_after_the_first_byte_cuts_the_answer_short_and_is_logged_by_type(site: County) -> None:
    with capture_logs() as logs, pytest.raises(AssertionError):
        await send(site, "GET", "/v1/cut")  # the transport insists on a complete answer
    assert [(entry["event"], entry["reason"]) for entry in logs] == [("answer_cut_short", "ValueError")]


async def test_an_application_that_does_not_answer_is_a_fault() -> None:
    async def mute(scope: object, receive: object, send: object) -> None:
        return

    edge = Edge(mute, hosts=frozenset({HOST}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url=ISSUER) as client:
        assert (await client.get("/")).status_code == 500


async def test_refusals_are_counted_and_logged_by_reason_alone() -> None:
    site = county()
    with capture_logs() as logs:
        await send(site, "POST", "/v1/echo", content=b'{"Okafor": NaN}', headers=JSON_HEADERS)
        await send(site, "GET", "/v1/Okafor//x", headers={"Acting-User": "Okafor"})
    assert site.edge.refusals == {"malformed-json": 1, "path-malformed": 1}
    assert PERSON not in repr(logs)
    assert {entry["event"] for entry in logs} == {"request_refused"}


async def test_a_websocket_is_closed_at_once(site: County) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def keep(message: Any) -> None:
        sent.append(message)

    await site.edge({"type": "websocket", "path": "/", "headers": []}, receive, keep)
    assert sent == [{"type": "websocket.close", "code": 1008}]
