"""The demo county's school server answers as OneRoster 1.2 and 1EdTech Security say."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.demo.oneroster_query import BadQueryError, matching, ordered, selected
from gateway.demo.oneroster_server import Manner, OneRosterServer, Quirks
from gateway.demo.oneroster_tokens import CORE, DEMOGRAPHICS
from tests.contracts import school

USERS: list[dict[str, Any]] = [
    {
        "sourcedId": "a",
        "familyName": "O Neill",
        "givenName": "Ana",
        "grades": ["09", "10"],
        "userIds": [{"type": "LDAP", "identifier": "x"}],
        "metadata": {"bus": "7"},
    },
    {"sourcedId": "b", "familyName": "Okafor", "givenName": "Bo", "grades": [], "identifier": None},
    {"sourcedId": "c", "familyName": "okafor", "givenName": "Cy", "grades": ["10"], "identifier": "77"},
]


RIGHT = "secret"


@pytest.fixture(scope="module")
def server() -> Iterator[OneRosterServer]:
    users, births = school.crowd(120)
    everybody = [*school.users(), *users], [*school.demographics(), *births]
    with OneRosterServer(*everybody, school.orgs(), {"gateway": RIGHT}) as server:
        yield server


def token(server: OneRosterServer, scope: str, secret: str = RIGHT, **form: str) -> httpx.Response:
    pair = base64.b64encode(f"gateway:{secret}".encode()).decode()
    data = {"grant_type": "client_credentials", "scope": scope, **form}
    return httpx.post(
        server.token_url, data=data, headers={"authorization": f"Basic {pair}"}, trust_env=False
    )


def get(server: OneRosterServer, path: str, scope: str = CORE) -> httpx.Response:
    given = token(server, scope).json()["access_token"]
    return httpx.get(server.base_url + path, headers={"authorization": f"Bearer {given}"}, trust_env=False)


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("familyName='Okafor'", "bc"),
        ("familyName='OKAFOR' AND givenName='cy'", "c"),
        ("givenName='Ana' OR givenName='Bo'", "ab"),
        ("familyName~'neil'", "a"),
        ("familyName!='okafor'", "a"),
        ("grades='10'", "ac"),
        ("userIds.identifier='x'", "a"),
        ("metadata.bus='7'", "a"),
        ("sourcedId>'a'", "bc"),
        ("sourcedId<='a'", "a"),
        ("identifier='None'", ""),
    ],
)
def test_filters(expression: str, found: str) -> None:
    assert "".join(each["sourcedId"] for each in matching("users", USERS, expression)) == found


@pytest.mark.parametrize(
    "expression",
    ["", "familyName=Okafor", "colour='red'", "familyName='a' AND givenName='b' AND givenName='c'", "x'"],
)
def test_what_is_no_filter_is_refused(expression: str) -> None:
    with pytest.raises(BadQueryError):
        matching("users", USERS, expression)


def test_fields_and_order() -> None:
    assert selected("users", USERS[1:2], "sourcedId,givenName") == [{"sourcedId": "b", "givenName": "Bo"}]
    assert [each["sourcedId"] for each in ordered("users", USERS, "givenName", "desc")] == ["c", "b", "a"]
    with pytest.raises(BadQueryError):
        selected("users", USERS, "sourcedId,colour")
    with pytest.raises(BadQueryError):
        ordered("users", USERS, "givenName", "sideways")


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"secret": "guess"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "admin"}, 400, "invalid_scope"),
        ({"scope": ""}, 400, "invalid_scope"),
    ],
)
def test_tokens_are_refused(server: OneRosterServer, change: dict[str, str], status: int, error: str) -> None:
    answer = token(server, **{"scope": CORE, **change})
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_birth_dates_need_a_scope_of_their_own(server: OneRosterServer) -> None:
    assert get(server, "/demographics").status_code == 403
    assert get(server, "/users", DEMOGRAPHICS).status_code == 403
    assert get(server, "/demographics", f"{CORE} {DEMOGRAPHICS}").status_code == 200
    assert httpx.get(f"{server.base_url}/users", trust_env=False).status_code == 401


def test_students_stand_under_users_and_nothing_says_how_many(server: OneRosterServer) -> None:
    answer = get(server, "/students?limit=3&offset=124")
    assert [each["sourcedId"] for each in answer.json()["users"]] == ["crowd-119"]
    assert not {"x-total-count", "link"} & set(answer.headers)
    assert len(get(server, "/students").json()["users"]) == 100
    assert get(server, "/teachers").json() == {"users": []}
    assert [each["name"] for each in get(server, "/schools").json()["orgs"]] == [
        "Riverside High School",
        "Night College",
    ]


def test_one_record(server: OneRosterServer) -> None:
    answer = get(server, "/students/person-0?fields=sourcedId,enabledUser")
    assert answer.json() == {"user": {"sourcedId": "person-0", "enabledUser": "true"}}
    missing = get(server, "/students/nobody")
    assert missing.status_code == 404
    minor = missing.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]
    assert minor["imsx_codeMinorFieldValue"] == "unknownobject"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/users?filter=colour='red'", "invalid_filter_field"),
        ("/users?fields=colour", "invalid_selection_field"),
        ("/users?sort=colour", "invalid_sort_field"),
        ("/users?limit=0", "invaliddata"),
        ("/users?limit=many", "invaliddata"),
        ("/users/person-0?fields=colour", "invalid_selection_field"),
    ],
)
def test_queries_the_binding_does_not_allow(server: OneRosterServer, path: str, code: str) -> None:
    answer = get(server, path)
    assert answer.status_code == 400
    assert answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == code


def test_quirks_of_real_servers() -> None:
    quirks = Quirks(
        most=2, totals=True, filters=Manner.IGNORED, students_root="students", enabled_as_boolean=True
    )
    with OneRosterServer(school.users(), quirks=quirks) as server:
        answer = httpx.get(f"{server.base_url}/students?offset=2&filter=familyName='x'", trust_env=False)
    assert len(answer.json()["students"]) == 2
    assert {each["enabledUser"] for each in answer.json()["students"]} == {True}
    assert answer.headers["x-total-count"] == "5"
    assert {part.split("; ")[1] for part in answer.headers["link"].split(", ")} == {
        f'rel="{rel}"' for rel in ("first", "last", "next", "prev")
    }


def test_the_service_discovery_document_says_where_tokens_come_from(server: OneRosterServer) -> None:
    url = f"{server.base_url}/discovery/onerosterv1p2rostersservice_openapi3_v1p0.json"
    document = httpx.get(url, trust_env=False).json()
    flow = document["components"]["securitySchemes"]["OAuth2CC"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == server.token_url
    assert set(flow["scopes"]) == {CORE, DEMOGRAPHICS}
