"""Users, demographics and organisations as real servers and exports write them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.oneroster_mapping import RosterWord, VenueMapping, read_oneroster_mapping
from adapters.oneroster_people import entry, has_role, people, read_day, school_names, venues
from adapters.oneroster_source import Filter, Term
from adapters.partner import Fault, Match, NoMatch, SourceError, Unclear
from agreements.fault import InvalidDocument
from agreements.subject import Identifier, PersonIdentity, Subject, VenueIdentity
from gateway.demo.oneroster_query import matching
from tests.contracts.school import MAPPING

MAPPED = read_oneroster_mapping(MAPPING, "mapping.yaml")
USER: dict[str, Any] = {"sourcedId": "a", "familyName": "Ito", "givenName": "Kenji", "status": "active"}
BORN = {"sourcedId": "a", "birthDate": "2008-04-17"}
DAY = date(2008, 4, 17)
KENJI = PersonIdentity("Ito", "Kenji", DAY)


def look_up(user: Any, asked: PersonIdentity = KENJI, *births: Any) -> Any:
    return people([user], births or [BORN], MAPPED).find(Subject(asked))


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({}, KENJI),
        ({"middleName": "Haru"}, PersonIdentity("Ito", "Kenji Haru", DAY)),
        ({"preferredFirstName": "Rose"}, PersonIdentity("Ito", "Rose", DAY)),
        ({"preferredLastName": "Brandt"}, PersonIdentity("Brandt", "Kenji", DAY)),
        ({"preferredFirstName": None, "middleName": None}, KENJI),
        ({"identifier": 4471}, PersonIdentity(identifiers=(Identifier("urn:state-student-id", "4471"),))),
        (
            {"userIds": [{"type": "ldap", "identifier": "kito"}, {"type": "Fed", "identifier": "x"}]},
            PersonIdentity(identifiers=(Identifier("URN:LDAP", "kito"),)),
        ),
        (
            {"userIds": {"type": "LDAP", "identifier": "kito"}},
            PersonIdentity(identifiers=(Identifier("urn:ldap", "kito"),)),
        ),
        ({"status": 7, "enabledUser": "yes", "grades": {}}, KENJI),
    ],
    ids=["plain", "middle", "preferred", "changed-surname", "nulls", "number", "ids", "one-id", "noise"],
)
def test_a_person_is_found(more: dict[str, Any], asked: PersonIdentity) -> None:
    assert isinstance(look_up({**USER, **more}, asked), Match)


@pytest.mark.parametrize(
    "more",
    [
        {"familyName": ["Ito"]},
        {"userMasterIdentifier": True},
        {"userIds": "LDAP:kito"},
        {"userIds": [{"type": "LDAP", "identifier": ["x"]}]},
        {"sourcedId": None},
    ],
    ids=["name", "number", "ids-a-text", "id-a-list", "no-id"],
)
def test_a_record_that_cannot_be_read_whole_is_never_a_match(more: dict[str, Any]) -> None:
    births = [BORN, {"sourcedId": "", "birthDate": "2008-04-17"}]
    assert isinstance(
        look_up({**USER, **more}, PersonIdentity("Ito", "Kenji", DAY), *births), Unclear | NoMatch
    )


@pytest.mark.parametrize("status", ["tobedeleted", "ToBeDeleted", " tobedeleted "])
def test_a_record_to_be_deleted_is_nobody(status: str) -> None:
    assert look_up({**USER, "status": status}) == NoMatch()
    assert not isinstance(look_up(USER, KENJI, {**BORN, "status": status}), Match)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2008-04-17", DAY),
        ("2008-04-17T00:00:00Z", DAY),
        ("2008-04-17T00:00:00.000Z", DAY),
        ("2008-04-16T23:00:00Z", None),
        ("04/17/2008", None),
        ("17.04.2008", None),
        ("2008-02-30", None),
        ("2008", None),
        ("", None),
    ],
)
def test_a_birth_date_is_read_one_way_or_not_at_all(text: str, day: date | None) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        ("true", True),
        ("True", True),
        (True, True),
        ("false", False),
        (False, False),
        (None, None),
        ("", None),
    ],
)
def test_enabled_user_is_a_truth_value_however_written(value: Any, truth: bool | None) -> None:
    assert entry({"enabledUser": value}, [RosterWord.ENABLED]).enabled is truth


def test_an_entry_is_read_only_as_far_as_asked() -> None:
    record: Any = {"sourcedId": "a", "enabledUser": "perhaps", "email": ["x"], "grades": "11"}
    assert entry(record, [RosterWord.GRADES]).grades == ("11",)
    for word in (RosterWord.ENABLED, RosterWord.EMAIL):
        with pytest.raises(SourceError) as raised:
            entry(record, [word])
        assert raised.value.fault is Fault.MALFORMED


def test_schools_come_from_roles_and_from_the_lists_of_version_1_1() -> None:
    names = school_names(
        [
            {"sourcedId": "1", "name": "North", "type": "school"},
            {"sourcedId": "2", "name": "South", "type": "SCHOOL"},
            {"sourcedId": "3", "name": "District", "type": "district"},
            {"sourcedId": "4", "name": "Closed", "type": "school", "status": "tobedeleted"},
        ]
    )
    role: Any = {"role": "student", "org": {"sourcedId": "1"}}
    newer: Any = {"roles": [role, {**role, "org": {"sourcedId": "3"}}], "primaryOrg": {"sourcedId": "2"}}
    older: Any = {"role": "student", "orgs": [{"sourcedId": "1"}, {"sourcedId": "4"}]}
    found = [entry(each, [RosterWord.SCHOOLS]).value(RosterWord.SCHOOLS, names) for each in (newer, older)]
    assert found == [["South", "North"], ["North"]]
    assert has_role(newer, "student")
    assert has_role({"role": "Student"}, "student")
    assert not has_role({"roles": [{"role": "teacher"}]}, "student")


def test_a_venue_without_an_address_is_told_by_its_name() -> None:
    orgs: list[Any] = [
        {"sourcedId": "1", "name": "Riverside High School", "type": "school"},
        {"sourcedId": "2", "name": "Harbour Elementary", "type": "school", "metadata": {"street": "2 Quay"}},
    ]
    held = venues(orgs, VenueMapping())
    assert isinstance(held.find(Subject(VenueIdentity("Riverside HS"))), Match)
    assert held.find(Subject(VenueIdentity("Northfield Academy"))) == NoMatch()
    cut = venues(orgs, VenueMapping(), complete=False)
    assert isinstance(cut.find(Subject(VenueIdentity("Northfield Academy"))), Unclear)


# --- filters ---------------------------------------------------------------------------------------


@given(st.text(min_size=1), st.sampled_from(["familyName", "identifier"]))
def test_any_text_makes_one_question_that_its_own_record_fits(value: str, path: str) -> None:
    asked = Filter((Term(path, value),))
    record = {"sourcedId": "a", path: value}
    if asked.terms[0].value.isprintable() and not {"'", "\\"} & set(value):
        assert matching("users", [record], str(asked)) == [record]
    else:
        assert str(asked).startswith(f"{path}~'")
        assert str(asked).count("'") == 2
    assert asked.holds(record)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Okafor", "familyName='Okafor'"),
        ("O'Brien", "familyName~'Brien'"),
        ("D'Arcy-O'Connell", "familyName~'Connell'"),
        ("x' OR familyName!='", "familyName~'OR familyName!='"),
        ("a\\", "familyName~'a'"),
        ("one\ntwo2", "familyName~'two2'"),
    ],
)
def test_what_the_standard_cannot_write_is_searched_by_a_part(value: str, written: str) -> None:
    assert str(Term("familyName", value)) == written


# --- the mapping -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("from: roster", "from: rooster"), "categories.education-record.from: expected one of"),
        (("    summary: [grades, schools]\n", ""), "education-record.summary: expected this key"),
        (("[grades, schools]", "[grades, password]"), "expected one of grades"),
        (("path: discipline.csv", "path: discipline.xlsx"), "school-discipline.path: expected a path that"),
        (("    person: pupil\n", ""), "categories.safeguarding: expected a person or a venue column"),
        (("userIds.LDAP", "metadata.x"), "expected identifier, userMasterIdentifier"),
        (("venue: {address: {line: street, city: city}}\n", ""), "threat-report.venue: expected a venue in"),
        (("table: threat_report", "table: threat_report; DROP"), "expected the name of a table"),
        (("schema: 1", "schema: 1\ncolour: red"), "colour: expected one of the keys"),
    ],
    ids=["source", "summary", "word", "suffix", "key", "property", "venue", "table", "unknown"],
)
def test_a_mapping_that_breaks_a_rule_is_named(change: tuple[str, str], said: str) -> None:
    assert change[0] in MAPPING
    with pytest.raises(InvalidDocument) as raised:
        read_oneroster_mapping(MAPPING.replace(*change), "mapping.yaml")
    assert said in str(raised.value)
