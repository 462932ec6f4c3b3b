"""`/v1/emergencies`: emergency accesses and what was found of them afterwards."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import CHECKING, GOVERNING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.emergencies import Finding
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.review import FINDING

router = APIRouter(prefix="/v1/emergencies")

_STATES: Final = ("open", "reviewed")


@router.get("")
async def accesses(request: Request) -> JSONResponse:
    agency = actor_of(request, CHECKING).agency
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in _STATES:
        raise Problem("unprocessable", f"state: expected one of {', '.join(_STATES)}.")
    return JSONResponse({"emergencies": await gateway_of(request).emergencies.accesses(agency, state)})


@router.get("/{emergency_id}")
async def one(request: Request, emergency_id: str) -> JSONResponse:
    reader = actor_of(request, GOVERNING)
    return JSONResponse(await gateway_of(request).emergencies.one(reader, emergency_id))


@router.post("/{emergency_id}/finding")
async def find(request: Request, emergency_id: str) -> JSONResponse:
    body = read_body(json_body(request), FINDING)
    reviewer = actor_of(request, GOVERNING, body.user)
    finding = Finding(body.finding, body.statement)
    return JSONResponse(await gateway_of(request).emergencies.find(reviewer, emergency_id, finding))
