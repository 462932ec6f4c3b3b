"""The demo county's people: always the same, all different, and found again under their other spellings."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from adapters.matching import best, block_keys, doubt_keys
from adapters.partner import Match
from agreements.subject import PersonIdentity, Subject
from gateway.demo.cast import cast
from gateway.demo.people import HEALTH, HOUSING, POLICE, SCHOOLS, SOCIAL, Population, populate

TODAY: Final = date(2026, 11, 22)


@pytest.fixture(scope="module")
def population() -> Population:
    return populate(1, TODAY)


def test_the_same_seed_and_day_make_the_same_people(population: Population) -> None:
    assert populate(1, TODAY) == population
    assert populate(2, TODAY) != population


def test_two_thousand_different_people_each_known_to_somebody(population: Population) -> None:
    assert len({(each.family, each.given, each.born) for each in population.people}) == 2000
    known = {each.person.number for them in population.known.values() for each in them}
    assert known == {each.number for each in population.people}


def test_many_are_known_to_several_agencies_and_many_of_those_under_other_names(
    population: Population,
) -> None:
    several, differing = population.in_several()
    assert several > 600
    assert several > differing > 300


def test_people_in_two_systems_are_found_under_their_other_name_and_nobody_else_is(
    population: Population,
) -> None:
    by_day: dict[date | None, list[tuple[object, PersonIdentity]]] = {}
    for each in population.known[HEALTH]:
        by_day.setdefault(each.identity.birth_date, []).append((each.person.number, each.identity))
    there = {each.person.number for each in population.known[HEALTH]}
    asked = [each for each in population.known[POLICE] if each.person.number in there]
    found = [
        (each.person.number, best(Subject(each.identity), by_day[each.identity.birth_date])) for each in asked
    ]
    matches = [(number, lookup.reference) for number, lookup in found if isinstance(lookup, Match)]
    assert all(number == reference for number, reference in matches)
    assert len(matches) / len(asked) > 0.9


@pytest.mark.parametrize("agency", [POLICE, HEALTH, SCHOOLS, SOCIAL, HOUSING])
def test_the_people_of_the_story_stand_out_wherever_they_are_known(
    population: Population, agency: str
) -> None:
    players = cast(TODAY)
    everybody = [*(each.identity for each in population.known[agency]), *players.at(agency)]
    for player in (players.daniel, players.zoe, players.marisol):
        named = player.get(SCHOOLS) or player[POLICE]
        keys = {*block_keys(named), *doubt_keys(named)}
        held = [(each, each) for each in everybody if keys & {*block_keys(each), *doubt_keys(each)}]
        lookup = best(Subject(named), held)
        if agency in player:
            assert isinstance(lookup, Match)
            assert lookup.reference is player[agency]
        else:
            assert not isinstance(lookup, Match)


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 12, 31), date(2028, 2, 29)], ids=str)
def test_the_people_of_the_story_keep_their_age(today: date) -> None:
    players = cast(today)
    ages = [
        Subject(player[POLICE]).age_on(today) for player in (players.daniel, players.zoe, players.marisol)
    ]
    assert all(age is not None for age in ages)
    daniel, zoe, marisol = (age or 0 for age in ages)
    assert 14 <= daniel < 18, "he authorises in person, and is a minor"
    assert zoe < 12
    assert marisol < 18
