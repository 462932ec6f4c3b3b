"""`/v1/erasures`: a subject erased for good, by two privacy officers."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import GOVERNING, actor_of, fresh_actor_of, gateway_of
from gateway.api.edge import json_body
from gateway.wire.body import read_body
from gateway.wire.erasure import DECISION, ERASURE

router = APIRouter(prefix="/v1/erasures")


@router.post("")
async def propose(request: Request) -> JSONResponse:
    body = read_body(json_body(request), ERASURE)
    officer = fresh_actor_of(request, GOVERNING, body.user)
    return JSONResponse(await gateway_of(request).erasing.propose(officer, body), 202)


@router.get("/{erasure_id}")
async def get(request: Request, erasure_id: str) -> JSONResponse:
    officer = actor_of(request, GOVERNING)
    return JSONResponse(await gateway_of(request).erasing.get(officer, erasure_id))


@router.post("/{erasure_id}/decision")
async def decide(request: Request, erasure_id: str) -> JSONResponse:
    body = read_body(json_body(request), DECISION)
    officer = fresh_actor_of(request, GOVERNING, body.user)
    return JSONResponse(await gateway_of(request).erasing.decide(officer, erasure_id, body))
