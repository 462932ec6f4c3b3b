"""The adapter contract over a JSON file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.file import FilePartner
from agreements.subject import Address, Identity, PersonIdentity, VenueIdentity
from tests.contracts.adapter_contract import AdapterContract, CommunicationContract, VenueContract, World
from tests.contracts.county import COUNTY


def identity_json(identity: Identity) -> dict[str, Any]:
    if isinstance(identity, PersonIdentity):
        person: dict[str, Any] = {
            "family_name": identity.family_name,
            "given_name": identity.given_name,
            "identifiers": [{"system": each.system, "value": each.value} for each in identity.identifiers],
        }
        if identity.birth_date is not None:
            person["birth_date"] = identity.birth_date.isoformat()
        return {"person": person}
    if isinstance(identity, VenueIdentity):
        address = identity.address or Address()
        return {"venue": {"name": identity.name, "address": {"line": address.line, "city": address.city}}}
    return {"communication": {"channel": identity.channel, "handle": identity.handle}}


def world_json(world: World) -> dict[str, Any]:
    """A world in the form of the file adapter."""
    return {
        "subjects": [
            identity_json(held.identity)
            | {
                "holdings": [
                    {"category": each.category.value, "summary": each.summary, "fields": dict(each.fields)}
                    for each in held.holdings
                ]
            }
            for held in world.everybody()
        ]
    }


class TestFileContract(AdapterContract, VenueContract, CommunicationContract):
    @pytest.fixture
    def world(self) -> World:
        return COUNTY

    @pytest.fixture
    def partner(self, world: World, tmp_path: Path) -> FilePartner:
        path = tmp_path / "custodian.json"
        path.write_text(json.dumps(world_json(world)))
        return FilePartner(path)

    @pytest.fixture(params=["missing", "truncated", "unknown-key"])
    def broken(self, request: pytest.FixtureRequest, world: World, tmp_path: Path) -> FilePartner:
        path = tmp_path / "broken.json"
        text = json.dumps(world_json(world))
        if request.param == "truncated":
            path.write_text(text[:-20])
        elif request.param == "unknown-key":
            path.write_text(text.replace("birth_date", "birthdate"))
        return FilePartner(path)
