"""Agreements that change while the site runs, and sites that may not start."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from gateway.app import Running
from gateway.settings import Settings
from gateway.site import InvalidSiteError
from tests.conftest import ACountyOf
from tests.county import NOW, Folder, InProcess, Json, county_served, make_folder, refused_to_serve
from tests.county_terms import MAIN, PD, SCHOOLS, agencies, agreements


async def alarm(county: InProcess) -> bool:
    async with county.connect() as client:
        raised: bool = (await client.get("/readyz")).json()["policy_alarm"]
    return raised


async def result(county: InProcess) -> str:
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    result: str = told["answers"][0]["result"]
    return result


def main_file(folder: Folder) -> Path:
    return folder.path / "agreements" / f"{MAIN}.yaml"


def spoiled(text: str) -> dict[str, str]:
    return {
        "not-yaml": "{[",
        "empty": "",
        "cut-short": text[: len(text) // 2],
        "unknown-key": text + "override: true\n",
        "unknown-word": text.replace("- school-discipline", "- everything", 1),
        "other-schema": text.replace("schema: 1", "schema: 2", 1),
        "expires-before": text.replace("expires: '", "expires: '1", 1),
        "alias": text.replace("instrument: dsa", "instrument: &x dsa", 1),
    }


@pytest.mark.parametrize("named", list(spoiled("")))
async def test_19_a_file_that_becomes_invalid_leaves_the_last_good_set(
    a_county: ACountyOf, named: str
) -> None:
    county = a_county()
    file = main_file(county.folder)
    good = file.read_text()
    file.write_text(spoiled(good)[named])
    await asyncio.to_thread(county.running.policies.refresh)
    assert (await alarm(county), await result(county)) == (True, "information-held")
    file.write_text(good.replace("version: 3", "version: 4", 1))
    await asyncio.to_thread(county.running.policies.refresh)
    assert (await alarm(county), await result(county)) == (False, "information-held")
    listed = (await county.desk(PD).get("/v1/agreements")).json()["agreements"]
    assert (MAIN, 4) in {(one["id"], one["version"]) for one in listed}


async def test_19_a_new_version_takes_effect_and_is_named_in_answers(a_county: ACountyOf) -> None:
    county = a_county()
    changed = {**agreements(NOW)[0], "version": 4, "clauses": agreements(NOW)[0]["clauses"][1:]}
    county.folder.write_agreement(changed)
    await asyncio.to_thread(county.running.policies.refresh)
    assert await result(county) == "refused"


async def test_19_all_agreements_gone_leaves_the_last_good_set(a_county: ACountyOf) -> None:
    county = a_county()
    for file in (county.folder.path / "agreements").iterdir():
        file.unlink()
    await asyncio.to_thread(county.running.policies.refresh)
    assert (await alarm(county), await result(county)) == (True, "information-held")


async def test_19_an_older_version_leaves_the_last_good_set(a_county: ACountyOf) -> None:
    county = a_county()
    county.folder.write_agreement({**agreements(NOW)[0], "version": 2, "clauses": []})
    await asyncio.to_thread(county.running.policies.refresh)
    assert (await alarm(county), await result(county)) == (True, "information-held")


async def test_19_a_suspension_outlives_the_files_and_the_process(a_county: ACountyOf) -> None:
    county = a_county()
    officer = county.desk(PD, role="privacy-officer")
    await officer.post(f"/v1/agreements/{MAIN}/suspend", {"reason": "A breach of clause 1"})
    main_file(county.folder).touch()
    await asyncio.to_thread(county.running.policies.refresh)
    assert await result(county) == "refused"


def test_19_a_running_site_takes_up_files_and_raises_the_alarm_by_itself(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county", datetime.now(UTC))

    async def watch() -> list[bool]:
        seen = []
        with county_served(folder) as county:
            good = main_file(folder).read_text()
            for text in (good + "override: true\n", good):
                main_file(folder).write_text(text)
                expected, raised = text != good, None
                for _ in range(60):
                    async with county.connect() as client:
                        raised = (await client.get("/readyz")).json()["policy_alarm"]
                    if raised is expected:
                        break
                    await asyncio.sleep(0.1)
                seen.append(bool(raised))
        return seen

    assert asyncio.run(watch()) == [True, False]


def test_19_a_site_with_an_invalid_agreement_refuses_to_start_and_says_where(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county", datetime.now(UTC))
    file = main_file(folder)
    lines = file.read_text().splitlines()
    at = next(number for number, line in enumerate(lines, 1) if "level: existence" in line)
    lines[at - 1] = lines[at - 1].replace("existence", "everything")
    file.write_text("\n".join(lines) + "\noverride: true\n")
    said = refused_to_serve(folder)
    assert f"agreements/{MAIN}.yaml:{at}: " in said
    assert ".level: expected" in said
    assert "override" in said
    assert "everything" not in said
    assert not folder.database.exists()


SITES: Final[dict[str, tuple[Json, str]]] = {
    "unknown-key": ({"colour": "red"}, "colour"),
    "issuer": ({"issuer": "ftp://gateway"}, "issuer"),
    "no-agency": ({"agencies": []}, "agencies"),
    "twice": ({"agencies": [agencies()[0], agencies()[0]]}, "id"),
    "sector": ({"agencies": [{**agencies()[0], "sector": "army"}]}, "sector"),
    "adapter": ({"agencies": [{**agencies()[0], "adapter": {"kind": "gopher"}}]}, "kind"),
    "budget": ({"budgets": {"subjects_per_user_day": 0}}, "subjects_per_user_day"),
    "category": ({"agencies": [{**agencies()[0], "regimes": {"everything": []}}]}, "regimes"),
    "storage": ({"storage": "mysql://x/y"}, "storage"),
}


@pytest.mark.parametrize("named", SITES)
def test_a_site_that_does_not_fit_its_form_is_refused_by_its_key(tmp_path: Path, named: str) -> None:
    change, key = SITES[named]
    listed = change.get("agencies", agencies())
    rest = {name: value for name, value in change.items() if name != "agencies"}
    folder = make_folder(tmp_path / "county", agencies=listed, holdings={}, **rest)
    with pytest.raises(InvalidSiteError, match=key):
        Running(folder.path, Settings())


def test_a_site_without_a_partys_keys_is_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county", datetime.now(UTC))
    (folder.path / "keys" / f"{SCHOOLS}.jwks.json").unlink()
    assert SCHOOLS in refused_to_serve(folder)
