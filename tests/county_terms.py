"""Riverside County on paper: its agencies, what they hold, and what they promised each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

ISSUER: Final = "https://gateway.riverside.example"
PD: Final = "riverside-pd"
HEALTH: Final = "riverside-health"
SCHOOLS: Final = "riverside-schools"
SOCIAL: Final = "riverside-social"
COURT: Final = "riverside-court"
OUTSIDER: Final = "oakville-pd"
MAIN: Final = "riverside-threat-assessment"
BRIEF: Final = "riverside-brief"
CALLBACK: Final = "riverside-callback"

_SECTORS: Final = {
    PD: "law-enforcement",
    HEALTH: "health",
    SCHOOLS: "education",
    SOCIAL: "social-services",
    COURT: "justice",
    OUTSIDER: "law-enforcement",
}

_REGIMES: Final[dict[str, dict[str, list[str]]]] = {
    PD: {"police-contact": [], "threat-report": []},
    HEALTH: {"mental-health": ["us-hipaa"], "substance-use": ["us-part2"], "health": ["us-hipaa"]},
    SCHOOLS: {"school-discipline": [], "threat-report": [], "education-record": ["us-ferpa"]},
    SOCIAL: {
        "family-services": [],
        "safeguarding": [],
        "housing": [],
        "employment": [],
        "protective-order": [],
        "investigation": [],
        "probation": ["us-no-such-law"],
    },
    COURT: {"court": []},
    OUTSIDER: {"police-contact": []},
}


def agencies() -> list[dict[str, Any]]:
    """The agencies of `site.yaml`, all with a file but the court, which has people only."""
    return [
        {
            "id": id,
            "name": id.replace("-", " ").title(),
            "sector": sector,
            "jwks": f"keys/{id}.jwks.json",
            "liaison": {"name": f"Duty desk of {id}", "phone": "+1 555 0100", "email": f"duty@{id}.example"},
            "adapter": {"kind": "none"} if id == COURT else {"kind": "file", "path": f"data/{id}.json"},
            "regimes": _REGIMES[id],
        }
        for id, sector in _SECTORS.items()
    ]


DANIEL: Final[dict[str, Any]] = {
    "kind": "person",
    "family_name": "Okafor",
    "given_name": "Daniel",
    "birth_date": "2008-04-17",
    "identifiers": [{"system": "urn:state-student-id", "value": "S-4471"}],
}
MARIA: Final[dict[str, Any]] = {
    "kind": "person",
    "family_name": "Lund",
    "given_name": "Maria",
    "birth_date": "1999-09-09",
}
STRANGER: Final[dict[str, Any]] = {
    "kind": "person",
    "family_name": "Vanterpool",
    "given_name": "Ottoline",
    "birth_date": "1971-12-30",
}
TWIN: Final[dict[str, Any]] = {
    "kind": "person",
    "family_name": "Reyes",
    "given_name": "Ana",
    "birth_date": "2010-05-05",
}
SCHOOL: Final[dict[str, Any]] = {
    "kind": "venue",
    "name": "Riverside High School",
    "address": {"line": "1 School Rd", "city": "Riverside"},
}
HANDLE: Final[dict[str, Any]] = {"kind": "communication", "channel": "email", "handle": "x@example.org"}


def _held(subject: dict[str, Any], *holdings: dict[str, Any]) -> dict[str, Any]:
    kind = subject["kind"]
    identity = {key: value for key, value in subject.items() if key != "kind"}
    return {kind: identity, "holdings": list(holdings)}


def holding(category: str, summary: str, **fields: Any) -> dict[str, Any]:
    return {"category": category, "summary": summary, "fields": fields}


def patient(number: int) -> dict[str, Any]:
    """Somebody the health service knows, unlike everybody else; each test may take one for its own."""
    born = datetime(1951, 3, 3) + timedelta(days=97 * number)  # noqa: DTZ001 -- only its day is used
    first, last = _GIVEN[number % len(_GIVEN)], _FAMILY[number // len(_GIVEN)]
    return {
        "kind": "person",
        "family_name": last,
        "given_name": first,
        "birth_date": f"{born:%Y-%m-%d}",
    }


PATIENTS: Final = 160
_GIVEN: Final = ("Beatrix", "Cornelius", "Dorothea", "Ezekiel", "Florence", "Gideon", "Henrietta", "Ignatius")
_FAMILY: Final = (
    "Abernathy", "Blackwood", "Castellano", "Dombrowski", "Eriksson", "Fitzgerald", "Gunnarsson",
    "Hashimoto", "Ivanovich", "Jaramillo", "Kowalczyk", "Lindqvist", "Montefiore", "Nakamura",
    "Oyelaran", "Petrosyan", "Quintanilla", "Rasmussen", "Szymanski", "Thorvaldsen",
)  # fmt: skip


def _twin(number: str) -> dict[str, Any]:
    return {**TWIN, "identifiers": [{"system": "urn:state-student-id", "value": number}]}


def holdings() -> dict[str, list[dict[str, Any]]]:
    """What each agency's file holds."""
    return {
        PD: [
            _held(DANIEL, holding("police-contact", "welfare check", incident="R-1002")),
            _held(SCHOOL, holding("threat-report", "two calls this year")),
        ],
        HEALTH: [
            _held(
                DANIEL,
                holding("mental-health", "open safety plan", plan_date="2026-02-03", clinician="Dr Ito"),
                holding("substance-use", "in a programme", programme="outpatient", dose="8 mg"),
                holding("health", "asthma", blood_group="A"),
            ),
            _held(MARIA),
            *(
                _held(
                    patient(number),
                    holding("mental-health", f"plan {number}", plan_date="2026-02-03"),
                    holding("substance-use", f"stay {number}", programme="inpatient", dose="4 mg"),
                    holding("health", f"visit {number}"),
                )
                for number in range(PATIENTS)
            ),
        ],
        SCHOOLS: [
            _held(
                DANIEL,
                holding(
                    "school-discipline",
                    "fight in the yard",
                    incident_date="2026-02-11",
                    outcome="suspended",
                    note="teacher hurt",
                ),
                holding("threat-report", "a drawing was handed in"),
                holding("education-record", "grade sheet", grade="C", teacher="Ms Okoye"),
            ),
            _held(_twin("S-1"), holding("school-discipline", "late", incident_date="2026-01-01")),
            _held(_twin("S-2"), holding("school-discipline", "absent", incident_date="2026-01-02")),
            _held(SCHOOL, holding("threat-report", "threat on a wall")),
            _held(HANDLE, holding("threat-report", "sender of two messages")),
        ],
        SOCIAL: [
            _held(
                DANIEL,
                holding("family-services", "visited weekly", status="open", worker="P. Lindqvist"),
                holding("safeguarding", "plan one", plan="A", worker="P. Lindqvist", home="12 Elm St"),
                holding("safeguarding", "plan two", plan="B", worker="Q. Adeyemi", home="14 Elm St"),
                holding("housing", "moved twice"),
                holding("employment", "shop assistant"),
                holding("protective-order", "order of January"),
                holding("investigation", "opened in March"),
                holding("probation", "since May"),
            ),
            _held(MARIA),
        ],
        OUTSIDER: [],
    }


