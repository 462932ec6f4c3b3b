"""`/v1/onward`: asking the agency that told something first whether it may be passed on."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import ASKING, DECIDING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.api.offers import ACTING
from gateway.problems import Problem
from gateway.processes.onward import ONWARD
from gateway.wire.body import read_body
from gateway.wire.onward import ONWARD_BODY
from gateway.wire.review import REASON

router = APIRouter(prefix="/v1/onward")


@router.post("")
async def ask(request: Request) -> JSONResponse:
    body = read_body(json_body(request), ONWARD_BODY)
    person = actor_of(request, ASKING, body.user)
    return JSONResponse(await gateway_of(request).passing_on.ask(person, body), 201)


@router.get("")
async def requests(request: Request) -> JSONResponse:
    agency = actor_of(request, ASKING).agency
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in ONWARD.states:
        raise Problem("unprocessable", f"state: expected one of {', '.join(ONWARD.states)}.")
    return JSONResponse({"onward": await gateway_of(request).passing_on.listed(agency, state)})


@router.get("/{onward_id}")
async def one(request: Request, onward_id: str) -> JSONResponse:
    person = actor_of(request, ASKING)
    return JSONResponse(await gateway_of(request).passing_on.one(person, onward_id))


@router.post("/{onward_id}/grant")
async def grant(request: Request, onward_id: str) -> JSONResponse:
    user = read_body(json_body(request), ACTING)
    person = actor_of(request, DECIDING, user)
    return JSONResponse(await gateway_of(request).passing_on.grant(person, onward_id))


@router.post("/{onward_id}/refuse")
async def refuse(request: Request, onward_id: str) -> JSONResponse:
    given = read_body(json_body(request), REASON)
    person = actor_of(request, DECIDING, given.user)
    return JSONResponse(await gateway_of(request).passing_on.refuse(person, onward_id, given.reason))
