"""`/v1/consents`: consents recorded, read and withdrawn."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.api.context import ASKING, CHECKING, actor_of, gateway_of
from gateway.api.edge import json_body
from gateway.api.request_head import FHIR_MEDIA
from gateway.consent import RecordedConsent
from gateway.wire.body import read_body
from gateway.wire.consent import CONSENT, GIVEN, consent_json
from gateway.wire.fhir_consent import read_fhir_consent
from gateway.wire.fhir_rendering import fhir_consent
from gateway.wire.review import REASON

router = APIRouter(prefix="/v1/consents")


@router.post("")
async def record(request: Request) -> JSONResponse:
    """Record a consent, in our own words or as a FHIR R4 Consent by its media type."""
    sent = json_body(request)
    as_fhir = request.headers.get("content-type", "").partition(";")[0].strip().lower() == FHIR_MEDIA
    body = read_fhir_consent(sent) if as_fhir else read_body(sent, CONSENT)
    requester = actor_of(request, ASKING, body.user)
    recorded = await gateway_of(request).consenting.record(requester, body)
    return _shown(request, recorded, 201)


@router.get("/{consent_id}")
async def get(request: Request, consent_id: str) -> JSONResponse:
    agency = actor_of(request, (*ASKING, *CHECKING)).agency
    return _shown(request, await gateway_of(request).consenting.get(agency, consent_id), 200)


def _shown(request: Request, recorded: RecordedConsent, status: int) -> JSONResponse:
    if FHIR_MEDIA in request.headers.get("accept", "").lower():
        return JSONResponse(fhir_consent(recorded), status, media_type=FHIR_MEDIA)
    return JSONResponse(consent_json(recorded), status)


@router.post("/{consent_id}/give")
async def give(request: Request, consent_id: str) -> JSONResponse:
    given = read_body(json_body(request), GIVEN)
    requester = actor_of(request, ASKING, given.user)
    return JSONResponse(consent_json(await gateway_of(request).consenting.give(requester, consent_id, given)))


@router.post("/{consent_id}/refuse")
async def refuse(request: Request, consent_id: str) -> JSONResponse:
    given = read_body(json_body(request), REASON)
    requester = actor_of(request, ASKING, given.user)
    refused = await gateway_of(request).consenting.refuse(requester, consent_id, given.reason)
    return JSONResponse(consent_json(refused))


@router.post("/{consent_id}/withdraw")
async def withdraw(request: Request, consent_id: str) -> JSONResponse:
    given = read_body(json_body(request), REASON)
    requester = actor_of(request, ASKING, given.user)
    withdrawn = await gateway_of(request).consenting.withdraw(requester, consent_id, given.reason)
    return JSONResponse(consent_json(withdrawn))
