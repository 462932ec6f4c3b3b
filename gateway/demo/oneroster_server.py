"""The demo county's schools: a small OneRoster 1.2 rostering server with OAuth 2.0 client credentials.

Written to the published standard (1EdTech OneRoster 1.2 Rostering Service REST/JSON Binding; 1EdTech
Security Framework 1.1) and apart from the adapter that asks it, so that the demo shows two systems
agreeing on a standard and not on each other. How real servers depart from it is set by `Quirks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.demo.oneroster_query import BadQueryError, Record, matching, ordered, selected
from gateway.demo.oneroster_tokens import CORE, DEMOGRAPHICS, SCOPES, SecretTokens, TokenRefusedError
from gateway.demo.simulator import Simulator

BASE: Final = "/ims/oneroster/rostering/v1p2"
DISCOVERY: Final = "/discovery/onerosterv1p2rostersservice_openapi3_v1p0.json"

_NO_STORE: Final = {"cache-control": "no-store"}
_DEFAULT_LIMIT: Final = 100
# Path of a collection: the kind of its records, the name of a single one, and whom of them it has.
_COLLECTIONS: Final[Mapping[str, tuple[str, str, str]]] = {
    "users": ("users", "user", ""),
    "students": ("users", "user", "student"),
    "teachers": ("users", "user", "teacher"),
    "orgs": ("orgs", "org", ""),
    "schools": ("orgs", "org", "school"),
    "demographics": ("demographics", "demographics", ""),
}


class Manner(StrEnum):
    """What a server does with an optional part of a query."""

    HONOURED = "honoured"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Quirks:
    """How a server departs from the standard or uses its freedom; the defaults are what is usual.

    `most` is the longest page it gives; `totals` adds `X-Total-Count` and `Link`; `students_root` is the
    name students stand under; `enabled_as_boolean` gives `enabledUser` as no text.
    """

    most: int = 100
    totals: bool = False
    filters: Manner = Manner.HONOURED
    selection: Manner = Manner.HONOURED
    offset: Manner = Manner.HONOURED
    students_root: str = "users"
    enabled_as_boolean: bool = False
    one_scope_per_token: bool = False


class OneRosterServer(Simulator):
    """Records served on loopback; `clients` maps a client id to its secret.

    With no clients the server asks for no login. Used as a context manager, or by `start` and `stop`;
    `base_url` and `token_url` are known after the start.
    """

    def __init__(
        self,
        users: Iterable[Record],
        demographics: Iterable[Record] = (),
        orgs: Iterable[Record] = (),
        clients: Mapping[str, str] | None = None,
        quirks: Quirks | None = None,
    ) -> None:
        super().__init__()
        self.token_url = ""
        self.quirks = quirks or Quirks()
        self.records: dict[str, list[Record]] = {
            "users": list(users),
            "demographics": list(demographics),
            "orgs": list(orgs),
        }
        self.tokens = SecretTokens(clients or {}, one_scope=self.quirks.one_scope_per_token)

    def settle(self, origin: str) -> None:
        self.base_url, self.token_url = origin + BASE, origin + "/token"

    def app(self) -> Starlette:
        routes = [
            Route("/token", self._token, methods=["POST"]),
            Route(BASE + DISCOVERY, self._discovery, methods=["GET"]),
            Route(BASE + "/{collection}", self._list, methods=["GET"]),
            Route(BASE + "/{collection}/{id}", self._read, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={404: _unknown, 405: _unknown})

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("ascii", "replace")))
        try:
            answer = self.tokens.issue(request.headers.get("authorization", ""), form)
        except TokenRefusedError as refusal:
            return JSONResponse({"error": refusal.error}, refusal.status, headers=_NO_STORE)
        return JSONResponse(answer, headers=_NO_STORE)

    async def _discovery(self, _: Request) -> Response:
        """The service discovery document, as far as a client needs it to log in."""
        flow = {"tokenUrl": self.token_url, "scopes": dict.fromkeys(sorted(SCOPES), "")}
        paths = {f"/{name}": {"get": {"operationId": f"getAll{name.title()}"}} for name in _COLLECTIONS}
        schemes = {"OAuth2CC": {"type": "oauth2", "flows": {"clientCredentials": flow}}}
        return JSONResponse(
            {
                "openapi": "3.0.1",
                "info": {"title": "OneRoster Rostering Service", "version": "1.2"},
                "servers": [{"url": self.base_url}],
                "paths": paths,
                "components": {"securitySchemes": schemes},
            }
        )

    async def _list(self, request: Request) -> Response:
        name = request.path_params["collection"]
        if refusal := self._refusal(request, name):
            return refusal
        kind, _, _ = _COLLECTIONS[name]
        query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        try:
            found, limit, offset = self._found(name, query)
            page = self._shown(kind, found[offset : offset + limit], query)
        except BadQueryError as error:
            return _failure(error.code, 400)
        except ValueError:
            return _failure("invaliddata", 400)
        root = self.quirks.students_root if name == "students" else kind
        headers = self._totals(name, query, len(found), limit, offset) if self.quirks.totals else {}
        return JSONResponse({root: page}, headers={**_NO_STORE, **headers})

    async def _read(self, request: Request) -> Response:
        name, wanted = request.path_params["collection"], request.path_params["id"]
        if refusal := self._refusal(request, name):
            return refusal
        kind, root, _ = _COLLECTIONS[name]
        held = [each for each in self._held(name) if each.get("sourcedId") == wanted]
        if not held:
            return _failure("unknownobject", 404)
        try:
            return JSONResponse({root: self._shown(kind, held[:1], dict(request.query_params))[0]})
        except BadQueryError as error:
            return _failure(error.code, 400)

    def _refusal(self, request: Request, name: str) -> Response | None:
        """Why this request may not read this collection, if so."""
        if name not in _COLLECTIONS:
            return _failure("unknownobject", 404)
        if not self.tokens.has_clients:
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        scopes = self.tokens.scopes_of(token) if scheme.lower() == "bearer" else None
        if scopes is None:
            return _failure("unauthorisedrequest", 401)
        needed = DEMOGRAPHICS if name == "demographics" else CORE
        return None if needed in scopes else _failure("forbidden", 403)

    def _held(self, name: str) -> list[Record]:
        kind, _, whom = _COLLECTIONS[name]
        records = self.records[kind]
        if not whom:
            return records
        if kind == "orgs":
            return [each for each in records if each.get("type") == whom]
        return [each for each in records if any(role.get("role") == whom for role in each.get("roles", []))]

    def _found(self, name: str, query: Mapping[str, str]) -> tuple[list[Record], int, int]:
        """All records a query describes, and which of them are the page."""
        kind, _, _ = _COLLECTIONS[name]
        found = self._held(name)
        if "filter" in query:
            if self.quirks.filters is Manner.REFUSED:
                raise BadQueryError("invalid_filter_field")
            if self.quirks.filters is Manner.HONOURED:
                found = matching(kind, found, query["filter"])
        if "sort" in query:
            found = ordered(kind, found, query["sort"], query.get("orderBy", "asc"))
        limit, offset = int(query.get("limit", _DEFAULT_LIMIT)), int(query.get("offset", "0"))
        if limit < 1 or offset < 0:
            raise BadQueryError("invaliddata")
        return found, min(limit, self.quirks.most), 0 if self.quirks.offset is Manner.IGNORED else offset

    def _shown(self, kind: str, records: list[Record], query: Mapping[str, str]) -> list[Record]:
        shown = [dict(each) for each in records]
        if kind == "users" and self.quirks.enabled_as_boolean:
            shown = [{**each, "enabledUser": each.get("enabledUser") == "true"} for each in shown]
        if "fields" not in query or self.quirks.selection is Manner.IGNORED:
            return shown
        if self.quirks.selection is Manner.REFUSED:
            raise BadQueryError("invalid_selection_field")
        return selected(kind, shown, query["fields"])

    def _totals(
        self, name: str, query: Mapping[str, str], total: int, limit: int, offset: int
    ) -> dict[str, str]:
        places = {"first": 0, "last": max(0, (total - 1) // limit * limit)}
        if offset + limit < total:
            places["next"] = offset + limit
        if offset:
            places["prev"] = max(0, offset - limit)
        links = (
            f'<{self.base_url}/{name}?{urlencode({**query, "limit": limit, "offset": at})}>; rel="{rel}"'
            for rel, at in places.items()
        )
        return {"x-total-count": str(total), "link": ", ".join(links)}


def _failure(code: str, status: int) -> Response:
    field = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": code}
    body: dict[str, Any] = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": "the request was not answered",
        "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
    }
    return JSONResponse(body, status, headers=_NO_STORE)


async def _unknown(_: Request, __: Exception) -> Response:
    return _failure("unknownobject", 404)
