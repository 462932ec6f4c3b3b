"""`/v1/agreements…/drafts` and `…/versions`: a version from its first draft until it is in force."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from agreements.fault import InvalidDocument
from agreements.layout import MAX_VERSION
from agreements.life import Version
from agreements.parser import agreement_from_json, parse_agreement, to_yaml
from gateway.api.context import GOVERNING, actor_of, expected_revision, gateway_of
from gateway.api.edge import json_body
from gateway.drafting import Draft
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.store.agreements import StoredVersion
from gateway.wire.agreement import ACTING, REPLAYED, SIGNED
from gateway.wire.body import read_body

router = APIRouter(prefix="/v1/agreements")

_YAML: Final = "application/yaml"
_FILE: Final = "draft"


@router.post("")
async def draft(request: Request) -> JSONResponse:
    officer = actor_of(request, GOVERNING)
    stored, new = await gateway_of(request).drafting.draft(officer, await _draft_of(request))
    return _shown(stored, 201 if new else 200)


@router.put("/{agreement_id}/drafts/{version}")
async def edit(request: Request, agreement_id: str, version: str) -> JSONResponse:
    officer, key = actor_of(request, GOVERNING), _key(agreement_id, version)
    expected = expected_revision(request, "draft")
    drafting = gateway_of(request).drafting
    return _shown(await drafting.edit(officer, key, expected, await _draft_of(request)))


@router.post("/{agreement_id}/drafts/{version}/propose")
async def propose(request: Request, agreement_id: str, version: str) -> JSONResponse:
    officer, key = await _acting(request), _key(agreement_id, version)
    gateway = gateway_of(request)
    stored = await gateway.drafting.propose(officer, key)
    found = await gateway.activation.findings(stored.agreement)
    return _shown(stored, findings=[{"code": one.code, "text": one.text} for one in found])


@router.post("/{agreement_id}/drafts/{version}/replay")
async def replay(request: Request, agreement_id: str, version: str) -> JSONResponse:
    given = read_body(await _given(request), REPLAYED)
    officer, key = actor_of(request, GOVERNING, given.user), _key(agreement_id, version)
    return JSONResponse(await gateway_of(request).replaying.replay(officer, key, given.since))


@router.post("/{agreement_id}/versions/{version}/signatures")
async def sign(request: Request, agreement_id: str, version: str) -> JSONResponse:
    given = read_body(json_body(request), SIGNED)
    officer, key = actor_of(request, GOVERNING, given.user), _key(agreement_id, version)
    return _shown(await gateway_of(request).drafting.sign(officer, key, given.signature))


@router.post("/{agreement_id}/versions/{version}/activate")
async def activate(request: Request, agreement_id: str, version: str) -> JSONResponse:
    officer, key = await _acting(request), _key(agreement_id, version)
    return _shown(await gateway_of(request).activation.activate(officer, key))


async def _acting(request: Request) -> Requester:
    return actor_of(request, GOVERNING, read_body(await _given(request), ACTING).user)


async def _given(request: Request) -> Any:
    """The body, which a step that says nothing more may leave out."""
    return json_body(request) if await request.body() else {}


def _key(agreement: str, version: str) -> Version:
    if not (version.isdecimal() and version.isascii() and 0 < int(version[:8]) <= MAX_VERSION):
        raise Problem("not-found")
    return agreement, int(version)


async def _draft_of(request: Request) -> Draft:
    """The agreement in the body, as YAML or as JSON.

    Raises:
        Problem: `unprocessable` with every fault: line, key and what was expected, never what stood there.
    """
    try:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _YAML:
            source = await request.body()
            return Draft(parse_agreement(source, _FILE), source)
        agreement = agreement_from_json(json_body(request), _FILE)
    except InvalidDocument as invalid:
        _refuse(invalid)
    return Draft(agreement, to_yaml(agreement).encode())


def _refuse(invalid: InvalidDocument) -> NoReturn:
    reasons = [
        {
            "code": "invalid-agreement",
            "text": str(one),
            "file": one.file,
            "line": one.line,
            "key": one.key,
            "expected": one.expected,
        }
        for one in invalid.errors
    ]
    detail = (
        f"The agreement has {len(reasons)} faults; each is named." if len(reasons) > 1 else reasons[0]["text"]
    )
    raise Problem("unprocessable", str(detail), reasons=reasons) from None


def _shown(stored: StoredVersion, status: int = 200, **more: Any) -> JSONResponse:
    agreement = stored.agreement
    body = {
        "id": agreement.id,
        "version": agreement.version,
        "title": agreement.title,
        "state": stored.state.value,
        "parties": list(agreement.parties),
        "signed_by": [one.party for one in agreement.signatures],
        "revision": stored.revision,
        **more,
    }
    return JSONResponse(body, status, headers={"ETag": f'"{stored.revision}"'})
