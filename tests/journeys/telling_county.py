"""A county whose agreement lets agencies tell one another unasked, in every way a telling can be bound."""

from __future__ import annotations

from typing import Any, Final

from tests.county import Json
from tests.county_terms import COURT, DANIEL, HEALTH, OUTSIDER, PD, SCHOOLS, SOCIAL, agencies

CONTACT: Final = "badge-9"
WARNED: Final = "He named the school and tomorrow morning"
AGREEMENT: Final = "riverside-telling"


def clause(id: str, category: str, teller: str, *recipients: str, **more: Any) -> Json:
    return {
        "id": id,
        "text": f"Clause {id}.",
        "effect": "permit",
        "requester": {"agencies": list(recipients), "roles": ["caseworker", "liaison"]},
        "custodian": {"agencies": [teller]},
        "purposes": ["threat-assessment"],
        "subjects": ["person", "venue"],
        "categories": [category],
        "level": "record",
        "fields": ["plan", "place"],
        "acts": ["tell"],
        **more,
    }


def consent(**more: Any) -> Json:
    return {"consent": "required", **more}


CLAUSES: Final = [
    clause("1", "threat-report", PD, SCHOOLS, SOCIAL, obligations=[
        {"code": "no-redisclosure"}, {"code": "destroy-by", "within": "P30D"},
    ]),
    clause("2", "police-contact", PD, SCHOOLS, level="summary", requester={
        "agencies": [SCHOOLS], "roles": ["caseworker"], "contacts_only": True,
    }),
    clause("3", "mental-health", HEALTH, PD, level="summary", masked=True, conditions=consent(
        exceptions=["serious-imminent-threat"],
    )),
    clause("4", "safeguarding", SOCIAL, PD, conditions={"review": "two-person"}),
    clause("5", "housing", SOCIAL, PD, fields=["plan"], requester={
        "agencies": [PD], "roles": ["caseworker"],
    }),
    clause("6", "housing", SOCIAL, PD, fields=["place"], requester={
        "agencies": [PD], "roles": ["liaison"],
    }),
    clause("7", "school-discipline", SCHOOLS, PD, acts=["ask"]),
    clause("8", "employment", SOCIAL, PD, conditions={"concern_at_least": "high"}),
    clause("9", "family-services", SOCIAL, PD, conditions=consent()),
]  # fmt: skip
BRIEF: Final = [clause("1", "protective-order", SOCIAL, PD, level="summary")]


def agreement(id: str, clauses: list[Json], **more: Any) -> Json:
    return {
        "schema": 1,
        "id": id,
        "title": "Telling",
        "instrument": "dsa",
        "version": 1,
        "jurisdiction": "us-or",
        "parties": [PD, HEALTH, SCHOOLS, SOCIAL, COURT],
        "effective": "2026-01-01",
        "expires": "2027-01-01",
        "concern_scale": ["low", "moderate", "high"],
        "clauses": clauses,
        **more,
    }


def site() -> Json:
    """What `make_folder` takes."""
    known = agencies()
    for agency in known:
        if agency["id"] == SCHOOLS:
            agency["contacts"] = [CONTACT]
    return {
        "agencies": known,
        "agreements": [
            agreement(AGREEMENT, CLAUSES),
            agreement("riverside-brief-telling", BRIEF, retain="PT0S"),
        ],
        "holdings": {agency["id"]: [] for agency in known},
    }


def offer(case: str, to: list[str], information: Json, **more: Any) -> Json:
    return {
        "case": case,
        "purpose": "threat-assessment",
        "subject": DANIEL,
        "to": to,
        "information": information,
        **more,
    }


def seat(agency: str, id: str, role: str = "caseworker") -> Json:
    return {"agency": agency, "user": {"id": id, "name": f"Person {id}", "role": role}}


def meeting(case: str, seats: list[Json], **more: Any) -> Json:
    return {
        "case": case,
        "purpose": "threat-assessment",
        "subject": DANIEL,
        "at": "2026-03-03T09:00:00Z",
        "seats": seats,
        **more,
    }


STRANGERS: Final = (COURT, OUTSIDER)
