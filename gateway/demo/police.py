"""The police department's records database: a real SQLite file, filled from the people of the county."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date, timedelta
from importlib import resources
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from agreements.subject import Address, PersonIdentity
from gateway.demo.cast import HANDLE, HIGH_SCHOOL, Cast
from gateway.demo.people import POLICE, Known

_PLACES: Final = (
    ("Millbrook Middle School", "12 Creek Street", "Millbrook", "school"),
    ("Cedar Flat Elementary School", "300 Pine Street", "Cedar Flat", "school"),
    ("Riverside Health Clinic", "55 Harbor Avenue", "Riverside", "clinic"),
    ("Veterans Memorial Park", "900 River Road", "Riverside", "park"),
    ("Oak Landing Bus Station", "2 Station Way", "Oak Landing", "transport"),
    ("Eastgate Market", "1410 Canyon Drive", "Riverside", "shop"),
)
_KINDS: Final = (
    "traffic stop",
    "theft",
    "welfare check",
    "noise complaint",
    "burglary",
    "disturbance",
    "collision",
)
_OUTCOMES: Final = ("no further action", "advised", "citation issued", "referred", "under investigation")
_OFFENCES: Final = (
    ("theft in the third degree", "ORS 164.043"),
    ("menacing", "ORS 163.190"),
    ("harassment", "ORS 166.065"),
    ("criminal mischief in the second degree", "ORS 164.354"),
)
_AT_THE_SCHOOL: Final = (
    (410, "fight in the parking lot", "advised"),
    (96, "threatening message about a pupil", "under investigation"),
    (21, "vehicle circling the grounds at night", "no further action"),
)


def build_records(path: Path, known: Sequence[Known], cast: Cast, chance: Random, today: date) -> None:
    """Make the file and fill it."""
    with closing(sqlite3.connect(path)) as connection:
        # The file can be made again at any time; waiting for the disk would be most of the work.
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(
            resources.files("gateway.demo").joinpath("data", "police-schema.sql").read_text()
        )
        records = _Records(connection, chance, today)
        records.fill(known)
        records.add_story(cast)
        connection.commit()


class _Records:
    def __init__(self, connection: sqlite3.Connection, chance: Random, today: date) -> None:
        self._connection = connection
        self._chance = chance
        self._today = today
        self._keys = {name: count(1) for name in ("person", "location", "incident", "contact_point")}
        self._places = [self._place(*place) for place in _PLACES]

    def fill(self, known: Iterable[Known]) -> None:
        for each in known:
            key = self._person(each.identity, notes="never leaves the department")
            for _ in range(self._chance.choice((1, 1, 2, 3))):
                self._something_happens(key, each.identity, each.person.age)
            if each.person.age >= 18 and self._chance.random() < 0.06:
                gist = "said to be selling catalytic converters"
                self._add(
                    "intelligence", None, key, gist, "E41", self._past(900), "never leaves the department"
                )

    def add_story(self, cast: Cast) -> None:
        """What the department knows of the people, the place and the account of the story."""
        address = HIGH_SCHOOL.address or Address()
        school = self._place(HIGH_SCHOOL.name, address.line, address.city, "school")
        for days, kind, outcome in _AT_THE_SCHOOL:
            self._incident(kind, self._ago(days), school, outcome)
        daniel, zoe, marisol = (self._person(each) for each in cast.at(POLICE))
        kitchen = self._place(
            "", cast.zoe[POLICE].address.line if cast.zoe[POLICE].address else "", "Millbrook", "home"
        )
        self._involve(daniel, "subject", "damage to a locker", 130, school, "advised")
        self._involve(daniel, "subject", "welfare check", 47, school, "referred")
        self._involve(marisol, "witness", "collision", 300, self._places[3], "no further action")
        self._involve(zoe, "victim", "child left alone overnight", 62, kitchen, "referred")
        self._involve(zoe, "victim", "noise complaint about a neighbour", 40, kitchen, "no further action")
        self._involve(zoe, "subject", "welfare check", 9, kitchen, "referred")
        contact = next(self._keys["contact_point"])
        self._add("contact_point", contact, "instagram", HANDLE)
        gist = "account reported for threats against a school"
        self._add(
            "threat_report", None, contact, self._ago(20).isoformat(), gist, "never leaves the department"
        )

    def _person(self, who: PersonIdentity, notes: str = "") -> int:
        key, home = next(self._keys["person"]), who.address or Address()
        born = who.birth_date.isoformat() if who.birth_date else None
        self._add(
            "person",
            key,
            who.family_name,
            who.given_name,
            born,
            home.line,
            home.city,
            home.postal_code,
            notes,
        )
        for family, given in who.other_names:
            self._add("person_alias", key, family, given)
        for identifier in who.identifiers:
            self._add("person_identifier", key, "DL", identifier.value)
        return key

    def _place(self, name: str, street: str, city: str, kind: str) -> int:
        key = next(self._keys["location"])
        self._add("location", key, name, street, city, kind)
        return key

    def _something_happens(self, person: int, who: PersonIdentity, age: int) -> None:
        chance, home = self._chance, who.address or Address()
        if chance.random() < 0.3:
            place = chance.choice(self._places)
        else:
            place = self._place("", home.line, home.city, "home")
        incident = self._incident(
            chance.choice(_KINDS),
            self._past(2000),
            place,
            chance.choice(_OUTCOMES),
            sealed=chance.random() < 0.04,
        )
        role = chance.choice(("subject", "suspect", "victim", "witness"))
        self._add("incident_person", incident, person, role)
        if role == "suspect" and age >= 18 and chance.random() < 0.5:
            offence, statute = chance.choice(_OFFENCES)
            outcome = chance.choice(("convicted", "dismissed", "diverted"))
            self._add("charge", None, person, incident, offence, statute, self._past(2000), outcome, 0)
        if role == "victim":
            self._add("property", None, incident, "bicycle", "never leaves the department")

    def _incident(self, kind: str, day: date | str, place: int, outcome: str, *, sealed: bool = False) -> int:
        key = next(self._keys["incident"])
        number = f"RPD-{str(day)[:4]}-{20000 + key}"
        self._add(
            "incident",
            key,
            number,
            kind,
            str(day),
            place,
            outcome,
            "never leaves the department",
            int(sealed),
        )
        return key

    def _involve(self, person: int, role: str, kind: str, days: int, place: int, outcome: str) -> None:
        incident = self._incident(kind, self._ago(days), place, outcome)
        self._add("incident_person", incident, person, role)

    def _past(self, days: int) -> str:
        return self._ago(self._chance.randrange(5, days)).isoformat()

    def _ago(self, days: int) -> date:
        return self._today - timedelta(days=days)

    def _add(self, table: str, *values: Any) -> None:
        marks = ", ".join("?" * len(values))
        self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608 -- our own names
