"""A school custodian's world in the contract suite: OneRoster records, CSV files and the rows beside."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from agreements.permit import Holding
from agreements.subject import PersonIdentity, VenueIdentity
from agreements.terms import Category
from tests.contracts.adapter_contract import KNOWN, NAMESAKE, QUIET, TWINS, VENUE, Held, World

Record = dict[str, Any]

MAPPING: Final = """
schema: 1
identifiers: {"urn:mrn": userMasterIdentifier, "urn:state-student-id": identifier, "urn:ldap": userIds.LDAP}
venue: {address: {line: street, city: city}}
categories:
  education-record:
    from: roster
    summary: [grades, schools]
    fields: {grades: grades, schools: schools, account_enabled: enabled}
  school-discipline:
    from: file
    path: discipline.csv
    person: student
    where: {state: [final]}
    summary: [kind, happened_on]
    fields: {incident_date: happened_on, measure: measure}
  safeguarding:
    from: file
    path: safeguarding.jsonl
    person: pupil
    summary: [gist]
    fields: {opened_on: opened, steps: steps}
  threat-report:
    from: database
    url: sqlite:///sis.db
    table: threat_report
    person: student_id
    venue: school_id
    summary: [kind, reported_on]
    fields: {reported_on: reported_on, level: level}
"""


def _discipline(kind: str, day: str, measure: str) -> Holding:
    return Holding(Category.SCHOOL_DISCIPLINE, f"{kind}, {day}", {"incident_date": day, "measure": measure})


def _threat(kind: str, day: str, level: str) -> Holding:
    return Holding(Category.THREAT_REPORT, f"{kind}, {day}", {"reported_on": day, "level": level})


def _education(grade: str, school: str, *, enabled: bool = True) -> Holding:
    fields: dict[str, Any] = {"grades": [grade], "schools": [school], "account_enabled": enabled}
    return Holding(Category.EDUCATION_RECORD, f"{grade}, {school}", fields)


WORLD: Final = World(
    known=Held(
        KNOWN,
        (
            _education("11", "Riverside High School"),
            _discipline("fighting", "2025-10-07", "suspended for two days"),
            _discipline("vandalism", "2025-12-01", "restorative conference"),
            _threat("threat on social media", "2026-01-12", "moderate"),
            Holding(
                Category.SAFEGUARDING,
                "sleeps rough since the new year",
                {"opened_on": "2026-01-08", "steps": ["met family", "weekly check-in"]},
            ),
        ),
    ),
    namesake=Held(NAMESAKE, (_education("adult-ed", "Night College", enabled=False),)),
    twins=(
        Held(TWINS[0], (_discipline("truancy", "2025-09-15", "letter home"),)),
        Held(TWINS[1], (_threat("note found in locker", "2025-11-20", "low"),)),
    ),
    quiet=Held(QUIET),
    venue=Held(VENUE, (_threat("bomb threat by telephone", "2026-01-21", "high"),)),
)

IDS: Final = {id(held): f"person-{n}" for n, held in enumerate(WORLD.everybody())}
_SCHOOLS: Final = {"Riverside High School": "org-1", "Night College": "org-2"}


def orgs() -> list[Record]:
    base = {"status": "active", "dateLastModified": "2026-01-01T00:00:00.000Z"}
    address = {"street": "1 School Rd", "city": "Riverside"}
    return [
        {**base, "sourcedId": "org-0", "name": "Riverside School District", "type": "district"},
        {**base, "sourcedId": "org-1", "name": VENUE.name, "type": "school", "metadata": address},
        {**base, "sourcedId": "org-2", "name": "Night College", "type": "school"},
    ]


def user(sourced_id: str, person: PersonIdentity, org: str = "org-0", **more: Any) -> Record:
    """A student of version 1.2, under the identity's first identifier as the master identifier."""
    return {
        "sourcedId": sourced_id,
        "status": "active",
        "dateLastModified": "2026-01-01T00:00:00.000Z",
        "enabledUser": "true",
        "username": sourced_id,
        "givenName": person.given_name,
        "familyName": person.family_name,
        "userMasterIdentifier": person.identifiers[0].value if person.identifiers else None,
        "roles": [{"roleType": "primary", "role": "student", "org": {"sourcedId": org, "type": "org"}}],
        "password": "never read",
        **more,
    }


def demographic(sourced_id: str, person: PersonIdentity) -> Record:
    born = None if person.birth_date is None else person.birth_date.isoformat()
    return {"sourcedId": sourced_id, "status": "active", "birthDate": born, "sex": "other"}


def people() -> list[tuple[str, Held]]:
    return [(IDS[id(held)], held) for held in WORLD.everybody() if isinstance(held.identity, PersonIdentity)]


def users() -> list[Record]:
    found: list[Record] = []
    for sourced_id, held in people():
        assert isinstance(held.identity, PersonIdentity)
        taught = [each for each in held.holdings if each.category is Category.EDUCATION_RECORD]
        more: Record = {}
        org = "org-0"
        for each in taught:
            grades, schools = each.fields["grades"], each.fields["schools"]
            assert isinstance(grades, list)
            assert isinstance(schools, list)
            org = _SCHOOLS[str(schools[0])]
            more = {"grades": grades, "enabledUser": str(each.fields["account_enabled"]).lower()}
        found.append(user(sourced_id, held.identity, org, **more))
    return found


