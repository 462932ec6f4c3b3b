"""A FHIR server that slips in what was not asked for: other people, other categories, other resources.

A labelled resource leaves under the one category that covers all its labels, or under none, whatever road
it comes by: pages, inclusions, containment, links between resources, labels on the person.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from adapters.fhir import FhirPartner
from adapters.fhir_sorting import KINDS
from adapters.partner import Fault, Match, SourceError
from agreements.permit import Holding
from agreements.subject import Subject
from agreements.terms import Category, Level
from tests.contracts.adapter_contract import KNOWN, TWINS, comparable, permit, permits_for
from tests.faults.test_fhir import ask, between, entries, fault_of, honest
from tests.servers import county
from tests.servers.county import ACT_CODE, CONFIDENTIALITY, Resource
from tests.servers.tampering import on

FIELDS = ["conditions", "allergies", "last_encounter", "diagnoses", "care_plan_title", "last_contact",
          "injuries", "last_recorded", "note_types", "last_note"]  # fmt: skip
PERMITS = {category: permit(category, Level.RECORD, FIELDS) for category in KINDS}
ASTHMA = county.concept(county.ICD_10_CM, "J45.909", "Unspecified asthma")
SCHIZOPHRENIA = county.concept(county.ICD_10_CM, "F20.9", "Schizophrenia")
TRUE = comparable(county.WORLD.known.holdings)


async def everywhere(partner: FhirPartner) -> dict[Category, str]:
    """What leaves about `known` under each category, each asked for alone."""
    told: dict[Category, str] = {}
    for category, leave in PERMITS.items():
        found = await ask(partner, [leave])
        assert {holding.category for holding in found} <= {category}
        told[category] = repr(found)
    return told


# --- labels ------------------------------------------------------------------------------------------

LABELS: dict[str, tuple[list[tuple[str, str]], Category | None]] = {
    "none": ([], Category.HEALTH),
    "normal": ([(CONFIDENTIALITY, "N")], Category.HEALTH),
    "restricted": ([(CONFIDENTIALITY, "R")], None),
    "very-restricted": ([(CONFIDENTIALITY, "V")], None),
    "psychiatry": ([(ACT_CODE, "PSY")], Category.MENTAL_HEALTH),
    "mental-health": ([(ACT_CODE, "MH")], Category.MENTAL_HEALTH),
    "restricted-psychiatry": ([(CONFIDENTIALITY, "R"), (ACT_CODE, "PSY")], Category.MENTAL_HEALTH),
    "alcohol-or-drugs": ([(ACT_CODE, "ETH")], Category.SUBSTANCE_USE),
    "substance-use": ([(ACT_CODE, "SUD")], Category.SUBSTANCE_USE),
    "part-2": ([(ACT_CODE, "42CFRPart2")], Category.SUBSTANCE_USE),
    "opioids": ([(ACT_CODE, "OPIOIDUD")], Category.SUBSTANCE_USE),
    "violence": ([(ACT_CODE, "SDV")], Category.VICTIM_INJURY),
    "violence-and-psychiatry": ([(ACT_CODE, "SDV"), (ACT_CODE, "PSY")], None),
    "hiv": ([(ACT_CODE, "HIV")], None),
    "taboo": ([(ACT_CODE, "TBOO")], None),
    "sexuality": ([(ACT_CODE, "SEX")], None),
    "behavioural": ([(ACT_CODE, "BH")], None),
    "therapy-notes": ([(ACT_CODE, "PSYTHPN")], None),
    "no-redisclosure": ([(ACT_CODE, "NORDSCLCD")], None),
    "inline-labels": ([(ACT_CODE, "PROCESSINLINELABEL")], None),
    "test-data": ([("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST")], None),
    "local": ([("urn:local", "SECRET")], None),
}


def told_apart(name: str) -> Resource:
    return county.concept(county.ICD_10_CM, "J45.909", f"Asthma, {name}")


async def test_every_labelled_resource_leaves_under_its_own_category_or_none() -> None:
    conditions = [
        county.condition(name, "okafor-1", told_apart(name), **county.labelled(*labels))
        for name, (labels, _) in LABELS.items()
    ]
    async with between(honest, [*county.people(), *conditions]) as (partner, _):
        told = await everywhere(partner)
    for name, (_, category) in LABELS.items():
        assert {each for each, text in told.items() if f"'Asthma, {name}'" in text} == {category} - {None}


async def test_a_contact_or_plan_leaves_as_what_it_is_about() -> None:
    resources = [*county.people()]
    for number, (name, (labels, _)) in enumerate(LABELS.items()):
        about = {"reference": f"Condition/{name}"}
        plan = {"resourceType": "CarePlan", "id": f"plan-{name}", "status": "active", "intent": "plan",
                "subject": {"reference": "Patient/okafor-1"}, "title": f"Plan {name}",
                "category": [county.concept(county.SNOMED, "736253002", f"Care, {name}")],
                "addresses": [about]}  # fmt: skip
        resources += [
            county.condition(name, "okafor-1", told_apart(name), **county.labelled(*labels)),
            county.encounter(f"e-{name}", "okafor-1", f"20{number + 10}-01-01", reasonReference=[about]),
            plan,
        ]
    async with between(honest, resources) as (partner, _):
        told = await everywhere(partner)
    # A mental health plan is one still where its cause is ordinary, or restricted without saying as what.
    mental = {name for name, (_, each) in LABELS.items() if each in (Category.HEALTH, Category.MENTAL_HEALTH)}
    mental |= {"restricted", "very-restricted", "behavioural"}
    for name in LABELS:
        under = {each for each, text in told.items() if re.search(rf"Care, {name}[;']", text)}
        assert under == ({Category.MENTAL_HEALTH} if name in mental else set())
    latest = {name: f"20{number + 10}-01-01" for number, name in enumerate(LABELS)}
    ordinary = max(day for name, day in latest.items() if LABELS[name][1] is Category.HEALTH)
    assert f"last contact {ordinary}" in told[Category.HEALTH]
    psychiatric = max(day for name, day in latest.items() if LABELS[name][1] is Category.MENTAL_HEALTH)
    assert f"last contact {psychiatric}" in told[Category.MENTAL_HEALTH]


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ((CONFIDENTIALITY, "N"), set(KINDS)),
        ((CONFIDENTIALITY, "R"), set(KINDS) - {Category.HEALTH}),
        ((CONFIDENTIALITY, "V"), set(KINDS) - {Category.HEALTH}),
        ((ACT_CODE, "PSY"), {Category.MENTAL_HEALTH, Category.SUBSTANCE_USE, Category.PSYCHOTHERAPY_NOTES}),
        ((ACT_CODE, "ETH"), {Category.SUBSTANCE_USE}),
        ((ACT_CODE, "SDV"), set()),
        ((ACT_CODE, "CEL"), set()),
        (("urn:local", "WITNESS"), set()),
    ],
    ids=["N", "R", "V", "PSY", "ETH", "SDV", "CEL", "local"],
)
async def test_a_label_on_the_person_holds_for_all_that_is_about_them(
    label: tuple[str, str], kept: set[Category]
) -> None:
    resources = [
        {**each, **county.labelled(label)} if each["id"] == "okafor-1" else each
        for each in county.resources()
    ]
    held = {each.category for each in county.WORLD.known.holdings}
    async with between(honest, resources) as (partner, _):
        told = await everywhere(partner)
    assert {each for each, text in told.items() if text != "()"} == kept & held
    # What is left is what would have left without the label, and nothing has moved.
    async with between(honest) as (partner, _):
        before = await everywhere(partner)
    for category in kept & held:
        if label[1] in ("N", "R", "V"):
            assert told[category] == before[category]


async def test_a_label_taken_off_for_the_first_reading_is_noticed_at_the_second() -> None:
    readings = 0

    def strip(bundle: dict[str, Any]) -> None:
        nonlocal readings
        readings += 1
        for entry in entries(bundle):
            if readings == 1 and entry["resource"]["id"] == "hiv":
                del entry["resource"]["meta"]

    assert await fault_of(on("/Condition/_search", strip), [PERMITS[Category.HEALTH]]) is Fault.MISMATCH


# --- what is slipped in ---------------------------------------------------------------------------------


def slip(resource: Resource, mode: str | None) -> Callable[[dict[str, Any]], None]:
    def change(bundle: dict[str, Any]) -> None:
        search = {} if mode is None else {"search": {"mode": mode}}
        entries(bundle).append({"resource": resource, **search})

    return change


STRANGER = county.condition("stray", "lindqvist-1", SCHIZOPHRENIA)
PROVENANCE = {"resourceType": "Provenance", "id": "p", "target": [{"reference": "Condition/hiv"}]}


@pytest.mark.parametrize("mode", ["include", "outcome"])
@pytest.mark.parametrize(
    "resource", [STRANGER, county.patient("x", TWINS[0]), PROVENANCE], ids=lambda r: r["id"]
)
async def test_what_is_included_is_never_told(resource: Resource, mode: str) -> None:
    async with between(on("/_search", slip(resource, mode))) as (partner, _):
        assert comparable(await ask(partner)) == TRUE


async def test_an_inclusion_that_says_it_is_a_match_is_no_answer() -> None:
    assert await fault_of(on("/Condition/_search", slip(STRANGER, None))) is Fault.MISMATCH
    assert await fault_of(on("/Condition/_search", slip(STRANGER, "match"))) is Fault.MISMATCH


async def test_another_persons_record_on_a_later_page_is_no_answer() -> None:
    pages = 0

    def turn(bundle: dict[str, Any]) -> None:
        nonlocal pages
        pages += 1
        if pages == 1:
            bundle["link"].append({"relation": "next", "url": bundle["link"][0]["url"]})
        else:
            slip(STRANGER, "match")(bundle)

    assert await fault_of(on("/Condition/_search", turn)) is Fault.MISMATCH
    assert pages == 2


@pytest.mark.parametrize(
    "more",
    ["_include=Condition:subject", "_revinclude=Provenance:target", "_include:iterate=*", "_contained=true",
     "_has:Observation:patient:code=x"],
)  # fmt: skip
async def test_a_next_page_that_asks_for_more_is_not_asked_for(more: str) -> None:
    def widen(bundle: dict[str, Any]) -> None:
        bundle["link"].append({"relation": "next", "url": f"{bundle['link'][0]['url']}&{more}"})

    async with between(on("/Condition/_search", widen)) as (partner, server):
        with pytest.raises(SourceError) as raised:
            await ask(partner)
        assert raised.value.fault is Fault.MISMATCH
        assert not [each for each in server.asked if more.partition("=")[0] in f"{each}"]


async def test_a_next_page_of_another_person_is_no_answer() -> None:
    def divert(bundle: dict[str, Any]) -> None:
        url = bundle["link"][0]["url"]
        if "okafor-1" in url:
            next_url = url.replace("okafor-1", "lindqvist-1")
            bundle["link"].append({"relation": "next", "url": next_url})

    assert await fault_of(on("/Condition/_search", divert)) is Fault.MISMATCH


async def test_a_server_that_gives_everybodys_records_is_no_answer() -> None:
    def pour(bundle: dict[str, Any]) -> None:
        entries(bundle)[:] = [
            {"resource": each} for each in county.resources() if each["resourceType"] == "Condition"
        ]
        bundle["total"] = len(entries(bundle))

    assert await fault_of(on("/Condition/_search", pour)) is Fault.MISMATCH


async def test_a_server_that_gives_whole_resources_tells_no_more() -> None:
    notes = {"text": {"status": "generated", "div": "<div>Heard voices</div>"},
             "note": [{"text": "Heard voices"}], "contained": [copy.deepcopy(STRANGER)],
             "evidence": [{"code": [SCHIZOPHRENIA]}],
             "asserter": {"reference": "Patient/lindqvist-1", "display": "Maja Lindqvist"},
             "extension": [{"url": "urn:x", "valueString": "Heard voices"}]}  # fmt: skip

    def fatten(bundle: dict[str, Any]) -> None:
        for entry in entries(bundle):
            entry["resource"].update(copy.deepcopy(notes))

    async with between(on("/_search", fatten)) as (partner, _):
        found = await ask(partner)
    assert comparable(found) == TRUE
    assert not [text for text in ("voices", "Schizophrenia", "Lindqvist") if text in repr(found)]


@pytest.mark.parametrize(
    "about",
    [
        {"reference": "#inside"},
        {"reference": "Condition/elsewhere"},
        {"reference": "https://elsewhere.example/fhir/Condition/asthma"},
        {"display": "Asthma"},
        {"identifier": {"value": "asthma"}},
        {"reference": "Procedure/asthma"},
        {},
    ],
    ids=str,
)
async def test_a_contact_about_what_was_not_seen_is_not_told(about: dict[str, Any]) -> None:
    inside = {**STRANGER, "id": "inside", "subject": {"reference": "Patient/okafor-1"}, "code": ASTHMA}
    visit = county.encounter("e", "okafor-1", "2030-01-01", reasonReference=[about], contained=[inside])
    async with between(honest, [*county.people(), visit]) as (partner, _):
        told = await everywhere(partner)
    assert set(told.values()) == {"()"}


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/okafor-1/../lindqvist-1"},
        {"reference": "patient/okafor-1"},
        {"reference": "Patient/okafor-1 "},
        {"reference": "Patient/okafor-10"},
        {"reference": "#okafor-1"},
        {"reference": "urn:uuid:okafor-1"},
        {"reference": "Patient/okafor-2", "display": "Patient/okafor-1"},
        {"identifier": {"system": "urn:mrn", "value": "77"}},
        {"type": "Patient", "display": "Daniel Okafor"},
    ],
    ids=str,
)
async def test_a_record_is_only_about_the_person_its_reference_names(subject: dict[str, Any]) -> None:
    def relabel(bundle: dict[str, Any]) -> None:
        entries(bundle)[0]["resource"]["subject"] = subject

    assert await fault_of(on("/Condition/_search", relabel)) is Fault.MISMATCH


async def test_strangers_among_the_candidates_are_not_the_person() -> None:
    """A server that answers a look-up with other people: they are graded here, and are not the one asked."""

    def swap(bundle: dict[str, Any]) -> None:
        entries(bundle)[:] = [{"resource": county.patient("lindqvist-1", TWINS[0])}]
        bundle["total"] = 1

    async with between(on("/Patient/_search", swap)) as (partner, _):
        assert not isinstance(await partner.find(Subject(KNOWN), list(PERMITS.values())), Match)


async def test_two_people_under_one_id_are_no_answer() -> None:
    forged = county.patient("okafor-1", TWINS[0])
    assert await fault_of(on("/Patient/_search", slip(forged, "match"))) is Fault.MALFORMED


async def test_what_was_matched_is_what_is_read() -> None:
    """Only the person found is asked about: nobody else's id is in any question for records."""
    async with between(honest, county.resources(crowd_size=20)) as (partner, server):
        held: tuple[Holding, ...] = await ask(partner, permits_for(county.WORLD.known))
    assert held
    asked = [body for address, body in server.asked if "/Patient/" not in address and "patient=" in body]
    assert asked
    assert all("patient=Patient%2Fokafor-1&" in body for body in asked)
