"""`/v1/closures`: to whom emergency access is closed, and opening it to them again."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import CHECKING, GOVERNING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.problems import Problem
from gateway.processes.emergency import CLOSURE
from gateway.wire.body import read_body
from gateway.wire.review import STATEMENT

router = APIRouter(prefix="/v1/closures")


@router.get("")
async def closures(request: Request) -> JSONResponse:
    reader = actor_of(request, CHECKING)
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in CLOSURE.states:
        raise Problem("unprocessable", f"state: expected one of {', '.join(CLOSURE.states)}.")
    return JSONResponse({"closures": await gateway_of(request).emergencies.closures(reader, state)})


@router.post("/{closure_id}/reopen")
async def reopen(request: Request, closure_id: str) -> JSONResponse:
    given = read_body(json_body(request), STATEMENT)
    officer = actor_of(request, GOVERNING, given.user)
    return JSONResponse(await gateway_of(request).emergencies.reopen(officer, closure_id, given.statement))