def demographics() -> list[Record]:
    return [
        demographic(sourced_id, held.identity)
        for sourced_id, held in people()
        if isinstance(held.identity, PersonIdentity)
    ]


def crowd(size: int) -> tuple[list[Record], list[Record]]:
    """Other students, so that there are pages: nobody of them is like anybody of the world."""
    people = [(f"crowd-{n}", PersonIdentity(f"Vandermeer{n:04}", f"Quintus{n:04}")) for n in range(size)]
    births = [
        {"sourcedId": sourced_id, "birthDate": f"20{n % 10 + 5:02}-{n % 12 + 1:02}-28"}
        for n, (sourced_id, _) in enumerate(people)
    ]
    return [user(sourced_id, person) for sourced_id, person in people], births


# --- rows beside the roster ----------------------------------------------------------------------


def write_beside(folder: Path) -> None:
    """The files and the database the mapping names, in the site's folder."""
    discipline, safeguarding, threats = _rows()
    (folder / "mapping.yaml").write_text(MAPPING)
    (folder / "discipline.csv").write_text(csv_text(discipline))
    lines = (json.dumps(row) for row in safeguarding)
    (folder / "safeguarding.jsonl").write_text("\n".join(lines) + "\n")
    engine = sa.create_engine(f"sqlite:///{folder / 'sis.db'}")
    columns = ("student_id", "school_id", "kind", "reported_on", "level", "reporter")
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE threat_report ({', '.join(f'{c} TEXT' for c in columns)})"))
        table = sa.table("threat_report", *map(sa.column, columns))
        connection.execute(table.insert(), threats)
    engine.dispose()


def _rows() -> tuple[list[Record], list[Record], list[Record]]:
    discipline: list[Record] = []
    safeguarding: list[Record] = []
    threats: list[Record] = []
    for held in WORLD.everybody():
        sourced_id = "org-1" if isinstance(held.identity, VenueIdentity) else IDS[id(held)]
        for each in held.holdings:
            kind = str(each.summary).split(", ", maxsplit=1)[0]
            fields = dict(each.fields)
            if each.category is Category.SCHOOL_DISCIPLINE:
                row = {"happened_on": fields["incident_date"], "measure": fields["measure"]}
                discipline.append({"student": sourced_id, "kind": kind, "state": "final", **row})
            elif each.category is Category.SAFEGUARDING:
                row = {"opened": fields["opened_on"], "steps": fields["steps"]}
                safeguarding.append({"pupil": sourced_id, "gist": kind, **row, "author": "never read"})
            elif each.category is Category.THREAT_REPORT:
                owner = "school_id" if sourced_id == "org-1" else "student_id"
                threats.append(
                    {"student_id": None, "school_id": None, owner: sourced_id, "kind": kind}
                    | {"reporter": "never read", **fields}
                )
    draft = {"happened_on": "2026-02-02", "measure": "never read"}
    discipline.append({"student": IDS[id(WORLD.known)], "kind": "rumour", "state": "draft", **draft})
    return discipline, safeguarding, threats


# --- the CSV form --------------------------------------------------------------------------------


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def manifest(version: str, **files: str) -> str:
    said = {"manifest.version": "1.0", "oneroster.version": version}
    said |= {f"file.{name}": kind for name, kind in files.items()}
    return csv_text([{"propertyName": name, "value": value} for name, value in said.items()])


def drop(version: str = "1.2") -> dict[str, str]:
    """The world as the bulk files of a CSV drop of either version."""
    persons, roles = [], []
    for each in users():
        role = each["roles"][0]
        row = {
            **{name: each[name] for name in ("sourcedId", "enabledUser", "username")},
            "status": "",
            "dateLastModified": "",
            "userIds": f"{{LDAP:{each['sourcedId']}}},{{Fed:{each['sourcedId']}@example}}",
            "givenName": each["givenName"],
            "familyName": each["familyName"],
            "middleName": "",
            "identifier": f"S-{each['sourcedId']}",
            "email": "",
            "phone": "",
            "grades": ",".join(each.get("grades", [])),
            "password": "never read",
            "userMasterIdentifier": each["userMasterIdentifier"],
        }
        if version == "1.1":
            row |= {"orgSourcedIds": role["org"]["sourcedId"], "role": "student"}
        else:
            row |= {"preferredGivenName": "", "preferredMiddleName": "", "preferredFamilyName": ""}
            row |= {"primaryOrgSourcedId": "", "pronouns": ""}
        persons.append(row)
        roles.append(
            {
                "sourcedId": f"role-{each['sourcedId']}",
                "status": "",
                "dateLastModified": "",
                "userSourcedId": each["sourcedId"],
                "roleType": "primary",
                "role": "student",
                "orgSourcedId": role["org"]["sourcedId"],
            }
        )
    schools = [
        {"sourcedId": each["sourcedId"], "status": "", "dateLastModified": ""}
        | {"name": each["name"], "type": each["type"], "identifier": "", "parentSourcedId": ""}
        | {f"metadata.{name}": each.get("metadata", {}).get(name, "") for name in ("street", "city")}
        for each in orgs()
    ]
    files = {
        "users.csv": csv_text(persons),
        "demographics.csv": csv_text(demographics()),
        "orgs.csv": csv_text(schools),
    }
    if version == "1.2":
        files["roles.csv"] = csv_text(roles)
    announced = {name.removesuffix(".csv"): "bulk" for name in files}
    return {"manifest.csv": manifest(version, classes="absent", **announced), **files}
