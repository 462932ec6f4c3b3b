"""The adapter contract over OneRoster 1.2: a server on a real socket, well and ill behaved, and CSV drops."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.oneroster import OneRosterPartner
from adapters.oneroster_settings import open_oneroster
from gateway.demo.oneroster_server import Manner, OneRosterServer, Quirks
from tests.contracts import school
from tests.contracts.adapter_contract import (
    AdapterContract,
    VenueContract,
    World,
    ask,
    comparable,
    expected,
    permits_for,
)

CLIENT = "partner-gateway"
SECRET = "s3cret: with a colon & more"


def now() -> datetime:
    """Later than the files of a test were written, so that they count as settled."""
    return datetime.now(UTC) + timedelta(minutes=1)


def write_site(folder: Path) -> Path:
    school.write_beside(folder)
    (folder / "secret").write_text(SECRET + "\n")
    return folder


def open_server(url: str, folder: Path, **more: Any) -> OneRosterPartner:
    """The adapter with a deadline that a busy test machine keeps; the real one is tested among the faults."""
    auth = {"client_id": CLIENT, "client_secret_file": "secret", **more}
    settings = {"kind": "oneroster", "url": url, "auth": auth, "mapping": "mapping.yaml"}
    return open_oneroster(settings, folder, now, deadline=15.0)


def open_drop(folder: Path, path: str) -> OneRosterPartner:
    return open_oneroster({"kind": "oneroster", "path": path, "mapping": "mapping.yaml"}, folder, now)


@pytest.fixture
def world() -> World:
    return school.WORLD


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(tmp_path_factory.mktemp("site"))


OBLIGING = Quirks()
CONTRARY = Quirks(
    filters=Manner.IGNORED, selection=Manner.REFUSED, most=40, students_root="students", totals=True
)


@pytest.fixture(scope="module", params=[OBLIGING, CONTRARY], ids=["obliging", "contrary"])
def server(request: pytest.FixtureRequest) -> Iterator[OneRosterServer]:
    users, births = school.crowd(105)
    # The world comes last, on a later page.
    everybody = [*users, *school.users()], [*births, *school.demographics()]
    with OneRosterServer(*everybody, school.orgs(), {CLIENT: SECRET}, request.param) as server:
        yield server


class TestServer(AdapterContract, VenueContract):
    @pytest.fixture
    async def partner(self, server: OneRosterServer, site: Path) -> AsyncIterator[OneRosterPartner]:
        partner = open_server(server.base_url, site)
        yield partner
        await partner.close()

    @pytest.fixture(params=["gone", "wrong-secret"])
    async def broken(
        self, request: pytest.FixtureRequest, server: OneRosterServer, site: Path, tmp_path: Path
    ) -> AsyncIterator[OneRosterPartner]:
        url = "http://127.0.0.1:1/ims/oneroster/rostering/v1p2"
        folder = site
        if request.param == "wrong-secret":
            folder, url = write_site(tmp_path), server.base_url
            (tmp_path / "secret").write_text("another")
        partner = open_server(url, folder)
        yield partner
        await partner.close()


class TestDrop(AdapterContract, VenueContract):
    @pytest.fixture(params=["folder-1.1", "zip-1.2"])
    async def partner(
        self, request: pytest.FixtureRequest, tmp_path: Path
    ) -> AsyncIterator[OneRosterPartner]:
        write_site(tmp_path)
        files = school.drop("1.1" if request.param.endswith("1.1") else "1.2")
        if request.param.startswith("zip"):
            with zipfile.ZipFile(tmp_path / "roster", "w", zipfile.ZIP_DEFLATED) as archive:
                for name, text in files.items():
                    archive.writestr(name, text)
        else:
            (tmp_path / "roster").mkdir()
            for name, text in files.items():
                (tmp_path / "roster" / name).write_text(text, newline="")
        partner = open_drop(tmp_path, "roster")
        yield partner
        await partner.close()

    @pytest.fixture(params=["missing", "truncated", "no-manifest"])
    async def broken(self, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OneRosterPartner]:
        folder = tmp_path / "site"
        folder.mkdir()
        write_site(folder)
        if request.param != "missing":
            (folder / "roster").mkdir()
            for name, text in school.drop().items():
                if request.param == "truncated" or name != "manifest.csv":
                    (folder / "roster" / name).write_text(text[:-20], newline="")
        partner = open_drop(folder, "roster")
        yield partner
        await partner.close()


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(filters=Manner.REFUSED, enabled_as_boolean=True, one_scope_per_token=True),
        Quirks(most=25, selection=Manner.IGNORED),
        Quirks(filters=Manner.IGNORED, selection=Manner.IGNORED, most=7),
    ],
    ids=["refuses-filters", "short-pages", "very-short-pages"],
)
async def test_everybody_is_found_at_servers_that_behave_otherwise(site: Path, quirks: Quirks) -> None:
    users, births = school.crowd(30)
    everybody = [*users, *school.users()], [*births, *school.demographics()]
    with OneRosterServer(*everybody, school.orgs(), {CLIENT: SECRET}, quirks) as server:
        partner = open_server(server.base_url, site)
        for held in school.WORLD.everybody():
            permits = permits_for(held) or permits_for(school.WORLD.known)
            answer = await ask(partner, held, permits)
            assert comparable(answer) == expected(held, permits)
        await partner.close()
