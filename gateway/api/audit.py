"""`/v1/audit/…` and `/v1/samples`: the questions an auditor asks, each as JSON, as a page or as a table."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from gateway import audit_pages as pages
from gateway.api.context import CHECKING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.api.rendering import shown
from gateway.auditing import Auditing
from gateway.identity import Requester
from gateway.wire.body import read_body
from gateway.wire.inquiry import ACCESS_LOG, INQUIRY, Inquiry
from gateway.wire.span import SPAN, Span

router = APIRouter(prefix="/v1")


@router.post("/audit/received")
async def received(request: Request) -> Response:
    """Did this agency receive this? `requester` is the agency."""
    auditing, reader, asked = _asked(request)
    return shown(request, await auditing.received(reader, asked), pages.received_page)


@router.post("/audit/who")
async def who(request: Request) -> Response:
    auditing, reader, asked = _asked(request)
    return shown(request, await auditing.who(reader, asked), pages.who_page)


@router.get("/audit/unreviewed-emergencies")
async def unreviewed(request: Request) -> Response:
    auditing, reader, span = _spanned(request)
    return shown(request, await auditing.unreviewed(reader, span), pages.emergencies_page)


@router.get("/audit/lookups")
async def lookups(request: Request) -> Response:
    auditing, reader, span = _spanned(request)
    return shown(request, await auditing.lookups(reader, span), pages.lookups_page)


@router.get("/audit/groups")
async def groups(request: Request) -> Response:
    auditing, reader, span = _spanned(request)
    return shown(request, await auditing.groups(reader, span), pages.groups_page)


@router.get("/samples")
async def samples(request: Request) -> Response:
    auditing, reader, span = _spanned(request)
    return shown(request, await auditing.samples(reader, span), pages.samples_page)


@router.post("/audit/reconcile")
async def reconcile(request: Request) -> Response:
    """Hold the agency's own access log against the ledger."""
    body = read_body(json_body(request), ACCESS_LOG)
    reader = actor_of(request, CHECKING, body.user)
    return shown(request, await gateway_of(request).auditing.reconcile(reader, body), pages.reconciled_page)


def _asked(request: Request) -> tuple[Auditing, Requester, Inquiry]:
    body = read_body(json_body(request), INQUIRY)
    return gateway_of(request).auditing, actor_of(request, CHECKING, body.user), body


def _spanned(request: Request) -> tuple[Auditing, Requester, Span]:
    reader = actor_of(request, CHECKING)
    given = query_parameters(request, ("from", "to"))
    return gateway_of(request).auditing, reader, read_body(dict(given), SPAN)
