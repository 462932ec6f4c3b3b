"""An auditor's questions about single disclosures, answered from entries its agency may read. Pure.

Everywhere `entries` are the ledger index and the payload of entries, in order, already cut to what the agency
may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from gateway.awaiting import REVIEW_WITHIN
from gateway.veil import Payload
from gateway.wire.inquiry import Inquiry
from gateway.wire.times import instant

Entries: TypeAlias = Iterable[tuple[int, Payload]]
NOTE: Final = (
    "The ledger proves what went through the gateway, and nothing else. What people told each other past it, "
    "by telephone or on paper, no ledger shows."
)
_TELLING: Final = frozenset({"answered", "disclosed"})


def fits(payload: Payload, inquiry: Inquiry) -> bool:
    """Whether an entry is one the question is about, but for its subject."""
    wanted = {
        "requester": inquiry.requester,
        "custodian": inquiry.custodian,
        "user": inquiry.asked_by,
        "case": inquiry.case,
        "query": inquiry.query,
    }
    named = all(value is None or payload.get(key) == value for key, value in wanted.items())
    return named and inquiry.span.holds(payload)


def told(entries: Entries, inquiry: Inquiry) -> Iterator[dict[str, Any]]:
    """Each outcome by which something held was told, asked or not: who got what, when, why, under which
    clause. `user` is who asked, and of what was told unasked or past the gateway who told it.
    """
    for index, payload in entries:
        if payload["kind"] not in _TELLING or not fits(payload, inquiry):
            continue
        for outcome in payload["outcomes"]:
            if outcome["result"] == "information-held" and _rests_on(outcome, inquiry):
                yield {
                    "at": payload.get("occurred_at", payload["at"]),
                    "kind": payload["kind"],
                    "requester": payload["requester"],
                    "custodian": payload["custodian"],
                    "user": payload["user"],
                    "role": payload["role"],
                    "case": payload["case"],
                    "query": payload["query"],
                    "purpose": payload["purpose"],
                    **{
                        key: outcome[key] for key in ("categories", "level", "fields", "basis", "obligations")
                    },
                    "index": index,
                }


def asked(entries: Entries, inquiry: Inquiry) -> int:
    """How many times it was asked, whatever came of it."""
    return sum(payload["kind"] == "asked" and fits(payload, inquiry) for _, payload in entries)


def _rests_on(outcome: Mapping[str, Any], inquiry: Inquiry) -> bool:
    """Whether it was told under what is asked about; what broke every agreement rests on none."""
    basis = outcome["basis"] or {"agreement": None, "clause": None}
    return (
        (inquiry.agreement is None or basis["agreement"] == inquiry.agreement)
        and (inquiry.clause is None or basis["clause"] == inquiry.clause)
        and (inquiry.category is None or inquiry.category.value in outcome["categories"])
    )


def unreviewed(entries: Entries, at: datetime) -> list[dict[str, Any]]:
    """Emergencies opened that nobody has reviewed, oldest first; `overdue` once their time is over."""
    opened: dict[str, dict[str, Any]] = {}
    for index, payload in entries:
        if payload["kind"] == "emergency-opened":
            due = datetime.fromisoformat(payload["at"]) + REVIEW_WITHIN
            kept = ("emergency", "query", "requester", "custodian", "user", "ground", "at")
            opened[payload["emergency"]] = {
                **{key: payload[key] for key in kept},
                "review_due": instant(due),
                "overdue": at > due,
                "index": index,
            }
        elif payload["kind"] == "emergency-reviewed":
            opened.pop(payload["emergency"], None)
    return list(opened.values())


def verdict(lines: list[dict[str, Any]], agency: str, reader: str, times: int) -> str:
    """What can be said of whether an agency received something, in one sentence."""
    whence = "from anybody" if agency == reader else f"from {reader}"
    if lines:
        return f"{agency} received what was asked about, {whence}, {len(lines)} times. Each is proved below."
    if times:
        return f"{agency} asked {times} times and received nothing of what was asked about, {whence}."
    return f"{agency} neither asked for nor received what was asked about, {whence}."
