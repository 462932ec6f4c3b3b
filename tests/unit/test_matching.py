"""Which identities release, which are unclear, and which are nobody."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pytest

from adapters.evidence import ASK, RELEASE
from adapters.matching import (
    best,
    best_records,
    block_keys,
    doubt_keys,
    grade,
    lookup_keys,
    near_duplicate,
    same_subject,
)
from adapters.names import (
    Likeness,
    distance,
    family_likeness,
    fold,
    given_likeness,
    jaro_winkler,
)
from adapters.partner import Match, NoMatch, Unclear
from agreements.subject import (
    Address,
    CommunicationIdentity,
    GeneralQuestion,
    Identifier,
    Identity,
    PersonIdentity,
    Subject,
    VenueIdentity,
)

BORN = date(2008, 4, 17)
MRN = Identifier("urn:mrn", "S-4471")
HOME = Address(line="12 Alder Street", city="Riverside", postal_code="97201")
DANIEL = PersonIdentity("Okafor", "Daniel", BORN)
SCHOOL = VenueIdentity("Riverside High School", Address(line="1 School Rd", city="Riverside"))
THREAT = "I am going to hurt everyone in the science building on Friday morning"


said = CommunicationIdentity


def outcome(query: Identity, held: Identity) -> str:
    """What a source that holds only this identity would say."""
    lookup = best(Subject(query), [("it", held)])
    return {Match: "match", Unclear: "unclear", NoMatch: "nobody"}[type(lookup)]


@pytest.mark.parametrize(
    ("family", "given", "held_family", "held_given"),
    [
        ("Okafor", "Daniel", "Okafor", "Daniel"),
        ("OKAFOR", "daniel", "Okafor", "Daniel"),
        ("Okafro", "Daniel", "Okafor", "Daniel"),
        ("Okafor", "Danile", "Okafor", "Daniel"),
        ("Okafor", "Dan", "Okafor", "Daniel"),
        ("Daniel", "Okafor", "Okafor", "Daniel"),
        ("Müller", "Jürgen", "Mueller", "Juergen"),
        ("Muller", "Jurgen", "Müller", "Jürgen"),
        ("Sørensen", "Bjørn", "Soerensen", "Bjorn"),
        ("Wałęsa", "Łucja", "Walesa", "Lucja"),
        ("Weiß", "Anke", "Weiss", "Anke"),
        ("Ivanov", "Aleksei", "Иванов", "Алексей"),
        ("O'Brien", "Niamh", "OBrien", "Niamh"),
        ("O\u2019Brien", "Niamh", "O Brien", "Niamh"),
        ("Garcia-Lopez", "Ines", "Garcia Lopez", "Inés"),
        ("Garcia", "Ines", "Garcia Lopez", "Ines"),
        ("Lopez", "Ines", "Garcia Lopez", "Ines"),
        ("Lopez Garcia", "Ines", "Garcia Lopez", "Ines"),
        ("de la Cruz", "Rosa", "Cruz", "Rosa"),
        ("Reyes", "Anna Maria", "Reyes", "Anna"),
        ("Reyes", "Anna-Maria", "Reyes", "Annamaria"),
        ("Smith Jr.", "William", "Smith", "Bill"),
        ("Abdi", "Mohammed", "Abdi", "Muhammad"),
    ],
)
def test_a_name_written_otherwise_with_the_same_birth_date_releases(
    family: str, given: str, held_family: str, held_given: str
) -> None:
    query = PersonIdentity(family, given, BORN)
    held = PersonIdentity(held_family, held_given, BORN)
    assert outcome(query, held) == "match"
    assert outcome(held, query) == "match"


@pytest.mark.parametrize(
    ("query", "held", "expected"),
    [
        pytest.param(DANIEL, replace(DANIEL, birth_date=date(1979, 11, 2)), "nobody", id="other-birth-date"),
        pytest.param(
            DANIEL, replace(DANIEL, birth_date=date(2008, 4, 16)), "unclear", id="one-digit-of-birth-date"
        ),
        pytest.param(
            PersonIdentity("Okafor", "Daniel", date(2008, 4, 7)),
            PersonIdentity("Okafor", "Daniel", date(2008, 7, 4)),
            "unclear",
            id="day-and-month-swapped",
        ),
        pytest.param(PersonIdentity("Okafor", "Daniel"), DANIEL, "unclear", id="name-only"),
        pytest.param(
            PersonIdentity("Okafor", "Daniel", address=HOME),
            replace(DANIEL, address=HOME),
            "unclear",
            id="name-and-address-only",
        ),
        pytest.param(PersonIdentity(birth_date=BORN), DANIEL, "unclear", id="birth-date-only"),
        pytest.param(replace(DANIEL, family_name="Whitfield"), DANIEL, "unclear", id="changed-surname"),
        pytest.param(
            replace(DANIEL, family_name="Whitfield", address=HOME),
            replace(DANIEL, address=replace(HOME, line="12 Alder St.")),
            "match",
            id="changed-surname-same-address",
        ),
        pytest.param(
            replace(DANIEL, family_name="Whitfield", identifiers=(MRN,)),
            replace(DANIEL, identifiers=(MRN,)),
            "match",
            id="changed-surname-same-identifier",
        ),
        pytest.param(replace(DANIEL, given_name="Grace"), DANIEL, "nobody", id="twin"),
        pytest.param(
            replace(DANIEL, given_name="Grace", address=HOME),
            replace(DANIEL, address=HOME),
            "nobody",
            id="twin-at-the-same-address",
        ),
        pytest.param(
            replace(DANIEL, given_name="Maria Luisa"),
            replace(DANIEL, given_name="Maria Jose"),
            "unclear",
            id="twins-with-one-first-name",
        ),
        pytest.param(replace(DANIEL, given_name="D."), DANIEL, "unclear", id="initial-only"),
        pytest.param(
            replace(DANIEL, given_name="Tim"), replace(DANIEL, given_name="Tom"), "unclear", id="short"
        ),
        pytest.param(PersonIdentity("Zielinska", "Halina", BORN), DANIEL, "nobody", id="only-the-birth-date"),
    ],
)
def test_names_birth_dates_and_addresses(query: Identity, held: Identity, expected: str) -> None:
    assert outcome(query, held) == expected
    assert outcome(held, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(
            PersonIdentity(identifiers=(Identifier("URN:MRN", " s4471 "),)), "match", id="written-otherwise"
        ),
        pytest.param(PersonIdentity("Okafor", "Daniel", identifiers=(MRN,)), "match", id="with-name"),
        pytest.param(
            PersonIdentity("Okafor", "Daniel", date(2008, 4, 16), (MRN,)), "match", id="near-birth-date"
        ),
        pytest.param(
            PersonIdentity(identifiers=(Identifier("urn:other", "S-4471"),)), "nobody", id="other-system"
        ),
        pytest.param(
            PersonIdentity("Okafor", "Daniel", BORN, (Identifier("urn:mrn", "S-1"),)), "unclear", id="differs"
        ),
        pytest.param(PersonIdentity("", "", date(1960, 1, 5), (MRN,)), "nobody", id="birth-date-contradicts"),
        pytest.param(
            PersonIdentity("Okafor", "Daniel", date(1960, 1, 5), (MRN,)),
            "unclear",
            id="birth-date-against-the-rest",
        ),
        pytest.param(PersonIdentity("Okafor", "Grace", BORN, (MRN,)), "unclear", id="of-the-twin"),
        pytest.param(PersonIdentity("Lund", "Grace", None, (MRN,)), "unclear", id="of-somebody-else"),
        pytest.param(
            PersonIdentity(identifiers=(MRN, Identifier("urn:ssn", "111"))), "unclear", id="one-equal-one-not"
        ),
        pytest.param(PersonIdentity(identifiers=(Identifier("urn:mrn", " - "),)), "nobody", id="empty"),
    ],
)
def test_identifiers(query: PersonIdentity, expected: str) -> None:
    held = replace(DANIEL, identifiers=(MRN, Identifier("urn:ssn", "900")))
    assert outcome(query, held) == expected


def test_another_name_a_person_is_known_by_counts() -> None:
    held = PersonIdentity("Whitfield", "Dana", BORN, other_names=(("Okafor", "Daniel"),))
    assert outcome(DANIEL, held) == "match"


@pytest.mark.parametrize(
    ("query", "held", "expected"),
    [
        (SCHOOL, VenueIdentity("RIVERSIDE HS", Address(line="1, School Road", city="riverside")), "match"),
        (VenueIdentity("St Mary's Church"), VenueIdentity("Saint Marys Church"), "match"),
        (VenueIdentity("Riverside High School"), SCHOOL, "match"),
        (VenueIdentity("Riversid High School", SCHOOL.address), SCHOOL, "match"),
        (VenueIdentity("Riversid High School"), SCHOOL, "unclear"),
        (VenueIdentity(SCHOOL.name, Address(line="11 School Rd", city="Riverside")), SCHOOL, "nobody"),
        (VenueIdentity(SCHOOL.name, Address(city="Northfield")), SCHOOL, "nobody"),
        (VenueIdentity("Riverside Elementary School"), SCHOOL, "nobody"),
        (VenueIdentity("School 12"), VenueIdentity("School 13"), "nobody"),
        (VenueIdentity("!!!"), VenueIdentity("!!!"), "nobody"),
    ],
)
def test_venues(query: VenueIdentity, held: VenueIdentity, expected: str) -> None:
    assert outcome(query, held) == expected
    assert outcome(held, query) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (said("email", " X@Example.org"), said("e-mail", "x@example.org"), "match"),
        (said("email", "x.y@example.org"), said("email", "xy@example.org"), "nobody"),
        (said("phone", "+1 (555) 010-0100"), said("sms", "0015550100100"), "match"),
        (said("phone", "+44 (0)20 7946 0000"), said("tel", "+442079460000"), "match"),
        (said("signal", "alice.42"), said("signal", "bob.42"), "nobody"),
        (said("instagram", "@Shade"), said("instagram", "shade"), "match"),
        (said("instagram", "shade"), said("tiktok", "shade"), "nobody"),
        (said("email", text=THREAT), said("x", text=f"{THREAT.upper()}!!"), "match"),
        (said("x", text=THREAT), said("x", text=f"{THREAT} at nine thirty sharp"), "unclear"),
        (said("x", text=THREAT), said("x", text="see you at the game"), "nobody"),
        (said("x", text="see you"), said("x", text="see you"), "unclear"),
        (said("x", "a", THREAT), said("x", "b", THREAT), "nobody"),
    ],
)
def test_communications(one: CommunicationIdentity, other: CommunicationIdentity, expected: str) -> None:
    assert outcome(one, other) == expected
    assert outcome(other, one) == expected


def test_kinds_do_not_match_one_another() -> None:
    assert grade(Subject(DANIEL), SCHOOL).value == 0
    assert grade(Subject(SCHOOL), DANIEL).value == 0
    assert grade(Subject(said("x", "y")), SCHOOL).value == 0


def test_the_explanation_adds_up_to_the_score() -> None:
    for query in (DANIEL, PersonIdentity("Okafor", "Daniel"), replace(DANIEL, given_name="Dan")):
        score = grade(Subject(query), DANIEL)
        bits = sum(each.weight for each in score.explanation)
        assert math.isclose(score.value, 1 / (1 + 2**-bits))


def test_thresholds_leave_room_to_ask() -> None:
    assert 0 < ASK < RELEASE < 1


def test_two_equal_candidates_are_unclear() -> None:
    held = [(n, replace(DANIEL, identifiers=(Identifier("urn:mrn", str(n)),))) for n in range(2)]
    lookup = best(Subject(DANIEL), held)
    assert isinstance(lookup, Unclear)
    assert lookup.best_score == pytest.approx(0.5, abs=0.01)


def test_a_misspelling_between_two_people_is_unclear_and_an_exact_name_is_not() -> None:
    maria, mario = (PersonIdentity("Costa", given, BORN) for given in ("Maria", "Mario"))
    held = [("maria", maria), ("mario", mario)]
    assert isinstance(best(Subject(replace(maria, given_name="Marix")), held), Unclear)
    found = best(Subject(maria), held)
    assert isinstance(found, Match)
    assert found.reference == "maria"


def test_one_subject_held_twice_is_found_once_with_both_records() -> None:
    found = best_records(Subject(DANIEL), [("a", DANIEL), ("b", replace(DANIEL, identifiers=(MRN,)))])
    assert isinstance(found, Match)
    assert found.reference == ("a", "b")
    assert found.score >= RELEASE


def test_nobody_among_no_candidates() -> None:
    assert best(Subject(DANIEL), []) == NoMatch()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(DANIEL, replace(DANIEL, given_name="DANIEL"), True, id="name-and-birth-date"),
        pytest.param(PersonIdentity("Daniel", "Okafor", BORN), DANIEL, True, id="order"),
        pytest.param(replace(DANIEL, given_name="Dan"), DANIEL, False, id="nickname-is-not-strict"),
        pytest.param(replace(DANIEL, birth_date=None), DANIEL, False, id="name-alone"),
        pytest.param(replace(DANIEL, birth_date=date(2008, 4, 18)), DANIEL, False, id="other-birth-date"),
        pytest.param(
            PersonIdentity(identifiers=(MRN,)), replace(DANIEL, identifiers=(MRN,)), True, id="identifier"
        ),
        pytest.param(
            replace(DANIEL, identifiers=(MRN,), birth_date=date(1990, 1, 1)),
            replace(DANIEL, identifiers=(MRN,)),
            False,
            id="identifier-against-birth-date",
        ),
        pytest.param(
            replace(DANIEL, identifiers=(Identifier("urn:mrn", "1"),)),
            replace(DANIEL, identifiers=(MRN,)),
            False,
            id="identifiers-contradict",
        ),
        pytest.param(
            replace(DANIEL, given_name="Grace", identifiers=(MRN,)),
            replace(DANIEL, identifiers=(MRN,)),
            False,
            id="identifier-of-the-twin",
        ),
        pytest.param(SCHOOL, replace(SCHOOL, name="RIVERSIDE HS"), True, id="venue"),
        pytest.param(SCHOOL, VenueIdentity(SCHOOL.name), False, id="venue-without-address"),
        pytest.param(said("x", "@a"), said("x", "A"), True, id="handle"),
        pytest.param(said("x", text=THREAT), said("x", text=f"{THREAT}!"), True, id="text"),
        pytest.param(DANIEL, SCHOOL, False, id="kinds"),
    ],
)
def test_same_subject(one: Identity, other: Identity, expected: bool) -> None:
    assert same_subject(Subject(one), Subject(other)) is expected
    assert same_subject(Subject(other), Subject(one)) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(replace(DANIEL, given_name="Dan"), DANIEL, True, id="near-name"),
        pytest.param(replace(DANIEL, birth_date=date(2008, 4, 16)), DANIEL, False, id="other-birth-date"),
        pytest.param(replace(DANIEL, given_name="Grace"), DANIEL, False, id="twin"),
        pytest.param(
            PersonIdentity("Lund", "Eva", identifiers=(MRN,)),
            replace(DANIEL, identifiers=(MRN,)),
            True,
            id="identifier",
        ),
        pytest.param(
            replace(DANIEL, identifiers=(MRN,), birth_date=date(1990, 1, 1)),
            replace(DANIEL, identifiers=(MRN,)),
            False,
            id="identifier-other-birth-date",
        ),
        pytest.param(
            PersonIdentity("Okafor", "Dan"), PersonIdentity("Okafor", "Daniel"), True, id="names-only"
        ),
        pytest.param(PersonIdentity("Okafor", "Daniel"), DANIEL, False, id="birth-date-added"),
        pytest.param(SCHOOL, VenueIdentity("Riverside HS"), True, id="venue"),
        pytest.param(
            SCHOOL, replace(SCHOOL, address=Address(city="Northfield")), False, id="venue-elsewhere"
        ),
        pytest.param(said("x", "a"), said("x", "@A"), True, id="handle"),
        pytest.param(said("x", "a"), said("x", text=THREAT), False, id="handle-text"),
        pytest.param(said("x", text=THREAT), said("y", text=f"{THREAT}!"), True, id="text"),
        pytest.param(DANIEL, SCHOOL, False, id="kinds"),
    ],
)
def test_near_duplicate(one: Identity, other: Identity, expected: bool) -> None:
    assert near_duplicate(Subject(one), Subject(other)) is expected
    assert near_duplicate(Subject(other), Subject(one)) is expected


def test_a_question_about_nobody_is_matched_with_nothing() -> None:
    asked = Subject(GeneralQuestion("How many calls came from Elm Street?"))
    assert (lookup_keys(asked), block_keys(asked.reveal()), doubt_keys(asked.reveal())) == ((), (), ())
    assert not same_subject(asked, asked)
    assert not near_duplicate(asked, asked)
    held: list[Identity] = [PersonIdentity("Elm", "Street"), SCHOOL, said("phone", text=THREAT)]
    assert isinstance(best(asked, [(number, each) for number, each in enumerate(held)]), NoMatch)
    assert repr(asked) == "Subject(general)"


def test_lookup_keys_are_normal_forms() -> None:
    person = replace(DANIEL, identifiers=(MRN, Identifier("urn:ssn", "9-00")))
    assert lookup_keys(Subject(person)) == (
        "id|urn:mrn|s4471",
        "id|urn:ssn|900",
        "name|daniel okafor|2008-04-17",
    )
    assert lookup_keys(Subject(PersonIdentity("Okafor", "Daniel"))) == ()
    assert len(lookup_keys(Subject(SCHOOL))) == 1
    text_key = lookup_keys(Subject(said("x", text=THREAT)))[0]
    assert text_key.startswith("text|")
    assert "science" not in text_key


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("ca", "ac", 1), ("okafor", "okafro", 1)],
)
def test_edit_distance(one: str, other: str, edits: int) -> None:
    assert distance(one, other) == edits


@pytest.mark.parametrize(
    ("one", "other", "similarity"),
    [
        ("martha", "marhta", 0.9611),
        ("dwayne", "duane", 0.84),
        ("dixon", "dicksonx", 0.8133),
        ("a", "b", 0),
        ("", "a", 0),
    ],
)
def test_jaro_winkler_as_published(one: str, other: str, similarity: float) -> None:
    assert jaro_winkler(one, other) == pytest.approx(similarity, abs=1e-4)


def test_likeness_of_names() -> None:
    assert fold("  O\u2019Neill-Smith, Æsa ") == "oneill smith aesa"
    assert family_likeness("Garcia Lopez", "Garcia Ruiz") is Likeness.SHARED
    assert family_likeness("de la Cruz", "de la Rosa") is Likeness.DIFFERENT
    assert family_likeness("", "Cruz") is Likeness.ABSENT
    assert given_likeness("James", "Daniel James") is Likeness.PART
    assert given_likeness("Daniel J.", "Daniel James") is Likeness.EQUAL
    assert given_likeness("Ann", "Bob") is Likeness.DIFFERENT
