"""The `file` adapter's reading of its file, and that it keeps up with it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.file import FilePartner
from adapters.file_content import read_content
from adapters.partner import Fault, Match, NoMatch, SourceError
from agreements.fault import InvalidDocument
from agreements.permit import Holding
from agreements.subject import CommunicationIdentity, Identifier, PersonIdentity, Subject, VenueIdentity
from agreements.terms import Category, Level, SubjectKind
from tests.contracts.adapter_contract import permit

DANIEL = PersonIdentity("Okafor", "Daniel", date(2008, 4, 17))
HEALTH = (permit(Category.MENTAL_HEALTH, Level.RECORD, ["plan_date"]),)

CONTRACT_EXAMPLE = """
{"subjects": [{"person": {"family_name": "Okafor", "given_name": "Daniel", "birth_date": "2008-04-17", "identifiers": [{"system": "urn:mrn", "value": "77"}]},
               "holdings": [{"category": "mental-health", "summary": "open safety plan", "fields": {"plan_date": "2026-02-03", "clinician": "Dr Ito"}}]},
              {"venue": {"name": "Riverside High School", "address": {"line": "1 School Rd", "city": "Riverside"}}, "holdings": []},
              {"communication": {"channel": "email", "handle": "x@example.org"}, "holdings": []}]}
