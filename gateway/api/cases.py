"""`/v1/cases`: cases of the caller's agency."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import caller_of, expected_revision, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.case import Case
from gateway.identity import Actor, requester_from
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.case import CASE_EDIT, NEW_CASE, case_json
from gateway.wire.review import REASON

router = APIRouter(prefix="/v1/cases")

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@router.post("")
async def open_case(request: Request) -> JSONResponse:
    agency = caller_of(request).agency
    body = read_body(json_body(request), NEW_CASE)
    actor = _acting(request, body.user)
    return _shown(await gateway_of(request).casework.open(agency, actor, body), status=201)


@router.get("")
async def list_cases(request: Request) -> JSONResponse:
    """The agency's open cases, or with `due` those that are late by a day; without a day, today."""
    agency, reviews = caller_of(request).agency, gateway_of(request).case_reviews
    given = query_parameters(request, ("due",))
    if "due" not in given:
        return JSONResponse({"cases": await reviews.all(agency)})
    return JSONResponse(await reviews.due(agency, _day(given["due"])))


@router.get("/{reference}")
async def get_case(request: Request, reference: str) -> JSONResponse:
    return _shown(await gateway_of(request).casework.get(caller_of(request).agency, reference))


@router.patch("/{reference}")
async def change_case(request: Request, reference: str) -> JSONResponse:
    agency = caller_of(request).agency
    body = read_body(json_body(request), CASE_EDIT)
    actor, expected = _acting(request, body.user), expected_revision(request, "case")
    return _shown(await gateway_of(request).casework.change(agency, actor, reference, body, expected))


@router.post("/{reference}/close")
async def close_case(request: Request, reference: str) -> JSONResponse:
    agency = caller_of(request).agency
    given = read_body(json_body(request), REASON)
    actor = _acting(request, given.user)
    return _shown(await gateway_of(request).casework.close(agency, actor, reference, given.reason))


def _day(given: str) -> date | None:
    """A day as RFC 3339 writes it; nothing, or `now`, is today.

    Raises:
        Problem: `unprocessable`.
    """
    if given in {"", "now", "today"}:
        return None
    if not _DAY.fullmatch(given):
        raise Problem("unprocessable", "due: expected a day such as 2026-03-02, or nothing for today.")
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Problem("unprocessable", "due: expected a day of the calendar.") from None


def _acting(request: Request, user: dict[str, str] | None) -> Actor | None:
    """Who acts, where the request says so; a case by itself is about nobody, so it may leave it out."""
    if user is None and "acting-user" not in request.headers:
        return None
    return requester_from(caller_of(request), dict(user) if user is not None else None, request.headers).actor


def _shown(case: Case, status: int = 200) -> JSONResponse:
    return JSONResponse(case_json(case), status, headers={"ETag": f'"{case.version}"'})
