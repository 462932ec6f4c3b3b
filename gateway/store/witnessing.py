"""The ledger's head before its witnesses: submitted after commits, waited for before anything is told.

A thread of its own submits, so that no commit waits for a witness; what is committed meanwhile goes with the
next submission. Without witnesses nothing here runs, and without a quorum nobody waits.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import Connection

from audit.checkpoint import Checkpoint, NoteError, NoteKey, split_note
from audit.cosignature import Cosigner, CosignerKey, cosigned, parse_log_key
from audit.ledger import Ledger
from audit.policy import policy_text
from audit.receipt import EntryProof, Receipt
from audit.witness_client import NotCosigned, WitnessAhead, WitnessClient
from gateway.problems import Problem
from gateway.site_witnesses import Witnesses
from gateway.store.published import Published

T = TypeVar("T")

COSIGNED: Final = "ledger.cosigned"
"""The file in a site's folder that holds the last checkpoint its witnesses cosigned."""
FRESH: Final = 50.0
"""Seconds after which a head that did not move is cosigned anew: a cosignature says that it is the latest."""
_RETRY: Final = 0.5
_STRAGGLERS: Final = 0.05
"""Seconds that a round waits for further witnesses once the quorum has cosigned."""
_ROUND: Final = 10.0
_log = structlog.get_logger()


