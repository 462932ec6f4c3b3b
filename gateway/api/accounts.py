"""`/v1/disclosures` and `/v1/accountings`: what was disclosed, for those who check it, and entering it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.background import BackgroundTask

from gateway.accounts import FILTERS, Span
from gateway.api.context import ASKING, CHECKING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.wire.body import read_body
from gateway.wire.offer import read_disclosure
from gateway.wire.span import ACCOUNTING, SPAN

router = APIRouter(prefix="/v1")


@router.get("/disclosures")
async def disclosures(request: Request) -> JSONResponse:
    reader = actor_of(request, CHECKING)
    given = query_parameters(request, (*FILTERS, "from", "to"))
    start, end = read_body({key: given.pop(key) for key in ("from", "to") if key in given}, SPAN)
    span = Span(start, end)
    return JSONResponse({"disclosures": await gateway_of(request).accounts.disclosures(reader, given, span)})


@router.post("/disclosures")
async def enter(request: Request) -> JSONResponse:
    """What was told past the gateway, entered afterwards."""
    body = read_disclosure(json_body(request))
    teller = actor_of(request, ASKING, body.told.user)
    return JSONResponse(await gateway_of(request).afterwards.enter(teller, body), 201)


@router.post("/accountings")
async def accounting(request: Request) -> JSONResponse:
    body = read_body(json_body(request), ACCOUNTING)
    reader = actor_of(request, CHECKING, body.user)
    span = Span(body.start, body.end)
    return JSONResponse(
        await gateway_of(request).accounts.accounting(reader, body.subject, span, body.statute)
    )


@router.get("/ledger/export")
async def export(request: Request) -> StreamingResponse:
    """The ledger as JSON Lines for `python -m audit.verify`, opened where the reader's agency is party."""
    file = await gateway_of(request).accounts.export(actor_of(request, CHECKING))
    return StreamingResponse(file, media_type="application/x-ndjson", background=BackgroundTask(file.close))
