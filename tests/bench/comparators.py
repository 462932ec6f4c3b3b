"""What the gateway is measured against: a token check alone, and a token check with one durable row.

F0 is FastAPI with an ES256 token check on every request. F1 adds one durable INSERT for each, on SQLite
in WAL mode with `synchronous=FULL`, in a thread, one transaction each: the floor of any service that records
before it answers.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import uvicorn
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from gateway.listening import listen

ISSUER = "https://gateway.bench.example"


def application(public_key: bytes, record: Callable[[bytes], None] | None) -> FastAPI:
    """F0 without `record`, F1 with it."""
    app = FastAPI(openapi_url=None)
    key: Any = load_pem_public_key(public_key)

    @app.post("/v1/queries")
    async def answer(request: Request) -> JSONResponse:
        token = request.headers["authorization"].removeprefix("Bearer ")
        jwt.decode(token, key, algorithms=["ES256"], audience=ISSUER, issuer=ISSUER)
        body = await request.body()
        query = json.loads(body)
        if record is not None:
            await asyncio.to_thread(record, body)
        return JSONResponse({"case": query["case"], "answers": [{"result": "information-held"}]})

    return app


def durable_insert(path: Path) -> Callable[[bytes], None]:
    """One INSERT, one commit, one fsync."""
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS asked (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    lock = threading.Lock()

    def record(body: bytes) -> None:
        with lock:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO asked (body) VALUES (?)", (body,))
            connection.execute("COMMIT")

    return record


def main() -> None:
    """`python -m tests.bench.comparators f0|f1 FOLDER`: serve one; prints its port."""
    kind, folder = sys.argv[1], Path(sys.argv[2])
    record = durable_insert(folder / "f1.db") if kind == "f1" else None
    app = application((folder / "token.pub.pem").read_bytes(), record)
    config = uvicorn.Config(app, port=0, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    listening = listen("127.0.0.1", 0)
    sys.stdout.write(f"listening on http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
