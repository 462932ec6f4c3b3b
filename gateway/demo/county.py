"""Riverside County as a site's folder: agencies with keys, systems full of people, three agreements."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Final, Self

from gateway.demo.cast import Cast, cast
from gateway.demo.health import build_resources
from gateway.demo.housing import build_tenancies
from gateway.demo.people import HEALTH, HOUSING, POLICE, SCHOOLS, SOCIAL, Population, populate
from gateway.demo.police import build_records
from gateway.demo.schools import build_roster, build_student_information
from gateway.demo.social import build_cases
from gateway.demo.systems import Systems, make_systems
from gateway.identity_keys import SigningKey, new_signing_key, public_jwks
from gateway.keys import KEYS_FOLDER, write_private
from gateway.policy import AGREEMENTS_FOLDER
from gateway.site import SITE_FILE, InvalidSiteError

SEED: Final = 20260417
PRIVATE_KEYS: Final = "demo-keys"
AGREEMENTS: Final = ("threat-assessment", "child-protection", "community-safety")

_AGENCIES: Final = (POLICE, HEALTH, SCHOOLS, SOCIAL, HOUSING)
_MAPPINGS: Final = ("police-mapping.yaml", "schools-mapping.yaml")
_ABOUT_KEYS: Final = """\
The private keys of Riverside County's agencies, so that you can ask as any of them.
In a real county each agency makes its own key, and it never leaves the agency's systems.
"""


@dataclass(slots=True)
class County:
    """The folder, its people, and the systems that answer over HTTP, which run while the county is open."""

    folder: Path
    population: Population
    cast: Cast
    systems: Systems

    def key_of(self, agency: str) -> Path:
        return self.folder / PRIVATE_KEYS / f"{agency}.pem"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.systems.stop()


def build_county(folder: Path, today: date, seed: int = SEED) -> County:
    """Fill a folder that holds no site yet, and start the systems that answer over HTTP.

    The people and what is held about them are the same for the same seed and day; the keys are new each time.

    Raises:
        InvalidSiteError: there is a site already; nothing was changed.
    """
    if (folder / SITE_FILE).exists():
        raise InvalidSiteError([f"{folder / SITE_FILE} is there already; nothing was changed"])
    for name in (AGREEMENTS_FOLDER, KEYS_FOLDER, PRIVATE_KEYS, "data"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    players, chance, data = cast(today), Random(seed), folder / "data"
    population = populate(seed, today)
    known = population.known
    build_records(data / "police.db", known[POLICE], players, chance, today)
    build_student_information(data / "student-information.db", known[SCHOOLS], players, chance, today)
    build_tenancies(data / "housing.json", known[HOUSING], players, chance, today)
    for name in _MAPPINGS:
        (data / name).write_text(_text(name), "utf-8")
    _make_agency_keys(folder)
    _write_agreements(folder / AGREEMENTS_FOLDER, today)
    systems = make_systems(
        folder / KEYS_FOLDER,
        build_resources(known[HEALTH], players, chance, today),
        build_roster(known[SCHOOLS], players, today),
        build_cases(known[SOCIAL], players, chance, today),
    )
    with ExitStack() as undo:
        undo.callback(systems.stop)
        site = _text("site.yaml")
        for name, address in systems.start().items():
            site = site.replace(name, address)
        (folder / SITE_FILE).write_text(site, "utf-8")
        undo.pop_all()
    return County(folder, population, players, systems)


def _text(name: str) -> str:
    return resources.files("gateway.demo").joinpath("data", name).read_text("utf-8")


def _make_agency_keys(folder: Path) -> None:
    (folder / PRIVATE_KEYS / "README.txt").write_text(_ABOUT_KEYS)
    for agency in _AGENCIES:
        key: SigningKey = new_signing_key()
        write_private(folder / PRIVATE_KEYS / f"{agency}.pem", key.pem())
        jwks = json.dumps(public_jwks([key.public]), indent=2) + "\n"
        (folder / KEYS_FOLDER / f"{agency}.jwks.json").write_text(jwks)


def _write_agreements(folder: Path, today: date) -> None:
    """The agreements, renewed: their term begins with this year, so that they are in force on any day."""
    term = {"effective": date(today.year, 1, 1), "expires": date(today.year + 2, 1, 1)}
    term["review_by"] = date(today.year + 1, 10, 1)
    for name in AGREEMENTS:
        text = re.sub(
            r"^(effective|expires|review_by): .*$",
            lambda found: f"{found[1]}: {term[found[1]]}",
            _text(f"agreement-{name}.yaml"),
            flags=re.MULTILINE,
        )
        (folder / f"{name}.yaml").write_text(text, "utf-8")
