"""What the `sql` adapter puts to the database, and what it makes of what is there."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.mapping_form import read_mapping
from adapters.partner import Fault, Match, NoMatch, SourceError, Unclear
from adapters.sql import SqlPartner
from adapters.sql_holdings import MAX_ROWS
from adapters.sql_people import MAX_CANDIDATES
from agreements.fault import InvalidDocument
from agreements.permit import Holding
from agreements.subject import (
    Address,
    CommunicationIdentity,
    Identifier,
    PersonIdentity,
    Subject,
    VenueIdentity,
)
from agreements.terms import Category, Level, SubjectKind
from tests.contracts.adapter_contract import permit
from tests.contracts.records_database import MAPPING, RecordsDatabase

BORN = date(2008, 4, 17)
DANIEL = PersonIdentity("Okafor", "Daniel", BORN)
PERMITS = (permit(Category.POLICE_CONTACT, Level.RECORD, ["incident_number"]),)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[RecordsDatabase]:
    made = RecordsDatabase(tmp_path / "rms.db")
    yield made
    made.close()


@pytest.fixture
async def partner(database: RecordsDatabase) -> AsyncIterator[SqlPartner]:
    made = SqlPartner(database.url, read_mapping(MAPPING, "rms-mapping.yaml"))
    yield made
    await made.close()


def add_daniel(database: RecordsDatabase, **values: object) -> int:
    row: dict[str, object] = {"last_name": "Okafor", "first_name": "Daniel", "dob": BORN, "sid": "77"}
    return database.add("person", **row | values)


async def found(partner: SqlPartner, identity: PersonIdentity) -> bool:
    return isinstance(await partner.find(Subject(identity), PERMITS), Match)


async def fetched(partner: SqlPartner, category: Category, level: Level, *fields: str) -> list[Holding]:
    permits = [permit(category, level, fields)]
    lookup = await partner.find(Subject(DANIEL), permits)
    assert isinstance(lookup, Match)
    return list(await partner.fetch(lookup, permits))


@contextmanager
def statements(partner: SqlPartner) -> Iterator[list[tuple[str, object]]]:
    """Every statement the adapter sends from here on, with its bound values."""
    sent: list[tuple[str, object]] = []

    def note(_c: object, _k: object, statement: str, values: object, _x: object, _m: object) -> None:
        sent.append((statement, values))

    engine = partner._source.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


# --- what is put to the database -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "fields", "columns"),
    [
        (Level.EXISTENCE, ["statute"], set()),
        (Level.CONTACT, ["statute"], set()),
        (Level.SUMMARY, ["statute"], {"offence"}),
        (Level.RECORD, [], {"offence"}),
        (Level.RECORD, ["statute", "counts", "officer_notes"], {"offence", "statute", "counts"}),
    ],
)
async def test_only_the_permitted_columns_are_selected(
    database: RecordsDatabase, partner: SqlPartner, level: Level, fields: list[str], columns: set[str]
) -> None:
    key = add_daniel(database)
    database.add("charge", person_id=key, offence="menacing", statute="1", counts=1, sealed=0)
    partner.check()
    permits = [permit(Category.CRIMINAL_HISTORY, level, fields)]
    lookup = await partner.find(Subject(DANIEL), permits)
    assert isinstance(lookup, Match)
    with statements(partner) as sent:
        assert len(await partner.fetch(lookup, permits)) == 1
    (statement, _), *more = sent
    assert not more
    selected = statement.split("FROM")[0]
    known = {"offence", "statute", "disposition", "counts", "fine", "charge_id", "person_id", "sealed"}
    assert {name for name in known if name in selected} == columns


async def test_a_category_without_a_permit_is_not_asked_for(
    database: RecordsDatabase, partner: SqlPartner
) -> None:
    add_daniel(database)
    partner.check()
    with statements(partner) as sent:
        await fetched(partner, Category.POLICE_CONTACT, Level.RECORD, "incident_number")
        await partner.find(Subject(DANIEL), ())
    told = " ".join(statement for statement, _ in sent)
    assert "incident" in told
    assert not [name for name in ("charge", "intelligence", "officer_notes", "narrative") if name in told]


@pytest.mark.parametrize("nasty", ["x' OR '1'='1", "x; DROP TABLE person; --", "%", "_", 'x") OR ("1"="1'])
async def test_every_value_is_bound(database: RecordsDatabase, partner: SqlPartner, nasty: str) -> None:
    add_daniel(database)
    partner.check()
    with statements(partner) as sent:
        identity = PersonIdentity(nasty, nasty, BORN, (Identifier("urn:mrn", nasty),))
        assert not await found(partner, identity)
        for other in (VenueIdentity(nasty), CommunicationIdentity("email", nasty)):
            leave = [permit(Category.INTELLIGENCE, kind=Subject(other).kind)]
            assert await partner.find(Subject(other), leave) == NoMatch()
    assert sent
    for statement, _ in sent:
        assert statement.startswith("SELECT")
        assert "DROP" not in statement
        assert "'" not in statement.replace("'/'", "").replace("ESCAPE '/'", "").replace("'%'", "")
    assert await found(partner, DANIEL)


async def test_the_connection_cannot_write(database: RecordsDatabase, partner: SqlPartner) -> None:
    with pytest.raises(SourceError) as raised:
        await partner._source.call(lambda c: c.execute(sa.text("DELETE FROM person")))
    assert raised.value.fault is Fault.REFUSED


async def test_rows_are_not_logged_even_at_debug(
    database: RecordsDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    add_daniel(database)
    made = SqlPartner(database.url, read_mapping(MAPPING, "m.yaml"))
    assert await found(made, DANIEL)
    await made.close()
    assert "custodian" not in caplog.text


# --- who is found ------------------------------------------------------------------------------------


async def test_identifiers_are_found_in_columns_and_tables_however_spelt(
    database: RecordsDatabase, partner: SqlPartner
) -> None:
    key = add_daniel(database, sid="S-44 71")
    database.add("person_identifier", person_id=key, id_type="DL", id_value="OR-9921")
    database.add("person_identifier", person_id=key, id_type="FBI", id_value="555123")
    for system, value, expected in [
        ("urn:mrn", "S-44 71", True),
        ("urn:mrn", "s4471", True),
        ("URN:DL", "or 9921", True),
        ("urn:dl", "S4471", False),
        ("urn:fbi", "555123", False),
    ]:
        assert await found(partner, PersonIdentity(identifiers=(Identifier(system, value),))) is expected


async def test_a_name_from_the_alias_table_is_found(database: RecordsDatabase, partner: SqlPartner) -> None:
    key = add_daniel(database, last_name="Whitfield", first_name="Dana")
    assert not await found(partner, DANIEL)
    database.add("person_alias", person_id=key, last_name="Okafor", first_name="Daniel")
    assert await found(partner, DANIEL)


async def test_a_changed_surname_at_the_same_address_is_found(
    database: RecordsDatabase, partner: SqlPartner
) -> None:
    add_daniel(database, last_name="Whitfield", home_street="12 Alder St", home_city="Riverside")
    assert not await found(partner, DANIEL)
    home = Address(line="12 Alder Street", city="Riverside")
    assert await found(partner, PersonIdentity("Okafor", "Daniel", BORN, address=home))


async def test_a_namesake_without_a_readable_birth_date_is_unclear(
    database: RecordsDatabase, partner: SqlPartner
) -> None:
    add_daniel(database, dob=None)
    database.run("UPDATE person SET dob = 'about 2008'")
    assert isinstance(await partner.find(Subject(DANIEL), PERMITS), Unclear)


async def test_a_person_held_twice_is_found_with_both_records(
    database: RecordsDatabase, partner: SqlPartner
) -> None:
    keys = [add_daniel(database), add_daniel(database, sid=None)]
    for key in keys:
        database.add("charge", person_id=key, offence=f"charge {key}", sealed=0)
    found_twice = await fetched(partner, Category.CRIMINAL_HISTORY, Level.SUMMARY)
    assert sorted(str(each.summary) for each in found_twice) == ["charge 1", "charge 2"]


async def test_a_crowded_birth_date_is_narrowed_by_name_and_never_guessed(
    database: RecordsDatabase, partner: SqlPartner
) -> None:
    add_daniel(database)
    row: dict[str, object] = {"last_name": "Zimmer", "first_name": "Eva", "dob": BORN, "sid": None}
    database.add_rows("person", [row | {"first_name": f"Eva{n}"} for n in range(MAX_CANDIDATES + 50)])
    assert await found(partner, DANIEL)
    database.add_rows("person", [row | {"last_name": f"Oka{n}"} for n in range(MAX_CANDIDATES)])
    assert isinstance(await partner.find(Subject(DANIEL), PERMITS), Unclear)


@pytest.mark.parametrize(
    ("handle", "channel", "expected"),
    [("+1 555 010 0100", "phone", True), ("0015550100100", "sms", True), ("+1 555 010 0101", "phone", False)],
)
async def test_a_number_is_found_however_it_is_written(
    database: RecordsDatabase, partner: SqlPartner, handle: str, channel: str, expected: bool
) -> None:
    database.add("contact_point", kind="phone", handle="+1 (555) 010-0100")
    leave = [permit(Category.INTELLIGENCE, kind=SubjectKind.COMMUNICATION)]
    lookup = await partner.find(Subject(CommunicationIdentity(channel, handle)), leave)
    assert isinstance(lookup, Match) is expected


async def test_a_text_is_found_by_its_words(database: RecordsDatabase, partner: SqlPartner) -> None:
    text = "I am going to hurt everyone in the science building on Friday morning"
    database.add("contact_point", kind="letter", body=text)
    leave = [permit(Category.INTELLIGENCE, kind=SubjectKind.COMMUNICATION)]
    for asked, expected in [(f"  {text.upper()}!", Match), ("see everyone at the science fair", NoMatch)]:
        lookup = await partner.find(Subject(CommunicationIdentity("x", text=asked)), leave)
        assert isinstance(lookup, expected)


# --- what is fetched ---------------------------------------------------------------------------------


async def test_rows_outside_the_mappings_filters_are_not_held(
    database: RecordsDatabase, partner: SqlPartner
) -> None:
    key = add_daniel(database)
    for number, status, role in [("A", "open", "subject"), ("B", "void", "subject"), ("C", "open", "victim")]:
        incident = database.add("incident", incident_no=number, kind="x", status=status)
        database.add("incident_person", incident_id=incident, person_id=key, role=role)
    database.add("charge", person_id=key, offence="sealed away", sealed=1)
    contacts = await fetched(partner, Category.POLICE_CONTACT, Level.RECORD, "incident_number")
    assert [each.fields for each in contacts] == [{"incident_number": "A"}]
    assert await fetched(partner, Category.CRIMINAL_HISTORY, Level.EXISTENCE) == []


async def test_a_view_is_read_like_a_table(database: RecordsDatabase, partner: SqlPartner) -> None:
    add_daniel(database)
    database.run("DROP TABLE charge")
    database.run(
        "CREATE VIEW charge AS SELECT person_id, 'menacing' AS offence, 's' AS statute, 'd' AS disposition,"
        " 2 AS counts, 1.5 AS fine, 0 AS sealed FROM person"
    )
    (only,) = await fetched(partner, Category.CRIMINAL_HISTORY, Level.RECORD, "counts", "fine")
    assert only == Holding(Category.CRIMINAL_HISTORY, "menacing", {"counts": 2, "fine": 1.5})


async def test_a_row_linked_twice_is_one_holding(database: RecordsDatabase, partner: SqlPartner) -> None:
    key = add_daniel(database)
    incident = database.add("incident", incident_no="A", kind="x", status="open", occurred_on=BORN)
    for role in ("subject", "suspect"):
        database.add("incident_person", incident_id=incident, person_id=key, role=role)
    (only,) = await fetched(partner, Category.POLICE_CONTACT, Level.RECORD, "occurred_on")
    assert only == Holding(Category.POLICE_CONTACT, "x, 2008-04-17", {"occurred_on": "2008-04-17"})


async def test_too_many_rows_are_no_answer(database: RecordsDatabase, partner: SqlPartner) -> None:
    key = add_daniel(database)
    rows: list[dict[str, object]] = [
        {"person_id": key, "offence": str(n), "sealed": 0} for n in range(MAX_ROWS)
    ]
    database.add_rows("charge", rows)
    assert len(await fetched(partner, Category.CRIMINAL_HISTORY, Level.SUMMARY)) == MAX_ROWS
    database.add("charge", person_id=key, offence="one more", sealed=0)
    with pytest.raises(SourceError) as raised:
        await fetched(partner, Category.CRIMINAL_HISTORY, Level.SUMMARY)
    assert raised.value.fault is Fault.OVERSIZED
    assert len(await fetched(partner, Category.CRIMINAL_HISTORY, Level.EXISTENCE)) == 1


async def test_a_value_that_is_no_scalar_is_malformed(database: RecordsDatabase, partner: SqlPartner) -> None:
    key = add_daniel(database)
    database.add("charge", person_id=key, offence="x", sealed=0)
    database.run("UPDATE charge SET statute = x'00ff'")
    with pytest.raises(SourceError) as raised:
        await fetched(partner, Category.CRIMINAL_HISTORY, Level.RECORD, "statute")
    assert raised.value.fault is Fault.MALFORMED


async def test_a_match_of_another_adapter_is_a_mismatch(partner: SqlPartner) -> None:
    with pytest.raises(SourceError) as raised:
        await partner.fetch(Match(("somebody",), 1.0), PERMITS)
    assert raised.value.fault is Fault.MISMATCH


# --- start-up ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("was", "becomes", "key"),
    [
        ("birth_date: dob", "birth_date: born", "person.birth_date"),
        ("  table: person\n", "  table: persons\n", "person.table"),
        ("column: sid", "column: state_id", "person.identifiers[0].column"),
        ("value: id_value", "value: code", "person.identifiers[1].value"),
        ("through: incident_person", "through: link", "categories.police-contact.person.through"),
        ("{role: [", "{part: [", "categories.police-contact.person.where.part"),
        ("summary: [gist]", "summary: [narrative]", "categories.intelligence.summary[0]"),
        ("statute: statute", "statute: law", "categories.criminal-history.fields.statute"),
        ("sealed: [0]", "sealed: [never]", "categories.criminal-history.where.sealed"),
        ("text: body", "text: message", "communication.text"),
        ("    table: intelligence", "    table: reports", "categories.intelligence.table"),
        ("line: street", "line: road", "venue.address.line"),
    ],
)
async def test_start_up_names_the_key_of_what_is_missing(
    database: RecordsDatabase, was: str, becomes: str, key: str
) -> None:
    assert was in MAPPING
    made = SqlPartner(database.url, read_mapping(MAPPING.replace(was, becomes), "m.yaml"), "m.yaml")
    with pytest.raises(InvalidDocument) as raised:
        made.check()
    assert key in [error.key for error in raised.value.errors]
    assert str(raised.value).startswith("m.yaml: ")
    assert not await made.health()
    await made.close()


async def test_a_database_that_comes_later_is_found(tmp_path: Path) -> None:
    path = tmp_path / "late.db"
    made = SqlPartner(f"sqlite:///{path}", read_mapping(MAPPING, "m.yaml"))
    with pytest.raises(SourceError) as raised:
        made.check()
    assert raised.value.fault is Fault.UNREACHABLE
    database = RecordsDatabase(path)
    add_daniel(database)
    assert await found(made, DANIEL)
    await made.close()
    database.close()


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", "postgresql://host/db", "nonsense", "sqlite:///a.db?mode=rw", ""],
)
def test_an_address_that_is_not_an_sqlite_file_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^url: expected") as raised:
        SqlPartner(url, read_mapping(MAPPING, "m.yaml"))
    assert "host" not in str(raised.value)
