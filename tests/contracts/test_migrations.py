"""The schema, brought forward and back on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, inspect, text

from audit.tables import metadata as ledger_metadata
from gateway.site import InvalidSiteError
from gateway.store.database import migrating_engine
from gateway.store.migrate import current_revision, latest_revision, migrate
from gateway.store.oversight_tables import metadata as store_metadata
from tests.servers.postgres import Postgres

REVISIONS = ("0001", "0002", "0003", "0004", "0007", "0008", "0009")
TRIGGERS = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}
MIGRATING = "import sys; from gateway.store.migrate import migrate; migrate(sys.argv[1])"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gateway.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.new_schema())


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = migrating_engine(url)
    yield engine
    engine.dispose()


def left(connection: Connection) -> set[str]:
    """Tables, triggers and functions that stand in the store, but for alembic's own."""
    found = set(inspect(connection).get_table_names()) - {"alembic_version"}
    found |= set(connection.execute(text(TRIGGERS[connection.dialect.name])).scalars())
    if connection.dialect.name == "postgresql":
        functions = "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        found |= set(connection.execute(text(functions)).scalars())
    return found


def differences(connection: Connection) -> list[object]:
    both = MetaData()
    for table in (*store_metadata.sorted_tables, *ledger_metadata.sorted_tables):
        table.to_metadata(both)
    return list(compare_metadata(MigrationContext.configure(connection), both))


def test_every_revision_is_tried_here() -> None:
    assert latest_revision() == REVISIONS[-1]


def test_the_migrated_schema_is_the_one_the_code_speaks_to(url: str, engine: Engine) -> None:
    migrate(url)
    assert current_revision(url) == latest_revision()
    with engine.connect() as connection:
        assert differences(connection) == []


def test_a_schema_that_differs_would_be_noticed(url: str, engine: Engine) -> None:
    migrate(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE notices ADD COLUMN more INTEGER"))
        assert differences(connection) != []


def test_back_to_the_beginning_nothing_is_left(url: str, engine: Engine) -> None:
    migrate(url)
    with engine.connect() as connection:
        assert {"ledger_head", "ledger_entries_no_update"} <= left(connection)
    migrate(url, "base")
    assert current_revision(url) is None
    with engine.connect() as connection:
        assert left(connection) == set()


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_step_can_be_taken_back_and_again(url: str, engine: Engine, revision: str) -> None:
    migrate(url, revision)
    with engine.connect() as connection:
        there = left(connection)
    before = REVISIONS[REVISIONS.index(revision) - 1] if revision != REVISIONS[0] else "base"
    migrate(url, before)
    with engine.connect() as connection:
        assert left(connection) < there
    migrate(url, revision)
    assert current_revision(url) == revision
    with engine.connect() as connection:
        assert left(connection) == there


def test_what_is_stored_outlives_a_step_forward_and_back(url: str, engine: Engine) -> None:
    migrate(url, "0001")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO suspensions VALUES ('dsa-1', 1, 'health', 0)"))
    for revision in ("head", "0001", "head", "head"):
        migrate(url, revision)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT agreement FROM suspensions")).scalars().all() == ["dsa-1"]


def test_processes_that_start_at_once_make_one_schema(url: str, engine: Engine) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", MIGRATING, url], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    complaints = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0], complaints
    with engine.connect() as connection:
        assert differences(connection) == []
        rows = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    assert rows == [latest_revision()]


def test_an_unknown_revision_is_refused(url: str) -> None:
    with pytest.raises(InvalidSiteError, match="no such revision"):
        migrate(url, "9999")


def test_a_store_from_a_later_gateway_is_refused(url: str, engine: Engine) -> None:
    migrate(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InvalidSiteError, match="only a later gateway knows"):
        migrate(url)


@pytest.mark.parametrize(
    "storage",
    [
        "mysql://host/db",
        "postgresql://host/db",
        "postgresql+psycopg2://host/db",
        "sqlite+aiosqlite:///a.db",
        "x",
    ],
)
def test_an_address_of_no_store_is_refused(storage: str) -> None:
    with pytest.raises(InvalidSiteError, match="expected sqlite"):
        migrate(storage)


@pytest.mark.parametrize(
    "storage", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://gateway@/gateway?host=/nowhere"]
)
def test_a_store_that_cannot_be_reached_is_told_in_one_line(storage: str) -> None:
    with pytest.raises(InvalidSiteError, match="storage: cannot be opened") as caught:
        migrate(storage)
    assert len(caught.value.messages) == 1
    assert "\n" not in caught.value.messages[0]
