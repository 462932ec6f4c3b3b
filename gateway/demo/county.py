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

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from gateway.demo.cast import Cast, cast
from gateway.demo.fhir_server import FhirServer
from gateway.demo.files import build_files
from gateway.demo.health import build_resources
from gateway.demo.people import HEALTH, HOUSING, POLICE, SCHOOLS, SOCIAL, Population, populate
from gateway.demo.police import build_records
from gateway.identity_keys import SigningKey, new_signing_key, public_jwks
from gateway.keys import KEYS_FOLDER, write_private
from gateway.policy import AGREEMENTS_FOLDER
from gateway.site import SITE_FILE, InvalidSiteError

SEED: Final = 20260417
PRIVATE_KEYS: Final = "demo-keys"
AGREEMENTS: Final = ("threat-assessment", "child-protection", "community-safety")

_AGENCIES: Final = (POLICE, HEALTH, SCHOOLS, SOCIAL, HOUSING)
_CLIENT: Final = "riverside-gateway"
_CLIENT_KEY: Final = "gateway-at-health.jwk.json"
_ABOUT_KEYS: Final = """\
The private keys of Riverside County's agencies, so that you can ask as any of them.
In a real county each agency makes its own key, and it never leaves the agency's systems.
"""


@dataclass(slots=True)
class County:
    """The folder, its people, and the health service's FHIR server, which runs while the county is open."""

    folder: Path
    population: Population
    cast: Cast
    health: FhirServer

    def key_of(self, agency: str) -> Path:
        return self.folder / PRIVATE_KEYS / f"{agency}.pem"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.health.stop()


def build_county(folder: Path, today: date, seed: int = SEED) -> County:
    """Fill a folder that holds no site yet, and start the health service's server.

    The people and what is held about them are the same for the same seed and day; the keys are new each time.

    Raises:
        InvalidSiteError: there is a site already; nothing was changed.
    """
    if (folder / SITE_FILE).exists():
        raise InvalidSiteError([f"{folder / SITE_FILE} is there already; nothing was changed"])
    for name in (AGREEMENTS_FOLDER, KEYS_FOLDER, PRIVATE_KEYS, "data"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    players, chance = cast(today), Random(seed)
    population = populate(seed, today)
    build_records(folder / "data" / "police.db", population.known[POLICE], players, chance, today)
    build_files(folder / "data", population.known, players, chance, today)
    (folder / "data" / "police-mapping.yaml").write_text(_text("police-mapping.yaml"), "utf-8")
    _make_agency_keys(folder)
    _write_agreements(folder / AGREEMENTS_FOLDER, today)
    patients = build_resources(population.known[HEALTH], players, chance, today)
    with ExitStack() as undo:
        health = FhirServer(patients, {_CLIENT: _make_client_key(folder / PRIVATE_KEYS / _CLIENT_KEY)})
        undo.callback(health.stop)
        address = health.start()
        (folder / SITE_FILE).write_text(_text("site.yaml").replace("FHIR-SERVER", address), "utf-8")
        undo.pop_all()
    return County(folder, population, players, health)


def _text(name: str) -> str:
    return resources.files("gateway.demo").joinpath("data", name).read_text("utf-8")


def _make_agency_keys(folder: Path) -> None:
    (folder / PRIVATE_KEYS / "README.txt").write_text(_ABOUT_KEYS)
    for agency in _AGENCIES:
        key: SigningKey = new_signing_key()
        write_private(folder / PRIVATE_KEYS / f"{agency}.pem", key.pem())
        jwks = json.dumps(public_jwks([key.public]), indent=2) + "\n"
        (folder / KEYS_FOLDER / f"{agency}.jwks.json").write_text(jwks)


def _make_client_key(path: Path) -> dict[str, list[dict[str, str]]]:
    """The key the gateway logs in to the health service with; returns what is registered there."""
    private = ec.generate_private_key(ec.SECP384R1())
    named = {"kid": "riverside-gateway-1", "alg": "ES384"}
    secret = {**ECAlgorithm.to_jwk(private, as_dict=True), **named}
    write_private(path, json.dumps(secret).encode())
    return {"keys": [{**ECAlgorithm.to_jwk(private.public_key(), as_dict=True), **named}]}


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
