"""The health service's patients and records as FHIR R4 resources, labelled and coded as a real one's are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from agreements.subject import Address, PersonIdentity
from gateway.demo.cast import Cast
from gateway.demo.people import HEALTH, Known

Resource = dict[str, Any]

_ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_ICD_10: Final = "http://hl7.org/fhir/sid/icd-10-cm"
_SNOMED: Final = "http://snomed.info/sct"
_LOINC: Final = "http://loinc.org"

_PLAIN: Final = (
    ("J45.909", "Unspecified asthma"),
    ("I10", "Essential hypertension"),
    ("E11.9", "Type 2 diabetes mellitus"),
    ("M54.50", "Low back pain"),
    ("J30.2", "Seasonal allergic rhinitis"),
    ("S52.501A", "Fracture of the lower end of the radius"),
)
_MENTAL: Final = (
    ("F41.1", "Generalized anxiety disorder"),
    ("F32.1", "Major depressive disorder, single episode, moderate"),
    ("F43.10", "Post-traumatic stress disorder"),
    ("F90.0", "Attention-deficit hyperactivity disorder"),
)
_SUBSTANCE: Final = (("F10.20", "Alcohol dependence"), ("F11.20", "Opioid dependence"))


def build_resources(known: Sequence[Known], cast: Cast, chance: Random, today: date) -> list[Resource]:
    """Every patient with what is on record about them."""
    made: list[Resource] = []
    for each in known:
        made += _patient_with_records(f"p{each.person.number}", each.identity, each.person.age, chance, today)
    daniel, zoe = cast.at(HEALTH)
    return [*made, *_about_daniel(daniel, today), *_about_zoe(zoe, today)]


def _patient_with_records(
    id: str, who: PersonIdentity, age: int, chance: Random, today: date
) -> Iterator[Resource]:
    yield _patient(id, who)
    seen = today - timedelta(days=chance.randrange(3, 900))
    ailments: list[tuple[tuple[str, str], str | None]] = [
        (chance.choice(_PLAIN), None) for _ in range(chance.choice((0, 1, 1, 2)))
    ]
    if age >= 10 and chance.random() < 0.2:
        ailments.append((chance.choice(_MENTAL), "PSY"))
    if age >= 18 and chance.random() < 0.06:
        ailments.append((chance.choice(_SUBSTANCE), "ETHUD"))
    for number, (code, label) in enumerate(ailments):
        day = seen - timedelta(days=chance.randrange(10, 700))
        yield _condition(f"{id}-c{number}", id, code, day, label)
        yield _encounter(f"{id}-e{number}", id, seen, f"{id}-c{number}")


def _about_daniel(who: PersonIdentity, today: date) -> Iterable[Resource]:
    def ago(days: int) -> date:
        return today - timedelta(days=days)

    note = {
        "resourceType": "DocumentReference",
        "id": "okafor-note",
        "status": "current",
        "type": _concept(_LOINC, "11488-4", "Consult note"),
        "subject": {"reference": "Patient/okafor"},
        "date": f"{ago(33)}T10:00:00Z",
        "content": [{"attachment": {"contentType": "text/plain", "title": "never leaves the service"}}],
        **_labelled("PSYTHPN"),
    }
    return (
        _patient("okafor", who),
        _condition("okafor-asthma", "okafor", _PLAIN[0], ago(2600), None),
        _condition("okafor-depression", "okafor", _MENTAL[1], ago(240), "PSY"),
        _care_plan("okafor-plan", "okafor", ago(75), "okafor-depression"),
        _encounter("okafor-visit", "okafor", ago(12), "okafor-depression"),
        _condition(
            "okafor-cannabis", "okafor", ("F12.10", "Cannabis abuse, uncomplicated"), ago(150), "ETHUD"
        ),
        note,
    )


def _about_zoe(who: PersonIdentity, today: date) -> Iterable[Resource]:
    return (
        _patient("nunez", who),
        _condition("nunez-asthma", "nunez", _PLAIN[0], today - timedelta(days=800), None),
        _encounter("nunez-visit", "nunez", today - timedelta(days=90), "nunez-asthma"),
    )


def _patient(id: str, who: PersonIdentity) -> Resource:
    home = who.address or Address()
    names = [{"use": "official", "family": who.family_name, "given": who.given_name.split()}]
    names += [{"use": "old", "family": family, "given": given.split()} for family, given in who.other_names]
    return {
        "resourceType": "Patient",
        "id": id,
        "active": True,
        "identifier": [{"system": each.system, "value": each.value} for each in who.identifiers],
        "name": names,
        "birthDate": str(who.birth_date),
        "address": [
            {"line": [home.line], "city": home.city, "state": home.region, "postalCode": home.postal_code}
        ],
    }


def _condition(id: str, who: str, code: tuple[str, str], day: date, label: str | None) -> Resource:
    return {
        "resourceType": "Condition",
        "id": id,
        "subject": {"reference": f"Patient/{who}"},
        "code": _concept(_ICD_10, *code),
        "onsetDateTime": day.isoformat(),
        **(_labelled(label) if label else {}),
    }


def _encounter(id: str, who: str, day: date, condition: str) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": id,
        "status": "finished",
        "class": {"system": _ACT_CODE, "code": "AMB"},
        "subject": {"reference": f"Patient/{who}"},
        "period": {"start": f"{day}T09:00:00Z", "end": f"{day}T09:40:00Z"},
        "diagnosis": [{"condition": {"reference": f"Condition/{condition}"}}],
    }


def _care_plan(id: str, who: str, day: date, condition: str) -> Resource:
    return {
        "resourceType": "CarePlan",
        "id": id,
        "status": "active",
        "intent": "plan",
        "title": "Safety plan",
        "category": [_concept(_SNOMED, "736253002", "Mental health care plan")],
        "subject": {"reference": f"Patient/{who}"},
        "period": {"start": day.isoformat()},
        "addresses": [{"reference": f"Condition/{condition}"}],
    }


def _concept(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _labelled(code: str) -> Resource:
    return {"meta": {"security": [{"system": _ACT_CODE, "code": code}]}}
