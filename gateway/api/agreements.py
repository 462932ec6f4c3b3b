"""`/v1/agreements`, `/v1/vocabulary` and the agreement schema: what the parties promised each other."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from agreements.life import State
from agreements.odrl_export import odrl_policy
from agreements.parser import to_yaml
from agreements.schema import agreement_schema
from agreements.vocabulary import vocabulary
from gateway.api.context import GOVERNING, actor_of, caller_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.governing import agreement_json
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.wire.agreement import DECIDED, Decided
from gateway.wire.body import read_body

router = APIRouter(prefix="/v1")

JSON_LD: Final = "application/ld+json"


@router.get("/vocabulary")
async def words() -> JSONResponse:
    return JSONResponse(vocabulary())


@router.get("/schemas/agreement")
async def schema() -> JSONResponse:
    return JSONResponse(agreement_schema())


@router.get("/agreements")
async def agreements(request: Request) -> JSONResponse:
    agency = caller_of(request).agency
    return JSONResponse({"agreements": await gateway_of(request).governing.list(agency)})


@router.get("/agreements/{agreement_id}")
async def agreement(request: Request, agreement_id: str) -> Response:
    agency = caller_of(request).agency
    asked = query_parameters(request, ("version",)).get("version")
    if asked is not None and not (asked.isdecimal() and len(asked) <= 7):
        raise Problem("unprocessable", "version: expected a whole number.")
    found = await gateway_of(request).governing.get(agency, agreement_id, int(asked) if asked else None)
    headers = {"Agreement-State": found.state.value}
    if found.stored is not None:
        headers["ETag"] = f'"{found.stored.revision}"'
    accepted = request.headers.get("accept", "")
    if "yaml" in accepted:
        source = found.stored.source if found.stored and found.state is State.DRAFT else None
        shown = source or to_yaml(found.agreement).encode()
        return Response(shown, media_type="application/yaml", headers=headers)
    if JSON_LD in accepted:
        return JSONResponse(odrl_policy(found.agreement), media_type=JSON_LD, headers=headers)
    return JSONResponse(agreement_json(found.agreement), headers=headers)


@router.post("/agreements/{agreement_id}/suspend")
async def suspend(request: Request, agreement_id: str) -> JSONResponse:
    given, officer = _decided(request)
    governing = gateway_of(request).governing
    return JSONResponse(await governing.suspend(officer, agreement_id, given.version, given.reason))


@router.post("/agreements/{agreement_id}/resume")
async def resume(request: Request, agreement_id: str) -> JSONResponse:
    given, officer = _decided(request)
    governing = gateway_of(request).governing
    return JSONResponse(await governing.resume(officer, agreement_id, given.version, given.reason))


@router.post("/agreements/{agreement_id}/terminate")
async def terminate(request: Request, agreement_id: str) -> JSONResponse:
    given, officer = _decided(request)
    governing = gateway_of(request).governing
    return JSONResponse(await governing.terminate(officer, agreement_id, given.version, given.reason))


def _decided(request: Request) -> tuple[Decided, Requester]:
    given = read_body(json_body(request), DECIDED)
    return given, actor_of(request, GOVERNING, given.user)
