"""What leaves by the edge, and rows 68 and 69 of the table of hostile inputs."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.api.edge import Edge
from tests.faults.edge_calls import JSON_HEADERS, send
from tests.faults.edge_county import HOST, ISSUER, County, county

PERSON = "Okafor"


@pytest.fixture(scope="module")
def site() -> County:
    return county()


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
