"""The ledger held against a custodian's own access log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.reconciling import reconciled
from gateway.wire.inquiry import Access

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def asked(index: int, seconds: int = 0, **more: Any) -> tuple[int, dict[str, Any]]:
    permit = {"decision": "permit", "awaits": []}
    payload = {
        "kind": "asked",
        "at": (NOON + timedelta(seconds=seconds)).isoformat(),
        "custodian": "health",
        "requester": "pd",
        "query": f"qry_{index}",
        "decisions": [permit],
    }
    return index, {**payload, **more}


def line(seconds: int = 0, query: int | None = None, requester: str | None = None) -> Access:
    return Access(NOON + timedelta(seconds=seconds), None if query is None else f"qry_{query}", requester)


@pytest.mark.parametrize(
    ("entries", "log", "expected"),
    [
        ([asked(1)], [line()], (1, [], [])),
        ([asked(1)], [line(60)], (1, [], [])),
        ([asked(1)], [line(61)], (0, [1], [1])),
        ([asked(1)], [line(9999, query=1)], (1, [], [])),
        ([asked(1)], [line(query=2)], (0, [1], [1])),
        ([asked(1)], [line(requester="pd")], (1, [], [])),
        ([asked(1)], [line(requester="schools")], (0, [1], [1])),
        ([asked(1)], [], (0, [], [1])),
        ([], [line(), line(5)], (0, [1, 2], [])),
        ([asked(1)], [line(), line()], (1, [2], [])),
        ([asked(1), asked(2, 5)], [line(1), line(query=1)], (2, [], [])),
        ([asked(1), asked(2, 40)], [line(41), line(1)], (2, [], [])),
        ([asked(1, custodian="schools")], [], (0, [], [])),
        ([asked(1, decisions=[{"decision": "deny"}])], [], (0, [], [])),
        ([asked(1, decisions=[{"decision": "permit", "awaits": ["review"]}])], [], (0, [], [])),
        ([asked(1, decisions=[{"masked": True}])], [], (0, [], [])),
        ([asked(1, kind="answered")], [], (0, [], [])),
    ],
)
def test_each_access_is_paired_with_one_question(
    entries: list[tuple[int, dict[str, Any]]], log: list[Access], expected: tuple[int, list[int], list[int]]
) -> None:
    found = reconciled(entries, log, "health")
    in_log = [row["line"] for row in found["only_in_log"]]
    in_ledger = [row["index"] for row in found["only_in_ledger"]]
    assert (found["matched"], in_log, in_ledger) == expected
