"""`/v1/watches`: questions that a case asks again while it is open."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import ASKING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.problems import Problem
from gateway.processes.watch import WATCH
from gateway.wire.body import read_body
from gateway.wire.review import REASON
from gateway.wire.watch import WATCH_BODY

router = APIRouter(prefix="/v1/watches")


@router.post("")
async def watch(request: Request) -> JSONResponse:
    body = read_body(json_body(request), WATCH_BODY)
    requester = actor_of(request, ASKING, body.query.user)
    return JSONResponse(await gateway_of(request).watching.open(requester, body), 201)


@router.get("")
async def watches(request: Request) -> JSONResponse:
    agency = actor_of(request, ASKING).agency
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in WATCH.states:
        raise Problem("unprocessable", f"state: expected one of {', '.join(WATCH.states)}.")
    found = await gateway_of(request).watching.listed(agency)
    return JSONResponse({"watches": [one for one in found if state in {None, one["state"]}]})


@router.get("/{watch_id}")
async def one(request: Request, watch_id: str) -> JSONResponse:
    agency = actor_of(request, ASKING).agency
    return JSONResponse(await gateway_of(request).watching.one(agency, watch_id))


@router.post("/{watch_id}/end")
async def end(request: Request, watch_id: str) -> JSONResponse:
    given = read_body(json_body(request), REASON)
    person = actor_of(request, ASKING, given.user)
    return JSONResponse(await gateway_of(request).watching.end(person, watch_id, given.reason))
