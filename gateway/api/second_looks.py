"""`/v1/second-looks`: refused questions about what is held, for the custodian's duty person alone."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import DECIDING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.problems import Problem
from gateway.processes.second_look import SECOND_LOOK
from gateway.wire.body import read_body
from gateway.wire.review import REASON
from gateway.wire.second_look import ACTING

router = APIRouter(prefix="/v1/second-looks")


@router.get("")
async def waiting(request: Request) -> JSONResponse:
    agency = actor_of(request, DECIDING).agency
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in SECOND_LOOK.states:
        raise Problem("unprocessable", f"state: expected one of {', '.join(SECOND_LOOK.states)}.")
    return JSONResponse({"second_looks": await gateway_of(request).second_looking.waiting(agency, state)})


@router.get("/{look_id}")
async def one(request: Request, look_id: str) -> JSONResponse:
    agency = actor_of(request, DECIDING).agency
    return JSONResponse(await gateway_of(request).second_looking.one(agency, look_id))


@router.post("/{look_id}/release")
async def release(request: Request, look_id: str) -> JSONResponse:
    acting = read_body(json_body(request), ACTING)
    person = actor_of(request, DECIDING, acting.user)
    return JSONResponse(await gateway_of(request).second_looking.release(person, look_id, acting))


@router.post("/{look_id}/call")
async def call(request: Request, look_id: str) -> JSONResponse:
    given = read_body(json_body(request), REASON)
    person = actor_of(request, DECIDING, given.user)
    return JSONResponse(await gateway_of(request).second_looking.call(person, look_id, given.reason))


@router.post("/{look_id}/decline")
async def decline(request: Request, look_id: str) -> JSONResponse:
    given = read_body(json_body(request), REASON)
    person = actor_of(request, DECIDING, given.user)
    return JSONResponse(await gateway_of(request).second_looking.decline(person, look_id, given.reason))
