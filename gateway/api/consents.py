"""`/v1/consents`: consents recorded, read and withdrawn."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import ASKING, CHECKING, actor_of, gateway_of
from gateway.api.edge import json_body
from gateway.wire.body import read_body
from gateway.wire.consent import CONSENT, consent_json
from gateway.wire.review import REASON

router = APIRouter(prefix="/v1/consents")


@router.post("")
async def record(request: Request) -> JSONResponse:
    body = read_body(json_body(request), CONSENT)
    requester = actor_of(request, ASKING, body.user)
    recorded = await gateway_of(request).consenting.record(requester, body)
    return JSONResponse(consent_json(recorded), 201)


@router.get("/{consent_id}")
async def get(request: Request, consent_id: str) -> JSONResponse:
    agency = actor_of(request, (*ASKING, *CHECKING)).agency
    return JSONResponse(consent_json(await gateway_of(request).consenting.get(agency, consent_id)))


@router.post("/{consent_id}/withdraw")
async def withdraw(request: Request, consent_id: str) -> JSONResponse:
    given = read_body(json_body(request), REASON)
    requester = actor_of(request, ASKING, given.user)
    withdrawn = await gateway_of(request).consenting.withdraw(requester, consent_id, given.reason)
    return JSONResponse(consent_json(withdrawn))
