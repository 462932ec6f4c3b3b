"""The ledger's state, and the whole of it verified by the offline verifier's own argument."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from audit.checkpoint import split_note
from gateway.console.visit import Visit


async def state(visit: Visit) -> Response:
    return await _shown(visit)


async def verify(visit: Visit) -> Response:
    """Rehash everything now; that it was read is recorded first."""
    report = (await visit.gateway.accounts.verified(visit.requester)).to_json()
    return await _shown(visit, report)


async def _shown(visit: Visit, report: dict[str, Any] | None = None) -> Response:
    store = visit.gateway.store
    note = await store.read(store.witnessing.head)
    witnesses = visit.gateway.site.witnesses
    size = split_note(note)[0].split("\n")[1] if note else "0"
    return visit.shows(
        "ledger.html",
        note=note,
        size=int(size),
        vkey=store.ledger.vkey,
        witnesses=len(witnesses.each),
        quorum=witnesses.quorum,
        report=report,
    )
