"""Asking custodians' systems at once, each for what is permitted and no longer than two seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog

from adapters.partner import Fault, Match, NoMatch, Partner, SourceError, Unclear
from agreements.permit import Holding, Permit, minimise
from agreements.subject import Subject
from agreements.terms import Category
from gateway.answers import Cause
from gateway.pace import ASKING_LIMIT, Pace

_log = structlog.get_logger()

Gathered = Mapping[Category, tuple[Cause, tuple[Holding, ...]]]
"""By category: held with its holdings, nothing held, unclear, or unavailable."""


class Asking:
    """The custodians' systems of a site. An agency without one can only be asked through its people."""

    def __init__(self, partners: Mapping[str, Partner], pace: Pace) -> None:
        self._partners = partners
        self._pace = pace

    def reachable(self, custodian: str) -> bool:
        return custodian in self._partners

    async def ask(self, custodian: str, subject: Subject, permits: Sequence[Permit]) -> Gathered:
        """Look the subject up and read what the permits allow, minimised whatever the partner sent."""
        partner = self._partners.get(custodian)
        if partner is None:
            return _all(permits, Cause.UNAVAILABLE)
        started = time.monotonic()
        try:
            async with asyncio.timeout(ASKING_LIMIT):
                return await _look_up(partner, subject, permits)
        except TimeoutError:
            fault = Fault.TIMEOUT
        except SourceError as error:
            fault = error.fault
        except Exception as error:  # noqa: BLE001 -- an adapter's own fault must not lose the question
            _log.error("adapter-failed", custodian=custodian, error=type(error).__name__)
            fault = Fault.MALFORMED
        finally:
            self._pace.observe(custodian, time.monotonic() - started)
        _log.warning("custodian-unavailable", custodian=custodian, fault=fault.value)
        return _all(permits, Cause.UNAVAILABLE)

    async def is_up(self, custodian: str) -> bool:
        """Whether the custodian's system answers, asking it about nobody.

        Stands in for the asking of a masked question that was refused: its being down would otherwise tell
        refusals, which need no system, from the rest.
        """
        partner = self._partners.get(custodian)
        if partner is None:
            return False
        started = time.monotonic()
        try:
            async with asyncio.timeout(ASKING_LIMIT):
                return await partner.health()
        except Exception:  # noqa: BLE001 -- however it fails, it does not answer
            return False
        finally:
            self._pace.observe(custodian, time.monotonic() - started)


async def _look_up(partner: Partner, subject: Subject, permits: Sequence[Permit]) -> Gathered:
    match await partner.find(subject, permits):
        case Unclear():
            return _all(permits, Cause.UNCLEAR)
        case NoMatch():
            return _all(permits, Cause.NOTHING_HELD)
        case Match() as match:
            return _sorted_out(permits, await partner.fetch(match, permits))


def _sorted_out(permits: Sequence[Permit], holdings: Sequence[Holding]) -> Gathered:
    sorted_out = {}
    for permit in permits:
        kept = minimise(permit, holdings)
        sorted_out[permit.category] = (Cause.HELD if kept else Cause.NOTHING_HELD, kept)
    return sorted_out


def _all(permits: Sequence[Permit], cause: Cause) -> Gathered:
    return {permit.category: (cause, ()) for permit in permits}
