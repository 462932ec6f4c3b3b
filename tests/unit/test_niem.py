"""Mapping files that speak NIEM 6: what the names stand for, and how unknown ones are refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from adapters import niem
from adapters.mapping import IdentifierColumn, IdentifierTable, LabelRule, Mapped
from adapters.mapping_form import mapping_form, read_mapping
from agreements.fault import DocumentError, InvalidDocument
from agreements.terms import Category

PAGE = Path(__file__).parents[2] / "docs" / "police-mapping.md"
RECORDS = {
    "person": niem.PERSON,
    "venue": niem.VENUE,
    "communication": niem.COMMUNICATION,
    "fields": niem.FIELDS,
    "withhold": niem.LABELS,
    "identifiers": (*niem.NATIONAL_IDENTIFIERS, *niem.ISSUED_IDENTIFIERS),
}

IN_NIEM = """
schema: 1
person:
  table: person
  key: person_id
  nc:Person/nc:PersonName/nc:PersonSurName: last_name
  nc:PersonGivenName: first_name
  nc:PersonBirthDate/nc:Date: dob
  nc:PersonStateIdentification: {system: "urn:us-or:sid", column: sid}
  j:PersonFBIIdentification: fbi_no
  identifiers:
    - {table: person_identifier, person: person_id, system: id_type, value: id_value,
       systems: {"nc:PersonSSNIdentification": SSN}}
  nc:Location/nc:Address/nc:AddressStreet/nc:StreetFullText: home_street
  nc:AddressCityName: home_city
  address: {postal_code: home_zip}
  other_names: {table: person_alias, person: person_id, nc:PersonSurName: last_name,
    nc:PersonGivenName: first_name}
venue: {table: location, key: location_id, nc:LocationName: name, nc:Address/nc:AddressStreet: street}
communication: {table: contact_point, key: contact_id, channel_is: email, nc:ContactEmailID: handle}
categories:
  criminal-history:
    table: charge
    person: {column: person_id}
    withhold:
      - {j:IntelligenceInformationIndicator: intel}
      - {nc:PersonMedicalFileIndicator: medical, reclassify: health}
      - {nc:SensitivityText: sensitivity, clear: [U, FOUO], unlabelled: release}
    fields: {j:Charge/j:ChargeStatute: statute, j:Arrest/nc:ActivityDate: arrested, plea: plea}
"""
IN_PLAIN_KEYS = """
schema: 1
person:
  table: person
  key: person_id
  family_name: last_name
  given_name: first_name
  birth_date: dob
  identifiers:
    - {table: person_identifier, person: person_id, system: id_type, value: id_value,
       systems: {"https://docs.oasis-open.org/niemopen/ns/model/niem-core/6.0/PersonSSNIdentification": SSN}}
    - {system: "urn:us-or:sid", column: sid}
    - {system: "https://docs.oasis-open.org/niemopen/ns/model/domains/justice/6.0/PersonFBIIdentification",
       column: fbi_no}
  address: {line: home_street, city: home_city, postal_code: home_zip}
  other_names: {table: person_alias, person: person_id, family_name: last_name, given_name: first_name}
venue: {table: location, key: location_id, name: name, address: {line: street}}
communication: {table: contact_point, key: contact_id, channel_is: email, handle: handle}
categories:
  criminal-history:
    table: charge
    person: {column: person_id}
    withhold:
      - {indicator: intel}
      - {indicator: medical, reclassify: health}
      - {column: sensitivity, clear: [U, FOUO], unlabelled: release}
    fields: {statute: statute, arrested_on: arrested, plea: plea}
