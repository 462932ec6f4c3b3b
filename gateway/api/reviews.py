"""`/v1/reviews`: what waits for the custodian's own person."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import DECIDING, GOVERNING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.review import REASON, RELEASE, STATEMENT

router = APIRouter(prefix="/v1/reviews")

_STATES: Final = ("open", "signed", "released", "declined")


@router.get("")
async def waiting(request: Request) -> JSONResponse:
    agency = actor_of(request, DECIDING).agency
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in _STATES:
        raise Problem("unprocessable", f"state: expected one of {', '.join(_STATES)}.")
    return JSONResponse({"reviews": await gateway_of(request).reviewing.waiting(agency, state)})


@router.get("/{review_id}")
async def one(request: Request, review_id: str) -> JSONResponse:
    agency = actor_of(request, DECIDING).agency
    return JSONResponse(await gateway_of(request).reviewing.one(agency, review_id))


@router.post("/{review_id}/release")
async def release(request: Request, review_id: str) -> JSONResponse:
    chosen = read_body(json_body(request), RELEASE)
    reviewer = actor_of(request, DECIDING, chosen.user)
    return JSONResponse(await gateway_of(request).reviewing.release(reviewer, review_id, chosen))


@router.post("/{review_id}/view")
async def view(request: Request, review_id: str) -> JSONResponse:
    """What an officer of either side says of how it was decided, kept beside the other's."""
    given = read_body(json_body(request), STATEMENT)
    officer = actor_of(request, GOVERNING, given.user)
    return JSONResponse(await gateway_of(request).disagreeing.state(officer, review_id, given.statement))


@router.post("/{review_id}/decline")
async def decline(request: Request, review_id: str) -> JSONResponse:
    given = read_body(json_body(request), REASON)
    reviewer = actor_of(request, DECIDING, given.user)
    return JSONResponse(await gateway_of(request).reviewing.decline(reviewer, review_id, given.reason))
