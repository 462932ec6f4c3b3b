"""A gateway's login at a test's FHIR server: a key, its public half, and the adapter that uses it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.fhir import FhirPartner
from adapters.fhir_settings import open_fhir

CLIENT: Final = "partner-gateway"


@dataclass(frozen=True, slots=True)
class Login:
    """A client's key as a file in a site's folder, and its public half as a server registers it."""

    folder: Path
    public: dict[str, Any]


def now() -> datetime:
    return datetime.now(UTC)


def make_login(folder: Path) -> Login:
    key = ec.generate_private_key(ec.SECP384R1())
    private: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True)
    (folder / "key.json").write_text(json.dumps({**private, "kid": "gateway-1"}), "utf-8")
    public = {name: value for name, value in private.items() if name != "d"}
    return Login(folder, {"keys": [{**public, "kid": "gateway-1", "alg": "ES384", "use": "sig"}]})


def open_partner(url: str, login: Login) -> FhirPartner:
    """The adapter with a deadline that a busy test machine keeps; the real one is tested among the faults."""
    auth = {"client_id": CLIENT, "key": "key.json", "scope": "system/*.rs"}
    return open_fhir({"kind": "fhir", "url": url, "auth": auth}, login.folder, now, deadline=30.0)
