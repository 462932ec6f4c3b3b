"""The published vocabularies cover every word of the terms and every word the contract lists."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from agreements import vocabulary as published
from agreements.agreement import Obligation
from agreements.exceptions import ELEMENTS
from agreements.terms import (
    Act,
    BasisKind,
    Category,
    GrantorKind,
    Ground,
    Level,
    ObligationCode,
    ProcessKind,
    Purpose,
    Review,
    Role,
    Sector,
    SubjectKind,
)
from agreements.vocabulary import duty_text, obligation_text, sensitivity, vocabulary

CONTRACT: dict[str, str] = {
    "categories": "criminal-history police-contact intelligence investigation mental-health substance-use "
    "health school-discipline education-record safeguarding family-services youth-justice court probation "
    "protective-order firearms psychotherapy-notes victim-services housing employment employee-assistance "
    "victim-injury threat-report",
    "purposes": "threat-assessment safety-planning child-protection duty-to-warn treatment case-management "
    "deconfliction",
    "roles": "caseworker liaison privacy-officer auditor administrator",
    "exceptions": "serious-imminent-threat health-safety-emergency medical-emergency "
    "imminent-danger-assessment mandatory-report",
    "subjects": "person venue communication general",
    "acts": "ask tell",
    "reviews": "none custodian two-person",
    "levels": "existence contact summary record",
    "sectors": "law-enforcement health education social-services justice workplace protective community",
    "grantors": "subject guardian victim",
    "bases": "agreement consent exception legal-process",
    "obligations": "no-redisclosure destroy-by store-in notify-party declare-role case-agent-present "
    "document-contact explain-limits supportive-language prosecution-notice return-to-referrer",
}
MEMBERS: dict[str, list[str]] = {
    "purposes": [member.value for member in Purpose],
    "categories": [member.value for member in Category],
    "exceptions": [member.value for member in Ground],
    "obligations": [member.value for member in ObligationCode],
    "roles": [member.value for member in Role],
    "levels": [member.word for member in Level],
    "sectors": [member.value for member in Sector],
    "subjects": [member.value for member in SubjectKind],
    "acts": [member.value for member in Act],
    "reviews": [member.value for member in Review],
    "legal_processes": [member.value for member in ProcessKind],
    "bases": [member.value for member in BasisKind],
    "grantors": [member.value for member in GrantorKind],
}
ENTRIES: Any = vocabulary()
EVERY = [(name, entry) for name, entries in ENTRIES.items() for entry in entries]


def test_the_published_names_are_exactly_these() -> None:
    assert set(ENTRIES) == set(MEMBERS)


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_every_member_is_published_once_and_in_order(name: str) -> None:
    assert [entry["code"] for entry in ENTRIES[name]] == MEMBERS[name]


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_every_word_of_the_contract_is_published(name: str) -> None:
    assert set(CONTRACT[name].split()) <= {entry["code"] for entry in ENTRIES[name]}


@pytest.mark.parametrize(("name", "entry"), EVERY, ids=[f"{name}-{entry['code']}" for name, entry in EVERY])
def test_each_word_has_a_sentence_and_a_standard_term(name: str, entry: dict[str, str]) -> None:
    assert re.fullmatch(r"[A-Z][^\n]*[^ ]\.", entry["definition"])
    assert re.fullmatch(r"(dpv|dpv-pd|hl7|odrl|niem|fhir|org):[A-Za-z0-9:.]+", entry["maps_to"])


def test_definitions_tell_words_apart() -> None:
    for entries in ENTRIES.values():
        assert len({entry["definition"] for entry in entries}) == len(entries)


def test_sensitivity_labels_are_hl7s() -> None:
    assert {sensitivity(category) for category in Category} == {"N", "R", "V", "PSY", "ETH", "SDV"}
    assert sensitivity(Category.MENTAL_HEALTH) == "PSY"
    assert sensitivity(Category.SUBSTANCE_USE) == "ETH"
    assert sensitivity(Category.VICTIM_SERVICES) == "SDV"
    assert all(entry["sensitivity"] == sensitivity(entry["code"]) for entry in ENTRIES["categories"])


def test_exceptions_carry_their_elements_and_citation() -> None:
    by_code = {entry["code"]: entry for entry in ENTRIES["exceptions"]}
    assert by_code["serious-imminent-threat"]["elements"] == {
        "threat": "text",
        "imminence": "text",
        "recipient_able_to_prevent": "true",
    }
    assert by_code["serious-imminent-threat"]["citation"] == "45 CFR 164.512(j)"
    assert {code: set(entry["elements"]) for code, entry in by_code.items()} == {
        ground.value: set(elements) for ground, elements in ELEMENTS.items()
    }
    assert all(re.search(r"\d+ CFR \d+\.\d+", entry["citation"]) for entry in by_code.values())


def test_statutory_notices_have_their_statutory_words() -> None:
    assert obligation_text(ObligationCode.PART2_NOTICE) == (
        "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    )
    ferpa = obligation_text(ObligationCode.FERPA_NOTICE)
    assert "without the prior consent of the parent or eligible student" in ferpa
    assert "only for the purposes for which the disclosure was made" in ferpa


def test_every_obligation_says_its_duty() -> None:
    texts = [obligation_text(code) for code in ObligationCode]
    assert [entry["text"] for entry in ENTRIES["obligations"]] == texts
    assert len(set(texts)) == len(texts)
    assert all(len(text) > 40 for text in texts)


@pytest.mark.parametrize(
    ("duty", "ends"),
    [
        (Obligation(ObligationCode.NO_REDISCLOSURE), "a law obliges you to."),
        (
            Obligation(
                ObligationCode.STORE_IN,
                places=frozenset({"discipline-file", "counsellor-file"}),
                never_in=frozenset({"cumulative-folder"}),
            ),
            "Keep it in: counsellor-file, discipline-file. Never put it in: cumulative-folder.",
        ),
        (Obligation(ObligationCode.NOTIFY_PARTY, whom=frozenset({"parents"})), "Tell: parents."),
    ],
    ids=lambda value: value.code.value if isinstance(value, Obligation) else "",
)
def test_a_duty_names_its_places_and_parties(duty: Obligation, ends: str) -> None:
    assert duty_text(duty).startswith(obligation_text(duty.code))
    assert duty_text(duty).endswith(ends)


def test_it_is_ready_for_json_and_each_call_gives_a_fresh_copy() -> None:
    first: Any = vocabulary()
    assert json.loads(json.dumps(first)) == first
    first["purposes"].clear()
    assert vocabulary()["purposes"]
    assert published.PURPOSES["treatment"].maps_to == "hl7:TREAT"
