"""The ledger held against a custodian's own access log: what stands in one of them only. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.veil import Payload
from gateway.wire.inquiry import Access
from gateway.wire.times import instant

TOLERANCE: Final = timedelta(seconds=60)
"""How far the clocks of the gateway and of the custodian's system may be apart."""


def reconciled(
    entries: Iterable[tuple[int, Payload]], log: Sequence[Access], custodian: str
) -> dict[str, Any]:
    """Pair each time the gateway asked the custodian's system with a line of its log.

    A line that names its query belongs to that query; one that does not, to the nearest question of the same
    requester, or of any where it names none, within the tolerance. Lines left over are accesses that did not
    come through the gateway; questions left over are missing from the log.
    """
    open_ = [_Asked(index, payload) for index, payload in entries if _reached(payload, custodian)]
    alone: list[dict[str, Any]] = []
    pairs = 0
    for number, line in sorted(enumerate(log, 1), key=lambda each: each[1].query is None):
        match = min(
            (one for one in open_ if one.may_be(line)), key=lambda one: abs(one.at - line.at), default=None
        )
        if match is None:
            alone.append({"line": number, "at": instant(line.at), "query": line.query})
        else:
            open_.remove(match)
            pairs += 1
    return {
        "matched": pairs,
        "only_in_log": sorted(alone, key=lambda row: row["line"]),
        "only_in_ledger": [
            {"index": one.index, "at": instant(one.at), "query": one.query, "requester": one.requester}
            for one in open_
        ],
    }


def _reached(payload: Payload, custodian: str) -> bool:
    """Whether the entry is of a question for which the custodian's system was asked at once."""
    return (
        payload["kind"] == "asked"
        and payload["custodian"] == custodian
        and any(part.get("decision") == "permit" and not part["awaits"] for part in payload["decisions"])
    )


class _Asked:
    """A question as the ledger has it."""

    def __init__(self, index: int, payload: Payload) -> None:
        self.index = index
        self.at = datetime.fromisoformat(payload["at"])
        self.query: str = payload["query"]
        self.requester: str = payload["requester"]

    def may_be(self, line: Access) -> bool:
        if line.query is not None:
            return line.query == self.query
        return line.requester in {None, self.requester} and abs(self.at - line.at) <= TOLERANCE