"""


def read(text: str) -> Mapped:
    return read_mapping(text, "rms.yaml")


def refused(text: str) -> tuple[DocumentError, ...]:
    with pytest.raises(InvalidDocument) as raised:
        read(text)
    return raised.value.errors


def test_niem_names_mean_the_plain_keys() -> None:
    assert read(IN_NIEM) == read(IN_PLAIN_KEYS)


def test_identifiers_are_of_the_propertys_own_system_or_the_given_one() -> None:
    ssn, sid, fbi = read(IN_NIEM).person.identifiers
    assert isinstance(ssn, IdentifierTable)
    assert list(ssn.systems) == [niem.NAMESPACES["nc"] + "PersonSSNIdentification"]
    assert sid == IdentifierColumn("urn:us-or:sid", "sid")
    assert fbi == IdentifierColumn(niem.NAMESPACES["j"] + "PersonFBIIdentification", "fbi_no")


def test_an_indicator_leaves_only_where_it_is_false() -> None:
    intelligence, medical, sensitivity = read(IN_NIEM).categories[Category.CRIMINAL_HISTORY].withhold
    assert intelligence == LabelRule("intel", ("true",), ("false",))
    assert medical == LabelRule("medical", ("true",), ("false",), reclassify=Category.HEALTH)
    assert sensitivity == LabelRule("sensitivity", (), ("U", "FOUO"), unlabelled_leaves=True)


@pytest.mark.parametrize("record", RECORDS)
def test_no_name_means_two_things_in_one_place(record: str) -> None:
    targets: dict[str, set[niem.Target]] = {}
    for term in RECORDS[record]:
        assert f"/{term.telling}/" in f"/{term.path}/"
        for name in term.names():
            assert re.fullmatch(niem.PATTERN, name)
            targets.setdefault(name, set()).add(term.target)
    assert not [name for name, meant in targets.items() if len(meant) > 1]


@pytest.mark.parametrize("path", sorted({term.path for terms in RECORDS.values() for term in terms}))
def test_every_path_is_on_the_page(path: str) -> None:
    assert f"`{path}`" in PAGE.read_text("utf-8")


def test_the_page_names_the_namespaces_and_nothing_unknown() -> None:
    page = PAGE.read_text("utf-8")
    assert all(uri in page for uri in niem.NAMESPACES.values())
    known = {name for terms in RECORDS.values() for term in terms for name in term.names()}
    named = set(re.findall(rf"`({niem.PATTERN})`", page))
    assert {name for name, *_ in named} <= known


def test_the_example_on_the_page_is_a_mapping() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        assert Category.HEALTH in read(example).fields()


@pytest.mark.parametrize(
    ("was", "becomes", "key", "line"),
    [
        (
            "nc:PersonGivenName: first_name\n  nc:PersonB",
            "nc:PersonFirstName: x\n  nc:PersonB",
            "person.nc:PersonFirstName",
            7,
        ),
        ("nc:PersonBirthDate/nc:Date", "nc:Date", "person.nc:Date", 8),
        (
            "nc:PersonBirthDate/nc:Date",
            "nc:PersonBirthDate/nc:PersonGivenName",
            "person.nc:PersonBirthDate/nc:PersonGivenName",
            8,
        ),
        ("nc:AddressCityName", "nc:LocationCityName", "person.nc:LocationCityName", 15),
        ("j:PersonFBIIdentification", "nc:PersonFBIIdentification", "person.nc:PersonFBIIdentification", 10),
        ("nc:LocationName", "nc:PersonSurName", "venue.nc:PersonSurName", 19),
        ("nc:ContactEmailID", "nc:ContactMailingAddress", "communication.nc:ContactMailingAddress", 20),
        (
            "j:IntelligenceInformationIndicator",
            "j:SecretIndicator",
            "categories.criminal-history.withhold[0].j:SecretIndicator",
            26,
        ),
        (
            "j:Charge/j:ChargeStatute",
            "j:Charge/j:ChargeNarrative",
            "categories.criminal-history.fields.j:Charge/j:ChargeNarrative",
            29,
        ),
        ("j:PersonFBIIdentification", "zz:Identification", "person.?", 10),
        ("j:PersonFBIIdentification", "nc:Daniel Okafor", "person.?", 10),
        (
            '"nc:PersonSSNIdentification": SSN',
            '"nc:PersonStateIdentification": SSN',
            "person.identifiers[0]",
            12,
        ),
    ],
)
def test_an_unknown_name_is_refused_with_file_line_and_key(
    was: str, becomes: str, key: str, line: int
) -> None:
    assert was in IN_NIEM
    errors = refused(IN_NIEM.replace(was, becomes))
    assert (key, line) in [(error.key, error.line) for error in errors]
    assert {error.file for error in errors} == {"rms.yaml"}


@pytest.mark.parametrize(
    ("was", "becomes", "key"),
    [
        (
            "  nc:PersonGivenName: first_name\n  nc:PersonB",
            "  nc:PersonGivenName: a\n  given_name: b\n  nc:PersonB",
            "person.nc:PersonGivenName",
        ),
        (
            "  nc:AddressCityName",
            "  nc:Address/nc:AddressCityName: b\n  nc:AddressCityName",
            "person.nc:AddressCityName",
        ),
        ("address: {postal_code: home_zip}", "address: {city: b}", "person.nc:AddressCityName"),
        ("plea: plea", "statute: plea", "categories.criminal-history.fields.j:Charge/j:ChargeStatute"),
    ],
)
def test_a_target_named_twice_is_refused(was: str, becomes: str, key: str) -> None:
    assert was in IN_NIEM
    assert key in [error.key for error in refused(IN_NIEM.replace(was, becomes))]


@pytest.mark.parametrize(
    ("was", "becomes", "key"),
    [
        (
            "PersonSurName: last_name\n",
            'PersonSurName: "x; DROP"\n',
            "person.nc:Person/nc:PersonName/nc:PersonSurName",
        ),
        ("nc:AddressCityName: home_city", "nc:AddressCityName: [home_city]", "person.nc:AddressCityName"),
        ("column: sid}", "colum: sid}", "person.nc:PersonStateIdentification"),
        ('{system: "urn:us-or:sid", column: sid}', "sid", "person.nc:PersonStateIdentification"),
        ("  nc:PersonBirthDate/nc:Date: dob\n", "", "person.birth_date"),
    ],
)
def test_a_fault_is_said_of_the_name_that_stands_in_the_file(was: str, becomes: str, key: str) -> None:
    assert was in IN_NIEM
    assert key in [error.key for error in refused(IN_NIEM.replace(was, becomes, 1))]


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ("{values: [1]}", "[3]"),
        ("{column: a, indicator: b, values: [1]}", "[3]"),
        ("{column: a}", "[3]"),
        ("{column: a, values: []}", "[3].values"),
        ("{column: a, clear: [U], reclassify: health}", "[3].reclassify"),
        ("{column: a, values: [u], clear: [U]}", "[3].clear"),
        ("{column: a, values: [1], unlabelled: maybe}", "[3].unlabelled"),
        ("{column: a, values: [1], reclassify: gossip}", "[3].reclassify"),
        ("{column: a, values: [1], reclassify: criminal-history}", "[3].reclassify"),
    ],
)
def test_a_withholding_rule_that_says_nothing_is_refused(rule: str, key: str) -> None:
    text = IN_NIEM.replace("    fields:", f"      - {rule}\n    fields:")
    assert f"categories.criminal-history.withhold{key}" in [error.key for error in refused(text)]


def test_the_schema_takes_what_the_form_takes() -> None:
    schema = mapping_form().schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for text in (IN_NIEM, IN_PLAIN_KEYS):
        validator.validate(yaml.safe_load(text))
    for was, becomes in [
        ("nc:PersonGivenName: first", "nc:PersonFirstName: first"),
        ("j:Charge/", "j:Case/"),
    ]:
        assert not validator.is_valid(yaml.safe_load(IN_NIEM.replace(was, becomes)))
