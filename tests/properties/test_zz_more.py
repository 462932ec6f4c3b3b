"""Laws of matching over generated identities."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from adapters.evidence import RELEASE
from adapters.index import IdentityIndex
from adapters.matching import best, best_records, grade, lookup_keys, near_duplicate, same_subject
from adapters.names import distance, fold, full_name, jaro_winkler, parts
from adapters.partner import Match
from agreements.subject import (
    Address,
    CommunicationIdentity,
    Identifier,
    Identity,
    PersonIdentity,
    Subject,
    VenueIdentity,
)

# Other tests run beside these, so the time of one example says nothing.
untimed = settings(max_examples=1200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

ALPHABET = "abcdefghijklmnoprstuvwyzáéíöüñçßøł"
FAMILIES = ("Okafor", "O'Brien", "Garcia Lopez", "Garcia", "Müller", "Mueller", "Lindqvist", "Sørensen")
GIVENS = (
    "Daniel",
    "Dan",
    "Maria",
    "Mario",
    "Anna Maria",
    "Anna",
    "Jan",
    "Jana",
    "Siobhan",
    "William",
    "Bill",
)
THREAT = "I will be there on Friday morning at nine"
SYSTEMS = ("urn:mrn", "urn:ssn")

words = st.text(ALPHABET, min_size=4, max_size=12)
dates = st.dates(date(1930, 1, 1), date(2020, 12, 31))
few_dates = st.sampled_from([date(2008, 4, 7), date(2008, 7, 4), date(2008, 4, 17), date(1971, 1, 30)])
identifiers = st.lists(
    st.builds(
        Identifier, st.sampled_from(SYSTEMS), st.sampled_from(["77", "7-7", "S-4471", "s4471", "", "-"])
    ),
    max_size=2,
).map(tuple)
addresses = st.none() | st.builds(
    Address,
    line=st.sampled_from(["", "1 School Rd", "1 School Road", "11 School Rd", "Rd"]),
    city=st.sampled_from(["", "Riverside", "riverside", "Northfield"]),
    postal_code=st.sampled_from(["", "97201", "97201-1234", "10115"]),
)
people = st.builds(
    PersonIdentity,
    st.sampled_from(("", *FAMILIES)),
    st.sampled_from(("", *GIVENS)),
    st.none() | few_dates,
    identifiers,
    addresses,
    st.lists(st.tuples(st.sampled_from(FAMILIES), st.sampled_from(GIVENS)), max_size=1).map(tuple),
)
venues = st.builds(
    VenueIdentity,
    st.sampled_from(["Riverside High School", "RIVERSIDE HS", "St Mary's", "Saint Marys", "!"]),
    addresses,
)
communications = st.builds(
    CommunicationIdentity,
    st.sampled_from(["email", "e-mail", "phone", "sms", "x"]),
    st.sampled_from(["", "X@Example.org", "x@example.org", "+1 555 010 0100", "0015550100100", "@shade"]),
    st.sampled_from(["", "see you", THREAT, f"{THREAT.upper()}!"]),
)
identities: st.SearchStrategy[Identity] = people | venues | communications


@untimed
@given(identities, identities)
def test_same_subjects_share_a_lookup_key(one: Identity, other: Identity) -> None:
    a, b = Subject(one), Subject(other)
    if same_subject(a, b):
        assert set(lookup_keys(a)) & set(lookup_keys(b))


@untimed
@given(identities, identities)
def test_comparisons_do_not_depend_on_the_side(one: Identity, other: Identity) -> None:
    a, b = Subject(one), Subject(other)
    assert math.isclose(grade(a, other).value, grade(b, one).value)
    assert same_subject(a, b) == same_subject(b, a)
    assert near_duplicate(a, b) == near_duplicate(b, a)


@untimed
@given(identities, identities)
def test_a_score_is_the_sum_of_its_explanation(query: Identity, held: Identity) -> None:
    score = grade(Subject(query), held)
    assert 0 <= score.value <= 1
    if score.explanation:
        bits = sum(each.weight for each in score.explanation)
        assert math.isclose(score.value, 1 / (1 + 2**-bits))


@untimed
@given(people, people)
def test_no_person_is_released_on_a_name_alone(query: PersonIdentity, held: PersonIdentity) -> None:
    bare = replace(query, birth_date=None, identifiers=())
    assert grade(Subject(bare), held).value < RELEASE


@untimed
@given(people, people, st.lists(few_dates, min_size=2, max_size=2, unique=True))
def test_another_birth_date_is_another_person(
    query: PersonIdentity, held: PersonIdentity, born: list[date]
) -> None:
    asked, other = replace(query, birth_date=born[0]), replace(held, birth_date=born[1])
    assert not near_duplicate(Subject(asked), Subject(other))
    assert not same_subject(Subject(asked), Subject(other))
    assert grade(Subject(replace(asked, identifiers=())), other).value < RELEASE


@untimed
@given(words, words, dates)
def test_everybody_is_found_as_written(family: str, first: str, born: date) -> None:
    person = PersonIdentity(family, first, born)
    assert isinstance(best(Subject(person), [(1, person)]), Match)
    assert isinstance(best(Subject(PersonIdentity(first, family, born)), [(1, person)]), Match)


@untimed
@given(words, words, dates, st.data())
def test_one_edit_with_the_same_birth_date_releases(
    family: str, first: str, born: date, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(family) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnoprstuvwyz"))
    kind = data.draw(st.sampled_from(["insert", "delete", "replace", "swap"]))
    wrong = {
        "insert": family[:at] + letter + family[at:],
        "delete": family[:at] + family[at + 1 :],
        "replace": family[:at] + letter + family[at + 1 :],
        "swap": family[:at] + family[at : at + 2][::-1] + family[at + 2 :],
    }[kind]
    assume(distance(fold(family), fold(wrong)) <= 1)
    held = PersonIdentity(family, first, born)
    assert grade(Subject(PersonIdentity(wrong, first, born)), held).value >= RELEASE


@untimed
@given(words, words, words, dates)
def test_a_changed_surname_is_never_released_on_given_name_and_birth_date(
    family: str, other: str, first: str, born: date
) -> None:
    assume(distance(fold(family), fold(other)) > 2)
    assume(fold(first) not in (fold(family), fold(other)))
    held = PersonIdentity(family, first, born)
    assert grade(Subject(PersonIdentity(other, first, born)), held).value < RELEASE


@untimed
@given(words, words, words, dates, st.integers(1, 40_000))
def test_a_second_equal_candidate_takes_the_release_away(
    family: str, first: str, value: str, born: date, days: int
) -> None:
    query = PersonIdentity(family, first, born)
    one = replace(query, identifiers=(Identifier("urn:mrn", value),))
    other = replace(query, identifiers=(Identifier("urn:mrn", f"{value}x"),))
    assert not isinstance(best(Subject(query), [(1, one), (2, other)]), Match)
    elsewhere = replace(other, birth_date=born - timedelta(days=days))
    assert isinstance(best(Subject(query), [(1, one), (2, elsewhere)]), Match)


@untimed
@given(identities, st.lists(identities, max_size=8))
def test_the_order_of_candidates_changes_no_outcome(query: Identity, held: list[Identity]) -> None:
    numbered = list(enumerate(held))
    lookup = best_records(Subject(query), numbered)
    again = best_records(Subject(query), reversed(numbered))
    assert type(lookup) is type(again)
    if isinstance(lookup, Match) and isinstance(again, Match):
        assert math.isclose(lookup.score, again.score)


@untimed
@given(identities, st.lists(identities, max_size=12))
def test_the_index_releases_what_grading_everybody_would(query: Identity, held: list[Identity]) -> None:
    everybody = best_records(Subject(query), enumerate(held))
    indexed = IdentityIndex(held).find(Subject(query))
    assert isinstance(indexed, Match) == isinstance(everybody, Match)
    if isinstance(indexed, Match) and isinstance(everybody, Match):
        assert isinstance(indexed.reference, tuple)
        assert isinstance(everybody.reference, tuple)
        assert indexed.reference[0] == everybody.reference[0]
        assert set(indexed.reference) <= set(everybody.reference)


@untimed
@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@untimed
@given(st.text(max_size=30), st.text(max_size=30))
def test_a_full_name_does_not_depend_on_the_order(family: str, first: str) -> None:
    assert full_name(family, first) == full_name(first, family)
    assert bool(full_name(family, first)) == bool(parts(family) and parts(first))


@untimed
@given(words, words)
def test_distances_are_bounded_and_symmetrical(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one) <= max(len(one), len(other))
    assert (distance(one, other) == 0) == (one == other)
    assert math.isclose(jaro_winkler(one, other), jaro_winkler(other, one), abs_tol=1e-9)
    assert 0 <= jaro_winkler(one, other) <= 1
