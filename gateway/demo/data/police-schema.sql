-- A police records management system: persons, objects, locations and events, joined by roles.
CREATE TABLE person (
  person_id INTEGER PRIMARY KEY, last_name TEXT NOT NULL, first_name TEXT NOT NULL, dob DATE,
  home_street TEXT, home_city TEXT, home_zip TEXT, officer_notes TEXT);
CREATE TABLE person_alias (person_id INTEGER REFERENCES person, last_name TEXT, first_name TEXT);
CREATE TABLE person_identifier (person_id INTEGER REFERENCES person, id_type TEXT, id_value TEXT);
CREATE TABLE location (location_id INTEGER PRIMARY KEY, name TEXT, street TEXT, city TEXT, kind TEXT);
CREATE TABLE incident (
  incident_id INTEGER PRIMARY KEY, incident_no TEXT UNIQUE, kind TEXT, occurred_on DATE,
  location_id INTEGER REFERENCES location, outcome TEXT, narrative TEXT, sealed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE incident_person (
  incident_id INTEGER REFERENCES incident, person_id INTEGER REFERENCES person, role TEXT NOT NULL);
CREATE TABLE property (
  property_id INTEGER PRIMARY KEY, incident_id INTEGER REFERENCES incident, kind TEXT, description TEXT);
CREATE TABLE charge (
  charge_id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person, incident_id INTEGER REFERENCES incident,
  offence TEXT, statute TEXT, charged_on DATE, disposition TEXT, sealed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE intelligence (
  report_id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person, gist TEXT, grading TEXT,
  reviewed_on DATE, source_name TEXT);
CREATE TABLE contact_point (contact_id INTEGER PRIMARY KEY, kind TEXT, handle TEXT);
CREATE TABLE threat_report (
  report_id INTEGER PRIMARY KEY, contact_id INTEGER REFERENCES contact_point, received_on DATE, gist TEXT,
  reporter_name TEXT);
CREATE INDEX person_dob ON person (dob);
CREATE INDEX identifier_value ON person_identifier (id_value);
CREATE INDEX incident_person_person ON incident_person (person_id);
CREATE INDEX incident_location ON incident (location_id);
CREATE INDEX charge_person ON charge (person_id);
CREATE INDEX intelligence_person ON intelligence (person_id);
