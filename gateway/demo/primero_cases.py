"""People as Primero's child protection module keeps them: cases, services given, incidents linked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from agreements.subject import Identifier, PersonIdentity, Subject
from gateway.demo.primero_access import CHILD_PROTECTION, Record

_NAMESPACE: Final = uuid.UUID("6f1c8a52-0d0f-4c57-9a4e-5a6f0f3c2b11")


def record_id(kind: str, number: int) -> str:
    """The UUID of one record; the same for the same number."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{number}"))


def case(
    number: int,
    person: PersonIdentity,
    registered: date,
    *,
    concerns: Iterable[str] = (),
    risk: str | None = None,
    services: Iterable[Record] = (),
    status: str = "open",
    more: Mapping[str, Any] | None = None,
) -> Record:
    """A case about a person; identifiers become its `other_id_no`. `more` are fields set as they are."""
    given = person.given_name.split(" ", 1)
    name = " ".join(part for part in (person.given_name, person.family_name) if part)
    born = person.birth_date
    record: Record = {
        "id": record_id("case", number),
        "case_id_display": f"{number:07x}",
        "short_id": f"{number:07x}",
        "module_id": CHILD_PROTECTION,
        "record_state": True,
        "status": status,
        "name": name,
        "name_first": given[0],
        "name_middle": given[1] if len(given) > 1 else None,
        "name_last": person.family_name,
        "name_nickname": None,
        "date_of_birth": None if born is None else born.isoformat(),
        "estimated": False,
        "age": Subject(person).age_on(registered),
        "address_current": None if person.address is None else person.address.line,
        "other_id_no": _identifier(person.identifiers),
        "registration_date": registered.isoformat(),
        "created_at": f"{registered.isoformat()}T09:00:00.000Z",
        "owned_by": "primero_cp",
        "owned_by_groups": ["usergroup-primero-cp"],
        "disclosure_other_orgs": True,
        "consent_for_services": True,
        "protection_concerns": list(concerns),
        "risk_level": risk,
        "services_section": list(services),
    }
    return {**record, **(more or {})}


def service(number: int, kind: str, requested: date, *, agency: str, done: bool = False) -> Record:
    """A service asked for or given, a row of a case's `services_section`."""
    return {
        "unique_id": record_id("service", number),
        "service_type": kind,
        "service_response_type": "care_plan",
        "service_response_day_time": f"{requested.isoformat()}T10:30:00.000Z",
        "service_appointment_date": requested.isoformat(),
        "service_implementing_agency": agency,
        "service_implemented": "implemented" if done else "not_implemented",
    }


def incident(number: int, case_number: int, happened: date, violence: str) -> Record:
    """An incident linked to a case."""
    return {
        "id": record_id("incident", number),
        "incident_case_id": record_id("case", case_number),
        "module_id": CHILD_PROTECTION,
        "record_state": True,
        "status": "open",
        "incident_date": happened.isoformat(),
        "cp_incident_violence_type": violence,
        "created_at": f"{happened.isoformat()}T12:00:00.000Z",
        "owned_by_groups": ["usergroup-primero-cp"],
    }


def _identifier(identifiers: Iterable[Identifier]) -> str | None:
    return next((each.value for each in identifiers), None)
