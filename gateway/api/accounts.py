"""`/v1/disclosures` and `/v1/accountings`: what was disclosed, for those who check it, and entering it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.background import BackgroundTask

from gateway.accounting import account_page
from gateway.accounts import FILTERS
from gateway.api.context import ASKING, CHECKING, GOVERNING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.api.rendering import shown
from gateway.export_formats import FORMATS
from gateway.problems import Problem
from gateway.wire.accounting import ACCOUNTING, SUSPENSION
from gateway.wire.body import read_body
from gateway.wire.offer import read_disclosure
from gateway.wire.span import SPAN

router = APIRouter(prefix="/v1")


@router.get("/disclosures")
async def disclosures(request: Request) -> JSONResponse:
    reader = actor_of(request, CHECKING)
    given = query_parameters(request, (*FILTERS, "from", "to"))
    span = read_body({key: given.pop(key) for key in ("from", "to") if key in given}, SPAN)
    return JSONResponse({"disclosures": await gateway_of(request).accounts.disclosures(reader, given, span)})


@router.post("/disclosures")
async def enter(request: Request) -> JSONResponse:
    """What was told past the gateway, entered afterwards."""
    body = read_disclosure(json_body(request))
    teller = actor_of(request, ASKING, body.told.user)
    return JSONResponse(await gateway_of(request).afterwards.enter(teller, body), 201)


@router.get("/disclosures/export")
async def export_events(request: Request) -> StreamingResponse:
    """Disclosures for another system's log: `format` is fhir, ocsf or cef.

    `Export-Dropped` counts events that could not be masked and were left out.
    """
    reader = actor_of(request, CHECKING)
    given = query_parameters(request, ("format", "from", "to"))
    wanted = given.pop("format", "")
    if wanted not in FORMATS:
        raise Problem("unprocessable", f"format: expected one of {', '.join(FORMATS)}.")
    exported = await gateway_of(request).exporting.export(reader, wanted, read_body(dict(given), SPAN))
    headers = {"Export-Written": str(exported.written), "Export-Dropped": str(len(exported.dropped))}
    closing = BackgroundTask(exported.file.close)
    return StreamingResponse(
        exported.file, media_type=exported.media_type, headers=headers, background=closing
    )


@router.post("/accountings")
async def account(request: Request) -> Response:
    """One subject's account, as JSON with proofs, as a page to print, or as CSV."""
    body = read_body(json_body(request), ACCOUNTING)
    reader = actor_of(request, CHECKING, body.user)
    return shown(request, await gateway_of(request).accounting.account(reader, body), account_page)


@router.post("/accountings/suspensions")
async def suspend(request: Request) -> JSONResponse:
    body = read_body(json_body(request), SUSPENSION)
    officer = actor_of(request, GOVERNING, body.user)
    return JSONResponse(await gateway_of(request).accounting.suspend(officer, body), 201)


@router.get("/accountings/suspensions")
async def suspensions(request: Request) -> JSONResponse:
    agency = actor_of(request, CHECKING).agency
    return JSONResponse({"suspensions": await gateway_of(request).accounting.suspensions(agency)})


@router.get("/ledger/export")
async def export(request: Request) -> StreamingResponse:
    """The ledger as JSON Lines for `python -m audit.verify`, opened where the reader's agency is party."""
    file = await gateway_of(request).accounts.export(actor_of(request, CHECKING))
    return StreamingResponse(file, media_type="application/x-ndjson", background=BackgroundTask(file.close))
