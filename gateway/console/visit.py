"""The console's one door: who is there, in which role, and whether a form is really theirs.

Every page goes through `Page.route`. Whatever it may not show becomes a page that says so in words.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.api.context import Gateway, gateway_of
from gateway.console.demo_door import DemoDoor
from gateway.console.fields import Fields, read_fields
from gateway.console.menu import entries_for
from gateway.console.page import rendered
from gateway.identity import Requester
from gateway.problems import Problem
from gateway.sessions import Sessions
from gateway.site import Site
from gateway.store.session_rows import Session, SessionRows
from gateway.store.store import Store
from gateway.vault import Vault

SIGN_IN: Final = "/console/sign-in"
_CSRF: Final = "csrf"


@dataclass(frozen=True, slots=True)
class Doorway:
    """What the console needs beside the gateway's own parts; `demo` only where a demonstration runs."""

    sessions: Sessions
    vault: Vault
    demo: DemoDoor | None = None

    @classmethod
    def of(
        cls, site: Site, vault: Vault, store: Store, clock: Callable[[], datetime], demo: DemoDoor | None
    ) -> Doorway:
        return cls(Sessions(site, SessionRows(vault), store, clock), vault, demo)


def doorway_of(request: Request) -> Doorway:
    return cast("Doorway", request.app.state.doorway)


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in person's request for a page."""

    request: Request
    gateway: Gateway
    doorway: Doorway
    session: Session
    form: Fields = field(default_factory=Fields)

    @property
    def requester(self) -> Requester:
        return self.session.requester

    @property
    def agency(self) -> str:
        return self.session.requester.agency

    @property
    def in_part(self) -> bool:
        """Whether the page's own script asks for a part of it, rather than the browser for all."""
        return self.request.headers.get("hx-request") == "true"

    def given(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def shows(self, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
        """Render a template with what every page needs to know."""
        site, actor = self.gateway.site, self.requester.actor
        return rendered(
            template,
            status,
            site=site,
            agency=site.agencies[self.agency],
            actor=actor,
            roles=self.session.roles,
            csrf=self.session.csrf,
            menu=entries_for(actor.role),
            path=self.request.url.path,
            demo=self.doorway.demo is not None,
            **shown,
        )


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: where it is, which roles it is for, and what makes it.

    `noted` False is for what a page's script asks by itself: it does not keep a session from going idle.
    """

    path: str
    roles: Collection[str]
    handler: Handler
    method: str = "GET"
    noted: bool = True

    def route(self) -> Route:
        async def answer(request: Request) -> Response:
            visit: Visit | None = None
            try:
                visit = await enter(request, noted=self.noted)
                if visit is None:
                    return to_sign_in(request)
                if visit.requester.actor.role not in self.roles:
                    raise Problem("role-not-allowed", f"This page is for: {', '.join(sorted(self.roles))}.")
                return await self.handler(visit)
            except Problem as problem:
                return refusal(problem, visit)

        return Route(self.path, answer, methods=[self.method])


async def enter(request: Request, *, noted: bool = True) -> Visit | None:
    """Who is there; None where nobody is signed in.

    Raises:
        Problem: `forbidden` for a form that another site, or another session's page, sent.
    """
    doorway, secret = doorway_of(request), request.cookies.get(cookie_name(request))
    if request.method == "POST":
        check_origin(request)
    session = await doorway.sessions.find(secret, noted=noted) if secret else None
    if session is None:
        return None
    form = read_fields(await request.body()) if request.method == "POST" else Fields()
    if request.method == "POST" and not hmac.compare_digest(form.one(_CSRF).encode(), session.csrf.encode()):
        raise Problem("forbidden", "This form is out of date. Open the page anew.", reason="csrf-token-wrong")
    return Visit(request, gateway_of(request), doorway, session, form)


def check_origin(request: Request) -> None:
    """Refuse a form that did not come from one of our own pages.

    Raises:
        Problem: `forbidden`.
    """
    expected = f"{'https' if is_secure(request) else 'http'}://{request.headers['host'].lower()}"
    from_site = request.headers.get("sec-fetch-site", "same-origin")
    if request.headers.get("origin", "").lower() != expected or from_site != "same-origin":
        raise Problem("forbidden", "The form did not come from this console.", reason="origin-foreign")


def is_secure(request: Request) -> bool:
    """Whether the browser speaks TLS: to us, or to what stands before us under the issuer's name."""
    issuer = urlsplit(gateway_of(request).site.issuer)
    by_name = issuer.scheme == "https" and request.headers["host"].lower() == issuer.netloc.lower()
    return by_name or request.scope["scheme"] == "https"


def cookie_name(request: Request) -> str:
    return "__Host-console" if is_secure(request) else "console"


def with_cookie(response: Response, request: Request, name: str, value: str, same_site: Any) -> Response:
    """Set a cookie for this host that no script reads; an empty value takes it away."""
    response.set_cookie(
        name,
        value,
        max_age=None if value else 0,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite=same_site,
    )
    return response


def to_sign_in(request: Request) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(status_code=200, headers={"HX-Redirect": SIGN_IN})
    return RedirectResponse(SIGN_IN, 303)


def refusal(problem: Problem, visit: Visit | None) -> Response:
    """A problem as a page."""
    if visit is not None and visit.in_part:
        return rendered("part_problem.html", problem=problem)
    shown = {"problem": problem, "title": problem.kind.title}
    status = problem.kind.status
    answer = (
        visit.shows("problem.html", status, **shown) if visit else rendered("alone.html", status, **shown)
    )
    if problem.retry_after is not None:
        answer.headers["Retry-After"] = str(problem.retry_after)
    return answer
