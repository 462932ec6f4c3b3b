"""Until when a record is kept: the laws that bind what an entry tells of, and their schedules. Pure.

A record past its end is served to nobody, whether or not the job that deletes it has run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

from gateway.site import Site
from gateway.store.conferences import Conference
from gateway.store.corrections import Correction
from gateway.store.disclosures import KeptDisclosure
from gateway.store.offers import StoredOffer
from gateway.store.onward import Onward
from gateway.store.watches import Watch
from gateway.veil import Payload
from policies.schedules import Schedule, Schedules

Record: TypeAlias = StoredOffer | Onward | KeptDisclosure | Conference | Correction | Watch
_CONCERNS: Final = frozenset({"query", "watch", "correction"})
"""Keys by which an entry names the record it concerns."""


class Retention:
    def __init__(self, site: Site, schedules: Schedules) -> None:
        self._site = site
        self.schedules = schedules

    def is_past(self, payload: Payload, at: datetime) -> bool:
        """Whether what an entry says is past its end.

        Entries that concern no record and no category have none: they say what officials did, and of nobody.
        """
        if _CONCERNS.isdisjoint(payload) and not _categories(payload):
            return False
        return self.schedules.ends(self._laws(payload), datetime.fromisoformat(payload["at"])) <= at

    def query_is_past(self, places: Iterable[tuple[str, str]], asked_at: datetime, at: datetime) -> bool:
        """Whether a query with these custodians and categories is past its end."""
        laws = {law for custodian, category in places for law in self._regime(custodian, category)}
        return self.schedules.ends(laws, asked_at) <= at

    def record_is_past(self, record: Record, at: datetime) -> bool:
        """Whether a record that is no query is past its end."""
        since, custodian, categories = _bound(record)
        laws = {law for category in categories for law in self._regime(custodian, category)}
        return self.schedules.ends(laws, since) <= at

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


def _bound(record: Record) -> tuple[datetime, str, Collection[str]]:
    """Since when a record is kept, and the agency and categories whose laws say how long."""
    match record:
        case StoredOffer():
            return record.offered_at, record.teller.agency, record.levels
        case Onward():
            return record.asked_at, record.custodian, [category for category, _ in record.levels]
        case KeptDisclosure():
            return record.entered_at, record.agency, record.categories
        case Conference():
            return record.body.at, record.agency, ()
        case Correction():
            return record.sent_at, record.agency, ()
        case Watch():
            return record.until, record.requester.agency, ()


def _categories(payload: Payload) -> set[Any]:
    """Every category an entry names."""
    levels = payload.get("levels", {})
    outcomes = (category for part in payload.get("outcomes", ()) for category in part["categories"])
    decisions = (part["category"] for part in payload.get("decisions", ()))
    return {*payload.get("categories", ()), *levels, *outcomes, *decisions}
