"""`/v1/offers`: telling without being asked, and what an agency was told."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from agreements.record import optional, record
from gateway.api.context import (
    ASKING,
    DECIDING,
    actor_of,
    check_fresh,
    gateway_of,
    idempotency_of,
    query_parameters,
)
from gateway.api.edge import json_body
from gateway.identity import ROLES
from gateway.intake import Repeated
from gateway.problems import Problem
from gateway.store.offers import RECEIVED
from gateway.wire.body import read_body
from gateway.wire.offer import read_offer
from gateway.wire.query import USER
from gateway.wire.review import REASON

router = APIRouter(prefix="/v1/offers")

ACTING: Final = record(lambda user: user, {"user": optional(USER, None, "the person acting")})
_STATES: Final = (*(state.value for state in RECEIVED), "pending", "answered")


@router.post("")
async def make(request: Request) -> JSONResponse:
    sent = json_body(request)
    body = read_offer(sent)
    teller = actor_of(request, ROLES, body.user)
    if body.exception is not None:
        check_fresh(request)
    gateway = gateway_of(request)
    made = await gateway.offering.make(teller, body, idempotency_of(request, sent))
    if isinstance(made, Repeated):
        made = await gateway.settling.one(teller, made.query)
    return JSONResponse(made)


@router.get("")
async def offers(request: Request) -> JSONResponse:
    """What the caller's agency was told, and what it has offered; `state` keeps those in one state."""
    agency = actor_of(request, ASKING).agency
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in _STATES:
        raise Problem("unprocessable", f"state: expected one of {', '.join(_STATES)}.")
    gateway = gateway_of(request)
    states = RECEIVED if state is None else tuple(each for each in RECEIVED if each == state)
    found = await gateway.receiving.received(agency, states)
    if state is None or not states:
        sent = await gateway.settling.sent(agency)
        found += [offer for offer in sent if state in {None, offer["state"]}]
    return JSONResponse({"offers": found})


@router.get("/{offer_id}")
async def one(request: Request, offer_id: str) -> JSONResponse:
    """The offer, to its recipient as it was told, to its teller as it was answered."""
    person, gateway = actor_of(request, ASKING), gateway_of(request)
    if await gateway.receiving.holds(person.agency, offer_id):
        return JSONResponse(await gateway.receiving.read(person, offer_id))
    return JSONResponse(await gateway.settling.one(person, offer_id))


@router.post("/{offer_id}/acknowledge")
async def acknowledge(request: Request, offer_id: str) -> JSONResponse:
    user = read_body(json_body(request), ACTING)
    person = actor_of(request, ASKING, user)
    return JSONResponse(await gateway_of(request).receiving.acknowledge(person, offer_id))


@router.post("/{offer_id}/release")
async def release(request: Request, offer_id: str) -> JSONResponse:
    user = read_body(json_body(request), ACTING)
    person = actor_of(request, DECIDING, user)
    return JSONResponse(await gateway_of(request).settling.release(person, offer_id))


@router.post("/{offer_id}/decline")
async def decline(request: Request, offer_id: str) -> JSONResponse:
    given = read_body(json_body(request), REASON)
    person = actor_of(request, DECIDING, given.user)
    return JSONResponse(await gateway_of(request).settling.decline(person, offer_id, given.reason))
