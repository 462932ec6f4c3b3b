"""PostgreSQL that is set up badly, stalls, cuts connections or dies: nothing is told that is not kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from psycopg import sql

from gateway.app import Running
from gateway.doctor import examine
from gateway.problems import Problem
from gateway.settings import Settings
from gateway.site import InvalidSiteError
from gateway.store.database import writing_engine
from gateway.store.inspection import inspect_storage
from gateway.store.job import Committed
from gateway.store.migrate import migrate
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from tests.audit_site import entry, exported, new_ledger, shown, verify_export
from tests.contracts.store_contract import opened, refused, suspend, together, versions
from tests.county import NOW, make_folder
from tests.servers.postgres import Postgres

WRITER: Final = (
    b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'gateway-%'"
)
UNSAFE: Final = ("fsync", "full_page_writes", "synchronous_commit")
LOCK: Final = sql.SQL("SELECT 1 FROM {}.ledger_head FOR UPDATE")


@pytest.fixture
def schema(postgres: Postgres) -> str:
    name = postgres.new_schema()
    migrate(postgres.url(name))
    return name


@pytest.fixture
def store(postgres: Postgres, schema: str, tmp_path: Path) -> Iterator[Store]:
    with opened(postgres.url(schema), tmp_path) as store:
        yield store


def verified(store: Store, done: list[Committed[Any]]) -> None:
    """Every receipt given out is of an entry that is there, once, in one unbroken tree."""
    receipts = [receipt for each in done for receipt in each.receipts]
    assert len({receipt.index for receipt in receipts}) == len(receipts)
    report = verify_export(
        exported(store._reading, store.ledger, lambda _: True),
        [receipt.checkpoint for receipt in receipts],
        [shown(receipt) for receipt in receipts],
    )
    assert report.good, report.text()


# Servers that must not be trusted


@pytest.mark.parametrize("setting", UNSAFE)
def test_a_site_is_not_served_where_a_commit_may_be_lost(
    postgres: Postgres, tmp_path: Path, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path / "county", storage=postgres.url(postgres.new_schema()))
    with postgres.changed(setting, "off"):
        with pytest.raises(InvalidSiteError, match=f"the server's {setting} is off"):
            Running(folder.path, Settings())
        told = [each for each in examine(folder.path, NOW) if each.about == "store"]
        assert [each.severity for each in told if setting in each.text] == ["error"]
        monkeypatch.setenv("GATEWAY_ALLOW_UNSAFE_STORAGE", "1")
        running = Running(folder.path, Settings())
        asyncio.run(running.close())
    told = [each for each in examine(folder.path, NOW) if each.about == "store"]
    assert [each for each in told if each.severity == "error"] == []


def test_a_session_that_asks_for_less_is_refused(postgres: Postgres, schema: str) -> None:
    with pytest.raises(InvalidSiteError, match="synchronous_commit"):
        migrate(postgres.url(schema) + "%20-csynchronous_commit%3Doff")


async def test_a_server_made_unsafe_later_is_noticed_when_it_is_connected_to(
    postgres: Postgres, store: Store
) -> None:
    await store.write(suspend(1, entry(0)))
    with postgres.changed("fsync", "off"):
        postgres.run(WRITER)
        assert await refused(store.write(suspend(2, entry(1)))) == "not-recorded"
        assert await refused(store.read(versions)) == "not-recorded"
    await store.write(suspend(3, entry(2)))
    assert await store.read(versions) == [1, 3]


def test_a_standby_is_refused_whatever_is_allowed(postgres: Postgres, schema: str) -> None:
    with postgres.standby(schema) as url:
        for allow_unsafe in (False, True):
            with pytest.raises(InvalidSiteError, match="standby"):
                migrate(url, allow_unsafe=allow_unsafe)
        assert ["standby" in fault for fault in inspect_storage(url).faults] == [True]


def test_a_server_that_only_reads_is_refused(postgres: Postgres, schema: str) -> None:
    with (
        postgres.changed("default_transaction_read_only", "on"),
        pytest.raises(InvalidSiteError, match="default_transaction_read_only"),
    ):
        migrate(postgres.url(schema))


# Roles and addresses


async def test_a_role_that_may_only_add_to_the_ledger_can_serve(
    postgres: Postgres, schema: str, tmp_path: Path
) -> None:
    statements = (
        "DROP ROLE IF EXISTS gateway_app",
        "CREATE ROLE gateway_app LOGIN",
        "GRANT USAGE ON SCHEMA {} TO gateway_app",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO gateway_app",
        "REVOKE UPDATE, DELETE ON {}.ledger_entries, {}.ledger_nodes, {}.ledger_checkpoints FROM gateway_app",
    )
    for statement in statements:
        names = [sql.Identifier(schema)] * statement.count("{}")
        postgres.run(sql.SQL(statement).format(*names))
    url = postgres.url(schema, "gateway_app")
    migrate(url)
    with opened(url, tmp_path) as store:
        await store.write(suspend(1, entry(0)))
        await store.write(lambda each: store.ledger.purge(each.connection, 0))
        assert await store.read(versions) == [1]
    assert inspect_storage(url).risks == ()
    assert any(
        "may change what the ledger holds" in risk for risk in inspect_storage(postgres.url(schema)).risks
    )
    postgres.run(b"DROP OWNED BY gateway_app")
    postgres.run(b"DROP ROLE gateway_app")


def test_a_password_in_the_address_is_told(postgres: Postgres, schema: str) -> None:
    address = postgres.url(schema).replace("postgres@", "postgres:hunter2@")
    risks = inspect_storage(address).risks
    assert any("passfile" in risk for risk in risks)
    assert "hunter2" not in repr((risks, writing_engine(address)))


def test_a_ledger_without_its_guards_is_told(postgres: Postgres, schema: str) -> None:
    assert inspect_storage(postgres.url(schema)).faults == ()
    disable = sql.SQL("ALTER TABLE {}.ledger_nodes DISABLE TRIGGER ledger_nodes_no_delete")
    postgres.run(disable.format(sql.Identifier(schema)))
    assert [("triggers" in fault) for fault in inspect_storage(postgres.url(schema)).faults] == [True]


# Connections cut


async def test_a_connection_cut_between_writes_costs_nothing(postgres: Postgres, store: Store) -> None:
    for number in range(3):
        assert (await store.write(suspend(number, entry(number)))).value == [number]
        assert await store.read(versions) == list(range(number + 1))
        postgres.run(WRITER)


async def test_a_connection_cut_in_a_commit_fails_everyone_in_it_and_nobody_after(
    postgres: Postgres, store: Store
) -> None:
    def cut(transaction: Transaction) -> None:
        suspend(90, entry(90))(transaction)
        postgres.run(WRITER)
        versions(transaction.connection)

    done = await together(store, suspend(1, entry(1)), cut, suspend(2, entry(2)))
    assert [each.code for each in done if isinstance(each, Problem)] == ["not-recorded"] * 3
    assert await store.read(versions) == []
    assert (await store.write(suspend(3, entry(3)))).value == [0]


async def test_a_connection_cut_just_before_the_commit_records_nothing(
    postgres: Postgres, store: Store
) -> None:
    def cut(transaction: Transaction) -> None:
        postgres.run(WRITER)

    assert await refused(store.write(cut)) == "not-recorded"
    verified(store, [await store.write(suspend(1, entry(1)))])


@asynccontextmanager
async def under_load(stores: list[Store]) -> AsyncIterator[tuple[list[Committed[Any]], list[str]]]:
    """Eight callers write and read without pause; what they were told."""
    done: list[Committed[Any]] = []
    problems: list[str] = []
    stop = asyncio.Event()

    async def caller(store: Store, first: int) -> None:
        number = first
        while not stop.is_set():
            try:
                done.append(await store.write(suspend(number, entry(number), entry(number))))
                await store.read(partial(store.ledger.checkpoint))
            except Problem as problem:
                problems.append(problem.code)
                await asyncio.sleep(0.01)
            number += 8

    callers = [asyncio.create_task(caller(stores[each % len(stores)], each)) for each in range(8)]
    try:
        yield done, problems
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*callers), 30)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody was served")


async def test_a_server_that_dies_and_comes_back_is_served_again(
    postgres: Postgres, schema: str, tmp_path: Path
) -> None:
    url = postgres.url(schema)
    with opened(url, tmp_path) as one, opened(url, tmp_path) as other:
        async with under_load([one, other]) as (done, problems):
            await until(lambda: len(done) >= 20)
            await asyncio.to_thread(postgres.restart)
            before = len(done)
            await until(lambda: len(done) >= before + 20)
        assert set(problems) <= {"not-recorded"}
        verified(one, done)
        # Answered ⇒ recorded: every row a caller was told of is there.
        rows = await one.read(versions)
        assert len(rows) == len(set(rows)) >= len(done)
        assert all(store._thread.is_alive() for store in (one, other))


# Others that hold the head


async def test_a_replica_frozen_while_it_holds_the_head_is_put_out_before_others_give_up(
    postgres: Postgres, schema: str, store: Store
) -> None:
    await store.write(suspend(0, entry(0)))
    frozen = writing_engine(postgres.url(schema))
    with frozen.connect() as connection:
        connection.begin()
        new_ledger().begin(connection)
        started = time.monotonic()
        assert (await store.write(suspend(1, entry(1)))).value == [1]
        assert time.monotonic() - started > 1
        connection.invalidate()
    frozen.dispose()


async def test_whoever_holds_the_head_for_long_costs_a_refusal_and_no_more(
    postgres: Postgres, schema: str, store: Store
) -> None:
    await store.write(suspend(0, entry(0)))
    with postgres.connect() as connection, connection.transaction():
        connection.execute(LOCK.format(sql.Identifier(schema)))
        started = time.monotonic()
        assert await refused(store.write(suspend(1, entry(0)))) == "not-recorded"
        assert 2.5 < time.monotonic() - started < 6
    assert (await store.write(suspend(1, entry(1)))).value == [1]
