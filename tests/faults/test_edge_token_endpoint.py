"""The token endpoint: what it asks of a form, and what its refusals tell."""

import pytest
from structlog.testing import capture_logs

from gateway.identity import ASSERTION_TYPE
from gateway.identity_keys import client_assertion
from tests.faults.edge_calls import ask_for_token, use_token
from tests.faults.edge_county import AGENCY, ISSUER, NOW, OTHER_AGENCY, County, county
from tests.faults.token_forge import (
    assertion_mint,
)


@pytest.fixture(scope="module")
def site() -> County:
    return county()


async def test_34_a_disabled_agency_is_refused_at_once() -> None:
    site = county()
    token = (await ask_for_token(site, assertion_mint(site).token())).json()["access_token"]
    assert (await use_token(site, token)).status_code == 200
    site.revoked.add(AGENCY)
    assert (await use_token(site, token)).status_code == 401
    assert (await ask_for_token(site, assertion_mint(site, "two").token())).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic dTpw", "Token x", "Bearer a b", "Bearer a,Bearer b", "bearer:x"],
)
async def test_without_a_bearer_token_there_is_no_caller(site: County, authorization: str) -> None:
    async with site.client() as client:
        answer = await client.get("/v1/whoami", headers={"Authorization": authorization})
    assert answer.status_code == 401


FORM = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="grant-of-another-kind"),
        pytest.param({"grant_type": ""}, 400, "unsupported_grant_type", id="grant-empty"),
        pytest.param({"client_secret": "s"}, 400, "invalid_request", id="a-secret-beside-the-assertion"),
        pytest.param({"client_assertion_type": "saml"}, 401, "invalid_client", id="assertion-type-wrong"),
        pytest.param({"client_id": OTHER_AGENCY}, 401, "invalid_client", id="client-id-of-another"),
    ],
)
async def test_a_token_request_is_what_the_standard_says(
    site: County, fields: dict[str, str], status: int, error: str
) -> None:
    answer = await ask_for_token(site, assertion_mint(site, "fields").token(), **fields)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"grant_type", id="no-value"),
        pytest.param(b"grant_type=a&grant_type=b", id="a-field-twice"),
        pytest.param(b"a=%ff", id="escaped-bytes-that-are-not-UTF-8"),
        pytest.param(b"a=\xff", id="bytes-that-are-not-ASCII"),
        pytest.param(b"&".join([b"a=1"] * 17), id="too-many-fields"),
        pytest.param(b"client_assertion=x", id="no-grant-type"),
        pytest.param(b"grant_type=client_credentials&audience=x", id="a-field-unknown"),
    ],
)
async def test_a_form_that_can_be_read_two_ways_is_refused(site: County, body: bytes) -> None:
    async with site.client() as client:
        answer = await client.post(
            "/oauth/token", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_client_authenticates_in_one_way_only(site: County) -> None:
    form = {**FORM, "client_assertion": assertion_mint(site, "one-way").token()}
    async with site.client() as client:
        answer = await client.post("/oauth/token", data=form, headers={"Authorization": "Basic dTpw"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_the_assertion_of_the_command_line_is_accepted(site: County) -> None:
    key = site.agency_key
    assertion = client_assertion(key.private, key.kid, AGENCY, ISSUER, NOW)
    answer = await ask_for_token(site, assertion, client_id=AGENCY, scope="anything")
    assert (answer.status_code, answer.json()["scope"]) == (200, "gateway")


async def test_the_log_has_the_precise_reason_and_the_answer_has_not(site: County) -> None:
    with capture_logs() as logs:
        answer = await ask_for_token(site, assertion_mint(site).token(aud="https://other.example"))
    assert logs == [
        {
            "code": "invalid-client",
            "reason": "audience-wrong",
            "event": "request_refused",
            "log_level": "warning",
        }
    ]
    assert b"audience" not in answer.content
    assert site.edge.refusals["audience-wrong"] > 0