def clause(id: str, category: str, custodian: str, level: str = "existence", **more: Any) -> dict[str, Any]:
    """A clause by which police caseworkers may ask one custodian about one category of a person."""
    return {
        "id": id,
        "text": f"Police may ask {custodian} about {category}.",
        "effect": "permit",
        "requester": {"agencies": [PD], "roles": ["caseworker"]},
        "custodian": {"agencies": [custodian]},
        "purposes": ["threat-assessment"],
        "subjects": ["person"],
        "categories": [category],
        "level": level,
        **more,
    }


_THREAT: Final = ["serious-imminent-threat"]

MAIN_CLAUSES: Final[list[dict[str, Any]]] = [
    clause(
        "1.1",
        "school-discipline",
        SCHOOLS,
        "record",
        fields=["incident_date", "outcome"],
        obligations=[{"code": "no-redisclosure"}, {"code": "destroy-by", "within": "P30D"}],
    ),
    clause("1.2", "threat-report", SCHOOLS, "summary", subjects=["person", "venue", "communication"]),
    clause("2.1", "family-services", SOCIAL, "contact"),
    clause(
        "2.2",
        "family-services",
        SOCIAL,
        "record",
        fields=["status"],
        conditions={"case_flags": ["level-2"]},
    ),
    clause("2.3", "family-services", SOCIAL, "summary", conditions={"concern_at_least": "high"}),
    clause(
        "4.2",
        "mental-health",
        HEALTH,
        conditions={
            "concern_at_least": "moderate",
            "consent": "required",
            "exceptions": _THREAT,
            "finding": "custodian",
        },
        masked=True,
        obligations=[{"code": "no-redisclosure"}],
    ),
    clause(
        "4.3",
        "substance-use",
        HEALTH,
        "record",
        fields=["programme"],
        conditions={"consent": "required", "exceptions": _THREAT},
    ),
    clause(
        "6.1",
        "health",
        HEALTH,
        "summary",
        conditions={"consent": "required", "exceptions": _THREAT, "finding": "reliance"},
    ),
    clause("6.2", "psychotherapy-notes", HEALTH),
    clause(
        "5.1",
        "safeguarding",
        SOCIAL,
        "record",
        fields=["plan", "worker"],
        conditions={"review": "custodian"},
    ),
    clause("5.2", "housing", SOCIAL, "summary", conditions={"review": "custodian"}, masked=True),
    clause("5.3", "employment", SOCIAL, "summary"),
    clause("5.4", "probation", SOCIAL, "summary"),
    clause(
        "7.1", "education-record", SCHOOLS, "record", fields=["grade"], conditions={"legal_process": True}
    ),
    clause("7.2", "court", COURT, "contact"),
    clause(
        "8.1",
        "police-contact",
        PD,
        "contact",
        requester={"sectors": ["health", "education"], "roles": ["liaison"]},
    ),
]


