"""The adapter contract over a police records database in SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.mapping_form import read_mapping
from adapters.sql import SqlPartner
from tests.contracts.adapter_contract import AdapterContract, CommunicationContract, VenueContract, World
from tests.contracts.county import COUNTY
from tests.contracts.records_database import MAPPING, RecordsDatabase

MAPPED = read_mapping(MAPPING, "rms-mapping.yaml")


class TestSqlContract(AdapterContract, VenueContract, CommunicationContract):
    @pytest.fixture
    def world(self) -> World:
        return COUNTY

    @pytest.fixture
    async def partner(self, world: World, tmp_path: Path) -> AsyncIterator[SqlPartner]:
        database = RecordsDatabase(tmp_path / "rms.db")
        database.add_world(world)
        database.close()
        partner = SqlPartner(database.url, MAPPED)
        yield partner
        await partner.close()

    @pytest.fixture(params=["missing", "not-a-database", "table-gone"])
    async def broken(
        self, request: pytest.FixtureRequest, world: World, tmp_path: Path
    ) -> AsyncIterator[SqlPartner]:
        path = tmp_path / "broken.db"
        if request.param == "not-a-database":
            path.write_bytes(b"\x00Okafor" * 1000)
        elif request.param == "table-gone":
            database = RecordsDatabase(path)
            database.add_world(world)
            database.run("DROP TABLE person_alias")
            database.close()
        partner = SqlPartner(f"sqlite:///{path}", MAPPED)
        yield partner
        await partner.close()
        assert path.exists() is (request.param != "missing")
