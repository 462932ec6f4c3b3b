"""A FHIR resource leaves under one category, the most protected that fits, or under none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.fhir_labels import sensitivity
from adapters.fhir_records import FIELDS
from adapters.fhir_sorting import KINDS, Sorting
from adapters.partner import SourceError
from agreements.terms import Category
from tests.servers.county import (
    ACT_CODE,
    CONFIDENTIALITY,
    ICD_10_CM,
    SNOMED,
    concept,
    condition,
    diagnosis_of,
    document,
    encounter,
    labelled,
)

ASTHMA = concept(ICD_10_CM, "J45.909", "Asthma")
DEPRESSION = concept(ICD_10_CM, "F32.1", "Depression")

LABELS = [
    "PSY",
    "MH",
    "PSYTHPN",
    "ETH",
    "SUD",
    "ETHUD",
    "OPIOIDUD",
    "42CFRPart2",
    "SDV",
    "HIV",
    "STD",
    "BH",
    "TBOO",
]
CODES = ["J45.909", "F32.1", "F10.20", "F19.10", "T74.11XA", "Y07.0", "X78.0", "Z91.410", "I10"]


def label(code: str) -> dict[str, Any]:
    return labelled((ACT_CODE, code))


def category_of(*resources: dict[str, Any]) -> dict[str, Category]:
    """Where each resource goes when a person has just these."""
    sorting = Sorting()
    for kind in (
        "Condition",
        "AllergyIntolerance",
        "CarePlan",
        "Encounter",
        "DocumentReference",
        "Observation",
    ):
        sorting.add(kind, [each for each in resources if each["resourceType"] == kind])
    return {id_: category for category, places in sorting.places.items() for _, id_ in places}


@pytest.mark.parametrize(
    ("code", "category"),
    [
        (ASTHMA, Category.HEALTH),
        (concept(ICD_10_CM, "F32.1", ""), Category.MENTAL_HEALTH),
        (concept(ICD_10_CM, "f32.1", ""), Category.MENTAL_HEALTH),
        (concept("http://hl7.org/fhir/sid/icd-10", "F20", ""), Category.MENTAL_HEALTH),
        (concept(ICD_10_CM, "X78.0XXA", ""), Category.MENTAL_HEALTH),
        (concept(ICD_10_CM, "F10.20", ""), Category.SUBSTANCE_USE),
        (concept(ICD_10_CM, "F19.10", ""), Category.SUBSTANCE_USE),
        (concept(ICD_10_CM, "K70.30", ""), Category.SUBSTANCE_USE),
        (concept(ICD_10_CM, "T74.11XA", ""), Category.VICTIM_INJURY),
        (concept(ICD_10_CM, "Y07.01", ""), Category.VICTIM_INJURY),
        (concept("http://id.who.int/icd/release/11/mms", "6C40.2", ""), Category.SUBSTANCE_USE),
        (concept("http://id.who.int/icd/release/11/mms", "6A70", ""), Category.MENTAL_HEALTH),
        (concept(SNOMED, "35489007", ""), Category.MENTAL_HEALTH),
        (concept(SNOMED, "354890071", ""), Category.HEALTH),
        (concept(SNOMED, "66590003", ""), Category.SUBSTANCE_USE),
        (concept(SNOMED, "195967001", "Asthma"), Category.HEALTH),
        ({"text": "Depression"}, None),
        (concept("urn:local", "DEP", "Depression"), None),
    ],
    ids=str,
)
def test_an_unlabelled_diagnosis_is_sorted_by_its_code(
    code: dict[str, Any], category: Category | None
) -> None:
    assert category_of(condition("c", "p", code)).get("c") is category


@pytest.mark.parametrize(
    ("labels", "code", "category"),
    [
        ([(ACT_CODE, "PSY")], ASTHMA, Category.MENTAL_HEALTH),
        ([(ACT_CODE, "ETH")], ASTHMA, Category.SUBSTANCE_USE),
        ([(ACT_CODE, "SDV")], ASTHMA, Category.VICTIM_INJURY),
        ([("http://hl7.org/fhir/v3/ActCode", "PSY")], ASTHMA, Category.MENTAL_HEALTH),
        ([(CONFIDENTIALITY, "N")], ASTHMA, Category.HEALTH),
        ([(CONFIDENTIALITY, "R")], ASTHMA, None),
        ([(CONFIDENTIALITY, "V")], ASTHMA, None),
        ([(CONFIDENTIALITY, "R")], DEPRESSION, Category.MENTAL_HEALTH),
        ([(CONFIDENTIALITY, "V"), (ACT_CODE, "ETH")], ASTHMA, Category.SUBSTANCE_USE),
        ([(CONFIDENTIALITY, "X")], ASTHMA, None),
        ([(ACT_CODE, "BH")], ASTHMA, None),
        ([(ACT_CODE, "BH")], DEPRESSION, Category.MENTAL_HEALTH),
        ([(ACT_CODE, "HIV")], ASTHMA, None),
        ([(ACT_CODE, "HIV"), (ACT_CODE, "PSY")], ASTHMA, None),
        ([("urn:local", "PSY")], ASTHMA, None),
        ([("", "PSY")], ASTHMA, None),
        ([(ACT_CODE, "psy")], ASTHMA, None),
        ([(ACT_CODE, "ETH"), (ACT_CODE, "PSY")], ASTHMA, Category.SUBSTANCE_USE),
        ([(ACT_CODE, "PSY")], concept(ICD_10_CM, "F11.20", ""), Category.SUBSTANCE_USE),
        ([(ACT_CODE, "SDV")], DEPRESSION, None),
        ([(ACT_CODE, "SDV"), (ACT_CODE, "ETH")], ASTHMA, None),
        ([(ACT_CODE, "PSYTHPN")], DEPRESSION, None),
    ],
    ids=str,
)
def test_a_labelled_diagnosis_leaves_under_what_covers_all_its_labels_or_not_at_all(
    labels: list[tuple[str, str]], code: dict[str, Any], category: Category | None
) -> None:
    assert category_of(condition("c", "p", code, **labelled(*labels))).get("c") is category


def test_only_labelled_notes_are_psychotherapy_notes() -> None:
    in_own_element = {"securityLabel": [concept(ACT_CODE, "PSYTHPN", "")]}
    sorted_ = category_of(
        document("labelled", "p", **label("PSYTHPN")),
        document("own-label", "p", **in_own_element),
        document("plain", "p"),
        document("psychiatric", "p", **label("PSY")),
    )
    assert sorted_ == {"labelled": Category.PSYCHOTHERAPY_NOTES, "own-label": Category.PSYCHOTHERAPY_NOTES}


def test_a_modifier_that_is_not_understood_withholds() -> None:
    modified = condition(
        "c", "p", ASTHMA, modifierExtension=[{"url": "urn:not-this-person", "valueBoolean": True}]
    )
    assert category_of(modified) == {}


@pytest.mark.parametrize(
    ("verification", "held"), [("confirmed", True), ("refuted", False), ("entered-in-error", False)]
)
def test_what_was_recorded_by_mistake_is_not_held(verification: str, held: bool) -> None:
    status = {"coding": [{"code": verification}]}
    assert ("c" in category_of(condition("c", "p", ASTHMA, verificationStatus=status))) is held


def test_a_contact_is_as_protected_as_the_diagnosis_it_is_about() -> None:
    cannabis = condition(
        "cannabis", "p", concept(ICD_10_CM, "F12.10", ""), encounter={"reference": "Encounter/e3"}
    )
    sorted_ = category_of(
        condition("depression", "p", DEPRESSION),
        condition("hiv", "p", concept(ICD_10_CM, "B20", ""), **label("HIV")),
        condition("local", "p", concept("urn:local", "X", "")),
        cannabis,
        encounter("e1", "p", "2026-01-01"),
        encounter("e2", "p", "2026-01-02", **diagnosis_of("depression")),
        encounter("e3", "p", "2026-01-03"),
        encounter("e4", "p", "2026-01-04", reasonReference=[{"reference": "Condition/hiv"}]),
        encounter("e5", "p", "2026-01-05", **diagnosis_of("unknown")),
        encounter("e6", "p", "2026-01-06", **diagnosis_of("local")),
        encounter("e7", "p", "2026-01-07", reasonCode=[concept(ICD_10_CM, "F20.9", "")]),
        encounter("e8", "p", "2026-01-08", **diagnosis_of("depression"), **label("SDV")),
    )
    contacts = {id_: category for id_, category in sorted_.items() if id_.startswith("e")}
    assert contacts == {
        "e1": Category.HEALTH,
        "e2": Category.MENTAL_HEALTH,
        "e3": Category.SUBSTANCE_USE,
        "e7": Category.MENTAL_HEALTH,
    }


def test_every_category_read_has_fields_and_kinds() -> None:
    assert set(KINDS) == set(FIELDS)


# "Behavioural health" alone withholds, and is explained by a label that says which.
SPECIFIC = [each for each in LABELS if each != "BH"]


@given(st.lists(st.sampled_from(SPECIFIC)), st.sampled_from(CODES), st.sampled_from(SPECIFIC))
def test_another_label_never_moves_a_resource_to_a_less_protected_category(
    labels: list[str], code: str, more: str
) -> None:
    order = [
        Category.HEALTH,
        Category.VICTIM_INJURY,
        Category.MENTAL_HEALTH,
        Category.SUBSTANCE_USE,
        Category.PSYCHOTHERAPY_NOTES,
    ]

    def place(names: list[str]) -> int:
        found = category_of(
            condition("c", "p", concept(ICD_10_CM, code, ""), **labelled(*((ACT_CODE, n) for n in names)))
        )
        return order.index(found["c"]) if found else len(order)

    assert place([*labels, more]) >= place(labels)


@given(st.lists(st.sampled_from(LABELS), min_size=1), st.sampled_from(CODES))
def test_a_labelled_resource_never_leaves_as_ordinary_health(labels: list[str], code: str) -> None:
    found = category_of(
        condition("c", "p", concept(ICD_10_CM, code, ""), **labelled(*((ACT_CODE, n) for n in labels)))
    )
    assert found.get("c") is not Category.HEALTH


@given(
    st.lists(st.sampled_from(LABELS), max_size=2),
    st.lists(st.sampled_from([*LABELS, "R", "V", "CEL"]), max_size=2),
    st.sampled_from(CODES),
)
def test_a_label_on_the_person_only_withholds(own: list[str], of_person: list[str], code: str) -> None:
    about = condition("c", "p", concept(ICD_10_CM, code, ""), **labelled(*((ACT_CODE, each) for each in own)))
    systems = {"R": CONFIDENTIALITY, "V": CONFIDENTIALITY}
    on_person = labelled(*((systems.get(each, ACT_CODE), each) for each in of_person))
    bound = Sorting(sensitivity({"resourceType": "Patient", **on_person}))
    bound.add("Condition", [about])
    free = set(category_of(about).values())
    assert set(bound.places) <= free
    if {"CEL", "HIV", "STD", "TBOO"} & set(of_person):
        assert not bound.places


@pytest.mark.parametrize("status", [None, "", "planned", "cancelled", "entered-in-error"])
def test_what_may_not_have_happened_is_not_held(status: str | None) -> None:
    visit = encounter("e", "p", "2026-01-01", status=status)
    if status is None:
        del visit["status"]
    assert category_of(visit) == {}


@pytest.mark.parametrize(
    "broken",
    [{"meta": []}, {"meta": {"security": {}}}, {"code": "F32"}, {"code": {"coding": [7]}}, {"category": [7]}],
    ids=str,
)
def test_a_resource_of_another_shape_is_malformed(broken: dict[str, Any]) -> None:
    with pytest.raises(SourceError):
        sensitivity({**condition("c", "p", ASTHMA), **broken})
