"""The demo county's child protection service: found and told about through the ready Primero mapping."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from adapters.partner import Lookup, Match
from adapters.rest import RestPartner
from adapters.rest_settings import open_rest
from agreements.subject import Subject
from agreements.terms import Category, Level
from gateway.demo.cast import Cast, cast
from gateway.demo.people import HEALTH, POLICE, SCHOOLS, SOCIAL, Known, Population, populate
from gateway.demo.primero_cases import record_id
from gateway.demo.schools import Roster
from gateway.demo.social import build_cases
from gateway.demo.systems import CLIENT, SOCIAL_SECRET, Systems, make_systems
from tests.contracts.adapter_contract import permit

TODAY: Final = date(2026, 11, 22)
BOTH: Final = (Category.SAFEGUARDING, Category.FAMILY_SERVICES)


@pytest.fixture(scope="module")
def population() -> Population:
    return populate(1, TODAY)


@pytest.fixture(scope="module")
def players() -> Cast:
    return cast(TODAY)


@pytest.fixture(scope="module")
def cases(population: Population, players: Cast) -> list[dict[str, Any]]:
    return build_cases(population.known[SOCIAL], players, Random(1), TODAY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("social")


@pytest.fixture(scope="module")
def systems(folder: Path, cases: list[dict[str, Any]]) -> Iterator[Systems]:
    systems = make_systems(folder, [], Roster([], [], []), cases)
    systems.social.start()
    yield systems
    systems.stop()


@pytest.fixture
async def partner(systems: Systems, folder: Path) -> AsyncIterator[RestPartner]:
    auth = {"user": CLIENT, "password": SOCIAL_SECRET}
    settings = {"kind": "rest", "url": systems.social.base_url, "mapping": "primero", "auth": auth}
    # A deadline that a busy test machine keeps.
    partner = open_rest(settings, folder, lambda: datetime.now(UTC), deadline=15.0)
    yield partner
    await partner.close()


async def test_a_child_is_told_about_under_the_polices_spelling(partner: RestPartner, players: Cast) -> None:
    permits = [permit(each, Level.SUMMARY) for each in BOTH]
    match = await partner.find(Subject(players.zoe[POLICE]), permits)
    assert isinstance(match, Match)
    told = {each.category: each.summary for each in await partner.fetch(match, permits)}
    assert told == {
        Category.SAFEGUARDING: "high, neglect",
        Category.FAMILY_SERVICES: "psychosocial_service, not_implemented",
    }


async def test_whom_the_service_does_not_know_is_not_found(partner: RestPartner, players: Cast) -> None:
    wanted = [permit(Category.FAMILY_SERVICES)]
    assert not isinstance(await partner.find(Subject(players.marisol[SCHOOLS]), wanted), Match)


async def test_people_are_found_as_the_health_service_has_written_them_and_nobody_else_is(
    partner: RestPartner, population: Population
) -> None:
    patients = {each.person.number: each for each in population.known[HEALTH]}
    both = [
        patients[each.person.number] for each in population.known[SOCIAL] if each.person.number in patients
    ]
    found = [(each, await look_up(partner, each)) for each in both[:40]]
    matched = [(who, lookup) for who, lookup in found if isinstance(lookup, Match)]
    assert all(record_id("case", who.person.number) in str(lookup.reference) for who, lookup in matched)
    assert len(matched) / len(found) > 0.85


async def look_up(partner: RestPartner, known: Known) -> Lookup:
    return await partner.find(Subject(known.identity), [permit(Category.FAMILY_SERVICES)])


def test_concerns_are_about_children_and_services_for_everybody(cases: list[dict[str, Any]]) -> None:
    concerned = [each for each in cases if each["protection_concerns"]]
    assert 10 < len(concerned) < len(cases) / 2
    assert all(each["age"] <= 19 for each in concerned)
    assert all(each["services_section"] for each in cases)
    assert all(each["registration_date"] >= each["date_of_birth"] for each in cases)
    assert len({each["id"] for each in cases}) == len(cases)
