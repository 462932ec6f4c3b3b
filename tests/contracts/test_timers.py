"""The contract of timers over both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.store.migrate import migrate
from tests.contracts.timer_contract import TimerContract
from tests.servers.postgres import Postgres


class TestTimersOnSqlite(TimerContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        url = f"sqlite:///{tmp_path / 'gateway.db'}"
        migrate(url)
        return url


class TestTimersOnPostgresql(TimerContract):
    @pytest.fixture
    def url(self, postgres: Postgres) -> str:
        return postgres.new_store()
