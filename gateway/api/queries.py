"""`/v1/queries` and `/v1/evaluations`: asking, reading what came of it, and what would be decided."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api.context import ASKING, CHECKING, actor_of, check_fresh, gateway_of, idempotency_of
from gateway.api.edge import json_body
from gateway.exchange import View
from gateway.identity import ROLES
from gateway.intake import Repeated
from gateway.wire.body import read_body
from gateway.wire.query import QUERY

router = APIRouter()


async def ask(request: Request) -> Response:
    body = json_body(request)
    query = read_body(body, QUERY)
    requester = actor_of(request, ROLES, query.user)
    gateway = gateway_of(request)
    if query.exception is not None:
        check_fresh(request)
    answered = await gateway.exchange.ask(requester, query, idempotency_of(request, body))
    if isinstance(answered, Repeated):
        answered = await gateway.viewing.view(requester, answered.query)
    return _shown(answered)


router.add_route("/v1/queries", ask, methods=["POST"])


class HotPath:
    """Takes questions straight to `ask`; whatever else is called goes through the framework.

    The framework's way to a route costs as much as a durable row, and asking uses nothing of what it does.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == "/v1/queries":
            scope["app"] = self._app
            response = await ask(Request(scope, receive, send))
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)


@router.get("/v1/queries/{query_id}")
async def answers_so_far(request: Request, query_id: str) -> Response:
    requester = actor_of(request, ASKING)
    return _shown(await gateway_of(request).viewing.view(requester, query_id))


@router.get("/v1/queries/{query_id}/explanation")
async def explanation(request: Request, query_id: str) -> JSONResponse:
    reader = actor_of(request, (*ASKING, *CHECKING))
    return JSONResponse(await gateway_of(request).viewing.explanation(reader, query_id))


@router.post("/v1/evaluations")
async def evaluate(request: Request) -> JSONResponse:
    query = read_body(json_body(request), QUERY)
    requester = actor_of(request, ASKING, query.user)
    return JSONResponse({"evaluations": await gateway_of(request).what_if.evaluate(requester, query)})


def _shown(view: View) -> Response:
    shown = {"id": view.id, "case": view.case, "state": view.state.value, "answers": view.answers}
    return Response(orjson.dumps(shown), media_type="application/json")
