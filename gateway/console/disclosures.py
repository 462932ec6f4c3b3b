"""What went through the gateway, filtered by an address that can be kept, and one question's whole story."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.accounts import FILTERS
from gateway.console import choices
from gateway.console.faults import faults_of
from gateway.console.visit import Visit
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.span import SPAN, Span

_SHOWN: Final = 100
KINDS: Final = (
    "asked", "answered", "refused", "consent-given", "consent-requested", "consent-withdrawn",
    "emergency-opened", "emergency-reviewed", "case-opened", "case-changed", "case-closed", "log-read",
)  # fmt: skip


async def listed(visit: Visit) -> Response:
    """The latest entries that fit the filters of the address."""
    given = {
        name: value.strip()
        for name, value in visit.request.query_params.items()
        if name in {*FILTERS, "from", "to"} and value.strip()
    }
    problem: Problem | None = None
    found = []
    try:
        ends = {key: given[key] for key in ("from", "to") if key in given}
        span = read_body(ends, SPAN)
        wanted = {key: value for key, value in given.items() if key in FILTERS}
        found = await visit.gateway.accounts.disclosures(visit.requester, wanted, span)
    except Problem as caught:
        problem = caught
    return visit.shows(
        "disclosures.html",
        problem.kind.status if problem else 200,
        given=given,
        entries=found[: -_SHOWN - 1 : -1],
        total=len(found),
        kinds=KINDS,
        purposes=choices.purposes,
        agency_choices=choices.agencies(visit),
        faults=faults_of(problem),
    )


async def story(visit: Visit) -> Response:
    """One question from asking to answer, with the reason of every layer."""
    id = visit.given("query")
    explained = await visit.gateway.viewing.explanation(visit.requester, id)
    entries = await visit.gateway.accounts.disclosures(visit.requester, {"query": id}, Span())
    return visit.shows(
        "story.html", id=id, found=explained, entries=entries, agencies=visit.gateway.site.agencies
    )
