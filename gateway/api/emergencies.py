"""`/v1/emergencies`: emergency accesses and what was found of them afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from agreements.form import Form
from agreements.record import optional, record, required
from agreements.scalar import word
from gateway.api.context import CHECKING, GOVERNING, actor_of, gateway_of, query_parameters
from gateway.api.edge import json_body
from gateway.emergencies import Finding
from gateway.problems import Problem
from gateway.wire.body import PROSE, read_body
from gateway.wire.query import USER

router = APIRouter(prefix="/v1/emergencies")

_STATES: Final = ("open", "reviewed")


@dataclass(frozen=True, slots=True)
class FindingBody:
    finding: str
    statement: str
    user: dict[str, str] | None


_FINDING: Final[Form[FindingBody]] = record(
    FindingBody,
    {
        "finding": required(
            word({name: name for name in ("justified", "unjustified", "inconclusive")}), "what was found"
        ),
        "statement": required(PROSE, "why"),
        "user": optional(USER, None, "the person acting"),
    },
)


@router.get("")
async def accesses(request: Request) -> JSONResponse:
    agency = actor_of(request, CHECKING).agency
    state = query_parameters(request, ("state",)).get("state")
    if state is not None and state not in _STATES:
        raise Problem("unprocessable", f"state: expected one of {', '.join(_STATES)}.")
    return JSONResponse({"emergencies": await gateway_of(request).emergencies.accesses(agency, state)})


@router.get("/{emergency_id}")
async def one(request: Request, emergency_id: str) -> JSONResponse:
    reader = actor_of(request, GOVERNING)
    return JSONResponse(await gateway_of(request).emergencies.one(reader, emergency_id))


@router.post("/{emergency_id}/finding")
async def find(request: Request, emergency_id: str) -> JSONResponse:
    body = read_body(json_body(request), _FINDING)
    reviewer = actor_of(request, GOVERNING, body.user)
    finding = Finding(body.finding, body.statement)
    return JSONResponse(await gateway_of(request).emergencies.find(reviewer, emergency_id, finding))
