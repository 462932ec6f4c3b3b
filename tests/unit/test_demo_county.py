"""The demo county's folder: a site like any other, lawful on any day, its private keys in one place."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest

from adapters.mapping_form import read_mapping
from adapters.sql import SqlPartner
from agreements.agreement import Agreement
from agreements.parser import parse_agreement
from gateway.demo.county import AGREEMENTS, PRIVATE_KEYS, County, build_county
from gateway.keys import agency_keys
from gateway.site import FhirSource, InvalidSiteError, read_site
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
    health = site.agencies["riverside-health"].adapter
    assert isinstance(health, FhirSource)
    assert health.url == county.health.base_url


def test_every_private_key_is_in_the_demo_keys_folder_and_nobody_elses_to_read(county: County) -> None:
    private = [
        path
        for path in county.folder.rglob("*")
        if path.is_file() and re.search(rb'PRIVATE KEY|"d":', path.read_bytes())
    ]
    assert len(private) == 6
    assert {path.parent.name for path in private} == {PRIVATE_KEYS}
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
