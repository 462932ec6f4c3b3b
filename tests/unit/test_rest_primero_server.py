"""The demo's Primero keeps what Primero publishes: login, permissions by module and field, errors, pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.demo.primero_access import CHILD_PROTECTION, Role, User
from gateway.demo.primero_server import PrimeroServer
from tests.servers import primero

WORKER = User("worker", "pa:ss w0rd")
READER = User("reader", "another", Role(fields=frozenset({"name"})), 2)
NOBODY = User("nobody", "third", Role(permissions={}), 3)
OTHERS_CASE = {**primero.cases()[4], "id": "0" * 8, "module_id": "primeromodule-gbv", "hidden_name": True}
BOTH = User("both", "fourth", Role(frozenset({CHILD_PROTECTION, "primeromodule-gbv"})), 4)


@pytest.fixture
async def calls() -> AsyncIterator[httpx.AsyncClient]:
    server = PrimeroServer(
        [*primero.cases(crowd_size=30), OTHERS_CASE], primero.incidents(), [WORKER, READER, NOBODY, BOTH]
    )
    transport = httpx.ASGITransport(server.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://primero/api/v2") as client:
        yield client


async def log_in(calls: httpx.AsyncClient, user: User = WORKER) -> dict[str, str]:
    body = {"user": {"user_name": user.user_name, "password": user.password}}
    answer = await calls.post("/tokens", json=body)
    calls.cookies.clear()
    return {"authorization": f"Bearer {answer.json()['token']}"}


async def ids(calls: httpx.AsyncClient, headers: dict[str, str], **asked: str) -> list[str]:
    answer = await calls.get("/cases", headers=headers, params=asked)
    return [each["id"] for each in answer.json()["data"]]


async def test_a_token_comes_in_the_body_the_header_and_a_cookie_and_can_be_withdrawn(
    calls: httpx.AsyncClient,
) -> None:
    user = {"user_name": WORKER.user_name, "password": WORKER.password}
    answer = await calls.post("/tokens", json={"user": user})
    token = answer.json()["token"]
    assert answer.json() == {"id": 1, "user_name": "worker", "token": token}
    assert answer.headers["authorization"] == f"Bearer {token}"
    assert "HttpOnly" in answer.headers["set-cookie"]
    headers = {"authorization": f"Bearer {token}"}
    assert (await calls.get("/contact_information", headers=headers)).status_code == 200
    await calls.delete("/tokens", headers=headers)
    assert (await calls.get("/contact_information", headers=headers)).status_code == 401


@pytest.mark.parametrize("body", [{}, [], {"user": {"user_name": "worker", "password": "x"}}, {"user": 1}])
async def test_a_wrong_login_is_refused_in_devises_own_shape(calls: httpx.AsyncClient, body: Any) -> None:
    answer = await calls.post("/tokens", json=body)
    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid User name or password."})


async def test_errors_have_primeros_shape(calls: httpx.AsyncClient) -> None:
    worker, nobody = await log_in(calls), await log_in(calls, NOBODY)
    for path, headers, status, message in (
        ("/cases", {}, 401, "Unauthorized"),
        ("/cases", {"authorization": "Basic !"}, 401, "Unauthorized"),
        ("/cases", nobody, 403, "Forbidden"),
        (f"/cases/{OTHERS_CASE['id']}", worker, 403, "Forbidden"),
        (f"/cases/{OTHERS_CASE['id']}/incidents", worker, 403, "Forbidden"),
        ("/cases/none", worker, 404, "Not Found"),
        ("/nothing", worker, 404, "Not Found"),
    ):
        answer = await calls.get(path, headers=headers)
        error = {"status": status, "resource": f"/api/v2{path}", "message": message}
        assert (answer.status_code, answer.json()) == (status, {"errors": [error]})


async def test_a_user_sees_the_modules_and_fields_of_the_role(calls: httpx.AsyncClient) -> None:
    worker, both, reader = [await log_in(calls, user) for user in (WORKER, BOTH, READER)]
    assert OTHERS_CASE["id"] not in await ids(calls, worker, per="1000")
    assert OTHERS_CASE["id"] in await ids(calls, both, per="1000")
    hidden = (await calls.get(f"/cases/{OTHERS_CASE['id']}", headers=both)).json()["data"]
    assert hidden["name"] == "*******"
    seen = (await calls.get("/cases", headers=reader)).json()["data"][0]
    assert "name" in seen
    assert not {"name_last", "date_of_birth", "protection_concerns", "services_section"} & set(seen)


async def test_lists_are_searched_filtered_and_paged(calls: httpx.AsyncClient) -> None:
    headers = await log_in(calls)
    known, namesake = primero.cases()[0]["id"], primero.cases()[1]["id"]
    assert set(await ids(calls, headers, query="OKAFOR nobody")) == {known, namesake}
    assert await ids(calls, headers, query="0000001") == [known]
    assert await ids(calls, headers, query="77") == [known]
    assert await ids(calls, headers, date_of_birth="1979-01-01..1979-12-31") == [namesake]
    assert await ids(calls, headers, protection_concerns="neglect,nothing") == [known]
    assert await ids(calls, headers, age="46..200", risk_level="low") == []
    assert len(await ids(calls, headers, no_such_field="x", per="1000")) == 35
    first = await calls.get("/cases", headers=headers)
    assert first.json()["metadata"] == {"total": 35, "per": 20, "page": 1}
    second = await calls.get("/cases", headers=headers, params={"page": "2", "per": "5000"})
    assert (second.json()["data"], second.json()["metadata"]["per"]) == ([], 1000)


async def test_only_the_fields_asked_for_are_given(calls: httpx.AsyncClient) -> None:
    headers = await log_in(calls)
    path = f"/cases/{primero.cases()[0]['id']}"
    chosen = (await calls.get(path, headers=headers, params={"fields": "status,sex"})).json()["data"]
    assert set(chosen) == {"id", "enabled", "last_updated_at", "status"}
    short = (await calls.get(path, headers=headers, params={"fields": "short"})).json()["data"]
    assert {"name", "age", "case_id_display"} <= set(short)
    assert not {"name_last", "date_of_birth", "services_section"} & set(short)
