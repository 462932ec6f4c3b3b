"""A police records database on the person, object, location and event schema, as a real SQLite file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from agreements.permit import Holding
from agreements.subject import Address, CommunicationIdentity, PersonIdentity, Subject, VenueIdentity
from agreements.terms import Category, SubjectKind
from tests.contracts.adapter_contract import Held, World

SCHEMA: Final = """
CREATE TABLE person (person_id INTEGER PRIMARY KEY, last_name TEXT, first_name TEXT, dob DATE, sid TEXT,
  home_street TEXT, home_city TEXT, home_zip TEXT, officer_notes TEXT);
CREATE INDEX person_dob ON person (dob);
CREATE INDEX person_sid ON person (sid);
CREATE TABLE person_identifier (person_id INTEGER, id_type TEXT, id_value TEXT);
CREATE TABLE person_alias (person_id INTEGER, last_name TEXT, first_name TEXT);
CREATE TABLE location (location_id INTEGER PRIMARY KEY, name TEXT, street TEXT, city TEXT);
CREATE TABLE contact_point (contact_id INTEGER PRIMARY KEY, kind TEXT, handle TEXT, body TEXT);
CREATE TABLE incident (incident_id INTEGER PRIMARY KEY, incident_no TEXT, kind TEXT, occurred_on DATE,
  location_id INTEGER, status TEXT, narrative TEXT);
CREATE TABLE incident_person (incident_id INTEGER, person_id INTEGER, role TEXT);
CREATE TABLE charge (charge_id INTEGER PRIMARY KEY, person_id INTEGER, offence TEXT, statute TEXT,
  disposition TEXT, counts INTEGER, fine NUMERIC(8, 2), sealed INTEGER);
CREATE TABLE intelligence (report_id INTEGER PRIMARY KEY, person_id INTEGER, contact_id INTEGER,
  gist TEXT, grading TEXT, source_name TEXT);
"""

MAPPING: Final = """
schema: 1
person:
  table: person
  key: person_id
  family_name: last_name
  given_name: first_name
  birth_date: dob
  identifiers:
    - {system: "urn:mrn", column: sid}
    - {table: person_identifier, person: person_id, system: id_type, value: id_value, systems: {"urn:dl": DL}}
  address: {line: home_street, city: home_city, postal_code: home_zip}
  other_names: {table: person_alias, person: person_id, family_name: last_name, given_name: first_name}
venue:
  table: location
  key: location_id
  name: name
  address: {line: street, city: city}
communication: {table: contact_point, key: contact_id, channel: kind, handle: handle, text: body}
categories:
  police-contact:
    table: incident
    person:
      column: incident_id
      through: incident_person
      subject: person_id
      row: incident_id
      where: {role: [subject, suspect]}
    venue: {column: location_id}
    where: {status: [open, closed]}
    summary: [kind, occurred_on]
    fields: {incident_number: incident_no, occurred_on: occurred_on}
  criminal-history:
    table: charge
    person: {column: person_id}
    where: {sealed: [0]}
    summary: [offence]
    fields: {statute: statute, disposition: disposition, counts: counts, fine: fine}
  intelligence:
    table: intelligence
    person: {column: person_id}
    communication: {column: contact_id}
    summary: [gist]
    fields: {grading: grading}
"""


class RecordsDatabase:
    """Builds the file; keys are given out in the order of adding."""

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self._engine = sa.create_engine(self.url, poolclass=sa.StaticPool)
        with self._engine.connect() as connection:
            # A test's database need not outlive a crash; waiting for the disk would be most of its time.
            connection.execute(sa.text("PRAGMA journal_mode = MEMORY"))
            connection.execute(sa.text("PRAGMA synchronous = OFF"))
            for statement in SCHEMA.split(";"):
                if statement.strip():
                    connection.execute(sa.text(statement))
            connection.commit()
        self._metadata = sa.MetaData()
        self._metadata.reflect(self._engine)

    def add(self, table: str, **values: object) -> int:
        """Insert one row and return its key."""
        with self._engine.begin() as connection:
            inserted = connection.execute(self._metadata.tables[table].insert().values(**values))
            return int(inserted.lastrowid)

    def add_rows(self, table: str, rows: list[dict[str, object]]) -> None:
        with self._engine.begin() as connection:
            connection.execute(self._metadata.tables[table].insert(), rows)

    def run(self, statement: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.text(statement))

    def add_world(self, world: World) -> None:
        for held in world.everybody():
            key = self._add_subject(held)
            for holding in held.holdings:
                self._add_holding(holding, Subject(held.identity).kind, key)

    def close(self) -> None:
        self._engine.dispose()

    def _add_subject(self, held: Held) -> int:
        identity = held.identity
        if isinstance(identity, PersonIdentity):
            sid = identity.identifiers[0].value
            names = {"last_name": identity.family_name, "first_name": identity.given_name}
            return self.add("person", **names, dob=identity.birth_date, sid=sid, officer_notes="never read")
        if isinstance(identity, VenueIdentity):
            address = identity.address or Address()
            return self.add("location", name=identity.name, street=address.line, city=address.city)
        assert isinstance(identity, CommunicationIdentity)
        return self.add("contact_point", kind=identity.channel, handle=identity.handle, body=identity.text)

    def _add_holding(self, holding: Holding, kind: SubjectKind, key: int) -> None:
        fields = dict(holding.fields)
        if holding.category is Category.POLICE_CONTACT:
            self._add_incident(holding, kind, key)
        elif holding.category is Category.CRIMINAL_HISTORY:
            self.add("charge", person_id=key, offence=holding.summary, sealed=0, **fields)
        else:
            owner = "person_id" if kind is SubjectKind.PERSON else "contact_id"
            self.add("intelligence", **{owner: key}, gist=holding.summary, source_name="never read", **fields)

    def _add_incident(self, holding: Holding, kind: SubjectKind, key: int) -> None:
        day = sa.func.date(str(holding.fields["occurred_on"]))
        incident = self.add(
            "incident",
            incident_no=holding.fields["incident_number"],
            kind=str(holding.summary).rsplit(", ", 1)[0],
            occurred_on=day,
            location_id=key if kind is SubjectKind.VENUE else None,
            status="closed",
            narrative="never read",
        )
        if kind is SubjectKind.PERSON:
            self.add("incident_person", incident_id=incident, person_id=key, role="subject")
