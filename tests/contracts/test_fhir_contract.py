"""The FHIR adapter keeps the adapter contract on three servers that know nothing of it or of each other.

`sekmet-fhir` and Medplum's FHIR router are independent FHIR R4 servers; the third is the demo county's own
health service.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path

import pytest

from adapters.fhir import FhirPartner
from adapters.fhir_settings import open_fhir
from adapters.partner import Fault, Match, NoMatch, SourceError
from agreements.permit import Holding
from agreements.subject import Identifier, PersonIdentity, Subject
from agreements.terms import Category, Level
from gateway.demo.fhir_server import FhirServer
from tests.contracts.adapter_contract import KNOWN, AdapterContract, World, comparable, find, permit
from tests.servers import county, medplum, sekmet
from tests.servers.smart_login import CLIENT, Login, make_login, now, open_partner

# The first worker to come here installs the server.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Login:
    return make_login(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def sekmet_server(login: Login, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sekmet.Sekmet]:
    with sekmet.running(tmp_path_factory.mktemp("sekmet"), {CLIENT: login.public}) as server:
        server.load(county.resources(crowd_size=120))
        server.load(county.hl7_examples())
        yield server


@pytest.fixture(scope="module", params=[False, True], ids=["by-search", "by-match"])
def demo_server(login: Login, request: pytest.FixtureRequest) -> Iterator[FhirServer]:
    resources = [*county.resources(crowd_size=120), *county.hl7_examples()]
    with FhirServer(resources, {CLIENT: login.public}, offers_match=request.param) as server:
        yield server


@pytest.fixture
async def broken(login: Login) -> AsyncIterator[FhirPartner]:
    partner = open_partner("http://127.0.0.1:1/fhir", login)
    yield partner
    await partner.close()


@pytest.fixture
def world() -> World:
    return county.WORLD


class TestSekmet(AdapterContract):
    @pytest.fixture
    async def partner(self, sekmet_server: sekmet.Sekmet, login: Login) -> AsyncIterator[FhirPartner]:
        partner = open_partner(sekmet_server.base_url, login)
        yield partner
        await partner.close()

    async def test_official_examples_are_read(self, partner: FhirPartner) -> None:
        chalmers = PersonIdentity("Chalmers", "Peter", date(1974, 12, 25))
        permits = [permit(Category.HEALTH, Level.RECORD, ["conditions", "allergies", "last_encounter"])]
        answer = await partner.fetch(await find(partner, chalmers, permits), permits)
        assert comparable(answer) == comparable(
            [
                Holding(
                    Category.HEALTH,
                    "Fish - dietary (substance) (2015-08-06); Cashew nuts (2014-10-09); "
                    "Burn of ear (2012-05-24); Ischemic stroke (disorder) (2010-07-18); "
                    "Family history of cancer of colon; "
                    "last contact 2015-01-17",
                    {
                        "conditions": [
                            "Burn of ear",
                            "Ischemic stroke (disorder)",
                            "Family history of cancer of colon",
                        ],
                        "allergies": ["Fish - dietary (substance)", "Cashew nuts"],
                        "last_encounter": "2015-01-17",
                    },
                )
            ]
        )

    async def test_an_official_example_labelled_taboo_is_withheld(self, partner: FhirPartner) -> None:
        bor = PersonIdentity(identifiers=(Identifier("urn:oid:2.16.840.1.113883.2.4.6.3", "123456789"),))
        permits = [
            permit(category, Level.RECORD, ["conditions", "diagnoses"]) for category in county_categories()
        ]
        answer = repr(await partner.fetch(await find(partner, bor, permits), permits))
        assert "Bacterial sepsis" in answer
        assert "Malignant neoplastic disease" not in answer

    async def test_a_maiden_name_in_an_official_example_is_found(self, partner: FhirPartner) -> None:
        windsor = PersonIdentity("Windsor", "Peter", date(1974, 12, 25))
        assert isinstance(await partner.find(Subject(windsor), [permit(Category.HEALTH)]), Match)

    async def test_a_client_with_another_key_is_refused(
        self, sekmet_server: sekmet.Sekmet, tmp_path: Path
    ) -> None:
        partner = open_partner(sekmet_server.base_url, make_login(tmp_path))
        with pytest.raises(SourceError) as raised:
            await partner.find(Subject(KNOWN), [permit(Category.HEALTH)])
        assert raised.value.fault is Fault.REFUSED
        await partner.close()


@pytest.fixture(scope="module")
def medplum_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # Its in-memory repository reads everything on every search; few people fill its small pages.
    resources = [*county.resources(crowd_size=8), *county.hl7_examples()]
    with medplum.running(tmp_path_factory.mktemp("medplum"), resources) as base_url:
        yield base_url


class TestMedplum(AdapterContract):
    """It asks for no login, gives whole resources whatever elements are asked for, and matches loosely."""

    @pytest.fixture
    async def partner(self, medplum_server: str) -> AsyncIterator[FhirPartner]:
        partner = open_fhir({"kind": "fhir", "url": medplum_server}, Path(), now, deadline=60.0)
        yield partner
        await partner.close()

    async def test_an_official_example_labelled_taboo_is_withheld(self, partner: FhirPartner) -> None:
        bor = PersonIdentity(identifiers=(Identifier("urn:oid:2.16.840.1.113883.2.4.6.3", "123456789"),))
        permits = [permit(category, Level.RECORD, ["conditions"]) for category in county_categories()]
        answer = repr(await partner.fetch(await find(partner, bor, permits), permits))
        assert "Bacterial sepsis" in answer
        assert "Malignant neoplastic disease" not in answer


def test_a_package_that_is_not_the_pinned_one_is_not_run() -> None:
    pins = json.loads(medplum.PINS.read_text("utf-8"))
    lock = {
        f"node_modules/{name}": {"version": version, "integrity": pins["integrity"][name]}
        for name, version in pins["dependencies"].items()
    }
    medplum.check_digests({"packages": {"": {}, **lock}})
    for changed in ({"version": "0.0.1"}, {"integrity": "sha512-AAAA"}):
        one = {"node_modules/graphql": {**lock["node_modules/graphql"], **changed}}
        with pytest.raises(AssertionError):
            medplum.check_digests({"packages": {"": {}, **lock, **one}})
    more = {"node_modules/left-pad": {"version": "1.0.0", "integrity": "sha512-AAAA"}}
    with pytest.raises(AssertionError):
        medplum.check_digests({"packages": {"": {}, **lock, **more}})


class TestDemoHealthService(AdapterContract):
    @pytest.fixture
    async def partner(self, demo_server: FhirServer, login: Login) -> AsyncIterator[FhirPartner]:
        partner = open_partner(demo_server.base_url, login)
        yield partner
        await partner.close()

    async def test_a_client_with_another_key_is_refused(
        self, demo_server: FhirServer, tmp_path: Path
    ) -> None:
        partner = open_partner(demo_server.base_url, make_login(tmp_path))
        assert await partner.health() is False
        await partner.close()


def county_categories() -> list[Category]:
    return sorted({holding.category for held in county.WORLD.everybody() for holding in held.holdings})


async def test_nobody_is_found_at_a_server_that_holds_nobody(login: Login) -> None:
    with FhirServer([], {CLIENT: login.public}) as server:
        partner = open_partner(server.base_url, login)
        assert await partner.find(Subject(KNOWN), [permit(Category.HEALTH)]) == NoMatch()
        await partner.close()
