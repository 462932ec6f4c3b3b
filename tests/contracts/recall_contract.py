"""What a writer may recall, and rows written late: never a stale row, never a lost or foreign one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, insert

from gateway.store.hot import Hot
from gateway.store.job import Committed
from gateway.store.recall import Recall
from gateway.store.store import Store
from gateway.store.tables import suspensions
from gateway.store.transaction import Transaction
from tests.audit_site import START, entry
from tests.contracts.store_contract import opened, suspend, together, versions

_ADD: Final = Hot(insert(suspensions))


def _row(version: int) -> dict[str, Any]:
    return {"agreement": "dsa-1", "version": version, "by": "health", "at": START}


def recalled(transaction: Transaction) -> list[int]:
    """The versions a writer believes to be suspended."""
    return transaction.recall(("versions",), versions)


def deferring(version: int) -> Any:
    def work(transaction: Transaction) -> int:
        transaction.defer(_ADD, _row(version))
        return transaction.record(entry(version))

    return work


class _Forgetless(Recall):
    """A planted bug."""

    def forget(self) -> None:
        return None


async def sees_what_another_writes(one: Store, other: Store) -> bool:
    await one.write(suspend(1, entry(1)))
    assert (await one.write(recalled)).value == [1]
    await other.write(suspend(2, entry(2)))
    return (await one.write(recalled)).value == [1, 2]


class RecallContract:
    @pytest.fixture
    def store(self, url: str, tmp_path: Path) -> Iterator[Store]:
        with opened(url, tmp_path) as store:
            yield store

    async def test_what_is_read_once_is_not_read_again(self, store: Store) -> None:
        await store.write(suspend(1, entry(1)))
        looks = []

        def look(transaction: Transaction) -> list[int]:
            def read(connection: Connection) -> list[int]:
                looks.append(1)
                return versions(connection)

            return transaction.recall(("versions",), read)

        assert [(await store.write(look)).value for _ in range(3)] == [[1]] * 3
        assert len(looks) == 1

    async def test_another_process_s_change_is_seen(self, store: Store, url: str, tmp_path: Path) -> None:
        with opened(url, tmp_path) as other:
            assert await sees_what_another_writes(store, other)

    async def test_a_writer_that_does_not_forget_is_caught(
        self, store: Store, url: str, tmp_path: Path
    ) -> None:
        store._recall = _Forgetless()
        with opened(url, tmp_path) as other:
            assert not await sees_what_another_writes(store, other)

    async def test_a_change_of_its_own_is_seen_in_the_same_commit(self, store: Store) -> None:
        done = await together(store, recalled, suspend(1, entry(1)), recalled, suspend(2), recalled)
        values = [each.value for each in done if isinstance(each, Committed)]
        assert values[2::2] == [[1], [1, 2]]

    async def test_work_that_changes_something_recalls_nothing_it_changed(self, store: Store) -> None:
        def work(transaction: Transaction) -> list[int]:
            before = recalled(transaction)
            suspend(1, entry(1))(transaction)
            return before + recalled(transaction)

        assert (await store.write(work)).value == [1]

    async def test_nothing_of_a_commit_that_failed_is_recalled(self, store: Store) -> None:
        def fails(transaction: Transaction) -> None:
            suspend(1)(transaction)
            recalled(transaction)
            raise ValueError

        done = await together(store, fails, recalled)
        assert [type(done[0]), done[1].value] == [ValueError, []]  # type: ignore[union-attr]
        assert (await store.write(recalled)).value == []

    async def test_deferred_rows_are_there_when_their_work_is_done(self, store: Store) -> None:
        await together(store, deferring(1), deferring(2))
        assert await store.read(versions) == [1, 2]

    async def test_later_work_sees_what_earlier_work_deferred(self, store: Store) -> None:
        done = await together(store, deferring(1), lambda each: versions(each.connection))
        assert done[1].value == [1]  # type: ignore[union-attr]

    async def test_a_deferred_row_that_may_not_stand_fails_its_own_work_only(self, store: Store) -> None:
        await store.write(suspend(2, entry(2)))
        done = await together(store, deferring(1), deferring(2), deferring(3))
        assert [type(each) is Committed for each in done] == [True, False, True]
        assert await store.read(versions) == [1, 2, 3]
        assert await store.read(store.ledger.size) == 3

    async def test_what_undone_work_deferred_is_not_written(self, store: Store) -> None:
        def fails(transaction: Transaction) -> None:
            deferring(1)(transaction)
            raise ValueError

        await together(store, deferring(2), fails, deferring(3))
        assert await store.read(versions) == [2, 3]
