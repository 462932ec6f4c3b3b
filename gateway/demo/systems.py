"""The systems of the county that answer over HTTP, each with the client the gateway logs in to it as.

They run in the demo's own process, on loopback, from the county's making to its end.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from gateway.demo.fhir_server import FhirServer
from gateway.demo.health import Resource
from gateway.demo.oneroster_server import Manner, OneRosterServer, Quirks
from gateway.demo.primero_access import Record, Role, User
from gateway.demo.primero_server import PrimeroServer
from gateway.demo.schools import Roster
from gateway.keys import write_private

CLIENT: Final = "riverside-gateway"
HEALTH_KEY: Final = "gateway-at-health.jwk.json"
SCHOOLS_SECRET: Final = "gateway-at-schools.secret"  # noqa: S105 -- the name of a file
SOCIAL_SECRET: Final = "gateway-at-social.secret"  # noqa: S105 -- the name of a file

SCHOOL_QUIRKS: Final = Quirks(most=50, selection=Manner.IGNORED, one_scope_per_token=True)
"""As many real rostering servers are: short pages without totals, whole records always, each scope apart."""
_READS_CASES: Final = Role(permissions={"case": frozenset({"read"})})


@dataclass(frozen=True, slots=True)
class Systems:
    health: FhirServer
    schools: OneRosterServer
    social: PrimeroServer

    def start(self) -> dict[str, str]:
        """Serve them all; return the base URL of each by the name that stands for it in the site's file."""
        starts: dict[str, Callable[[], str]] = {
            "FHIR-SERVER": self.health.start,
            "ONEROSTER-SERVER": self.schools.start,
            "PRIMERO-SERVER": self.social.start,
        }
        return {name: start() for name, start in starts.items()}

    def stop(self) -> None:
        for each in (self.health, self.schools, self.social):
            each.stop()


def make_systems(keys: Path, patients: list[Resource], roster: Roster, cases: list[Record]) -> Systems:
    """Make the systems, and in the folder of keys what the gateway proves itself to them with."""
    registered = _make_client_key(keys / HEALTH_KEY)
    secret = _make_secret(keys / SCHOOLS_SECRET)
    user = User(CLIENT, _make_secret(keys / SOCIAL_SECRET), _READS_CASES)
    return Systems(
        FhirServer(patients, {CLIENT: registered}),
        OneRosterServer(roster.users, roster.demographics, roster.orgs, {CLIENT: secret}, SCHOOL_QUIRKS),
        PrimeroServer(cases, users=[user]),
    )


def _make_secret(path: Path) -> str:
    secret = secrets.token_urlsafe(32)
    write_private(path, f"{secret}\n".encode())
    return secret


def _make_client_key(path: Path) -> dict[str, Any]:
    """The key the gateway logs in to the health service with; returns what is registered there."""
    private = ec.generate_private_key(ec.SECP384R1())
    named = {"kid": "riverside-gateway-1", "alg": "ES384"}
    secret = {**ECAlgorithm.to_jwk(private, as_dict=True), **named}
    write_private(path, json.dumps(secret).encode())
    return {"keys": [{**ECAlgorithm.to_jwk(private.public_key(), as_dict=True), **named}]}
