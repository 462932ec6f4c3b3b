"""A simulated custodian's system: an application served on loopback in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from gateway.listening import listen


class Simulator(ABC):
    """Start it, ask it at `base_url`, stop it; or use it as a context manager."""

    def __init__(self) -> None:
        self.base_url = ""
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @abstractmethod
    def app(self) -> Starlette:
        """The application to serve."""

    @abstractmethod
    def settle(self, origin: str) -> None:
        """Learn the origin that was taken, and set `base_url` below it."""

    def start(self, port: int = 0) -> str:
        """Serve in a thread of its own; return the base URL once it answers."""
        listener = listen("127.0.0.1", port)
        self.settle(f"http://127.0.0.1:{listener.getsockname()[1]}")
        settings = uvicorn.Config(
            self.app(), log_level="warning", access_log=False, lifespan="off", ws="none"
        )
        self._server = uvicorn.Server(settings)
        serve = self._server.serve(sockets=[listener])
        self._thread = threading.Thread(target=asyncio.run, args=(serve,), daemon=True)
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.01)
        return self.base_url

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
