"""Answers: each with its basis, its duties and its receipt, arriving while the page is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from gateway.console.visit import Visit
from gateway.exchange import View
from gateway.wire.subject import subject_json


async def answers(visit: Visit) -> Response:
    """A question's answers as they are now; for the page's own script without the page around them."""
    view = await visit.gateway.viewing.view(visit.requester, visit.given("query"))
    return await told(visit, view)


async def told(visit: Visit, view: View) -> Response:
    uncovered: dict[str, list[str]] = {}
    for answer in view.answers:
        for category in answer["categories"] if no_clause(answer["reasons"]) else ():
            uncovered.setdefault(category, []).append(answer["custodian"])
    shown: dict[str, Any] = {
        "view": view,
        "answers": [answer for answer in view.answers if not no_clause(answer["reasons"])],
        "uncovered": uncovered,
        "agencies": visit.gateway.site.agencies,
    }
    if visit.in_part:
        return visit.shows("part_answers.html", **shown)
    question = await visit.gateway.caseload.question(visit.requester, view.id)
    return visit.shows("answers.html", question=question, about=subject_json(question.about), **shown)


def no_clause(reasons: Sequence[Mapping[str, Any]]) -> bool:
    """Whether it was refused for want of any clause about it: told in one line, not as an answer."""
    return [reason["code"] for reason in reasons] == ["no-clause"]


async def explanation(visit: Visit) -> Response:
    """Why each custodian answered as it did, so far as the person may see it."""
    found = await visit.gateway.viewing.explanation(visit.requester, visit.given("query"))
    return visit.shows("explanation.html", found=found, agencies=visit.gateway.site.agencies)
