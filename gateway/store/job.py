"""One piece of work handed to the store's writer, and how its caller hears what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog

from audit.receipt import Receipt
from audit.record import Entry
from gateway.store.transaction import Transaction

T = TypeVar("T")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Committed(Generic[T]):
    """What a write returned, and the ledger's receipts for what it recorded, in order."""

    value: T
    receipts: tuple[Receipt, ...]


@dataclass(slots=True)
class Job:
    work: Callable[[Transaction], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Committed[Any]]
    entries: list[Entry] = field(default_factory=list)
    undoing: list[Callable[[], None]] = field(default_factory=list)
    """What to take back outside the store while the work is not committed."""
    value: Any = None
    failure: BaseException | None = None
    erases: bool = False


_Told = tuple["asyncio.Future[Committed[Any]]", BaseException | None, Committed[Any]]


def tell(jobs: Sequence[Job], receipts: tuple[Receipt, ...]) -> None:
    """Tell every caller, waking each event loop once."""
    start = 0
    told: dict[asyncio.AbstractEventLoop, list[_Told]] = {}
    for job in jobs:
        end = start + len(job.entries)
        result = Committed(job.value, receipts[start:end])
        start = end
        told.setdefault(job.loop, []).append((job.future, job.failure, result))
    for loop, results in told.items():
        try:
            loop.call_soon_threadsafe(_resolve, results)
        except RuntimeError:
            _log.warning("nobody-to-tell", error="the caller's event loop is closed")


def _resolve(results: list[_Told]) -> None:
    for future, failure, result in results:
        if future.done():
            continue
        if failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(result)
