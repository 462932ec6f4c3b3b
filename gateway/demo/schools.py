"""The school district's systems: its roster as a OneRoster 1.2 server keeps it, and the student
information database beside it with the reports that OneRoster has no place for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any, Final

from agreements.subject import Address, PersonIdentity
from gateway.demo.cast import HIGH_SCHOOL, Cast
from gateway.demo.people import SCHOOLS, Known

Record = dict[str, Any]

_DISTRICT: Final = "org-district"
_SCHOOLS: Final = (
    ("org-high", HIGH_SCHOOL.name, HIGH_SCHOOL.address or Address(), 9),
    ("org-middle", "Millbrook Middle School", Address("12 Creek Street", "Millbrook"), 6),
    ("org-elementary", "Cedar Flat Elementary School", Address("300 Pine Street", "Cedar Flat"), 0),
)
"""The lowest grade of each stands last."""
_INCIDENTS: Final = ("repeated lateness", "fighting", "damage to property", "leaving the grounds")
_MEASURES: Final = ("letter home", "restorative conference", "detention", "suspended for two days")
_DANIEL, _ZOE, _MARISOL = "stu-90001", "stu-90002", "stu-90003"

_INSERT_DISCIPLINE: Final = "INSERT INTO discipline VALUES (NULL, ?, ?, ?, ?, ?, ?)"
_INSERT_THREAT: Final = "INSERT INTO threat_report VALUES (NULL, ?, ?, ?, ?, ?)"
_NEVER: Final = "never leaves the district"


@dataclass(frozen=True, slots=True)
class Roster:
    """The records of a OneRoster server."""

    users: list[Record]
    demographics: list[Record]
    orgs: list[Record]


@dataclass(frozen=True, slots=True)
class _Pupil:
    sourced_id: str
    identity: PersonIdentity
    grade: int


def build_roster(known: Sequence[Known], cast: Cast, today: date) -> Roster:
    """Every pupil with birth date and school, and the schools."""
    modified = f"{today}T04:10:00.000Z"
    pupils = list(_pupils(known, cast))
    return Roster(
        [_user(each, modified) for each in pupils],
        [_demographics(each, modified) for each in pupils],
        list(_orgs(modified)),
    )


def build_student_information(
    path: Path, known: Sequence[Known], cast: Cast, chance: Random, today: date
) -> None:
    """Make the database of discipline and threat reports and fill it."""
    with closing(sqlite3.connect(path)) as connection:
        # The file can be made again at any time; waiting for the disk would be most of the work.
        connection.execute("PRAGMA synchronous = OFF")
        schema = resources.files("gateway.demo").joinpath("data", "schools-schema.sql")
        connection.executescript(schema.read_text())
        connection.executemany(_INSERT_DISCIPLINE, _discipline(_pupils(known, cast), chance, today))
        connection.executemany(_INSERT_THREAT, _threats(today))
        connection.commit()


def _pupils(known: Iterable[Known], cast: Cast) -> Iterator[_Pupil]:
    yield _Pupil(_DANIEL, cast.daniel[SCHOOLS], 10)
    yield _Pupil(_ZOE, cast.zoe[SCHOOLS], 3)
    yield _Pupil(_MARISOL, cast.marisol[SCHOOLS], 11)
    for each in known:
        grade = max(0, min(12, each.person.age - 5))
        yield _Pupil(f"stu-{each.person.number:05}", each.identity, grade)


def _user(pupil: _Pupil, modified: str) -> Record:
    """A user of version 1.2; somebody with a former name on file goes by it."""
    who = pupil.identity
    usual = who.other_names[0] if who.other_names else (None, None)
    school = next(id for id, _, _, lowest in _SCHOOLS if pupil.grade >= lowest)
    org = {"sourcedId": school, "type": "org"}
    return {
        **_base(pupil.sourced_id, modified),
        "enabledUser": "true",
        "username": pupil.sourced_id,
        "userIds": [{"type": "LDAP", "identifier": pupil.sourced_id}],
        "identifier": next((each.value for each in who.identifiers), None),
        "givenName": who.given_name,
        "familyName": who.family_name,
        "middleName": None,
        "preferredFirstName": usual[1],
        "preferredLastName": usual[0],
        "roles": [{"roleType": "primary", "role": "student", "org": org}],
        "primaryOrg": org,
        "grades": [f"{pupil.grade:02}" if pupil.grade else "KG"],
        "email": f"{pupil.sourced_id}@pupils.schools.riverside.example",
        "password": _NEVER,
    }


def _demographics(pupil: _Pupil, modified: str) -> Record:
    return {**_base(pupil.sourced_id, modified), "birthDate": str(pupil.identity.birth_date)}


def _orgs(modified: str) -> Iterator[Record]:
    yield {**_base(_DISTRICT, modified), "name": "Riverside Unified School District", "type": "district"}
    for id, name, address, _ in _SCHOOLS:
        where = {"street": address.line, "city": address.city}
        parent = {"sourcedId": _DISTRICT, "type": "org"}
        org = {**_base(id, modified), "name": name, "type": "school", "parent": parent}
        yield {**org, "metadata": where}


def _base(sourced_id: str, modified: str) -> Record:
    return {"sourcedId": sourced_id, "status": "active", "dateLastModified": modified}


def _discipline(pupils: Iterable[_Pupil], chance: Random, today: date) -> Iterator[tuple[str, ...]]:
    """Rows about pupils; those still in draft are not to be told."""

    def row(pupil: str, kind: str, days: int, measure: str, state: str = "final") -> tuple[str, ...]:
        return pupil, kind, (today - timedelta(days=days)).isoformat(), measure, state, _NEVER

    yield row(_DANIEL, "damage to property", 130, "restorative conference")
    yield row(_DANIEL, "fighting", 3, "not yet decided", "draft")
    yield row(_ZOE, "left the grounds during lessons", 12, "family asked to a meeting")
    for each in pupils:
        if each.sourced_id not in {_DANIEL, _ZOE} and each.grade >= 6 and chance.random() < 0.14:
            state = "draft" if chance.random() < 0.1 else "final"
            days = chance.randrange(5, 600)
            yield row(each.sourced_id, chance.choice(_INCIDENTS), days, chance.choice(_MEASURES), state)


def _threats(today: date) -> Iterator[tuple[str | None, ...]]:
    """Rows about a pupil or about a school."""

    def ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    yield _DANIEL, None, "said to have threatened a shooting at school", ago(1), _NEVER
    yield None, "org-high", "telephone call about a bomb, found to be a hoax", ago(410), _NEVER
