"""`/v1/agreements`, `/v1/vocabulary` and the agreement schema: what the parties promised each other."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from agreements.odrl_export import odrl_policy
from agreements.parser import to_yaml
from agreements.schema import agreement_schema
from agreements.vocabulary import vocabulary
from gateway.api.context import GOVERNING, actor_of, caller_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.governing import agreement_json
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.review import REASON

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
    return JSONResponse({"agreements": gateway_of(request).governing.list(agency)})


@router.get("/agreements/{agreement_id}")
async def agreement(request: Request, agreement_id: str) -> Response:
    agency = caller_of(request).agency
    asked = query_parameters(request, ("version",)).get("version")
    if asked is not None and not (asked.isdecimal() and len(asked) <= 7):
        raise Problem("unprocessable", "version: expected a whole number.")
    found = gateway_of(request).governing.get(agency, agreement_id, int(asked) if asked else None)
    accepted = request.headers.get("accept", "")
    if "yaml" in accepted:
        return Response(to_yaml(found), media_type="application/yaml")
    if JSON_LD in accepted:
        return JSONResponse(odrl_policy(found), media_type=JSON_LD)
    return JSONResponse(agreement_json(found))


@router.post("/agreements/{agreement_id}/suspend")
async def suspend(request: Request, agreement_id: str) -> JSONResponse:
    given = read_body(json_body(request), REASON)
    officer = actor_of(request, GOVERNING, given.user)
    return JSONResponse(await gateway_of(request).governing.suspend(officer, agreement_id, given.reason))
