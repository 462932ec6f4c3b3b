-- A student information system beside a OneRoster roster: reports keyed by the roster's sourcedId.
CREATE TABLE discipline (
  report_id INTEGER PRIMARY KEY, student TEXT NOT NULL, kind TEXT NOT NULL, occurred_on DATE NOT NULL,
  measure TEXT, state TEXT NOT NULL, narrative TEXT);
CREATE TABLE threat_report (
  report_id INTEGER PRIMARY KEY, student TEXT, school TEXT, gist TEXT NOT NULL, received_on DATE NOT NULL,
  reporter_name TEXT);
CREATE INDEX discipline_student ON discipline (student);
CREATE INDEX threat_report_student ON threat_report (student);
CREATE INDEX threat_report_school ON threat_report (school);
