"""Agreements: what is in force and what comes up, their clauses, a draft checked, one suspended at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import RedirectResponse, Response

from agreements.agreement import Agreement
from agreements.fault import DocumentError, InvalidDocument
from agreements.parser import parse_agreement, to_yaml
from gateway.console.faults import faults_of
from gateway.console.visit import Visit
from gateway.governing import agreement_json, summary
from gateway.problems import Problem
from gateway.wire.agreement import DECIDED
from gateway.wire.body import read_body

_AROUND: Final = 4
"""How many lines before and after a fault are shown with it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a draft, with what is wrong in it."""

    number: int
    text: str
    faults: tuple[DocumentError, ...]
    shown: bool
    """Whether it is near enough to a fault to be shown with it."""


async def in_sight(visit: Visit) -> Response:
    found = await visit.gateway.governing.list(visit.agency)
    today = visit.gateway.clock()
    return visit.shows("agreements.html", agreements=found, now=today.strftime("%Y-%m-%dT%H:%M:%SZ"))


async def one(visit: Visit) -> Response:
    return await _shown(visit)


async def suspend(visit: Visit) -> Response:
    """Take the version out of force at once."""
    try:
        body = {**visit.form.body(("reason",)), "version": _version(visit)}
        given = read_body(body, DECIDED)
        id = visit.given("agreement")
        await visit.gateway.governing.suspend(visit.requester, id, given.version, given.reason)
    except Problem as problem:
        return await _shown(visit, problem)
    return RedirectResponse(f"/console/agreements/{visit.given('agreement')}/{_version(visit)}", 303)


async def blank_check(visit: Visit) -> Response:
    """A draft to check: empty, or what a version says."""
    source = ""
    id, version = (visit.request.query_params.get(name, "") for name in ("agreement", "version"))
    if id and version.isdecimal():
        found = await visit.gateway.governing.get(visit.agency, id, int(version[:7]))
        source = to_yaml(found.agreement)
    return visit.shows("check.html", source=source, lines=None, agreement=None, elsewhere=())


async def check(visit: Visit) -> Response:
    """A draft read strictly, with every fault at its line; nothing is kept."""
    source = visit.form.one("source")
    errors: tuple[DocumentError, ...] = ()
    agreement: Agreement | None = None
    try:
        agreement = parse_agreement(source, "draft")
    except InvalidDocument as invalid:
        errors = invalid.errors
    lines = _lines(source, errors)
    elsewhere = tuple(one for one in errors if one.line is None or one.line > len(lines))
    return visit.shows("check.html", source=source, lines=lines, agreement=agreement, elsewhere=elsewhere)


def _lines(source: str, errors: Sequence[DocumentError]) -> list[Line]:
    faulty = [error.line for error in errors if error.line is not None]
    return [
        Line(
            number,
            text,
            tuple(one for one in errors if one.line == number),
            any(abs(number - line) <= _AROUND for line in faulty),
        )
        for number, text in enumerate(source.split("\n"), 1)
    ]


def _version(visit: Visit) -> int:
    text = visit.given("version")
    if not (text.isascii() and text.isdecimal() and len(text) <= 7):
        raise Problem("not-found")
    return int(text)


async def _shown(visit: Visit, problem: Problem | None = None) -> Response:
    found = await visit.gateway.governing.get(visit.agency, visit.given("agreement"), _version(visit))
    return visit.shows(
        "agreement.html",
        problem.kind.status if problem else 200,
        agreement=agreement_json(found.agreement),
        summary=summary(found),
        agencies=visit.gateway.site.agencies,
        faults=faults_of(problem),
    )
