"""Emergency access: asking under a statutory exception, on its own page, by who has just signed in."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from gateway.console import asking, choices
from gateway.console.visit import Visit
from gateway.problems import Problem

_GROUNDS = frozenset(choice.value for choice in choices.grounds)


async def begin(visit: Visit) -> Response:
    """Choose a ground; then what it demands."""
    given = visit.request.query_params
    ground = given.get("ground", "")
    fresh = visit.doorway.sessions.is_fresh(visit.session)
    if ground not in _GROUNDS or not fresh:
        return visit.shows("emergency.html", grounds=choices.grounds, fresh=fresh, case=given.get("case", ""))
    values = {"case": given.get("case", ""), "level": "existence", "purpose": "threat-assessment"}
    return await asking.form(visit, "emergency_ask.html", "person", values, **_of_ground(ground))


async def preview(visit: Visit) -> Response:
    return await asking.previewed(visit, "emergency_ask.html", _claimed(visit), **_of_ground(_ground(visit)))


async def ask(visit: Visit) -> Response:
    """Ask under the exception.

    Raises:
        Problem: `emergency-refused` where the person signed in too long ago.
    """
    visit.doorway.sessions.check_fresh(visit.session)
    return await asking.sent(visit, "emergency_ask.html", _claimed(visit), **_of_ground(_ground(visit)))


def _ground(visit: Visit) -> str:
    """Raises Problem `unprocessable`."""
    ground = visit.form.one("exception.ground")
    if ground not in _GROUNDS:
        raise Problem("unprocessable", "exception.ground: expected one of those offered.")
    return ground


def _claimed(visit: Visit) -> dict[str, Any]:
    """The exception as the person represents it: what they wrote, and what they affirmed."""
    ground = _ground(visit)
    elements: dict[str, Any] = {}
    for element in choices.elements(ground):
        given = visit.form.one(f"exception.elements.{element.name}")
        elements[element.name] = given == "true" if element.affirmed else given
    statement = visit.form.one("exception.statement")
    return {"exception": {"ground": ground, "elements": elements, "statement": statement}}


def _of_ground(ground: str) -> dict[str, Any]:
    chosen = next(choice for choice in choices.grounds if choice.value == ground)
    return {"ground": chosen, "elements": choices.elements(ground)}
