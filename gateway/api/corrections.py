"""`/v1/corrections`: wrong person, record corrected; told to every agency concerned until each takes note."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import ASKING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.problems import Problem
from gateway.processes.correction import CORRECTION
from gateway.wire.body import read_body
from gateway.wire.onward import CORRECTION_BODY
from gateway.wire.review import STATEMENT

router = APIRouter(prefix="/v1/corrections")

_STATES: Final = CORRECTION.states


@router.post("")
async def send(request: Request) -> JSONResponse:
    body = read_body(json_body(request), CORRECTION_BODY)
    person = actor_of(request, ASKING, body.user)
    return JSONResponse(await gateway_of(request).correcting.send(person, body), 201)


@router.get("")
async def corrections(request: Request) -> JSONResponse:
    agency = actor_of(request, ASKING).agency
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in _STATES:
        raise Problem("unprocessable", f"state: expected one of {', '.join(_STATES)}.")
    return JSONResponse({"corrections": await gateway_of(request).correcting.listed(agency, state)})


@router.get("/{correction_id}")
async def one(request: Request, correction_id: str) -> JSONResponse:
    person = actor_of(request, ASKING)
    return JSONResponse(await gateway_of(request).correcting.one(person, correction_id))


@router.post("/{correction_id}/acknowledge")
async def acknowledge(request: Request, correction_id: str) -> JSONResponse:
    said = read_body(json_body(request), STATEMENT)
    person = actor_of(request, ASKING, said.user)
    return JSONResponse(
        await gateway_of(request).correcting.acknowledge(person, correction_id, said.statement)
    )
