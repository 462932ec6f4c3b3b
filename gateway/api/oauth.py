"""The token endpoint: `POST /oauth/token` (RFC 6749, section 4.4; RFC 7523, section 2.2)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.identity import Identity
from gateway.problems import Problem

router = APIRouter()

_MAX_FIELDS: Final = 16


@router.post("/oauth/token")
async def issue_token(request: Request) -> JSONResponse:
    """Trade a client assertion for an access token."""
    if "authorization" in request.headers:
        raise Problem(
            "malformed-request", "A client authenticates in one way only.", reason="two-authentications"
        )
    identity: Identity = request.app.state.identity
    clock: Callable[[], datetime] = request.app.state.clock
    token = await identity.exchange(parse_form(await request.body()), clock())
    return JSONResponse(
        {
            "access_token": token.token,
            "token_type": "Bearer",
            "expires_in": token.expires_in,
            "scope": token.scope,
        },
        headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
    )


def parse_form(body: bytes) -> dict[str, str]:
    """Read `application/x-www-form-urlencoded` with each field once. Raises Problem `malformed-request`."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise Problem("malformed-request", "The body is not a form.", reason="form-malformed") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Problem("malformed-request", "A field of the form occurs twice.", reason="form-field-repeated")
    return fields