def agreement(id: str, at: datetime, parties: list[str], **more: Any) -> dict[str, Any]:
    """An agreement in force around `at`."""
    return {
        "schema": 1,
        "id": id,
        "title": f"The {id} agreement",
        "instrument": "dsa",
        "version": 1,
        "jurisdiction": "us-or",
        "parties": parties,
        "effective": f"{at - timedelta(days=60):%Y-%m-%d}",
        "expires": f"{at + timedelta(days=300):%Y-%m-%d}",
        "review_by": f"{at + timedelta(days=240):%Y-%m-%d}",
        "concern_scale": ["low", "moderate", "high"],
        **more,
    }


def agreements(at: datetime) -> list[dict[str, Any]]:
    """The county's agreements as they stand at `at`."""
    return [
        agreement(MAIN, at, [PD, HEALTH, SCHOOLS, SOCIAL, COURT], version=3, clauses=MAIN_CLAUSES),
        agreement(
            "riverside-restraint",
            at,
            [PD, SOCIAL],
            clauses=[clause("1", "employment", SOCIAL, effect="prohibit")],
        ),
        agreement(
            BRIEF,
            at,
            [PD, SOCIAL],
            version=2,
            retain="PT0S",
            clauses=[
                clause("1", "protective-order", SOCIAL, "summary"),
                clause("2", "investigation", SOCIAL, "summary", conditions={"review": "custodian"}),
            ],
        ),
        agreement(
            CALLBACK,
            at,
            [PD, SCHOOLS],
            concern_scale=["watch", "act"],
            clauses=[
                clause(
                    "1",
                    "threat-report",
                    PD,
                    "summary",
                    requester={"agencies": [SCHOOLS], "roles": ["caseworker"]},
                    subjects=["person", "venue"],
                    conditions={"concern_at_least": "watch"},
                )
            ],
        ),
    ]
