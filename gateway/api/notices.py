"""`/v1/notices` and `/v1/deliveries`: what a role of the caller's agency was told, and letters about it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from agreements.terms import Role
from gateway.api.context import actor_of, gateway_of, query_parameters
from gateway.problems import Problem
from gateway.processes.delivery import DELIVERY

router = APIRouter(prefix="/v1")

_READ: Final = {"unread": False, "read": True}
_ANYBODY: Final = tuple(role.value for role in Role)
_WATCHING: Final = ("privacy-officer", "administrator")


@router.get("/notices")
async def notices(request: Request) -> JSONResponse:
    reader = actor_of(request, _ANYBODY)
    given = query_parameters(request, ("role", "state"))
    if given.get("role", reader.actor.role) != reader.actor.role:
        raise Problem("role-not-allowed", "role: expected the role of the person acting.")
    state = given.get("state")
    if state is not None and state not in _READ:
        raise Problem("unprocessable", f"state: expected one of {', '.join(_READ)}.")
    read = None if state is None else _READ[state]
    return JSONResponse({"notices": await gateway_of(request).inbox.told(reader, read=read)})


@router.post("/notices/{notice_id}/read")
async def read_notice(request: Request, notice_id: str) -> JSONResponse:
    reader = actor_of(request, _ANYBODY)
    return JSONResponse(await gateway_of(request).inbox.read(reader, notice_id))


@router.get("/deliveries")
async def deliveries(request: Request) -> JSONResponse:
    agency = actor_of(request, _WATCHING).agency
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in DELIVERY.states:
        raise Problem("unprocessable", f"state: expected one of {', '.join(DELIVERY.states)}.")
    return JSONResponse({"deliveries": await gateway_of(request).inbox.deliveries(agency, state)})
