"""Pages put together: every template with autoescape, and the static files that go with them."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.console import words
from gateway.problems import Problem

_SERVED: Final = (".css", ".js", ".woff2", ".svg")
_PACKED: Final = (".css", ".js", ".svg")
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    content: bytes
    packed: bytes | None
    media_type: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """The files that pages load, by path below `static`; those that are text are held packed too.

    They are the same for everybody and hold no secret, so that their size gives nothing away; answers are
    never packed.
    """
    return dict(_found(resources.files("gateway.console") / "static", ""))


@cache
def static_digest() -> str:
    """Names the present content of all static files, so that a browser may keep them for good."""
    whole = hashlib.sha256()
    for path, file in sorted(static_files().items()):
        whole.update(f"{path}\0{len(file.content)}\0".encode() + file.content)
    return whole.hexdigest()[:12]


def _found(folder: Traversable, prefix: str) -> Iterator[tuple[str, StaticFile]]:
    for entry in folder.iterdir():
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _found(entry, f"{path}/")
        elif path.endswith(_SERVED):
            content = entry.read_bytes()
            packed = gzip.compress(content, 9, mtime=0) if path.endswith(_PACKED) else None
            yield path, StaticFile(content, packed, mimetypes.guess_type(path)[0] or "font/woff2")


async def static(request: Request) -> Response:
    """One static file, packed where the browser takes that."""
    digest, _, path = str(request.path_params["path"]).partition("/")
    file = static_files().get(path)
    if file is None or digest != static_digest():
        raise Problem("not-found")
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            file.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=file.media_type
        )
    return Response(file.content, headers=headers, media_type=file.media_type)


@cache
def templates() -> Environment:
    """The console's templates. Everything put into one is escaped, whatever the template's name ends in."""
    environment = Environment(
        loader=PackageLoader("gateway.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    for each in (
        words.plain, words.worded, words.when, words.dialled, words.whom, words.lines, words.answer_state,
    ):  # fmt: skip
        environment.filters[each.__name__] = each
    environment.globals["static"] = lambda path: f"/console/static/{static_digest()}/{path}"
    return environment


def rendered(template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    return HTMLResponse(templates().get_template(template).render(**shown), status)
