"""AuthZEN Authorization API 1.0: what would be decided, in the terms any policy enforcement point speaks."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from agreements.terms import Act, Level
from gateway.api.context import ASKING, caller_of, gateway_of
from gateway.api.edge import json_body
from gateway.identity import Caller, Requester, requester_from
from gateway.problems import Problem
from gateway.wire.authzen import Batch, Evaluation, question, read_evaluation, read_evaluations, telling

router = APIRouter()

_TOLD: Final = ("level", "basis", "fields", "awaits", "masked", "layers", "readers")
_MEANINGLESS: Final = ("unprocessable", "case-not-open", "role-not-allowed")
"""Refusals that are about one evaluation: it is denied, and the others go on."""


@router.get("/.well-known/authzen-configuration")
async def configuration(request: Request) -> JSONResponse:
    """The metadata of this policy decision point (section 9), for anybody."""
    issuer = gateway_of(request).site.issuer
    return JSONResponse(
        {
            "policy_decision_point": issuer,
            "access_evaluation_endpoint": f"{issuer}/access/v1/evaluation",
            "access_evaluations_endpoint": f"{issuer}/access/v1/evaluations",
        }
    )


@router.post("/access/v1/evaluation")
async def evaluate(request: Request) -> JSONResponse:
    caller = caller_of(request)
    return JSONResponse(await _decided(request, caller, read_evaluation(json_body(request))))


@router.post("/access/v1/evaluations")
async def evaluate_all(request: Request) -> JSONResponse:
    caller = caller_of(request)
    asked = read_evaluations(json_body(request))
    if isinstance(asked, Evaluation):
        return JSONResponse(await _decided(request, caller, asked))
    return JSONResponse({"evaluations": await _each(request, caller, asked)})


async def _each(request: Request, caller: Caller, batch: Batch) -> list[dict[str, Any]]:
    """The evaluations in order, up to and with the one that stops the batch."""
    told: list[dict[str, Any]] = []
    for evaluation in batch.evaluations:
        told.append(await _decided(request, caller, evaluation))
        if batch.semantic.stops_at(decision=told[-1]["decision"]):
            break
    return told


async def _decided(request: Request, caller: Caller, evaluation: Evaluation) -> dict[str, Any]:
    """One decision; what of an evaluation means nothing here denies it (section 7.2.1)."""
    try:
        found, asked = await _evaluated(request, caller, evaluation)
    except Problem as problem:
        if problem.code not in _MEANINGLESS:
            raise
        return _denied_for(problem)
    return _response(found, asked)


async def _evaluated(
    request: Request, caller: Caller, evaluation: Evaluation
) -> tuple[dict[str, Any], Level]:
    """What would be decided of a question or an offer, and the level it is about."""
    what_if = gateway_of(request).what_if
    if evaluation.action["name"] == Act.TELL.value:
        offer, levels, user = telling(evaluation, caller.agency)
        (found,) = await what_if.tell(_acting(caller, user), offer, levels)
        return found, max(levels.values())
    query, user = question(evaluation, caller.agency)
    (found,) = await what_if.evaluate(_acting(caller, user), query)
    return found, query.level


def _acting(caller: Caller, user: dict[str, str]) -> Requester:
    requester = requester_from(caller, dict(user), {})
    if requester.actor.role not in ASKING:
        raise Problem("role-not-allowed", f"This is for the roles {', '.join(ASKING)}.")
    return requester


def _denied_for(problem: Problem) -> dict[str, Any]:
    text = problem.detail or problem.kind.title
    error = {"status": problem.kind.status, "code": problem.code, "message": text}
    return {"decision": False, "context": {"error": error, "reasons": [{"code": problem.code, "text": text}]}}


def _response(found: dict[str, Any], asked: Level) -> dict[str, Any]:
    """True only where the whole of what is asked would be told at once and nobody has to decide before."""
    permitted = found["decision"] == "permit"
    reasons = list(found["reasons"])
    if permitted and found["awaits"]:
        reasons.append({"code": "awaits", "text": "A person at the custodian has to decide first."})
    if permitted and Level.from_word(found["level"]) < asked:
        reasons.append(
            {"code": "level-lower", "text": f"It would be answered at level {found['level']}; ask for that."}
        )
    context = {key: found[key] for key in _TOLD if key in found}
    duties = [{"id": duty.pop("code"), **duty} for duty in map(dict, found.get("obligations", []))]
    return {
        "decision": permitted and not reasons,
        "context": {"reasons": reasons, "obligations": duties, **context},
    }
