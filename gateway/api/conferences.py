"""`/v1/conferences`: meetings about one subject, with a seat for each person called."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from gateway.api.context import ASKING, actor_of, check_fresh, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.api.offers import ACTING
from gateway.problems import Problem
from gateway.seat_guide import guide_text
from gateway.wire.body import read_body
from gateway.wire.conference import ATTENDANCE, CONFERENCE, TASK, read_showing

router = APIRouter(prefix="/v1/conferences")

_LONGEST: Final = 2


@router.post("")
async def call(request: Request) -> JSONResponse:
    body = read_body(json_body(request), CONFERENCE)
    convener = actor_of(request, ASKING, body.user)
    return JSONResponse(await gateway_of(request).conferring.call(convener, body), 201)


@router.get("")
async def conferences(request: Request) -> JSONResponse:
    agency = actor_of(request, ASKING).agency
    return JSONResponse({"conferences": await gateway_of(request).conferring.listed(agency)})


@router.get("/{conference_id}")
async def one(request: Request, conference_id: str) -> JSONResponse:
    person = actor_of(request, ASKING)
    return JSONResponse(await gateway_of(request).conferring.one(person, conference_id))


@router.get("/{conference_id}/guide")
async def guide(request: Request, conference_id: str) -> Response:
    """The guide of one seat, to its own agency; as text to print where `Accept` says text/plain."""
    person = actor_of(request, ASKING)
    seat = query_parameters(request, ("seat",)).get("seat", "")
    if not seat.isdecimal() or len(seat) > _LONGEST:
        raise Problem("unprocessable", "seat: expected the number of a seat.")
    shown = await gateway_of(request).conferring.guide(person, conference_id, int(seat))
    if "text/plain" in request.headers.get("accept", ""):
        return PlainTextResponse(guide_text(shown))
    return JSONResponse(shown)


@router.post("/{conference_id}/shown")
async def show(request: Request, conference_id: str) -> JSONResponse:
    showing = read_showing(json_body(request))
    person = actor_of(request, ASKING, showing.user)
    if showing.exception is not None:
        check_fresh(request)
    return JSONResponse(await gateway_of(request).conferring.show(person, conference_id, showing))


@router.post("/{conference_id}/attendance")
async def attend(request: Request, conference_id: str) -> JSONResponse:
    attendance = read_body(json_body(request), ATTENDANCE)
    person = actor_of(request, ASKING, attendance.user)
    return JSONResponse(await gateway_of(request).conferring.attend(person, conference_id, attendance))


@router.post("/{conference_id}/tasks")
async def plan(request: Request, conference_id: str) -> JSONResponse:
    task = read_body(json_body(request), TASK)
    person = actor_of(request, ASKING, task.user)
    return JSONResponse(await gateway_of(request).conferring.plan(person, conference_id, task), 201)


@router.post("/{conference_id}/close")
async def close(request: Request, conference_id: str) -> JSONResponse:
    user = read_body(json_body(request), ACTING)
    person = actor_of(request, ASKING, user)
    return JSONResponse(await gateway_of(request).conferring.close(person, conference_id))
