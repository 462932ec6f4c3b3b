"""The store contract over both databases, and what each promises beyond it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.store.job import Committed
from gateway.store.migrate import migrate
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from tests.audit_site import entry, exported
from tests.contracts.recall_contract import RecallContract
from tests.contracts.store_contract import StoreContract, refused, suspend, together
from tests.servers.postgres import Postgres


class TestStoreOnSqlite(StoreContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        url = f"sqlite:///{tmp_path / 'gateway.db'}"
        migrate(url)
        return url

    async def test_a_replace_does_not_slip_past_the_guards(self, store: Store) -> None:
        replace = text(
            "REPLACE INTO ledger_entries SELECT entry_index, leaf, x'00', at_minute FROM ledger_entries"
        )
        await store.write(suspend(1, entry(0)))
        before = exported(store._reading, store.ledger)
        assert await refused(store.write(lambda each: each.connection.execute(replace))) == "conflict"
        assert exported(store._reading, store.ledger) == before


class TestRecallOnSqlite(RecallContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        url = f"sqlite:///{tmp_path / 'gateway.db'}"
        migrate(url)
        return url


class TestRecallOnPostgresql(RecallContract):
    @pytest.fixture
    def url(self, postgres: Postgres) -> str:
        return postgres.new_store()


class TestStoreOnPostgresql(StoreContract):
    @pytest.fixture
    def url(self, postgres: Postgres) -> str:
        return postgres.new_store()

    @pytest.mark.parametrize("table", ["entries", "nodes", "checkpoints", "payloads", "head"])
    async def test_the_ledger_cannot_be_emptied(self, store: Store, table: str) -> None:
        empty = text(f"TRUNCATE ledger_{table}")
        await store.write(suspend(1, entry(0), entry(1)))
        before = exported(store._reading, store.ledger, lambda _: True)
        assert await refused(store.write(lambda each: each.connection.execute(empty))) == "not-recorded"
        assert exported(store._reading, store.ledger, lambda _: True) == before

    async def test_a_session_cannot_turn_the_guards_off(self, store: Store) -> None:
        def delete(transaction: Transaction) -> None:
            transaction.connection.execute(text("SET LOCAL session_replication_role = replica"))
            transaction.connection.execute(text("DELETE FROM ledger_entries"))

        await store.write(suspend(1, entry(0)))
        assert await refused(store.write(delete)) == "not-recorded"
        assert await store.read(store.ledger.size) == 1

    @pytest.mark.parametrize("agreement", ["nul\0", "x" * 65, "\ud800"], ids=["nul", "long", "surrogate"])
    async def test_a_value_the_database_cannot_hold_fails_its_own_work_only(
        self, store: Store, agreement: str
    ) -> None:
        def unholdable(transaction: Transaction) -> None:
            insert = text("INSERT INTO suspensions VALUES (:agreement, 1, 'health', 0)")
            transaction.connection.execute(insert, {"agreement": agreement})

        done = await together(store, suspend(1, entry(1)), unholdable, suspend(2, entry(2)))
        assert [type(each) is Committed for each in done] == [True, False, True]

    async def test_sessions_wait_no_longer_than_they_should(self, store: Store) -> None:
        settings = text(
            "SELECT current_setting('transaction_isolation'), current_setting('lock_timeout'),"
            " current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'),"
            " current_setting('synchronous_commit'), current_setting('application_name')"
        )
        found = await store.write(lambda each: tuple(each.connection.execute(settings).one()))
        assert found.value == ("read committed", "3s", "5s", "2500ms", "on", "gateway-writer")
        read = await store.read(lambda each: tuple(each.execute(settings).one()))
        assert read == ("repeatable read", "3s", "5s", "30s", "on", "gateway-reader")
