"""The in-tray: questions a person here must decide, each released item by item after seeing what leaves."""

from __future__ import annotations

from typing import Any

from starlette.responses import RedirectResponse, Response

from gateway.console.faults import faults_of
from gateway.console.fields import Fields
from gateway.console.visit import Visit
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.review import REASON, RELEASE, Release

TRAY = "/console/reviews"


async def tray(visit: Visit) -> Response:
    waiting = await visit.gateway.reviewing.waiting(visit.agency, "open")
    return visit.shows("reviews.html", reviews=waiting, agencies=visit.gateway.site.agencies)


async def one(visit: Visit) -> Response:
    return await _shown(visit)


async def preview(visit: Visit) -> Response:
    """Exactly what would leave: the answer as its requester would read it."""
    try:
        release = _release(visit.form)
        answers = await visit.gateway.reviewing.preview(visit.agency, visit.given("review"), release)
    except Problem as problem:
        return await _shown(visit, problem)
    return await _shown(visit, answers=answers)


async def release(visit: Visit) -> Response:
    try:
        await visit.gateway.reviewing.release(visit.requester, visit.given("review"), _release(visit.form))
    except Problem as problem:
        return await _shown(visit, problem)
    return RedirectResponse(TRAY, 303)


async def decline(visit: Visit) -> Response:
    try:
        reason = read_body(visit.form.body(("reason",)), REASON).reason
        await visit.gateway.reviewing.decline(visit.requester, visit.given("review"), reason)
    except Problem as problem:
        return await _shown(visit, problem)
    return RedirectResponse(TRAY, 303)


def _release(form: Fields) -> Release:
    """The items ticked with the fields ticked in each, or the text that answers a question about nobody."""
    body: dict[str, Any] = {}
    if form.one("text"):
        body["text"] = form.one("text")
    else:
        body["items"] = [{"id": id, "fields": form.many(f"fields.{id}")} for id in form.many("items")]
    return read_body(body, RELEASE)


async def _shown(
    visit: Visit, problem: Problem | None = None, answers: list[dict[str, Any]] | None = None
) -> Response:
    review = await visit.gateway.reviewing.one(visit.agency, visit.given("review"))
    chosen = visit.form if visit.request.method == "POST" else None
    return visit.shows(
        "review.html",
        problem.kind.status if problem else 200,
        review=review,
        chosen=chosen,
        answers=answers,
        faults=faults_of(problem),
        agencies=visit.gateway.site.agencies,
    )
