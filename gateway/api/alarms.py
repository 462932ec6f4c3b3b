"""`/v1/alarms`: signs that somebody of the caller's agency fishes, for its privacy officer."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import GOVERNING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.problems import Problem
from gateway.processes.alarm import ALARM
from gateway.wire.body import read_body
from gateway.wire.review import STATEMENT

router = APIRouter(prefix="/v1/alarms")


@router.get("")
async def alarms(request: Request) -> JSONResponse:
    officer = actor_of(request, GOVERNING)
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in ALARM.states:
        raise Problem("unprocessable", f"state: expected one of {', '.join(ALARM.states)}.")
    return JSONResponse({"alarms": await gateway_of(request).alarming.of(officer, state)})


@router.post("/{alarm_id}/close")
async def close(request: Request, alarm_id: str) -> JSONResponse:
    given = read_body(json_body(request), STATEMENT)
    officer = actor_of(request, GOVERNING, given.user)
    return JSONResponse(await gateway_of(request).alarming.close(officer, alarm_id, given.statement))
