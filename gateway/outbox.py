"""The way of a notice out of the gateway: queued with the notice, sent by a timer, tried again, given up.

The notice itself is written in the commit of what it tells; here it is taken up and given one delivery for
each channel of its agency. A delivery is sent at least once, under one id by which a receiver knows a second
copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from gateway.processes.delivery import BACK_OFF, DELIVERY
from gateway.processes.runner import Work
from gateway.processes.table import NEW
from gateway.sending import Sending, channels_of
from gateway.site import Site
from gateway.store.notices import (
    Delivery,
    Notice,
    add_delivery,
    any_to_relay,
    change_delivery,
    delivery,
    mark_relayed,
    notice,
    to_relay,
)
from gateway.store.reviews import new_id, notify
from gateway.store.store import Store
from gateway.store.timers import Timer, set_timer
from gateway.store.transaction import Transaction

DELIVER: Final = "deliver"
_GIVEN_UP: Final = "delivery-given-up"
_AT_ONCE: Final = 200
_NEWS: Final = timedelta(days=1)
"""What is older when it is taken up stays in the inbox alone: a channel begins with what is new."""


class Outbox:
    def __init__(self, site: Site, store: Store, sending: Sending, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._store = store
        self._sending = sending
        self._clock = clock

    @property
    def work(self) -> Work:
        """What the timer of a delivery does."""
        return Work(self._finish, self._send)

    async def relay(self) -> int:
        """Give new notices their deliveries; how many notices were looked at."""
        if not await self._store.read(any_to_relay):
            return 0
        return (await self._store.write(self._relay)).value

    def _relay(self, transaction: Transaction) -> int:
        connection, at = transaction.additive, self._clock()
        found = to_relay(connection, _AT_ONCE)
        for each in found:
            for channel in self._channels(each, at):
                queued = DELIVERY.after(NEW, "queue")
                made = Delivery(new_id("dlv"), each.id, each.agency, channel, queued, next_at=at)
                add_delivery(connection, made)
                set_timer(connection, DELIVER, made.id, made.agency, at)
        mark_relayed(connection, [each.id for each in found], at)
        return len(found)

    def _channels(self, told: Notice, at: datetime) -> list[str]:
        """That sending failed is not sent too."""
        agency = self._site.agencies.get(told.agency)
        if agency is None or told.kind == _GIVEN_UP or told.at < at - _NEWS:
            return []
        return list(channels_of(agency.notify))

    async def _send(self, timer: Timer) -> str | None:
        found = await self._store.read(partial(_queued, id=timer.about))
        return None if found is None else await self._sending.send(*found, self._clock())

    def _finish(self, transaction: Transaction, timer: Timer, fault: Any, at: datetime) -> datetime | None:
        """Write down what came of an attempt; when the next one is, if there is one."""
        found = _queued(transaction.additive, timer.about)
        if found is None:
            return None
        sent, _ = found
        tries = sent.tries + 1
        move = "send" if fault is None else "retry" if tries <= len(BACK_OFF) else "give-up"
        next_at = at + BACK_OFF[tries - 1] if move == "retry" else None
        state = DELIVERY.after(sent.state, move)
        change_delivery(
            transaction.additive, replace(sent, state=state, tries=tries, next_at=next_at, fault=fault)
        )
        if move == "give-up":
            notify(transaction.additive, sent.agency, "administrator", _GIVEN_UP, sent.id, at)
        return next_at


def _queued(connection: Connection, id: str) -> tuple[Delivery, Notice] | None:
    """A delivery that is still to be sent, with its notice."""
    found = delivery(connection, id)
    told = notice(connection, found.notice) if found is not None else None
    if found is None or told is None or not DELIVERY.allows(found.state, "send"):
        return None
    return found, told
