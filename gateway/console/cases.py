"""Cases: what a person has to follow up, one case with its questions, and a new one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from agreements.vocabulary import duty_text
from gateway.caseload import Followed
from gateway.console import choices
from gateway.console.faults import faults_of
from gateway.console.visit import Visit
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.case import CASE_EDIT, NEW_CASE
from gateway.wire.review import REASON, STATEMENT
from gateway.wire.subject import subject_json

_NEW = ("reference", "kind", "concern", "manager.id", "manager.name", "next_review")


def address_of(reference: str) -> str:
    return f"/console/cases/{quote(reference, safe='')}"


async def followed(visit: Visit) -> Response:
    """The person's open cases, or all of the agency's, with what is due."""
    everybodys = visit.request.query_params.get("whose") == "everybody"
    found = await visit.gateway.caseload.cases(visit.requester, everybodys=everybodys)
    return visit.shows("cases.html", cases=found, everybodys=everybodys, address_of=address_of)


async def blank(visit: Visit) -> Response:
    actor = visit.requester.actor
    return _form(visit, {"manager.id": actor.id, "manager.name": actor.name})


async def open_case(visit: Visit) -> Response:
    body = visit.form.body(_NEW)
    if visit.form.one("flags"):
        body["flags"] = visit.form.one("flags").replace(",", " ").split()
    try:
        new = read_body(body, NEW_CASE)
        case = await visit.gateway.casework.open(visit.agency, visit.requester.actor, new)
    except Problem as problem:
        return _form(visit, {name: visit.form.one(name) for name in (*_NEW, "flags")}, problem)
    return RedirectResponse(address_of(case.reference), 303)


def _form(visit: Visit, values: dict[str, str], problem: Problem | None = None) -> Response:
    return visit.shows(
        "case_new.html",
        problem.kind.status if problem else 200,
        values=values,
        faults=faults_of(problem),
        purposes=choices.purposes,
        concerns=visit.gateway.casework.concerns(visit.agency),
    )


async def one(visit: Visit) -> Response:
    return await _case(visit)


async def change(visit: Visit) -> Response:
    """Change concern and next review, as of the version the person saw."""
    reference = (await _own(visit)).case.reference
    version = visit.form.one("version")
    expected = int(version) if version.isdecimal() and len(version) <= 9 else -1
    try:
        edit = read_body(visit.form.body(("concern", "next_review")), CASE_EDIT)
        await visit.gateway.casework.change(visit.agency, visit.requester.actor, reference, edit, expected)
    except Problem as problem:
        return await _case(visit, problem)
    return RedirectResponse(address_of(reference), 303)


async def close(visit: Visit) -> Response:
    reference = (await _own(visit)).case.reference
    try:
        reason = read_body(visit.form.body(("reason",)), REASON).reason
        await visit.gateway.casework.close(visit.agency, visit.requester.actor, reference, reason)
    except Problem as problem:
        return await _case(visit, problem)
    return RedirectResponse(address_of(reference), 303)


async def fulfil(visit: Visit) -> Response:
    """Say that a duty was done which came with an answer under the case."""
    reference = (await _own(visit)).case.reference
    try:
        statement = read_body(visit.form.body(("statement",)), STATEMENT).statement
        await visit.gateway.duties.fulfil(visit.requester, visit.given("duty"), statement)
    except Problem as problem:
        return await _case(visit, problem)
    return RedirectResponse(address_of(reference), 303)


async def _own(visit: Visit) -> Followed:
    return await visit.gateway.caseload.case(visit.requester, visit.given("reference"))


async def _case(visit: Visit, problem: Problem | None = None) -> Response:
    found = await _own(visit)
    shown: dict[str, Any] = {
        "followed": found,
        "case": found.case,
        "address": address_of(found.case.reference),
        "concerns": visit.gateway.casework.concerns(visit.agency),
        "faults": faults_of(problem),
        "subject_json": subject_json,
        "duty_text": duty_text,
    }
    return visit.shows("case.html", problem.kind.status if problem else 200, **shown)
