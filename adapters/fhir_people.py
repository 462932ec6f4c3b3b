"""People as FHIR R4 Patients: what to ask for, how to read them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from adapters.fhir_search import Resource, literal
from adapters.source_json import Json, as_list, as_object, as_text
from agreements.subject import Address, Identifier, PersonIdentity

PERSON_ELEMENTS: Final = "id,meta,implicitRules,modifierExtension,identifier,name,birthDate,address,link"

Form = list[tuple[str, str]]


def identifier_search(person: PersonIdentity) -> Form:
    tokens = [f"{literal(each.system)}|{literal(each.value)}" for each in person.identifiers]
    return [("identifier", ",".join(tokens))] if tokens else []


def birth_date_search(person: PersonIdentity) -> Form:
    return [] if person.birth_date is None else [("birthdate", person.birth_date.isoformat())]


def name_searches(person: PersonIdentity) -> list[Form]:
    """One search for each name; FHIR strings match from their start, without case and accents."""
    searches: list[Form] = []
    for family, given in [(person.family_name, person.given_name), *person.other_names]:
        first = given.split()[:1]
        search = [("family", literal(family))] if family else []
        search += [("given", literal(name)) for name in first]
        if search and search not in searches:
            searches.append(search)
    return searches


def as_patient(person: PersonIdentity) -> Resource:
    """The question of `Patient/$match`."""
    names: list[Json] = []
    for family, given in [(person.family_name, person.given_name), *person.other_names]:
        name: dict[str, Json] = {"family": family} if family else {}
        if given:
            name["given"] = list[Json](given.split())
        if name:
            names.append(name)
    patient: Resource = {"resourceType": "Patient"}
    if names:
        patient["name"] = names
    if person.birth_date is not None:
        patient["birthDate"] = person.birth_date.isoformat()
    if person.identifiers:
        patient["identifier"] = [{"system": each.system, "value": each.value} for each in person.identifiers]
    return patient


def read_person(patient: Resource) -> PersonIdentity | None:
    """A Patient as an identity; None for a record that was replaced by another (FHIR R4 Patient.link)."""
    links = map(as_object, as_list(patient.get("link")))
    if any(link.get("type") == "replaced-by" for link in links):
        return None
    names = sorted(map(as_object, as_list(patient.get("name"))), key=_name_rank)
    spelt = [(as_text(name.get("family")), _given(name)) for name in names]
    spelt = [pair for pair in spelt if any(pair)]
    # A nickname stands alone; it is a further given name of the same family.
    spelt = [(family or spelt[0][0], given or spelt[0][1]) for family, given in spelt]
    family, given = spelt[0] if spelt else ("", "")
    return PersonIdentity(
        family,
        given,
        _birth_date(as_text(patient.get("birthDate"))),
        tuple(_identifiers(patient)),
        _address(patient),
        tuple(dict.fromkeys(spelt[1:])),
    )


def _name_rank(name: Mapping[str, Json]) -> int:
    ranks = {"official": 0, "usual": 1, "": 2}
    return ranks.get(as_text(name.get("use")), 3)


def _given(name: Mapping[str, Json]) -> str:
    return " ".join(filter(None, map(as_text, as_list(name.get("given")))))


def _birth_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _identifiers(patient: Resource) -> Iterable[Identifier]:
    for each in map(as_object, as_list(patient.get("identifier"))):
        system, value = as_text(each.get("system")), as_text(each.get("value"))
        if system and value:
            yield Identifier(system, value)


def _address(patient: Resource) -> Address | None:
    addresses = [as_object(each) for each in as_list(patient.get("address"))]
    current = [each for each in addresses if each.get("use") != "old"]
    if not current:
        return None
    first = current[0]
    city, region, postal_code, country = (
        as_text(first.get(name)) for name in ("city", "state", "postalCode", "country")
    )
    line = ", ".join(filter(None, map(as_text, as_list(first.get("line")))))
    return Address(line, city, region, postal_code, country)
