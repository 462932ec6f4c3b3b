"""`/healthz` and `/readyz`: whether the process lives, and whether it can serve."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import gateway_of

router = APIRouter()


@router.get("/healthz")
async def healthz() -> JSONResponse:
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Ready when the store can be read; says when agreements on disk are not those in force."""
    gateway = gateway_of(request)
    size = await gateway.store.read(gateway.store.ledger.size)
    stale = bool(gateway.policies.alarm)
    return JSONResponse({"status": "ready", "ledger_size": size, "policy_alarm": stale})
