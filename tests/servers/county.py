"""A county health service as FHIR R4 resources, and the same in the gateway's terms, written by hand.

Beside what may be told, it holds what must never be: restricted, specially labelled, unclassifiable and
mistaken records, and contacts that are about them. A crowd of other people fills pages.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from agreements.permit import Holding
from agreements.subject import PersonIdentity
from agreements.terms import Category
from tests.contracts.adapter_contract import KNOWN, NAMESAKE, QUIET, TWINS, Held, World

Resource = dict[str, Any]

ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ICD_10_CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"

WORLD: Final = World(
    known=Held(
        KNOWN,
        (
            Holding(
                Category.HEALTH,
                "Allergy to peanut (2016-03-11); Unspecified asthma (2015-09-02); last contact 2026-01-14",
                {
                    "conditions": ["Unspecified asthma"],
                    "allergies": ["Allergy to peanut"],
                    "last_encounter": "2026-01-14",
                },
            ),
            Holding(
                Category.MENTAL_HEALTH,
                "Mental health care plan (2026-02-03); Major depressive disorder, moderate (2025-11-03); "
                "last contact 2026-02-17",
                {
                    "diagnoses": ["Major depressive disorder, moderate"],
                    "care_plan_title": "Safety plan",
                    "last_contact": "2026-02-17",
                },
            ),
            Holding(
                Category.SUBSTANCE_USE,
                "Cannabis abuse, uncomplicated (2025-06-21); last contact 2025-06-20",
                {"diagnoses": ["Cannabis abuse, uncomplicated"], "last_contact": "2025-06-20"},
            ),
            Holding(
                Category.PSYCHOTHERAPY_NOTES,
                "Consult note (2026-03-01)",
                {"note_types": ["Consult note"], "last_note": "2026-03-01"},
            ),
        ),
    ),
    namesake=Held(
        NAMESAKE,
        (
            Holding(
                Category.HEALTH,
                "Essential hypertension (2019-04-04)",
                {"conditions": ["Essential hypertension"]},
            ),
            Holding(
                Category.VICTIM_INJURY,
                "Adult physical abuse, confirmed (2024-08-19)",
                {"injuries": ["Adult physical abuse, confirmed"], "last_recorded": "2024-08-19"},
            ),
        ),
    ),
    twins=(
        Held(
            TWINS[0],
            (
                Holding(
                    Category.MENTAL_HEALTH,
                    "Post-traumatic stress disorder (2024-02-02)",
                    {"diagnoses": ["Post-traumatic stress disorder"]},
                ),
            ),
        ),
        Held(
            TWINS[1],
            (
                Holding(
                    Category.HEALTH,
                    "Type 1 diabetes mellitus (2020-10-10)",
                    {"conditions": ["Type 1 diabetes mellitus"]},
                ),
            ),
        ),
    ),
    quiet=Held(QUIET),
)


def patient(id_: str, person: PersonIdentity) -> Resource:
    return {
        "resourceType": "Patient",
        "id": id_,
        "identifier": [{"system": each.system, "value": each.value} for each in person.identifiers],
        "name": [{"use": "official", "family": person.family_name, "given": person.given_name.split()}],
        "birthDate": None if person.birth_date is None else person.birth_date.isoformat(),
    }


def concept(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def labelled(*labels: tuple[str, str]) -> Resource:
    return {"meta": {"security": [{"system": system, "code": code} for system, code in labels]}}


def condition(id_: str, who: str, code: Resource, **more: Any) -> Resource:
    return {
        "resourceType": "Condition",
        "id": id_,
        "subject": {"reference": f"Patient/{who}"},
        "code": code,
        **more,
    }


def encounter(id_: str, who: str, day: str, **more: Any) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": id_,
        "status": "finished",
        "class": {"system": ACT_CODE, "code": "AMB"},
        "subject": {"reference": f"Patient/{who}"},
        "period": {"start": f"{day}T09:00:00Z", "end": f"{day}T09:40:00Z"},
        **more,
    }


def document(id_: str, who: str, **more: Any) -> Resource:
    return {
        "resourceType": "DocumentReference",
        "id": id_,
        "status": "current",
        "type": concept(LOINC, "11488-4", "Consult note"),
        "subject": {"reference": f"Patient/{who}"},
        "content": [{"attachment": {"contentType": "text/plain", "title": "not to be read"}}],
        **more,
    }


def diagnosis_of(id_: str) -> Resource:
    return {"diagnosis": [{"condition": {"reference": f"Condition/{id_}"}}]}


def about_known() -> list[Resource]:
    """What may be told about `known`."""
    peanut = {
        "resourceType": "AllergyIntolerance",
        "id": "peanut",
        "patient": {"reference": "Patient/okafor-1"},
        "code": concept(SNOMED, "91935009", "Allergy to peanut"),
        "recordedDate": "2016-03-11",
    }
    plan = {
        "resourceType": "CarePlan",
        "id": "plan",
        "status": "active",
        "intent": "plan",
        "title": "Safety plan",
        "category": [concept(SNOMED, "736253002", "Mental health care plan")],
        "subject": {"reference": "Patient/okafor-1"},
        "period": {"start": "2026-02-03"},
        "addresses": [{"reference": "Condition/depression"}],
    }
    depression = concept(ICD_10_CM, "F32.1", "Major depressive disorder, moderate")
    cannabis = concept(ICD_10_CM, "F12.10", "Cannabis abuse, uncomplicated")
    return [
        condition(
            "asthma",
            "okafor-1",
            concept(ICD_10_CM, "J45.909", "Unspecified asthma"),
            onsetDateTime="2015-09-02",
        ),
        peanut,
        encounter(
            "lung-visit", "okafor-1", "2026-01-14", reasonReference=[{"reference": "Condition/asthma"}]
        ),
        condition(
            "depression", "okafor-1", depression, onsetDateTime="2025-11-03", **labelled((ACT_CODE, "PSY"))
        ),
        plan,
        encounter("therapy-visit", "okafor-1", "2026-02-17", **diagnosis_of("depression")),
        condition(
            "cannabis",
            "okafor-1",
            cannabis,
            recordedDate="2025-06-21",
            encounter={"reference": "Encounter/clinic-visit"},
        ),
        encounter("clinic-visit", "okafor-1", "2025-06-20"),
        document("note", "okafor-1", date="2026-03-01T10:00:00Z", **labelled((ACT_CODE, "PSYTHPN"))),
    ]


def never_told() -> list[Resource]:
    """What the service holds about `known` and must not leave it under any category."""
    mistaken = {"coding": [{"system": VERIFICATION, "code": "entered-in-error"}]}
    kidney = concept(ICD_10_CM, "N18.9", "Chronic kidney disease")
    return [
        condition("hiv", "okafor-1", concept(ICD_10_CM, "B20", "HIV disease"), **labelled((ACT_CODE, "HIV"))),
        encounter("hiv-visit", "okafor-1", "2026-05-05", **diagnosis_of("hiv")),
        condition("sealed", "okafor-1", kidney, **labelled((CONFIDENTIALITY, "R"))),
        condition("local", "okafor-1", concept("urn:local", "X-17", "Local diagnosis")),
        condition(
            "mistake", "okafor-1", concept(ICD_10_CM, "C34.90", "Lung cancer"), verificationStatus=mistaken
        ),
        condition(
            "torn",
            "okafor-1",
            concept(ICD_10_CM, "F43.21", "Adjustment disorder"),
            onsetDateTime="2026-06-06",
            **labelled((ACT_CODE, "SDV")),
        ),
        encounter("missed", "okafor-1", "2026-06-30", status="cancelled"),
        encounter("unseen-cause", "okafor-1", "2026-07-07", **diagnosis_of("elsewhere")),
        document("letter", "okafor-1", date="2026-04-04T10:00:00Z"),
    ]


VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def others() -> list[Resource]:
    abuse = concept(ICD_10_CM, "T74.11XA", "Adult physical abuse, confirmed")
    stress = concept(ICD_10_CM, "F43.10", "Post-traumatic stress disorder")
    diabetes = concept(ICD_10_CM, "E10.9", "Type 1 diabetes mellitus")
    pressure = concept(ICD_10_CM, "I10", "Essential hypertension")
    return [
        condition("pressure", "okafor-2", pressure, onsetDateTime="2019-04-04"),
        condition("abuse", "okafor-2", abuse, recordedDate="2024-08-19", **labelled((ACT_CODE, "SDV"))),
        condition("stress", "lindqvist-1", stress, onsetDateTime="2024-02-02"),
        condition("diabetes", "lindqvist-2", diabetes, onsetDateTime="2020-10-10"),
    ]


def people() -> list[Resource]:
    return [
        patient("okafor-1", KNOWN),
        patient("okafor-2", NAMESAKE),
        patient("lindqvist-1", TWINS[0]),
        patient("lindqvist-2", TWINS[1]),
        patient("brennan", QUIET),
    ]


FAMILIES: Final = ("Haverford", "Castellanos", "Nguyen", "Petrov", "Mbeki", "Thorsen", "Yamada", "Rossi")
GIVEN: Final = ("Alice", "Bruno", "Chloe", "Dmitri", "Esther", "Farid", "Greta", "Hugo", "Ingrid", "Jamal")


def crowd(count: int) -> list[Resource]:
    """Other people with one ailment each, most of them born on the same day as `known`: more than a page."""
    chance = random.Random(20260417)
    made: list[Resource] = []
    for number in range(count):
        born = date(1950, 1, 1) + timedelta(days=chance.randrange(25_000))
        shared = KNOWN.birth_date if number % 10 else born
        who = PersonIdentity(chance.choice(FAMILIES), chance.choice(GIVEN), shared)
        made.append(
            patient(f"crowd-{number}", who) | {"identifier": [{"system": "urn:crowd", "value": f"c{number}"}]}
        )
        ailment = concept(ICD_10_CM, "J06.9", f"Cold number {number}")
        made.append(condition(f"cold-{number}", f"crowd-{number}", ailment))
    return made


def resources(crowd_size: int = 0) -> list[Resource]:
    return [*people(), *about_known(), *never_told(), *others(), *crowd(crowd_size)]


def hl7_examples() -> list[Mapping[str, Any]]:
    folder = Path(__file__).parent / "hl7"
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
