"""A small FastAPI application behind the real edge, with real keys and a clock that stands still."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse

from gateway.api.edge import Edge, json_body
from gateway.api.oauth import router
from gateway.identity import Identity, bearer_token
from gateway.identity_keys import AgencyKeys, Algorithm, SigningKey, TokenKeys, new_signing_key, public_jwks
from gateway.problems import Problem

NOW = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
ISSUER = "https://gateway.riverside.example"
HOST = "gateway.riverside.example"
AGENCY = "riverside-pd"
OTHER_AGENCY = "riverside-health"


@dataclass(slots=True)
class MemoryReplay:
    """One memory for every replica of a test; it yields to the loop, as a store does."""

    used: dict[tuple[str, str], datetime] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def first_use(self, issuer: str, jti: str, until: datetime) -> bool:
        async with self.lock:
            await asyncio.sleep(0)
            if (issuer, jti) in self.used:
                return False
            self.used[issuer, jti] = until
            return True


@dataclass(slots=True)
class County:
    """A gateway's surface for tests."""

    edge: Edge
    app: FastAPI
    identity: Identity
    agency_key: SigningKey
    other_key: SigningKey
    gateway_key: SigningKey
    revoked: set[str]
    now: datetime = NOW

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.edge), base_url=ISSUER)


def jwks_of(*keys: SigningKey) -> bytes:
    return json.dumps(public_jwks(key.public for key in keys)).encode()


def county(
    alg: Algorithm = "ES256",
    *,
    agency_key: SigningKey | None = None,
    gateway_key: SigningKey | None = None,
    replay: MemoryReplay | None = None,
    body_timeout: float = 5.0,
) -> County:
    agency_key = agency_key or new_signing_key(alg)
    gateway_key = gateway_key or new_signing_key(alg)
    other_key = new_signing_key()
    keys = {
        AGENCY: AgencyKeys.parse(jwks_of(agency_key)),
        OTHER_AGENCY: AgencyKeys.parse(jwks_of(other_key)),
    }
    revoked: set[str] = set()
    identity = Identity(ISSUER, keys, TokenKeys(gateway_key), replay or MemoryReplay(), revoked.__contains__)
    app = routes()
    edge = Edge(app, hosts=frozenset({HOST}), body_timeout=body_timeout)
    built = County(edge, app, identity, agency_key, other_key, gateway_key, revoked)
    app.state.identity = identity
    app.state.clock = lambda: built.now
    return built


def routes() -> FastAPI:
    """Routes that show what came through; the framework's defaults stay as they are, to be caught."""
    app = FastAPI()
    app.include_router(router)

    @app.api_route("/v1/echo", methods=["POST", "PUT", "PATCH"])
    async def echo(request: Request) -> JSONResponse:
        return JSONResponse({"seen": json_body(request), "raw": (await request.body()).decode()})

    @app.post("/v1/close")
    async def close(request: Request) -> JSONResponse:
        return JSONResponse({"length": len(await request.body())})

    @app.post("/v1/consents")
    async def consent(request: Request) -> JSONResponse:
        return JSONResponse({"seen": json_body(request)})

    @app.post("/v1/agreements")
    async def draft(request: Request) -> JSONResponse:
        return JSONResponse({"length": len(await request.body())})

    @app.get("/v1/whoami")
    async def whoami(request: Request) -> JSONResponse:
        token = bearer_token(request.headers.get("authorization"))
        return JSONResponse({"agency": app.state.identity.authenticate(token, app.state.clock()).agency})

    @app.get("/v1/head")
    async def head(request: Request) -> JSONResponse:
        seen = {"scheme": request.url.scheme, "client": request.client.host if request.client else None}
        return JSONResponse({**seen, "headers": sorted(request.headers.keys()), "path": request.url.path})

    @app.get("/v1/page")
    async def page() -> Response:
        headers = {"Server": "county/1", "Cache-Control": "max-age=60", "Content-Security-Policy": "sandbox"}
        return Response("<p>", media_type="text/html", headers=headers)

    @app.get("/v1/file")
    async def file() -> FileResponse:
        return FileResponse(Path(__file__))

    @app.get("/v1/number/{value}")
    async def number(value: int) -> JSONResponse:
        return JSONResponse({"value": value})

    failing_routes(app)
    return app


def failing_routes(app: FastAPI) -> None:
    @app.get("/v1/fault")
    async def fault() -> Response:
        raise ValueError("Daniel Okafor 2008-04-17")

    @app.get("/v1/problem")
    async def problem() -> Response:
        raise Problem("budget-exhausted", "The day's budget is used up.", retry_after=60)

    @app.get("/v1/teapot")
    async def teapot() -> JSONResponse:
        return JSONResponse({"detail": "Daniel Okafor"}, status_code=500)

    @app.get("/v1/cut")
    async def cut() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"first"
            raise ValueError("Daniel Okafor 2008-04-17")

        return StreamingResponse(pieces())
