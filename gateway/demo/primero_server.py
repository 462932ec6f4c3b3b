"""The demo county's child protection service: a small Primero with its public case API, version 2.

Written to what Primero publishes (primeroIMS/primero, `doc/api.md` and the pages it links) and apart from
the adapter that asks it, so that the demo shows two systems agreeing on a contract and not on each other.
It reads; nothing can be written through it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.demo.primero_access import TOKEN_SECONDS, Accounts, Record, User
from gateway.demo.primero_searching import page_of, present, search
from gateway.demo.simulator import Simulator

_VERSION: Final = "2.11.0"
_BASE: Final = "/api/v2"


class PrimeroServer(Simulator):
    """Cases and incidents served on loopback to some users.

    Used as a context manager, or by `start` and `stop`; `base_url` is known after the start.
    """

    def __init__(
        self, cases: Iterable[Record], incidents: Iterable[Record] = (), users: Iterable[User] = ()
    ) -> None:
        super().__init__()
        self._held: Final = {
            "case": {str(each["id"]): each for each in cases},
            "incident": {str(each["id"]): each for each in incidents},
        }
        self._accounts: Final = Accounts(users)

    def settle(self, origin: str) -> None:
        self.base_url = origin

    def app(self) -> Starlette:
        routes = [
            Route(f"{_BASE}/tokens", self._log_in, methods=["POST"]),
            Route(f"{_BASE}/tokens", self._log_out, methods=["DELETE"]),
            Route(f"{_BASE}/primero", self._instance),
            Route(f"{_BASE}/contact_information", self._as_user(self._contact)),
            Route(f"{_BASE}/lookups", self._as_user(self._lookups)),
            Route(f"{_BASE}/cases", self._as_user(self._list("case"))),
            Route(f"{_BASE}/cases/{{id}}", self._as_user(self._show("case"))),
            Route(f"{_BASE}/cases/{{id}}/incidents", self._as_user(self._incidents_of_case)),
            Route(f"{_BASE}/incidents", self._as_user(self._list("incident"))),
            Route(f"{_BASE}/incidents/{{id}}", self._as_user(self._show("incident"))),
        ]
        return Starlette(routes=routes, exception_handlers={404: _unknown, 405: _unknown, 500: _failed})

    async def _log_in(self, request: Request) -> Response:
        authorization = request.headers.get("authorization", "")
        user = self._accounts.caller(authorization) if authorization else await self._credentials(request)
        if user is None:
            return JSONResponse({"error": "Invalid User name or password."}, 401)
        token = self._accounts.issue(user)
        body = {"id": user.id, "user_name": user.user_name, "token": token}
        response = JSONResponse(body, headers={"authorization": f"Bearer {token}"})
        response.set_cookie(
            "primero_token", token, max_age=TOKEN_SECONDS, path="/", httponly=True, samesite="strict"
        )
        return response

    async def _credentials(self, request: Request) -> User | None:
        try:
            posted: Any = json.loads(await request.body())
            given = posted["user"]
            return self._accounts.login(given["user_name"], given["password"])
        except (ValueError, TypeError, KeyError):
            return None

    async def _log_out(self, request: Request) -> Response:
        self._accounts.withdraw(request.headers.get("authorization", ""))
        return JSONResponse({})

    async def _instance(self, _: Request) -> Response:
        locales = {"default_locale": "en", "locales": ["en"]}
        return JSONResponse({"data": {"sandbox_ui": False, "use_identity_provider": False, **locales}})

    def _as_user(self, answer: Callable[[Request, User], Response]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            user = self._accounts.caller(request.headers.get("authorization", ""))
            return _error(request, 401, "Unauthorized") if user is None else answer(request, user)

        return endpoint

    def _contact(self, _: Request, __: User) -> Response:
        data = {"name": "Duty social worker", "organization": "Riverside Child and Family Services"}
        return JSONResponse({"data": {**data, "position": "", "phone": "", "system_version": _VERSION}})

    def _lookups(self, request: Request, _: User) -> Response:
        risk = [{"id": word, "display_text": {"en": word.capitalize()}} for word in ("high", "medium", "low")]
        lookups: list[Record] = [{"id": 1, "unique_id": "risk_level", "name": {"en": "Risk"}, "values": risk}]
        shown, metadata = page_of(lookups, dict(request.query_params))
        return JSONResponse({"data": shown, "metadata": metadata})

    def _list(self, resource: str) -> Callable[[Request, User], Response]:
        def answer(request: Request, user: User) -> Response:
            if not user.role.can("read", resource):
                return _error(request, 403, "Forbidden")
            asked = dict(request.query_params)
            seen = [each for each in self._held[resource].values() if user.role.sees(each)]
            shown, metadata = page_of(search(seen, asked), asked)
            data = [present(each, asked, user.role) for each in shown]
            return JSONResponse({"data": data, "metadata": metadata})

        return answer

    def _show(self, resource: str) -> Callable[[Request, User], Response]:
        def answer(request: Request, user: User) -> Response:
            if not user.role.can("read", resource):
                return _error(request, 403, "Forbidden")
            record = self._held[resource].get(request.path_params["id"])
            if record is None:
                return _error(request, 404, "Not Found")
            if not user.role.sees(record):
                return _error(request, 403, "Forbidden")
            return JSONResponse({"data": present(record, dict(request.query_params), user.role)})

        return answer

    def _incidents_of_case(self, request: Request, user: User) -> Response:
        case = self._held["case"].get(request.path_params["id"])
        if case is None:
            return _error(request, 404, "Not Found")
        if not (user.role.can("read", "incident") and user.role.sees(case)):
            return _error(request, 403, "Forbidden")
        linked = [
            each for each in self._held["incident"].values() if each.get("incident_case_id") == case["id"]
        ]
        asked = dict(request.query_params)
        return JSONResponse({"data": [present(each, asked, user.role) for each in linked]})


def _error(request: Request, status: int, message: str) -> Response:
    error = {"status": status, "resource": request.url.path, "message": message}
    return JSONResponse({"errors": [error]}, status)


async def _unknown(request: Request, _: Exception) -> Response:
    return _error(request, 404, "Not Found")


async def _failed(request: Request, _: Exception) -> Response:
    return _error(request, 500, "Internal Server Error")
