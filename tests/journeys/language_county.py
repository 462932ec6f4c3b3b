"""A county whose one agreement uses every word that is about circumstances, duties, questions and reviews."""

from __future__ import annotations

from typing import Any, Final

from tests.county import Json
from tests.county_terms import COURT, HEALTH, PD, SCHOOLS, SOCIAL, agencies, holding

CONTACT: Final = "badge-9"
AGREEMENT: Final = "riverside-circumstances"
QUESTION: Final = {"kind": "general", "question": "How many calls came from the 400 block of Elm this year?"}


def clause(id: str, category: str, custodian: str = SOCIAL, **more: Any) -> Json:
    return {
        "id": id,
        "text": f"Clause {id}.",
        "effect": "permit",
        "requester": {"agencies": [PD], "roles": ["caseworker", "liaison"]},
        "custodian": {"agencies": [custodian]},
        "purposes": ["threat-assessment"],
        "subjects": ["person"],
        "categories": [category],
        "level": "record",
        "fields": ["plan", "source"],
        **more,
    }


CLAUSES: Final = [
    clause("1", "family-services", conditions={"case_flags_absent": ["investigation-open"]}),
    clause("2", "safeguarding", conditions={"workdays_since_opening": 3}),
    clause("3", "housing", conditions={"invited_by": ["liaison"]}),
    clause("4", "employment", conditions={"unblinded": True}),
    clause(
        "5",
        "protective-order",
        requester={"agencies": [PD], "roles": ["caseworker"], "contacts_only": True},
    ),
    clause("6", "investigation", conditions={"review": "two-person"}),
    clause("6.1", "investigation", effect="prohibit", withholds=["source"]),
    clause(
        "7",
        "court",
        COURT,
        conditions={"review": "two-person"},
        obligations=[
            {"code": "store-in", "places": ["threat-file"], "never_in": ["personnel-file"]},
            {"code": "notify-party", "whom": ["target"], "within": "P1D"},
        ],
    ),
    clause("8", "threat-report", SCHOOLS, subjects=["general"], level="summary"),
    clause("9", "school-discipline", SCHOOLS, subjects=["general"], conditions={"review": "two-person"}),
    clause("10", "mental-health", HEALTH, subjects=["general"], level="record"),
    clause("11", "education-record", SCHOOLS, acts=["tell"]),
]
SUBJECT: Final = {"family_name": "Okafor", "given_name": "Daniel", "birth_date": "2008-04-17"}
HELD: Final = (
    "family-services",
    "safeguarding",
    "housing",
    "employment",
    "protective-order",
    "investigation",
)


def site() -> Json:
    """What `make_folder` takes."""
    known = agencies()
    for agency in known:
        if agency["id"] == PD:
            agency["contacts"] = [CONTACT]
    subjects = [
        {
            "person": SUBJECT,
            "holdings": [
                holding(category, f"{category} told", plan="A", source="Neighbour at no. 4")
                for category in HELD
            ],
        }
    ]
    return {
        "agencies": known,
        "agreements": [agreement()],
        "holdings": {agency["id"]: subjects if agency["id"] == SOCIAL else [] for agency in known},
        "holidays": ["2026-03-04"],
    }


def agreement(**more: Any) -> Json:
    return {
        "schema": 1,
        "id": AGREEMENT,
        "title": "Circumstances",
        "instrument": "dsa",
        "version": 1,
        "jurisdiction": "us-or",
        "parties": [PD, HEALTH, SCHOOLS, SOCIAL, COURT],
        "effective": "2026-01-01",
        "expires": "2027-01-01",
        "concern_scale": ["moderate", "high"],
        "review_every": "P12M",
        "answer_within": "P2D",
        "clauses": CLAUSES,
        **more,
    }
