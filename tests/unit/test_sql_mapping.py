"""The form of a mapping file: what it reads, and how it refuses."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from adapters.mapping import IdentifierColumn, IdentifierTable, Link
from adapters.mapping_form import mapping_form, read_mapping
from agreements.fault import InvalidDocument
from agreements.terms import Category
from tests.contracts.records_database import MAPPING


def test_a_mapping_reads_as_written() -> None:
    mapped = read_mapping(MAPPING, "m.yaml")
    assert mapped.person.birth_date == "dob"
    assert mapped.person.identifiers == (
        IdentifierColumn("urn:mrn", "sid"),
        IdentifierTable("person_identifier", "person_id", "id_type", "id_value", {"urn:dl": "DL"}),
    )
    contact = mapped.categories[Category.POLICE_CONTACT]
    assert contact.person == Link(
        "incident_id", "incident_person", "person_id", "incident_id", {"role": ("subject", "suspect")}
    )
    assert contact.where == {"status": ("open", "closed")}
    assert mapped.categories[Category.CRIMINAL_HISTORY].where == {"sealed": ("0",)}
    assert contact.communication is None


@pytest.mark.parametrize(
    ("was", "becomes", "key"),
    [
        ("schema: 1", "schema: 2", "schema"),
        ("  birth_date: dob\n", "", "person.birth_date"),
        ("  birth_date: dob\n", "  birth_date: dob\n  shoe_size: foot\n", "person.shoe_size"),
        ("police-contact:", "gossip:", "categories.gossip"),
        ("last_name\n", '"last_name; DROP"\n', "person.family_name"),
        ("      through: incident_person\n", "", "categories.police-contact.person"),
        ("channel: kind, ", "", "communication"),
        ("channel: kind, ", "channel: kind, channel_is: email, ", "communication"),
        ("handle: handle, text: body", "", "communication"),
        ("{column: location_id}", "{column: a, where: {b: [c]}}", "categories.police-contact.venue.where"),
        ("    person: {column: person_id}\n    where:", "    where:", "categories.criminal-history"),
        ("    where: {sealed: [0]}", "    where: {sealed: []}", "categories.criminal-history.where.sealed"),
        ("fields: {grading: grading}", "fields: {Grading: grading}", "categories.intelligence.fields.?"),
    ],
)
def test_a_mapping_is_refused_by_key(was: str, becomes: str, key: str) -> None:
    assert was in MAPPING
    with pytest.raises(InvalidDocument) as raised:
        read_mapping(MAPPING.replace(was, becomes), "m.yaml")
    assert key in [error.key for error in raised.value.errors]
    assert all(error.line for error in raised.value.errors)


@pytest.mark.parametrize("table", ["venue", "communication"])
def test_a_category_cannot_belong_to_a_table_that_is_not_mapped(table: str) -> None:
    lines = MAPPING.replace("  address: {line: street, city: city}\n", "").splitlines()
    kept: list[str] = []
    inside = False
    for line in lines:
        inside = line.startswith(f"{table}:") or (inside and line.startswith("  "))
        if not inside:
            kept.append(line)
    with pytest.raises(InvalidDocument) as raised:
        read_mapping("\n".join(kept), "m.yaml")
    assert raised.value.errors[0].key.endswith(f".{table}")


def test_the_form_yields_a_valid_json_schema() -> None:
    Draft202012Validator.check_schema(mapping_form().schema())
