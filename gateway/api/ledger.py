"""The ledger's public face: checkpoint, tiles (C2SP tlog-tiles), entries with proofs, consistency.

Leaves name nobody and nothing, so these need no token; what an entry says is opened by its parties' auditors.
"""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from audit.faults import NoSuchEntryError
from audit.proof_file import SUFFIX, ProofFile
from audit.tiles import TileError, TileMissingError
from gateway.api.context import gateway_of, query_parameters
from gateway.problems import Problem

router = APIRouter()

_IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_FRESH: Final = {"Cache-Control": "no-cache"}
_TEXT: Final = "text/plain; charset=utf-8"


@router.get("/ledger/checkpoint")
async def checkpoint(request: Request) -> Response:
    store = gateway_of(request).store
    note = await store.read(store.witnessing.head)
    if note is None:
        raise Problem("not-found", "Nothing has been recorded yet.")
    return Response(note, media_type=_TEXT, headers=_FRESH)


@router.get("/ledger/policy")
async def policy(request: Request) -> Response:
    """The site's keys and witnesses as a tlog-policy file, for an auditor to confirm by another way."""
    return Response(gateway_of(request).store.witnessing.policy(), media_type=_TEXT, headers=_FRESH)


@router.get("/ledger/proof/{index}")
async def proof(request: Request, index: str) -> Response:
    """An offline receipt: a tlog-proof file whose extra data is the leaf."""
    store = gateway_of(request).store
    number = _size(index.removesuffix(SUFFIX), "index")
    try:
        found = await store.read(partial(store.witnessing.proof, index=number))
    except NoSuchEntryError:
        raise Problem("not-found") from None
    name = f'attachment; filename="entry-{number}{SUFFIX}"'
    return Response(
        ProofFile.of(found).text, media_type=_TEXT, headers={**_FRESH, "Content-Disposition": name}
    )


@router.get("/ledger/key")
async def key(request: Request) -> Response:
    return Response(gateway_of(request).store.ledger.vkey + "\n", media_type=_TEXT)


@router.get("/ledger/tile/{path:path}")
async def tile(request: Request, path: str) -> Response:
    store = gateway_of(request).store
    try:
        content = await store.read(partial(store.ledger.tile, path=f"tile/{path}"))
    except (TileError, TileMissingError):
        raise Problem("not-found") from None
    return Response(content, media_type="application/octet-stream", headers=_IMMUTABLE)


@router.get("/v1/ledger/entries/{index}")
async def entry(request: Request, index: str) -> JSONResponse:
    store = gateway_of(request).store
    number = _size(index, "index")
    try:
        proof = await store.read(partial(store.ledger.entry, index=number))
    except NoSuchEntryError:
        raise Problem("not-found") from None
    return JSONResponse(proof.to_json())


@router.get("/v1/ledger/consistency")
async def consistency(request: Request) -> JSONResponse:
    store = gateway_of(request).store
    given = query_parameters(request, ("from", "to"))
    first, second = _size(given.get("from", ""), "from"), _size(given.get("to", ""), "to")
    try:
        proof = await store.read(partial(store.ledger.consistency, first=first, second=second))
    except NoSuchEntryError:
        raise Problem("not-found") from None
    encoded = [b64encode(node).decode() for node in proof]
    return JSONResponse({"from": first, "to": second, "consistency_proof": encoded})


def _size(text: str, key: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise Problem("unprocessable", f"{key}: expected a whole number.")
    return int(text)