class Witnessing:
    """The witnesses of one ledger, and the last head that enough of them have cosigned."""

    def __init__(
        self, ledger: Ledger, witnesses: Witnesses, folder: Path, own: Cosigner | None = None
    ) -> None:
        """`own` is the ledger's ML-DSA-44 key, which signs the heads that are shown."""
        self._ledger = ledger
        self._own = own
        self._witnesses = witnesses
        self._clients = [WitnessClient(each.key, each.url) for each in witnesses.each]
        self._kept = Published(folder / COSIGNED)
        self._head: tuple[int, str | None] = 0, None  # replaced as one: readers take no lock
        self._cosigned_at = -FRESH
        self._look: Callable[[Callable[[Connection], Any]], Any] | None = None
        self._waiting: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._busy: set[WitnessClient] = set()
        self._lock = threading.Condition()
        self._news = threading.Event()
        self._closed = False
        self._own_signed = "", ""
        self._thread = threading.Thread(target=self._run, name="store-witnessing", daemon=True)
        self._pool = ThreadPoolExecutor(max(1, len(self._clients)), "witness")

    def start(self, look: Callable[[Callable[[Connection], Any]], Any]) -> None:
        """Take up the last head cosigned and begin submitting; `look` runs a read of the store."""
        self._look = look
        if not self._clients:
            return
        note = self._kept.read()
        if note is not None and self._is_enough(note):
            self._head = _size(note), note
        self._news.set()
        self._thread.start()

    def stop(self) -> None:
        """Submit no more; whoever still waits is told that nothing was witnessed."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()
        for client in self._clients:
            client.abort()
        self._pool.shutdown(cancel_futures=True)
        for client in self._clients:
            client.close()

    def announce(self) -> None:
        """The head has moved."""
        self._news.set()

    @property
    def demanded(self) -> bool:
        """Whether nothing may be told before the quorum has cosigned."""
        return self._witnesses.quorum > 0

    async def cosigned(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        """The receipts as they may be released: at once, or once the quorum has cosigned their entries.

        Raises:
            Problem: `not-witnessed` when the witnesses take longer than the site allows.
        """
        if not self.demanded or not receipts:
            return receipts
        await self._until(max(receipt.index for receipt in receipts) + 1)
        return await asyncio.to_thread(self._read, partial(self._under_cosigned, receipts=receipts))

    def receipt(self, connection: Connection, index: int) -> Receipt:
        """The receipt of an entry recorded before, as it may be released now.

        Raises:
            Problem: `not-witnessed` when the quorum has not cosigned it yet.
        """
        receipt = self._ledger.receipt(connection, index)
        return self._under_cosigned(connection, [receipt])[0] if self.demanded else receipt

    def notes(self, connection: Connection) -> list[str]:
        """The latest checkpoint and, where they are not of one tree, the last one cosigned before it."""
        latest, (_, kept) = self._ledger.checkpoint(connection), self._head
        if latest is None or kept is None:
            return [] if latest is None else [latest]
        return [kept] if _size(kept) == _size(latest) else [kept, latest]

    def head(self, connection: Connection) -> str | None:
        """The checkpoint to show: the last one cosigned if that was just now, else the latest."""
        notes = self.notes(connection)
        if not notes:
            return None
        fresh = time.monotonic() < self._cosigned_at + FRESH + _ROUND
        note = notes[0] if fresh else notes[-1]
        return note + self._own_line(split_note(note)[0]) if self._own else note

    def proof(self, connection: Connection, index: int) -> EntryProof:
        """An entry with its proof, under the last head cosigned where that holds it, else under the latest.

        Raises:
            NoSuchEntryError: the ledger has no such entry.
        """
        size, note = self._head
        if note is None or not index < size <= self._ledger.size(connection):
            return self._ledger.entry(connection, index)
        return replace(self._ledger.entry(connection, index, size), checkpoint=note)

    def policy(self) -> str:
        """What an auditor of this ledger may trust, as a tlog-policy file: to be confirmed by another way."""
        logs: list[NoteKey] = [parse_log_key(self._ledger.vkey)]
        if self._own is not None:
            logs.append(self._own.key)
        witnesses = [
            (f"witness-{number}", each.key, each.url) for number, each in enumerate(self._witnesses.each, 1)
        ]
        return policy_text(logs, witnesses, self._witnesses.quorum)

    def _own_line(self, text: str) -> str:
        """The ML-DSA-44 line for a head, made once for each: it says nothing of time."""
        if self._own is None:
            return ""
        signed, line = self._own_signed
        if signed != text:
            line = self._own.line(text, 0)
            self._own_signed = text, line
        return line

    async def _until(self, size: int) -> None:
        future = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._head[0] >= size:
                return
            self._waiting.append((size, asyncio.get_running_loop(), future))
        try:
            await asyncio.wait_for(future, self._witnesses.wait)
        except TimeoutError:
            raise Problem("not-witnessed", retry_after=self._witnesses.wait) from None
        finally:
            with self._lock:
                self._waiting = [waiter for waiter in self._waiting if waiter[2] is not future]

    def _under_cosigned(self, connection: Connection, receipts: Sequence[Receipt]) -> list[Receipt]:
        size, note = self._head
        # A reader whose view of the store began before the head was signed comes again too.
        behind = size > self._ledger.size(connection)
        if note is None or behind or any(receipt.index >= size for receipt in receipts):
            raise Problem("not-witnessed", retry_after=self._witnesses.wait)
        proofs = [self._ledger.entry(connection, receipt.index, size) for receipt in receipts]
        return [
            receipt.under(replace(proof, checkpoint=note))
            for receipt, proof in zip(receipts, proofs, strict=True)
        ]

    def _run(self) -> None:
        patience = FRESH
        while True:
            self._news.wait(patience)
            self._news.clear()
            if self._closed:
                return
            try:
                patience = FRESH if self._round() else _RETRY
            except Exception as error:  # noqa: BLE001 -- tried again; until then whoever must wait does
                _log.error("not-submitted", error=type(error).__name__)
                patience = _RETRY

    def _round(self) -> bool:
        """Submit the latest head to every witness that is free; whether enough of them cosigned it."""
        note = self._read(self._ledger.checkpoint)
        if note is None:
            return True
        lines: dict[CosignerKey, str] = {}
        free = [client for client in self._clients if client not in self._busy]
        with self._lock:
            self._busy.update(free)
            asked = [self._pool.submit(client.submit, note, self._proof) for client in free]
            for client, future in zip(free, asked, strict=True):
                future.add_done_callback(partial(self._came, client, lines))
            needed = max(1, self._witnesses.quorum)
            self._lock.wait_for(
                lambda: len(lines) >= needed or self._closed or not self._busy & set(free), _ROUND
            )
            self._lock.wait_for(lambda: not self._busy & set(free), _STRAGGLERS)
            given = dict(lines)
        if len(given) < needed:
            return False
        self._take_up(note + "".join(given[key] for key in sorted(given, key=str)))
        return True

    def _came(self, client: WitnessClient, lines: dict[CosignerKey, str], future: Future[str]) -> None:
        failure = None if future.cancelled() else future.exception()
        with self._lock:
            self._busy.discard(client)
            if failure is None and not future.cancelled():
                lines[client.key] = future.result()
            self._lock.notify_all()
        if isinstance(failure, WitnessAhead):
            # Another process of the site is ahead for a moment, or this store was taken back.
            _log.warning("witness-ahead", witness=client.key.name)
        elif failure is not None:
            reason = str(failure) if isinstance(failure, NotCosigned) else type(failure).__name__
            _log.error("not-cosigned", witness=client.key.name, reason=reason)

    def _take_up(self, note: str) -> None:
        try:
            self._kept.write(note)
        except OSError as error:
            _log.error("cosigned-not-kept", error=type(error).__name__)
        with self._lock:
            size = _size(note)
            if size >= self._head[0]:
                self._head, self._cosigned_at = (size, note), time.monotonic()
            ready = [waiter for waiter in self._waiting if waiter[0] <= self._head[0]]
        for _, loop, future in ready:
            try:
                loop.call_soon_threadsafe(_resolve, future)
            except RuntimeError:
                _log.warning("nobody-to-tell", error="the caller's event loop is closed")

    def _is_enough(self, note: str) -> bool:
        try:
            found = cosigned(note, [client.key for client in self._clients])
        except NoteError:
            return False
        return len(found) >= max(1, self._witnesses.quorum)

    def _proof(self, first: int, second: int) -> Sequence[bytes]:
        proof = self._read(partial(self._ledger.consistency, first=first, second=second))
        return [bytes(value) for value in proof]

    def _read(self, look: Callable[[Connection], T]) -> T:
        if self._look is None:
            raise Problem("not-witnessed", reason="not-started")
        found: T = self._look(look)
        return found


def _size(note: str) -> int:
    return Checkpoint.parse(split_note(note)[0]).size


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
