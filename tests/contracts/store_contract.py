"""What the store must do on whatever database it stands. Subclass, give one fixture, run.

A subclass of `StoreContract` provides `url`, the address of an empty store at the latest revision.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text, update

from audit import tables as ledger_tables
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.faults import LedgerBehind
from audit.record import Entry
from gateway.problems import Problem
from gateway.store.job import Committed
from gateway.store.store import Store
from gateway.store.tables import suspensions
from gateway.store.transaction import Transaction
from tests.audit_site import ORIGIN, SIGNER, START, entry, exported, new_ledger, shown, verify_export

Work: TypeAlias = Callable[[Transaction], Any]
PUBLISHED: Final = "ledger.checkpoint"


@contextmanager
def opened(url: str, folder: Path) -> Iterator[Store]:
    store = Store(url, new_ledger(), folder / PUBLISHED)
    store.open()
    try:
        yield store
    finally:
        store.close()


def suspend(version: int, *entries: Entry) -> Work:
    """Work that writes one row, of which there may be no second, and records entries."""

    def work(transaction: Transaction) -> list[int]:
        row = {"agreement": "dsa-1", "version": version, "by": "health", "at": START}
        transaction.connection.execute(insert(suspensions).values(**row))
        return [transaction.record(each) for each in entries]

    return work


def versions(connection: Connection) -> list[int]:
    return list(connection.execute(select(suspensions.c.version).order_by(suspensions.c.version)).scalars())


async def together(store: Store, *works: Work) -> list[Committed[Any] | BaseException]:
    """Hand works in so that they meet in one commit: the writer is held until all of them wait."""
    held, free = threading.Event(), threading.Event()

    def hold(_: Transaction) -> None:
        held.set()
        assert free.wait(10)

    holding = asyncio.create_task(store.write(hold))
    await asyncio.to_thread(held.wait, 10)
    waiting = asyncio.gather(*(store.write(work) for work in works), return_exceptions=True)
    await asyncio.sleep(0)
    free.set()
    await holding
    return await waiting


async def refused(write: Coroutine[Any, Any, object]) -> str:
    with pytest.raises(Problem) as caught:
        await write
    return caught.value.code


class StoreContract:
    """Obligations of the store towards everyone who writes to it and reads from it."""

    @pytest.fixture
    def store(self, url: str, tmp_path: Path) -> Iterator[Store]:
        with opened(url, tmp_path) as store:
            yield store

    # One piece of work

    async def test_work_is_there_once_its_caller_is_told(self, store: Store) -> None:
        committed = await store.write(suspend(1, entry(0), entry(1)))
        assert await store.read(versions) == [1]
        assert committed.value == [0, 1]
        assert [receipt.index for receipt in committed.receipts] == [0, 1]

    async def test_work_without_entries_has_no_receipts(self, store: Store) -> None:
        assert (await store.write(suspend(1))).receipts == ()
        assert await store.read(store.ledger.size) == 0

    async def test_work_that_raises_leaves_nothing(self, store: Store) -> None:
        def fails(transaction: Transaction) -> None:
            suspend(1, entry(0))(transaction)
            raise Problem("forbidden")

        assert await refused(store.write(fails)) == "forbidden"
        assert await store.read(versions) == []
        assert await store.read(store.ledger.size) == 0

    async def test_a_row_that_is_there_already_is_a_conflict(self, store: Store) -> None:
        await store.write(suspend(1))
        assert await refused(store.write(suspend(1, entry(0)))) == "conflict"
        assert await store.read(store.ledger.size) == 0

    # Many pieces in one commit

    async def test_works_keep_the_order_they_were_handed_in(self, store: Store) -> None:
        order: list[int] = []

        def ordered(number: int) -> Work:
            def work(transaction: Transaction) -> int:
                order.append(number)
                return transaction.record(entry(number))

            return work

        done = await together(store, *(ordered(number) for number in range(20)))
        assert order == list(range(20))
        assert [each.value for each in done if isinstance(each, Committed)] == list(range(20))

    async def test_later_work_sees_what_earlier_work_of_the_same_commit_wrote(self, store: Store) -> None:
        done = await together(store, suspend(1), suspend(2), lambda each: versions(each.connection))
        assert isinstance(done[2], Committed)
        assert done[2].value == [1, 2]

    async def test_failing_work_fails_alone(self, store: Store) -> None:
        def fails(transaction: Transaction) -> None:
            suspend(90, entry(90))(transaction)
            raise ValueError

        done = await together(
            store, suspend(1, entry(1)), fails, suspend(1, entry(91)), suspend(2, entry(2), entry(3))
        )
        assert [type(each) for each in done] == [Committed, ValueError, Problem, Committed]
        assert isinstance(done[2], Problem)
        assert done[2].code == "conflict"
        assert await store.read(versions) == [1, 2]
        payloads = [await store.read(partial(store.ledger.open, index=index)) for index in range(3)]
        assert [payload and payload["number"] for payload in payloads] == [1, 2, 3]

    async def test_every_receipt_is_of_the_entry_its_work_recorded(self, store: Store) -> None:
        works = [suspend(number, *map(entry, range(number, 2 * number))) for number in range(1, 8)]
        for committed in await together(store, *works):
            assert isinstance(committed, Committed)
            assert [receipt.index for receipt in committed.receipts] == committed.value
            for receipt in committed.receipts:
                proof = await store.read(partial(store.ledger.entry, index=receipt.index))
                assert proof.leaf_hash == receipt.leaf_hash
        report = verify_export(exported(store._reading, store.ledger))
        assert report.good, report.text()

    async def test_a_commit_that_fails_tells_everyone_and_leaves_nothing(self, store: Store) -> None:
        """Property 1: no byte of an answer leaves before its ledger entry is durable."""
        unwritable = entry(0, value=float("nan"))
        done = await together(store, suspend(1, entry(1)), suspend(2, unwritable), suspend(3))
        assert [each.code for each in done if isinstance(each, Problem)] == ["not-recorded"] * 3
        assert await store.read(versions) == []
        assert (await store.write(suspend(1, entry(1)))).value == [0]

    async def test_a_caller_who_has_gone_delays_nobody(self, store: Store) -> None:
        held, free = threading.Event(), threading.Event()

        def hold(transaction: Transaction) -> None:
            suspend(1)(transaction)
            held.set()
            assert free.wait(10)

        gone = asyncio.create_task(store.write(hold))
        await asyncio.to_thread(held.wait, 10)
        gone.cancel()
        free.set()
        await store.write(suspend(2))
        assert await store.read(versions) == [1, 2]

    def test_a_caller_whose_loop_has_closed_delays_nobody(self, store: Store) -> None:
        free = threading.Event()

        async def leave() -> None:
            with suppress(TimeoutError):
                await asyncio.wait_for(store.write(lambda _: free.wait(10)), 0.05)

        asyncio.run(leave())
        free.set()
        asyncio.run(store.write(suspend(2)))
        assert store.read_now(versions) == [2]

    # Reading

    async def test_one_read_sees_one_state(self, store: Store) -> None:
        await store.write(suspend(1))
        looked, written = threading.Event(), threading.Event()

        def twice(connection: Connection) -> tuple[list[int], list[int]]:
            before = versions(connection)
            looked.set()
            assert written.wait(10)
            return before, versions(connection)

        reading = asyncio.create_task(store.read(twice))
        await asyncio.to_thread(looked.wait, 10)
        await store.write(suspend(2))
        written.set()
        assert await reading == ([1], [1])
        assert await store.read(versions) == [1, 2]

    async def test_a_read_cannot_write(self, store: Store) -> None:
        def write(connection: Connection) -> None:
            suspend(1)(Transaction(connection, 0))

        assert await refused(store.read(write)) == "not-recorded"
        assert await store.read(versions) == []

    async def test_nothing_is_read_before_it_is_committed(self, store: Store) -> None:
        written, looked = threading.Event(), threading.Event()

        def hold(transaction: Transaction) -> None:
            suspend(1, entry(0))(transaction)
            written.set()
            assert looked.wait(10)

        writing = asyncio.create_task(store.write(hold))
        await asyncio.to_thread(written.wait, 10)
        assert await store.read(versions) == []
        looked.set()
        await writing
        assert await store.read(versions) == [1]

    # The ledger only grows (property 11)

    @pytest.mark.parametrize(
        "statement",
        [
            update(ledger_tables.entries).values(leaf=b"x"),
            delete(ledger_tables.entries),
            update(ledger_tables.nodes).values(hash=bytes(32)),
            delete(ledger_tables.nodes),
            update(ledger_tables.checkpoints).values(note="x"),
            delete(ledger_tables.checkpoints),
            update(ledger_tables.payloads).values(sealed=b"x"),
            delete(ledger_tables.head),
            update(ledger_tables.head).values(size=1),
        ],
        ids=lambda statement: f"{type(statement).__name__.lower()} {statement.table.name}",
    )
    async def test_what_is_recorded_cannot_be_changed(self, store: Store, statement: Any) -> None:
        await store.write(suspend(1, entry(0), entry(1)))
        before = exported(store._reading, store.ledger, lambda _: True)
        code = await refused(store.write(lambda each: each.connection.execute(statement)))
        assert code in {"conflict", "not-recorded"}
        assert exported(store._reading, store.ledger, lambda _: True) == before
        assert (await store.write(suspend(2, entry(2)))).value == [2]

    async def test_what_is_recorded_cannot_be_replaced(self, store: Store) -> None:
        replace = text(
            "INSERT INTO ledger_entries SELECT entry_index, leaf, :hash, at_minute FROM ledger_entries"
            " WHERE entry_index = 0 ON CONFLICT (entry_index) DO UPDATE SET leaf_hash = excluded.leaf_hash"
        )
        await store.write(suspend(1, entry(0)))
        before = exported(store._reading, store.ledger)
        forged = {"hash": bytes(32)}
        code = await refused(store.write(lambda each: each.connection.execute(replace, forged)))
        assert code in {"conflict", "not-recorded"}
        assert exported(store._reading, store.ledger) == before

    async def test_a_payload_can_be_purged(self, store: Store) -> None:
        await store.write(suspend(1, entry(0), entry(1)))
        await store.write(lambda each: store.ledger.purge(each.connection, 0))
        assert await store.read(lambda each: store.ledger.open(each, 0)) is None
        assert await store.read(lambda each: store.ledger.open(each, 1)) is not None

    # Opening and closing

    async def test_closing_finishes_what_was_handed_in(self, store: Store) -> None:
        writing = [asyncio.create_task(store.write(suspend(number, entry(number)))) for number in range(300)]
        await asyncio.sleep(0)
        await asyncio.to_thread(store.close)
        done = await asyncio.gather(*writing)
        assert sorted(index for each in done for index in each.value) == list(range(300))

    async def test_after_closing_nothing_is_recorded(self, store: Store) -> None:
        store.close()
        assert await refused(store.write(suspend(1))) == "not-recorded"

    async def test_a_store_goes_on_where_it_stopped(self, url: str, tmp_path: Path) -> None:
        for number in range(3):
            with opened(url, tmp_path) as store:
                assert (await store.write(suspend(number, entry(number)))).value == [number]

    async def test_a_store_behind_the_last_published_checkpoint_does_not_open(
        self, url: str, tmp_path: Path
    ) -> None:
        """Property 18."""
        with opened(url, tmp_path) as store:
            await store.write(suspend(1, entry(0)))
        ahead = SIGNER.sign(Checkpoint(ORIGIN, 2, bytes(32)))
        (tmp_path / PUBLISHED).write_text(ahead)
        store = Store(url, new_ledger(), tmp_path / PUBLISHED)
        with pytest.raises(LedgerBehind):
            store.open()
        store.close()

    # Several processes

    async def test_two_stores_on_one_database_make_one_order(self, url: str, tmp_path: Path) -> None:
        with opened(url, tmp_path) as one, opened(url, tmp_path) as other:
            stores = [one, other] * 60
            works = [
                store.write(suspend(number, entry(number), entry(number)))
                for number, store in enumerate(stores)
            ]
            done = await asyncio.gather(*works)
            indices = [index for each in done for index in each.value]
            assert sorted(indices) == list(range(240))
            receipts = [receipt for each in done for receipt in each.receipts]
            assert [receipt.index for receipt in receipts] == indices
            counted = await one.read(lambda each: each.execute(select(func.count(suspensions.c.by))).scalar())
            assert counted == 120
            report = verify_export(
                exported(other._reading, other.ledger, lambda _: True),
                [receipt.checkpoint for receipt in receipts],
                [shown(receipt) for receipt in receipts],
            )
            assert report.good, report.text()
        published = open_checkpoint((tmp_path / PUBLISHED).read_text(), [SIGNER.key])
        assert published.size == 240
