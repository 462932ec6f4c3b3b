"""FHIR R4 Consents for tests: one that is good in every way, and changes to it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.county import Json

HL7 = "http://terminology.hl7.org/CodeSystem/"
ACT_CODE = f"{HL7}v3-ActCode"
DIGEST = "sha-256:" + "a" * 64
Change = Callable[[Json], None]


def coding(system: str, code: str) -> Json:
    return {"system": system, "code": code}


def concept(system: str, code: str) -> Json:
    return {"coding": [coding(system, code)]}


def purpose(code: str) -> Json:
    return coding("urn:partner-gateway:purpose", code)


def category(code: str) -> Json:
    return coding("urn:partner-gateway:category", code)


def actor(part: str, reference: str) -> Json:
    role = concept(f"{HL7}v3-ParticipationType", part)
    return {"role": role, "reference": {"reference": reference}}


def denial(**limits: Any) -> Json:
    return {"type": "deny", **limits}


def good_consent(patient: Json | None = None) -> Json:
    """A patient's consent that health tells police about their mental health."""
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept(f"{HL7}consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "contained": [
            patient
            or {
                "resourceType": "Patient",
                "id": "p",
                "name": [{"family": "Okafor", "given": ["Daniel"]}],
                "birthDate": "2008-04-17",
            }
        ],
        "patient": {"reference": "#p"},
        "performer": [{"reference": "#p"}],
        "policyRule": concept(ACT_CODE, "OPTIN"),
        "sourceAttachment": {
            "extension": [{"url": "urn:partner-gateway:fhir:digest", "valueString": DIGEST}],
            "title": "signed-form",
            "creation": "2026-01-01T00:00:00Z",
        },
        "provision": {
            "period": {"start": "2026-01-01T00:00:00Z", "end": "2026-12-31T00:00:00Z"},
            "actor": [
                actor("CST", "Organization/riverside-health"),
                actor("IRCP", "Organization/riverside-pd"),
            ],
            "purpose": [purpose("threat-assessment"), purpose("safety-planning")],
            "class": [category("mental-health"), category("health")],
        },
    }


def changed(*changes: Change) -> Json:
    consent = copy.deepcopy(good_consent())
    for change in changes:
        change(consent)
    return consent


def put(*path: str | int, value: Any) -> Change:
    """Set what stands at a path."""

    def change(consent: Json) -> None:
        node: Any = consent
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value

    return change


def drop(*path: str | int) -> Change:
    """Take away what stands at a path."""

    def change(consent: Json) -> None:
        node: Any = consent
        for step in path[:-1]:
            node = node[step]
        del node[path[-1]]

    return change


def inside(*provisions: Json) -> Change:
    return put("provision", "provision", value=list(provisions))
