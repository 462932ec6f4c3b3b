"""Hostile request lines and headers, rows 60 to 66 of the table of hostile inputs."""

import pytest

from gateway.api.request_head import accepted_hosts
from tests.faults.edge_calls import JSON_HEADERS, raw, raw_scope, send
from tests.faults.edge_county import HOST, ISSUER, County, county


@pytest.fixture(scope="module")
def site() -> County:
    return county()


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
