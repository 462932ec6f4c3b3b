"""People as FHIR Patients, both ways, and the searches they are looked up by."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from adapters.fhir_people import as_patient, birth_date_search, identifier_search, name_searches, read_person
from adapters.fhir_search import Resource, literal
from agreements.subject import Address, Identifier, PersonIdentity
from gateway.demo.fhir_searching import Shelf
from tests.servers import county


def example(id_: str) -> Resource:
    return next(
        dict(each)
        for each in county.hl7_examples()
        if each["resourceType"] == "Patient" and each["id"] == id_
    )


def test_an_official_example_is_read_whole() -> None:
    assert read_person(example("example")) == PersonIdentity(
        "Chalmers",
        "Peter James",
        date(1974, 12, 25),
        (Identifier("urn:oid:1.2.36.146.595.217.0.1", "12345"),),
        Address("534 Erewhon St", "PleasantVille", "Vic", "3999", ""),
        (("Chalmers", "Jim"), ("Windsor", "Peter James")),
    )


def test_a_replaced_record_is_nobody() -> None:
    patient: Resource = {"resourceType": "Patient", "id": "1", "link": [{"type": "replaced-by"}]}
    assert read_person(patient) is None


def test_a_birth_date_known_in_part_is_unknown() -> None:
    for text in ("2008", "2008-04", "2008-13-41", ""):
        person = read_person({"resourceType": "Patient", "id": "1", "birthDate": text})
        assert person is not None
        assert person.birth_date is None


def test_a_person_survives_the_way_into_a_patient_and_back() -> None:
    person = PersonIdentity(
        "Okafor",
        "Daniel Chi",
        date(2008, 4, 17),
        (Identifier("urn:mrn", "77"),),
        other_names=(("Obi", "Daniel"),),
    )
    assert read_person(as_patient(person)) == person


def test_each_name_is_searched_for_once() -> None:
    person = PersonIdentity("Okafor", "Daniel Chi", other_names=(("Okafor", "Daniel"), ("Obi", "")))
    assert name_searches(person) == [[("family", "Okafor"), ("given", "Daniel")], [("family", "Obi")]]


def test_nothing_known_is_nothing_searched() -> None:
    nobody = PersonIdentity()
    assert (identifier_search(nobody), birth_date_search(nobody), name_searches(nobody)) == ([], [], [])


@given(
    st.text(alphabet="ab,|$\\ é'", min_size=1, max_size=8),
    st.text(alphabet="ab,|$\\", min_size=1, max_size=8),
)
def test_no_character_of_a_name_or_identifier_has_a_meaning(text: str, other: str) -> None:
    """Whatever stands in a value, the server finds exactly the people who bear it (FHIR R4, 3.1.1.3.1)."""

    def held(id_: str, value: str) -> Resource:
        return {"resourceType": "Patient", "id": id_, "identifier": [{"system": "urn:s", "value": value}]}

    shelf = Shelf("Patient", [held("it", text), held("other", other)])
    found, _ = shelf.search(
        identifier_search(PersonIdentity(identifiers=(Identifier("urn:s", text),))), strict=True
    )
    assert {each["id"] for each in found} == ({"it", "other"} if text == other else {"it"})


def test_a_literal_is_escaped() -> None:
    assert literal("a,b|c$d\\e") == "a\\,b\\|c\\$d\\\\e"
