"""Every step of an append made to fail, once before it took effect and once after.

Whatever failed: nobody has a receipt for what is not durable, nothing durable is lost, the ledger adds up,
and the next append goes on by the same code.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event

from audit.ledger import Ledger
from audit.receipt import Receipt
from audit.tables import metadata
from tests.audit_site import append, entry, exported, new_ledger, shown, verify_export

BEFORE = 3  # entries in the ledger before the append that fails


class Step(Enum):
    """The statements of an append in the order in which they run, as they can be told apart."""

    HEAD = r"select .*from ledger_head"
    LAST = r"select .*from ledger_entries"
    ENTRIES = r"insert into ledger_entries"
    PAYLOADS = r"insert into ledger_payloads"
    NODES = r"insert into ledger_nodes"
    CHECKPOINT = r"insert into ledger_checkpoints"
    MOVE = r"update ledger_head"
    COMMIT = r"commit"


class When(Enum):
    """Whether the step had taken effect when it failed."""

    NOT_PERSISTED = "failed and not persisted"
    PERSISTED = "failed but persisted"


class StoppedError(Exception):
    """What a step fails with."""


class Faults:
    """Fails one step once."""

    def __init__(self) -> None:
        self.armed: tuple[Step, When] | None = None
        self.met: list[Step] = []

    def pass_by(self, statement: str, when: When) -> None:
        line = " ".join(statement.lower().split())
        step = next((each for each in Step if re.match(each.value, line)), None)
        if step is None:
            return
        if when is When.NOT_PERSISTED:
            self.met.append(step)
        if self.armed == (step, when):
            self.armed = None
            raise StoppedError


def engine_with(path: Path, faults: Faults) -> Engine:
    """An engine whose driver fails: below everything that may stand between it and the ledger."""

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *given: Any) -> Any:
            faults.pass_by(sql, When.NOT_PERSISTED)
            done = super().execute(sql, *given)
            faults.pass_by(sql, When.PERSISTED)
            return done

        def executemany(self, sql: str, *given: Any) -> Any:
            faults.pass_by(sql, When.NOT_PERSISTED)
            done = super().executemany(sql, *given)
            faults.pass_by(sql, When.PERSISTED)
            return done

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            faults.pass_by("commit", When.NOT_PERSISTED)
            super().commit()
            faults.pass_by("commit", When.PERSISTED)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, factory=Connection, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    engine = create_engine("sqlite://", creator=connect)

    def begun(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "begin", begun)
    return engine


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def engine(tmp_path: Path, faults: Faults) -> Iterator[Engine]:
    engine = engine_with(tmp_path / "gateway.db", faults)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def size_of(engine: Engine, ledger: Ledger) -> int:
    with engine.connect() as connection:
        return ledger.size(connection)


@contextmanager
def armed(faults: Faults, step: Step, when: When) -> Iterator[None]:
    faults.armed = (step, when)
    with pytest.raises(StoppedError):
        yield
    assert faults.armed is None, "the step was never met"


@pytest.mark.parametrize("when", When, ids=lambda when: when.value)
@pytest.mark.parametrize("step", Step, ids=lambda step: step.name.lower())
@pytest.mark.parametrize("restarted", [False, True], ids=["same process", "started again"])
def test_a_step_that_fails(
    engine: Engine, faults: Faults, step: Step, when: When, *, restarted: bool
) -> None:
    ledger = new_ledger()
    receipts: list[Receipt] = list(append(engine, ledger, [entry(number) for number in range(BEFORE)]))
    with armed(faults, step, when):
        append(engine, ledger, [entry(BEFORE), entry(BEFORE + 1)])
    durable = step is Step.COMMIT and when is When.PERSISTED
    kept = BEFORE + (2 if durable else 0)
    assert size_of(engine, ledger) == kept
    ledger = new_ledger() if restarted else ledger
    receipts += append(engine, ledger, [entry(9), entry(10), entry(11)])
    assert [receipt.index for receipt in receipts[BEFORE:]] == [kept, kept + 1, kept + 2]
    report = verify_export(
        exported(engine, ledger, lambda _: True),
        [receipt.checkpoint for receipt in receipts],
        [shown(receipt) for receipt in receipts],
    )
    assert report.good, report.text()


def test_every_step_of_an_append_is_in_the_table(engine: Engine, faults: Faults) -> None:
    append(engine, new_ledger(), [entry(0), entry(1)])
    faults.met.clear()
    append(engine, new_ledger(), [entry(2), entry(3)])
    assert set(faults.met) == set(Step)


class HastyLedger(Ledger):
    """The fault planted: it takes a batch for committed as soon as it is written."""

    def confirm(self, batch: Any) -> tuple[Receipt, ...]:
        object.__setattr__(batch, "transaction", SimpleNamespace(is_active=False))
        return super().confirm(batch)


def test_a_receipt_given_before_the_commit_is_found(engine: Engine, faults: Faults) -> None:
    base = new_ledger()
    hasty = HastyLedger(base.origin, base._signer, bytes(range(32, 64)))
    early: list[Receipt] = []
    with armed(faults, Step.COMMIT, When.NOT_PERSISTED), engine.begin() as connection:
        early += hasty.confirm(hasty.append(connection, [entry(0)]))
    append(engine, new_ledger(), [entry(1)])
    held = [shown(receipt) for receipt in early]
    assert not verify_export(exported(engine, new_ledger()), receipts=held).good


class RememberingLedger(Ledger):
    """The fault planted: after a rollback it goes on from the edge it had got to."""

    def _frontier(self, connection: Any, head: Any) -> Any:
        return super()._frontier(connection, head) if self._edge is None else self._edge.copy()


def test_a_ledger_that_believes_its_memory_after_a_rollback_is_found(engine: Engine, faults: Faults) -> None:
    base = new_ledger()
    remembering = RememberingLedger(base.origin, base._signer, bytes(range(32, 64)))
    append(engine, remembering, [entry(0)])
    with armed(faults, Step.COMMIT, When.NOT_PERSISTED):
        append(engine, remembering, [entry(1)])
    with engine.begin() as connection:
        remembering.append(connection, [entry(2)])
    assert not verify_export(exported(engine, new_ledger())).good
