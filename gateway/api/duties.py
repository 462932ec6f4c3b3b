"""`/v1/duties`: the obligations of what was told, kept until they are fulfilled."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import ASKING, DECIDING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.problems import Problem
from gateway.processes.duty import DUTY
from gateway.wire.body import read_body
from gateway.wire.review import STATEMENT

router = APIRouter(prefix="/v1/duties")

_STATES: Final = DUTY.states


@router.get("")
async def duties(request: Request) -> JSONResponse:
    agency = actor_of(request, ASKING).agency
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in _STATES:
        raise Problem("unprocessable", f"state: expected one of {', '.join(_STATES)}.")
    return JSONResponse({"duties": await gateway_of(request).duties.listed(agency, state)})


@router.get("/{duty_id}")
async def one(request: Request, duty_id: str) -> JSONResponse:
    agency = actor_of(request, ASKING).agency
    return JSONResponse(await gateway_of(request).duties.one(agency, duty_id))


@router.post("/{duty_id}/fulfil")
async def fulfil(request: Request, duty_id: str) -> JSONResponse:
    said = read_body(json_body(request), STATEMENT)
    person = actor_of(request, ASKING, said.user)
    return JSONResponse(await gateway_of(request).duties.fulfil(person, duty_id, said.statement))


@router.post("/{duty_id}/violation")
async def report(request: Request, duty_id: str) -> JSONResponse:
    said = read_body(json_body(request), STATEMENT)
    person = actor_of(request, DECIDING, said.user)
    return JSONResponse(await gateway_of(request).duties.report(person, duty_id, said.statement))
