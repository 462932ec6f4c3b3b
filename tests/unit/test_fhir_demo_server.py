"""The demo county's health service searches as FHIR R4 says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.demo.fhir_searching import BadSearchError, Shelf
from gateway.demo.fhir_server import FhirServer
from tests.servers import county

PEOPLE: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "id": "a",
        "name": [{"family": "Ångström", "given": ["Élodie", "Marie"]}, {"family": "Ang"}],
        "identifier": [{"system": "urn:a", "value": "1"}, {"value": "2"}],
        "birthDate": "2008-04-17",
    },
    {"resourceType": "Patient", "id": "b", "name": [{"family": "angstromson"}], "birthDate": "2008-04"},
    {
        "resourceType": "Patient",
        "id": "c",
        "identifier": [{"system": "urn:b", "value": "1"}],
        "birthDate": "2008-05-01",
    },
]


@pytest.fixture(scope="module")
def server() -> Iterator[FhirServer]:
    with FhirServer([*county.resources(crowd_size=30), *county.hl7_examples()]) as server:
        yield server


def get(server: FhirServer, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{server.base_url}/{path}", headers=headers, trust_env=False)


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("family", "ang", "ab"),
        ("family", "ANGSTROM", "ab"),
        ("family:exact", "Ångström", "a"),
        ("family:exact", "ångström", ""),
        ("family:contains", "strom", "ab"),
        ("family", "strom", ""),
        ("given", "marie", "a"),
        ("name", "elodie", "a"),
        ("name", "ang,elo", "ab"),
        ("identifier", "1", "ac"),
        ("identifier", "urn:a|1", "a"),
        ("identifier", "urn:a|", "a"),
        ("identifier", "|2", "a"),
        ("identifier", "|1", ""),
        ("identifier", "urn:a|1,urn:b|1", "ac"),
        ("identifier:not", "urn:a|1", "bc"),
        ("birthdate", "2008-04-17", "a"),
        ("birthdate", "2008-04", "ab"),
        ("birthdate", "eq2008", "abc"),
        ("_id", "a,c", "ac"),
        ("_id", "", ""),
    ],
)
def test_a_search_finds(key: str, value: str, found: str) -> None:
    resources, honoured = Shelf("Patient", PEOPLE).search([(key, value)], strict=True)
    assert "".join(each["id"] for each in resources) == found
    assert honoured == [(key, value)]


def test_parameters_narrow_one_another() -> None:
    resources, _ = Shelf("Patient", PEOPLE).search(
        [("family", "ang"), ("birthdate", "2008-04-17")], strict=True
    )
    assert [each["id"] for each in resources] == ["a"]


def test_an_unknown_parameter_is_refused_in_strict_handling_and_ignored_in_lenient() -> None:
    shelf = Shelf("Patient", PEOPLE)
    for key in ("shoe-size", "family:sounds-like", "birthdate:not"):
        with pytest.raises(BadSearchError):
            shelf.search([(key, "7")], strict=True)
        resources, honoured = shelf.search([(key, "7")], strict=False)
        assert (len(resources), honoured) == (3, [])


def test_pages_link_to_all_resources_once(server: FhirServer) -> None:
    url = f"{server.base_url}/Condition?_count=7"
    seen: list[str] = []
    bundle: dict[str, Any] = {}
    while url:
        bundle = httpx.get(url, trust_env=False).json()
        seen += [entry["resource"]["id"] for entry in bundle["entry"]]
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
    assert len(seen) == len(set(seen)) == bundle["total"]


def test_elements_leave_out_the_rest_and_say_so(server: FhirServer) -> None:
    bundle = get(server, "Condition?_id=asthma&_elements=onset,subject").json()
    resource = bundle["entry"][0]["resource"]
    assert set(resource) == {"resourceType", "id", "meta", "onsetDateTime", "subject"}
    assert resource["meta"]["tag"][0]["code"] == "SUBSETTED"


def test_labels_can_be_searched_for(server: FhirServer) -> None:
    bundle = get(server, f"Condition?_security={county.ACT_CODE}|HIV").json()
    assert [entry["resource"]["id"] for entry in bundle["entry"]] == ["hiv"]
    assert bundle["entry"][0]["search"] == {"mode": "match"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Medication", 404),
        ("Patient/nobody", 404),
        ("Patient?birthdate=soon", 400),
        ("Patient?_count=some", 400),
        ("Patient?_count=-1", 400),
        ("a/b/c", 404),
    ],
)
def test_a_refusal_is_an_operation_outcome(server: FhirServer, path: str, status: int) -> None:
    answer = get(server, path)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")
    assert answer.headers["content-type"].startswith("application/fhir+json")


def test_a_resource_is_read_by_its_id(server: FhirServer) -> None:
    assert get(server, "Patient/example").json()["name"][0]["family"] == "Chalmers"


def test_without_a_token_nothing_about_a_person_is_told() -> None:
    with FhirServer(county.resources(), {"x": {"keys": [PUBLIC]}}, offers_match=True) as server:
        assert get(server, "metadata").status_code == 200
        for path in ("Patient", "Patient/okafor-1", "Condition?patient=okafor-1"):
            for header in ({}, {"authorization": "Bearer guess"}, {"authorization": "Basic eDp5"}):
                assert get(server, path, **header).status_code == 401
        assert httpx.post(f"{server.base_url}/Patient/$match", json={}, trust_env=False).status_code == 401


PUBLIC = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "k",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
