"""Emergency accesses for somebody else to look at afterwards."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from gateway.console.faults import faults_of
from gateway.console.visit import Visit
from gateway.emergencies import Finding
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.review import FINDING

_PATH = "/console/emergencies"


async def to_review(visit: Visit) -> Response:
    return await _shown(visit)


async def find(visit: Visit) -> Response:
    """Record what was found of one."""
    try:
        said = read_body(visit.form.body(("finding", "statement")), FINDING)
        finding = Finding(said.finding, said.statement)
        await visit.gateway.emergencies.find(visit.requester, visit.given("emergency"), finding)
    except Problem as problem:
        return await _shown(visit, problem)
    return RedirectResponse(_PATH, 303)


async def _shown(visit: Visit, problem: Problem | None = None) -> Response:
    found = await visit.gateway.emergencies.accesses(visit.agency, None)
    return visit.shows(
        "emergencies.html",
        problem.kind.status if problem else 200,
        emergencies=sorted(found, key=lambda one: (one["state"] == "reviewed", one["review_due"])),
        agencies=visit.gateway.site.agencies,
        faults=faults_of(problem),
        faulty=visit.request.path_params.get("emergency", ""),
    )
