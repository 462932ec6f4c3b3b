"""`/v1/cases`: cases of the caller's agency."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import caller_of, expected_revision, gateway_of
from gateway.api.edge import json_body
from gateway.case import Case
from gateway.identity import Actor, requester_from
from gateway.wire.body import read_body
from gateway.wire.case import CASE_EDIT, NEW_CASE, case_json
from gateway.wire.review import REASON

router = APIRouter(prefix="/v1/cases")


@router.post("")
async def open_case(request: Request) -> JSONResponse:
    agency = caller_of(request).agency
    body = read_body(json_body(request), NEW_CASE)
    actor = _acting(request, body.user)
    return _shown(await gateway_of(request).casework.open(agency, actor, body), status=201)


@router.get("/{reference}")
async def get_case(request: Request, reference: str) -> JSONResponse:
    return _shown(await gateway_of(request).casework.get(caller_of(request).agency, reference))


@router.patch("/{reference}")
async def change_case(request: Request, reference: str) -> JSONResponse:
    agency = caller_of(request).agency
    body = read_body(json_body(request), CASE_EDIT)
    actor, expected = _acting(request, body.user), expected_revision(request, "case")
    return _shown(await gateway_of(request).casework.change(agency, actor, reference, body, expected))


@router.post("/{reference}/close")
async def close_case(request: Request, reference: str) -> JSONResponse:
    agency = caller_of(request).agency
    given = read_body(json_body(request), REASON)
    actor = _acting(request, given.user)
    return _shown(await gateway_of(request).casework.close(agency, actor, reference, given.reason))


def _acting(request: Request, user: dict[str, str] | None) -> Actor | None:
    """Who acts, where the request says so; a case by itself is about nobody, so it may leave it out."""
    if user is None and "acting-user" not in request.headers:
        return None
    return requester_from(caller_of(request), dict(user) if user is not None else None, request.headers).actor


def _shown(case: Case, status: int = 200) -> JSONResponse:
    return JSONResponse(case_json(case), status, headers={"ETag": f'"{case.version}"'})
