"""The demo county's folder: a site like any other, lawful on any day, its private keys in one place."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from adapters.mapping_form import read_mapping
from adapters.sql import SqlPartner
from agreements.agreement import Agreement
from agreements.parser import parse_agreement
from gateway.demo.county import AGREEMENTS, PRIVATE_KEYS, County, build_county
from gateway.demo.people import HEALTH, HOUSING, POLICE, SCHOOLS, SOCIAL
from gateway.demo.systems import HEALTH_KEY, SCHOOLS_SECRET, SOCIAL_SECRET
from gateway.keys import KEYS_FOLDER, agency_keys
from gateway.partners import partners_of
from gateway.site import InvalidSiteError, read_site
from gateway.sources import FhirSource, FileSource, OneRosterSource, RestSource, SqlSource
from policies.lawbook import load_laws

TODAY: Final = date(2026, 11, 22)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with build_county(tmp_path_factory.mktemp("county"), TODAY) as built:
        yield built


def test_the_site_reads_and_every_agency_has_keys(county: County) -> None:
    site = read_site(county.folder)
    assert set(agency_keys(site)) == set(site.agencies)
    assert len(site.agencies) == 5


def test_each_agency_is_asked_in_its_own_format_at_the_system_that_runs(county: County) -> None:
    systems = {agency.id: agency.adapter for agency in read_site(county.folder).agencies.values()}
    health, schools, social = systems[HEALTH], systems[SCHOOLS], systems[SOCIAL]
    assert isinstance(systems[POLICE], SqlSource)
    assert isinstance(health, FhirSource)
    assert isinstance(schools, OneRosterSource)
    assert isinstance(social, RestSource)
    assert isinstance(systems[HOUSING], FileSource)
    assert health.url == county.systems.health.base_url
    assert schools.url == county.systems.schools.base_url
    assert (social.url, social.mapping) == (county.systems.social.base_url, "primero")


async def test_every_partner_answers_with_what_the_site_says_of_it(county: County) -> None:
    partners = partners_of(read_site(county.folder), lambda: datetime.now(UTC))
    well = {agency: await partner.health() for agency, partner in partners.items()}
    for partner in partners.values():
        await partner.close()
    assert well == dict.fromkeys((POLICE, HEALTH, SCHOOLS, SOCIAL, HOUSING), True)


@pytest.mark.parametrize(
    ("agency", "secret"), [(HEALTH, HEALTH_KEY), (SCHOOLS, SCHOOLS_SECRET), (SOCIAL, SOCIAL_SECRET)]
)
async def test_a_system_answers_nobody_who_lacks_the_secret(
    county: County, tmp_path: Path, agency: str, secret: str
) -> None:
    shutil.copytree(county.folder, tmp_path, dirs_exist_ok=True)
    changed = tmp_path / KEYS_FOLDER / secret
    changed.write_text(_another(changed.read_text()))
    partners = partners_of(read_site(tmp_path), lambda: datetime.now(UTC))
    well = await partners[agency].health()
    for partner in partners.values():
        await partner.close()
    assert not well


def _another(secret: str) -> str:
    """A secret of the same form: another private key, or another word."""
    if not secret.startswith("{"):
        return "another"
    other = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()), as_dict=True)
    return json.dumps({**json.loads(secret), **other})


def test_every_secret_is_in_its_folder_and_nobody_elses_to_read(county: County) -> None:
    private = [
        path
        for path in county.folder.rglob("*")
        if path.is_file() and (path.suffix == ".secret" or re.search(rb'PRIVATE KEY|"d":', path.read_bytes()))
    ]
    assert sorted(each.name for each in private if each.parent.name == PRIVATE_KEYS) == [
        f"{agency}.pem" for agency in sorted((POLICE, HEALTH, SCHOOLS, SOCIAL, HOUSING))
    ]
    of_the_gateway = {each.name for each in private if each.parent.name == KEYS_FOLDER}
    assert of_the_gateway == {HEALTH_KEY, SCHOOLS_SECRET, SOCIAL_SECRET}
    assert len(private) == 8
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}


def test_every_party_is_an_agency_and_every_law_is_known(county: County) -> None:
    site = read_site(county.folder)
    agreements = _agreements(county.folder)
    assert len(agreements) == 3
    assert all(set(each.parties) <= set(site.agencies) for each in agreements)
    assert not any("riverside-housing" in each.parties for each in agreements)
    laws = {law for agency in site.agencies.values() for named in agency.regimes.values() for law in named}
    assert all(load_laws().get(law) is not None for law in laws)


@pytest.mark.parametrize(
    "day", [date(2026, 1, 1), date(2026, 12, 31), date(2028, 2, 29), date(2040, 6, 1)], ids=str
)
def test_the_agreements_are_in_force_on_any_day(tmp_path: Path, day: date) -> None:
    with build_county(tmp_path, day):
        now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        assert all(each.effective <= now < each.expires for each in _agreements(tmp_path))


async def test_the_police_mapping_fits_the_police_database(county: County) -> None:
    mapping = county.folder / "data" / "police-mapping.yaml"
    mapped = read_mapping(mapping.read_bytes(), mapping.name)
    partner = SqlPartner(f"sqlite:///{county.folder / 'data' / 'police.db'}", mapped, mapping.name)
    assert await partner.health()
    await partner.close()


def test_the_police_database_holds_more_than_the_mapping_names(county: County) -> None:
    mapping = (county.folder / "data" / "police-mapping.yaml").read_text()
    with sqlite3.connect(county.folder / "data" / "police.db") as connection:
        kept = connection.execute("SELECT count(*) FROM person WHERE officer_notes <> ''").fetchone()[0]
        told = connection.execute("SELECT count(*) FROM incident WHERE narrative <> ''").fetchone()[0]
    connection.close()
    assert kept > 400
    assert told > 400
    assert "officer_notes" not in mapping
    assert "narrative:" not in mapping


def test_a_folder_that_holds_a_site_is_left_alone(county: County) -> None:
    before = (county.folder / "site.yaml").read_bytes()
    with pytest.raises(InvalidSiteError, match="there already"):
        build_county(county.folder, TODAY)
    assert (county.folder / "site.yaml").read_bytes() == before


def _agreements(folder: Path) -> list[Agreement]:
    paths = [folder / "agreements" / f"{name}.yaml" for name in AGREEMENTS]
    return [parse_agreement(path.read_bytes(), path.name) for path in paths]
