"""Mapping files of REST sources: what is refused, by key, and the ready mapping as it ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from adapters.rest_form import read_rest_mapping, rest_mapping_form
from adapters.rest_settings import load_mapping
from agreements.fault import InvalidDocument
from agreements.terms import Category
from tests.servers.registry import mapping

READY = Path(__file__).parents[2] / "adapters" / "mappings" / "primero.yaml"


def minimal() -> dict[str, Any]:
    return {
        "schema": 1,
        "health": "/status",
        "people": {
            "searches": [{"path": "/people", "query": {"born": "{birth_date}"}}],
            "key": "id",
            "person": {"family_name": "last", "given_name": "first", "birth_date": "born"},
            "record": {"path": "/people/{id}"},
            "categories": {"safeguarding": {"summary": ["note"]}},
        },
    }


def read(document: object) -> None:
    read_rest_mapping(json.dumps(document), "mapping.yaml")


def test_a_minimal_mapping_is_read() -> None:
    read(minimal())


def change(path: str, value: object) -> dict[str, Any]:
    document = minimal()
    *outer, last = path.split("/")
    at: Any = document
    for step in outer:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    at[last] = value
    return document


SEARCH = "people/searches/0"


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (f"{SEARCH}/path", "/people/{birth_date}", "searches[0].path"),
        (f"{SEARCH}/path", "/people/{id}", "searches[0].path"),
        (f"{SEARCH}/path", "/people/../admin", "searches[0].path"),
        (f"{SEARCH}/path", "//elsewhere.example/people", "searches[0].path"),
        (f"{SEARCH}/path", "https://elsewhere.example/", "searches[0].path"),
        (f"{SEARCH}/path", "/people?all=1", "searches[0].path"),
        (f"{SEARCH}/path", "/people%2f", "searches[0].path"),
        (f"{SEARCH}/query", {"born": "{age}"}, "searches[0].query.born"),
        (f"{SEARCH}/query", {"born": "{id}"}, "searches[0].query.born"),
        (f"{SEARCH}/query", {"born": "{birth_date.__class__}"}, "searches[0].query.born"),
        (f"{SEARCH}/query", {"all": "yes"}, "searches[0]"),
        (f"{SEARCH}/query", {"id": "{identifier}"}, "searches[0].system"),
        (f"{SEARCH}/system", "urn:mrn", "searches[0].system"),
        (f"{SEARCH}/body", {"born": "{birth_date}"}, "searches[0].body"),
        (f"{SEARCH}/narrower", {"name": "{handle}"}, "searches[0].narrower.name"),
        ("people/key", "$..id", "people.key"),
        ("people/person/dates", "%d/%m/%y", "person.dates"),
        ("people/record/path", "/people", "people.record"),
        ("people/record/path", "/people/{id}/{name}", "record.path"),
        ("people/record/query", {"born": "{birth_date}"}, "record.query.born"),
        ("people/categories", {"gossip": {}}, "categories.gossip"),
        (
            "people/categories/safeguarding/request",
            {"path": "/notes", "query": {"of": "{id}"}},
            "safeguarding.request.subject",
        ),
        ("people/paging", {"kind": "page", "page": "p", "size": "n", "of": 5000}, "paging.of"),
        ("auth", {"kind": "key", "header": "X-Key", "key": "abc"}, "auth.key"),
        ("auth", {"kind": "magic"}, "auth.kind"),
        ("python", "import os", "python"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_key(path: str, value: object, key: str) -> None:
    with pytest.raises(InvalidDocument) as raised:
        read(change(path, value))
    assert any(key in error.key for error in raised.value.errors), str(raised.value)


def test_a_category_of_the_record_needs_a_record_request() -> None:
    document = minimal()
    del document["people"]["record"]
    with pytest.raises(InvalidDocument, match="a record request"):
        read(document)


def test_members_that_cannot_nest_are_refused() -> None:
    document = change(f"{SEARCH}/method", "POST")
    document["people"]["searches"][0]["body"] = {"page": "{birth_date}"}
    document["people"]["paging"] = {"kind": "offset", "offset": "page.from", "limit": "page.size", "of": 10}
    with pytest.raises(InvalidDocument, match="no member within another"):
        read(document)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(rest_mapping_form().schema())


@pytest.mark.parametrize("text", [READY.read_text("utf-8"), mapping()], ids=["primero", "registry"])
def test_the_schema_accepts_what_the_form_reads(text: str) -> None:
    jsonschema.Draft202012Validator(rest_mapping_form().schema()).validate(yaml.safe_load(text))
    read_rest_mapping(text, "mapping.yaml")


def test_the_ready_mapping_is_found_by_name(tmp_path: Path) -> None:
    people = load_mapping("primero", tmp_path).people
    assert people is not None
    assert set(people.categories) == {
        Category.SAFEGUARDING,
        Category.FAMILY_SERVICES,
        Category.VICTIM_SERVICES,
    }
    assert not [slot for search in people.searches for slot in search.request.path.slots]
    with pytest.raises(ValueError, match="name of a ready mapping"):
        load_mapping("secundero", tmp_path)
