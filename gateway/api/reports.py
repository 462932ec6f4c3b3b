"""`/v1/reports`: counts for those who watch over sharing."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from agreements.form import Form
from agreements.record import optional, record
from gateway.api.context import CHECKING, actor_of, gateway_of, query_parameters
from gateway.wire.body import read_body
from gateway.wire.span import END, START, Span

router = APIRouter(prefix="/v1/reports")

_SPAN: Final[Form[Span]] = record(
    lambda **given: Span(given["from"], given["to"]),
    {"from": optional(START, None, "from"), "to": optional(END, None, "to")},
)


@router.get("/under-sharing")
async def under_sharing(request: Request) -> JSONResponse:
    reader = actor_of(request, CHECKING)
    span = read_body(query_parameters(request, ("from", "to")), _SPAN)
    return JSONResponse(await gateway_of(request).under_sharing.report(reader, span))


@router.get("/emergencies")
async def emergencies(request: Request) -> JSONResponse:
    reader = actor_of(request, CHECKING)
    span = read_body(query_parameters(request, ("from", "to")), _SPAN)
    return JSONResponse(await gateway_of(request).tallying.emergencies(reader, span.start, span.end))
