"""Until when a record is kept: the laws that bind what an entry tells of, and their schedules. Pure.

A record past its end is served to nobody, whether or not the job that deletes it has run.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gateway.site import Site
from gateway.veil import Payload
from policies.schedules import Schedule, Schedules


class Retention:
    def __init__(self, site: Site, schedules: Schedules) -> None:
        self._site = site
        self.schedules = schedules

    def is_past(self, payload: Payload, at: datetime) -> bool:
        """Whether what an entry says is past its end.

        Entries that concern no query and no category have none: they say what officials did, and of nobody.
        """
        if "query" not in payload and not _categories(payload):
            return False
        return self.schedules.ends(self._laws(payload), datetime.fromisoformat(payload["at"])) <= at

    def query_is_past(self, places: Iterable[tuple[str, str]], asked_at: datetime, at: datetime) -> bool:
        """Whether a query with these custodians and categories is past its end."""
        laws = {law for custodian, category in places for law in self._regime(custodian, category)}
        return self.schedules.ends(laws, asked_at) <= at

    def holds(self, payload: Payload, at: datetime) -> list[tuple[Schedule, datetime]]:
        """The schedules by which an entry must still be kept."""
        return self.schedules.holds(self._laws(payload), datetime.fromisoformat(payload["at"]), at)

    def _laws(self, payload: Payload) -> set[str]:
        custodians = [payload["custodian"]] if "custodian" in payload else payload.get("custodians", ())
        return {
            law
            for custodian in custodians
            for category in _categories(payload)
            for law in self._regime(custodian, category)
        }

    def _regime(self, custodian: str, category: str) -> Iterable[str]:
        agency = self._site.agencies.get(custodian)
        bound = agency.regimes.items() if agency else ()
        return (law for known, laws in bound if known.value == category for law in laws)


def _categories(payload: Payload) -> set[Any]:
    """Every category an entry names."""
    outcomes = (category for part in payload.get("outcomes", ()) for category in part["categories"])
    decisions = (part["category"] for part in payload.get("decisions", ()))
    return {*payload.get("categories", ()), *outcomes, *decisions}
