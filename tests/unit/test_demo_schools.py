"""The demo county's schools: pupils found in the roster by few calls, reports in the database beside it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from random import Random
from typing import Final

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.oneroster import OneRosterPartner
from adapters.oneroster_people import RosterIds
from adapters.oneroster_settings import open_oneroster
from adapters.partner import Lookup, Match
from agreements.subject import Subject, VenueIdentity
from agreements.terms import Category, Level
from gateway.demo.cast import HIGH_SCHOOL, Cast, cast
from gateway.demo.oneroster_server import OneRosterServer
from gateway.demo.people import POLICE, SCHOOLS, SOCIAL, Known, Population, populate
from gateway.demo.schools import Roster, build_roster, build_student_information
from gateway.demo.systems import SCHOOL_QUIRKS
from tests.contracts.adapter_contract import permit

TODAY: Final = date(2026, 11, 22)
EVERYTHING: Final = (Category.EDUCATION_RECORD, Category.SCHOOL_DISCIPLINE, Category.THREAT_REPORT)
MAPPING: Final = "schools-mapping.yaml"


class CountingServer(OneRosterServer):
    """The demo's server, which also keeps what it was asked."""

    def __init__(self, roster: Roster) -> None:
        super().__init__(roster.users, roster.demographics, roster.orgs, {"us": "word"}, SCHOOL_QUIRKS)
        self.asked: list[str] = []

    def app(self) -> Starlette:
        app = super().app()
        app.add_middleware(_Counting, asked=self.asked)
        return app


class _Counting:
    def __init__(self, app: ASGIApp, asked: list[str]) -> None:
        self._app, self._asked = app, asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._asked.append(f"{scope['path']}?{scope['query_string'].decode()}")
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def population() -> Population:
    return populate(1, TODAY)


@pytest.fixture(scope="module")
def players() -> Cast:
    return cast(TODAY)


@pytest.fixture(scope="module")
def server(population: Population, players: Cast) -> Iterator[CountingServer]:
    with CountingServer(build_roster(population.known[SCHOOLS], players, TODAY)) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, population: Population, players: Cast) -> Path:
    folder = tmp_path_factory.mktemp("schools")
    (folder / "data").mkdir()
    mapping = resources.files("gateway.demo").joinpath("data", MAPPING)
    (folder / MAPPING).write_text(mapping.read_text("utf-8"))
    (folder / "word.secret").write_text("word")
    path = folder / "data" / "student-information.db"
    build_student_information(path, population.known[SCHOOLS], players, Random(1), TODAY)
    return folder


@pytest.fixture
async def partner(server: CountingServer, folder: Path) -> AsyncIterator[OneRosterPartner]:
    auth = {"client_id": "us", "client_secret_file": "word.secret"}
    settings = {"kind": "oneroster", "url": server.base_url, "mapping": MAPPING, "auth": auth}
    # A deadline that a busy test machine keeps; how few calls there are is counted.
    partner = open_oneroster(settings, folder, lambda: datetime.now(UTC), deadline=15.0)
    yield partner
    await partner.close()


async def told(partner: OneRosterPartner, subject: Subject) -> set[str | None]:
    permits = [permit(each, Level.SUMMARY, kind=subject.kind) for each in EVERYTHING]
    match = await partner.find(subject, permits)
    assert isinstance(match, Match)
    return {each.summary for each in await partner.fetch(match, permits)}


async def test_a_pupil_is_told_about_from_roster_and_database_under_the_polices_spelling(
    partner: OneRosterPartner, players: Cast
) -> None:
    assert await told(partner, Subject(players.daniel[POLICE])) == {
        "10, Riverside High School",
        "damage to property, 2026-07-15",
        "said to have threatened a shooting at school, 2026-11-21",
    }


async def test_a_school_is_told_about_as_a_place(partner: OneRosterPartner) -> None:
    place = VenueIdentity("Riverside HS", HIGH_SCHOOL.address)
    assert await told(partner, Subject(place)) == {
        "telephone call about a bomb, found to be a hoax, 2025-10-08"
    }


async def test_a_look_up_makes_few_calls_and_none_for_everybody(
    server: CountingServer, partner: OneRosterPartner, players: Cast
) -> None:
    wanted = [permit(Category.EDUCATION_RECORD)]
    for named in (players.zoe[SOCIAL], players.marisol[SCHOOLS]):
        # The first look-up also learns how the server treats filters.
        server.asked.clear()
        assert isinstance(await partner.find(Subject(named), wanted), Match)
    assert 3 <= len(server.asked) <= 9
    assert all("filter=" in call for call in server.asked)


async def test_learning_how_the_server_behaves_reads_two_short_pages_of_each_list(
    server: CountingServer, partner: OneRosterPartner, players: Cast
) -> None:
    server.asked.clear()
    await partner.find(Subject(players.zoe[SOCIAL]), [permit(Category.EDUCATION_RECORD)])
    whole = [call for call in server.asked if "limit=" in call and "filter=" not in call]
    assert len(whole) == 4
    assert len(server.asked) < 30


async def test_pupils_are_found_as_social_services_have_written_them_and_nobody_else_is(
    partner: OneRosterPartner, population: Population
) -> None:
    pupils = {each.person.number for each in population.known[SCHOOLS]}
    both = [each for each in population.known[SOCIAL] if each.person.number in pupils][:30]
    found = [(each, await look_up(partner, each)) for each in both]
    matched = [(who, lookup) for who, lookup in found if isinstance(lookup, Match)]
    assert all(ids(lookup) == (f"stu-{who.person.number:05}",) for who, lookup in matched)
    assert len(matched) / len(both) > 0.85


async def test_adults_are_not_found_among_pupils(partner: OneRosterPartner, population: Population) -> None:
    adults = [each for each in population.known[POLICE] if each.person.age > 20][:12]
    assert not any([isinstance(await look_up(partner, each), Match) for each in adults])


async def look_up(partner: OneRosterPartner, known: Known) -> Lookup:
    return await partner.find(Subject(known.identity), [permit(Category.EDUCATION_RECORD)])


def ids(match: Match) -> tuple[str, ...]:
    assert isinstance(match.reference, RosterIds)
    return match.reference.ids


def test_the_database_holds_more_than_the_mapping_names(folder: Path) -> None:
    mapping = (folder / MAPPING).read_text()
    with closing(sqlite3.connect(folder / "data" / "student-information.db")) as connection:
        kept = connection.execute("SELECT count(*) FROM discipline WHERE narrative <> ''").fetchone()[0]
        drafts = connection.execute("SELECT count(*) FROM discipline WHERE state = 'draft'").fetchone()[0]
    assert kept > 20
    assert 0 < drafts < kept / 2
    assert not {"narrative", "reporter_name", "password"} & set(
        re.findall(r"\w+", mapping.split("schema:")[1])
    )


def test_the_roster_is_the_same_for_the_same_people(population: Population, players: Cast) -> None:
    one, other = (build_roster(population.known[SCHOOLS], players, TODAY) for _ in range(2))
    assert one == other
    assert len({each["sourcedId"] for each in one.users}) == len(one.users) == len(one.demographics)
