"""The REST adapter keeps the adapter contract on two servers that know nothing of it: the demo county's
Primero, through the ready mapping, and a made-up API of another shape, through a mapping of its own.

The demo's Primero is itself checked by an independent client of Primero's API, `primero-api`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.partner import Fault, Match, NoMatch, SourceError, Unclear
from adapters.rest import RestPartner
from adapters.rest_settings import open_rest
from agreements.permit import Holding
from agreements.subject import PersonIdentity, Subject
from agreements.terms import Category, Level
from gateway.demo.primero_access import Role, User
from gateway.demo.primero_server import PrimeroServer
from tests.contracts.adapter_contract import (
    KNOWN,
    QUIET,
    AdapterContract,
    CommunicationContract,
    VenueContract,
    World,
    ask,
    find,
    permit,
    permits_for,
)
from tests.contracts.county import COUNTY
from tests.servers import primero
from tests.servers.primero_client.environment import read_with
from tests.servers.registry import KEY, Registry, mapping


def now() -> datetime:
    return datetime.now(UTC)


def open_partner(settings: dict[str, object], url: str, folder: Path) -> RestPartner:
    """The adapter with a deadline that a busy test machine keeps; the real one is tested among the faults."""
    return open_rest({**settings, "url": url}, folder, now, deadline=15.0)


@pytest.fixture(scope="module")
def primero_server() -> Iterator[PrimeroServer]:
    with PrimeroServer(primero.cases(crowd_size=120), primero.incidents(), [primero.USER]) as server:
        yield server


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with Registry(COUNTY, crowd=45).running() as server:
        yield server


class TestPrimero(AdapterContract):
    @pytest.fixture
    def world(self) -> World:
        return primero.WORLD

    @pytest.fixture
    async def partner(self, primero_server: PrimeroServer, tmp_path: Path) -> AsyncIterator[RestPartner]:
        partner = open_partner(primero.write_site(tmp_path), primero_server.base_url, tmp_path)
        yield partner
        await partner.close()

    @pytest.fixture
    async def broken(self, tmp_path: Path) -> AsyncIterator[RestPartner]:
        partner = open_partner(primero.write_site(tmp_path), "http://127.0.0.1:1", tmp_path)
        yield partner
        await partner.close()

    async def test_a_wrong_password_is_refused(self, primero_server: PrimeroServer, tmp_path: Path) -> None:
        settings = primero.write_site(tmp_path)
        (tmp_path / "password.txt").write_text("another")
        partner = open_partner(settings, primero_server.base_url, tmp_path)
        with pytest.raises(SourceError) as raised:
            await partner.find(Subject(KNOWN), [permit(Category.SAFEGUARDING)])
        assert raised.value.fault is Fault.REFUSED
        await partner.close()

    async def test_a_name_alone_is_not_asked_for(self, partner: RestPartner) -> None:
        bare = PersonIdentity(KNOWN.family_name, KNOWN.given_name)
        assert await partner.find(Subject(bare), permits_for(primero.WORLD.known)) == Unclear(0.0)


def changed_case(**fields: Any) -> list[dict[str, Any]]:
    first, *others = primero.cases()
    return [{**first, **fields}, *others]


async def look_up(server: PrimeroServer, folder: Path) -> object:
    partner = open_partner(primero.write_site(folder), server.base_url, folder)
    try:
        return await partner.find(Subject(KNOWN), permits_for(primero.WORLD.known))
    finally:
        await partner.close()


@pytest.mark.parametrize(
    "fields",
    [
        {"module_id": "primeromodule-gbv"},
        {"record_state": False},
        {"disclosure_other_orgs": False},
        {"duplicate": True},
    ],
    ids=["another-module", "disabled", "family-refused", "duplicate"],
)
async def test_a_record_that_must_not_leave_is_as_if_it_were_not_there(
    fields: dict[str, Any], tmp_path: Path
) -> None:
    # The user may see both modules: what keeps the record back is the mapping.
    role = Role(frozenset({"primeromodule-cp", "primeromodule-gbv"}))
    users = [replace(primero.USER, role=role)]
    with PrimeroServer(changed_case(**fields), primero.incidents(), users) as server:
        assert await look_up(server, tmp_path) == NoMatch()


async def test_two_records_of_one_person_are_read_as_one(tmp_path: Path) -> None:
    first, *others = primero.cases()
    again = {**first, "id": "11111111-2222-4333-8444-555555555555", "protection_concerns": ["exploitation"]}
    with PrimeroServer([first, again, *others], primero.incidents(), [primero.USER]) as server:
        partner = open_partner(primero.write_site(tmp_path), server.base_url, tmp_path)
        held = await ask(partner, primero.WORLD.known, [permit(Category.SAFEGUARDING, Level.SUMMARY)])
        await partner.close()
    assert {each.summary for each in held} == {"high, neglect, bullying", "high, exploitation"}


async def test_a_role_without_incidents_refuses_them_and_nothing_else(tmp_path: Path) -> None:
    role = Role(permissions={"case": frozenset({"read"})})
    with PrimeroServer(primero.cases(), primero.incidents(), [replace(primero.USER, role=role)]) as server:
        partner = open_partner(primero.write_site(tmp_path), server.base_url, tmp_path)
        match = await find(partner, KNOWN, [permit(Category.SAFEGUARDING)])
        held = await partner.fetch(match, [permit(Category.SAFEGUARDING)])
        with pytest.raises(SourceError) as raised:
            await partner.fetch(match, [permit(Category.VICTIM_SERVICES)])
        await partner.close()
    assert held == (Holding(Category.SAFEGUARDING),)
    assert raised.value.fault is Fault.REFUSED


class TestRegistry(AdapterContract, VenueContract, CommunicationContract):
    @pytest.fixture
    def world(self) -> World:
        return COUNTY

    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, object]:
        (tmp_path / "mapping.yaml").write_text(mapping(), "utf-8")
        (tmp_path / "key.txt").write_text(KEY, "ascii")
        return {"kind": "rest", "mapping": "mapping.yaml", "auth": {"key": "key.txt"}}

    @pytest.fixture
    async def partner(
        self, registry: Registry, settings: dict[str, object], tmp_path: Path
    ) -> AsyncIterator[RestPartner]:
        partner = open_partner(settings, registry.base_url, tmp_path)
        yield partner
        await partner.close()

    @pytest.fixture(params=["gone", "refusing-under-200"])
    async def broken(
        self, request: pytest.FixtureRequest, registry: Registry, settings: dict[str, object], tmp_path: Path
    ) -> AsyncIterator[RestPartner]:
        url = registry.base_url if request.param == "refusing-under-200" else "http://127.0.0.1:1"
        (tmp_path / "wrong.txt").write_text("k-0", "ascii")
        partner = open_partner({**settings, "auth": {"key": "wrong.txt"}}, url, tmp_path)
        yield partner
        await partner.close()

    async def test_no_identity_stands_in_an_address(self, partner: RestPartner, registry: Registry) -> None:
        registry.asked.clear()
        await ask(partner, COUNTY.known, permits_for(COUNTY.known))
        addresses = " ".join(address for address, _ in registry.asked)
        assert "17/04/2008" in " ".join(body for _, body in registry.asked)
        assert not [text for text in ("Okafor", "Daniel", "2008", "=77") if text in addresses]

    async def test_where_too_many_share_a_birth_date_the_name_narrows_the_search(
        self, settings: dict[str, object], tmp_path: Path
    ) -> None:
        with Registry(COUNTY, crowd=150).running() as server:
            partner = open_partner(settings, server.base_url, tmp_path)
            known = replace(KNOWN, identifiers=())
            assert isinstance(await partner.find(Subject(known), permits_for(COUNTY.known)), Match)
            nameless = PersonIdentity(birth_date=KNOWN.birth_date)
            assert isinstance(await partner.find(Subject(nameless), permits_for(COUNTY.known)), Unclear)
            await partner.close()


@pytest.mark.timeout(600)
def test_an_independent_client_reads_the_demo_server(tmp_path: Path) -> None:
    """Basic login, pages by `page` and `per` until `metadata.total`, cases, incidents, lookups, version."""
    elsewhere = {"module_id": "primeromodule-gbv", "id": "22222222-2222-4333-8444-555555555555"}
    cases = [*primero.cases(crowd_size=120), {**primero.cases()[4], **elsewhere}]
    user = User("analyst", "pass:w0rd with spaces")
    with PrimeroServer(cases, primero.incidents(), [user]) as server:
        read = read_with(server.base_url, user.user_name, user.password, tmp_path)
    assert {case["id"] for case in read["cases"]} == {case["id"] for case in cases[:-1]}
    assert len(read["cases"]) == 125, "a page was given twice"
    quiet = next(case for case in read["cases"] if case["other_id_no"] == QUIET.identifiers[0].value)
    assert (quiet["name"], quiet["date_of_birth"]) == ("Siobhan Brennan", "1991-06-24")
    assert {"age", "case_id_display", "enabled", "protection_concerns", "status"} <= set(read["columns"])
    assert not {"name", "date_of_birth", "other_id_no"} & set(read["columns"])
    assert [each["cp_incident_violence_type"] for each in read["incidents"]] == ["physical_violence"]
    assert [each["unique_id"] for each in read["lookups"]] == ["risk_level"]
    assert read["version"].startswith("2.")