"""  # noqa: E501 - as the contract prints it


def document() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(CONTRACT_EXAMPLE)
    return parsed


def test_the_contracts_example_is_read() -> None:
    person, venue, communication = read_content(CONTRACT_EXAMPLE.encode(), "health.json")
    assert person.identity == PersonIdentity(
        "Okafor", "Daniel", date(2008, 4, 17), (Identifier("urn:mrn", "77"),)
    )
    fields = {"plan_date": "2026-02-03", "clinician": "Dr Ito"}
    assert person.holdings == (Holding(Category.MENTAL_HEALTH, "open safety plan", fields),)
    assert isinstance(venue.identity, VenueIdentity)
    assert isinstance(communication.identity, CommunicationIdentity)


def test_optional_keys_and_other_names_are_read() -> None:
    person = {"given_name": "Dana", "birth_date": None, "other_names": [{"family_name": "Okafor"}]}
    holding = {"category": "health", "fields": {"tags": ["a", 1, None], "open": True, "score": 0.5}}
    body = json.dumps({"subjects": [{"person": person, "holdings": [holding, {"category": "court"}]}]})
    (held,) = read_content(body.encode(), "f.json")
    assert held.identity == PersonIdentity("", "Dana", other_names=(("Okafor", ""),))
    assert held.holdings[0].fields == {"tags": ["a", 1, None], "open": True, "score": 0.5}
    assert held.holdings[1] == Holding(Category.COURT)


GONE = object()
PERSON = ("subjects", 0, "person")
HELD = ("subjects", 0, "holdings", 0)


def changed(path: tuple[str | int, ...], value: object) -> str:
    """The contract's example with one value set, or taken away."""
    root: Any = document()
    place: Any = root
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(root)


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("people",), [], "people"),
        (("subjects",), GONE, "subjects"),
        (("subjects",), {}, "subjects"),
        (("subjects", 0, "notes"), "x", "subjects[0].notes"),
        (("subjects", 0, "Okafor secret"), "x", "subjects[0].?"),
        (PERSON, GONE, "subjects[0]"),
        (("subjects", 0, "venue"), {"name": "x"}, "subjects[0]"),
        ((*PERSON, "dob"), "2008-04-17", "subjects[0].person.dob"),
        ((*PERSON, "birth_date"), "17/04/2008", "subjects[0].person.birth_date"),
        ((*PERSON, "birth_date"), "2008-02-30", "subjects[0].person.birth_date"),
        ((*PERSON, "family_name"), 7, "subjects[0].person.family_name"),
        (PERSON, {}, "subjects[0].person"),
        (PERSON, [], "subjects[0].person"),
        ((*PERSON, "identifiers", 0, "system"), GONE, "subjects[0].person.identifiers[0].system"),
        ((*HELD, "category"), "gossip", "subjects[0].holdings[0].category"),
        ((*HELD, "level"), 1, "subjects[0].holdings[0].level"),
        ((*HELD, "fields"), [], "subjects[0].holdings[0].fields"),
        ((*HELD, "fields", "x"), {}, "subjects[0].holdings[0].fields.x"),
        ((*HELD, "fields", "x"), [[]], "subjects[0].holdings[0].fields.x"),
        (("subjects", 1, "venue", "name"), GONE, "subjects[1].venue.name"),
        (("subjects", 1, "venue", "address", "zip"), "1", "subjects[1].venue.address.zip"),
        (("subjects", 2, "communication", "handle"), GONE, "subjects[2].communication"),
    ],
)
async def test_a_wrong_key_or_value_is_named_and_never_repeated(
    path: tuple[str | int, ...], value: object, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "health.json"
    file.write_text(changed(path, value))
    partner = FilePartner(file)
    with pytest.raises(InvalidDocument) as raised:
        partner.check()
    assert [error.key for error in raised.value.errors] == [key]
    assert str(raised.value).startswith(f"health.json: {key}: expected ")
    assert not [told for told in ("Okafor", "gossip", "17/04", "secret") if told in str(raised.value)]
    assert not await partner.health()
    assert partner.capabilities().subject_kinds == frozenset()


def test_a_good_file_passes_the_check(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    path.write_text(CONTRACT_EXAMPLE)
    partner = FilePartner(path)
    partner.check()
    assert partner.capabilities().categories == {Category.MENTAL_HEALTH: {"plan_date", "clinician"}}
    assert partner.capabilities().subject_kinds == set(SubjectKind) - {SubjectKind.GENERAL}


async def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    path.write_text(CONTRACT_EXAMPLE)
    partner = FilePartner(path)
    match = await partner.find(Subject(DANIEL), HEALTH)
    assert isinstance(match, Match)

    path.write_text(CONTRACT_EXAMPLE.replace("Okafor", "Whitlam").replace("2026-02-03", "2026-03-09"))
    assert not isinstance(await partner.find(Subject(DANIEL), HEALTH), Match)

    path.write_text("{")
    for asked in (partner.find(Subject(DANIEL), HEALTH), partner.fetch(match, HEALTH)):
        with pytest.raises(SourceError) as raised:
            await asked
        assert raised.value.fault is Fault.MALFORMED

    path.write_text(CONTRACT_EXAMPLE)
    assert isinstance(await partner.find(Subject(DANIEL), HEALTH), Match)


async def test_a_match_keeps_its_person_when_the_file_is_reordered(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    other = {
        "person": {"family_name": "Lund", "given_name": "Eva", "birth_date": "1990-01-01"},
        "holdings": [{"category": "mental-health", "summary": "hers", "fields": {"plan_date": "hers"}}],
    }
    path.write_text(CONTRACT_EXAMPLE)
    partner = FilePartner(path)
    match = await partner.find(Subject(DANIEL), HEALTH)
    assert isinstance(match, Match)
    path.write_text(json.dumps({"subjects": [other, *document()["subjects"]]}))
    (holding,) = await partner.fetch(match, HEALTH)
    assert holding.fields == {"plan_date": "2026-02-03"}


async def test_a_subject_entered_twice_is_found_with_both_entries(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    doubled = document()
    again = document()["subjects"][0]
    again["holdings"][0]["fields"]["plan_date"] = "2026-05-05"
    doubled["subjects"].append(again)
    path.write_text(json.dumps(doubled))
    partner = FilePartner(path)
    match = await partner.find(Subject(DANIEL), HEALTH)
    assert isinstance(match, Match)
    dates = [holding.fields["plan_date"] for holding in await partner.fetch(match, HEALTH)]
    assert dates == ["2026-02-03", "2026-05-05"]


async def test_a_match_of_another_adapter_is_a_mismatch(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    path.write_text(CONTRACT_EXAMPLE)
    with pytest.raises(SourceError) as raised:
        await FilePartner(path).fetch(Match(7, 1.0), HEALTH)
    assert raised.value.fault is Fault.MISMATCH


async def test_a_text_that_shares_words_only_is_no_match(tmp_path: Path) -> None:
    text = "I am going to hurt everyone in the science building on Friday morning"
    path = tmp_path / "reports.json"
    said = {"communication": {"channel": "letter", "text": text}, "holdings": []}
    path.write_text(json.dumps({"subjects": [said]}))
    partner = FilePartner(path)
    leave = [permit(Category.THREAT_REPORT, kind=SubjectKind.COMMUNICATION)]
    for asked, expected in [(f"{text}!!", Match), ("everyone in the science club", NoMatch)]:
        lookup = await partner.find(Subject(CommunicationIdentity("x", text=asked)), leave)
        assert isinstance(lookup, expected)
