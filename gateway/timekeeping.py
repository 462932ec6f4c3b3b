"""The loop that wakes what goes on by itself: notices out, timers worked, lost questions taken up."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog

from gateway.alarming import Alarming
from gateway.asking_again import AskingAgain
from gateway.outbox import Outbox
from gateway.processes.runner import Runner

_LOOK_FOR_LOST_EVERY: Final = 3600.0
"""Seconds between looks at the whole store for questions that a dead process left without an answer."""
_AFTER_START: Final = 20.0
"""Seconds after the start to the first such look: what died with the last process is lost by then."""
_log = structlog.get_logger()


class Timekeeping:
    """Only wakes: what is due stands in the store, so that a process that dies takes nothing with it."""

    def __init__(
        self, outbox: Outbox, runner: Runner, asking_again: AskingAgain, alarming: Alarming, every: float
    ) -> None:
        """`every` is in seconds."""
        self._alarming = alarming
        self._begun = False
        self._outbox = outbox
        self._runner = runner
        self._asking_again = asking_again
        self._every = every
        self._lost_at = time.monotonic() + _AFTER_START

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            try:
                await self._turn()
            except Exception as error:  # noqa: BLE001 -- looked at again at the next turn; timers stay in the store
                _log.error("timers-not-kept", error=type(error).__name__)

    async def _turn(self) -> None:
        if not self._begun:
            await self._alarming.begin()
            self._begun = True
        await self._outbox.relay()
        await self._runner.turn()
        if time.monotonic() >= self._lost_at:
            self._lost_at = time.monotonic() + _LOOK_FOR_LOST_EVERY
            found = await self._asking_again.take_up_lost()
            if found:
                _log.warning("questions-taken-up", count=found)
