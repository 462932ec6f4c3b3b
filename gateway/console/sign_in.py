"""Signing in, by the agency's own provider, and out again."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict
from datetime import timedelta
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.api.context import gateway_of
from gateway.console import provider
from gateway.console.menu import entries_for
from gateway.console.page import rendered
from gateway.console.provider import Pending, Provider
from gateway.console.visit import (
    SIGN_IN,
    Visit,
    cookie_name,
    doorway_of,
    enter,
    is_secure,
    refusal,
    with_cookie,
)
from gateway.identity import requester_named
from gateway.problems import Problem
from gateway.site_sign_in import redirect_path
from gateway.vault import UnreadableError

HOME: Final = "/console"
_UNDER_WAY: Final = timedelta(minutes=10)
_PLACE: Final = "sign-in"
_log = structlog.get_logger()


async def choose(request: Request) -> Response:
    """The agencies whose people can sign in."""
    gateway = gateway_of(request)
    agencies = [agency for agency in gateway.site.agencies.values() if agency.sign_in is not None]
    demo = doorway_of(request).demo is not None
    return rendered("sign_in.html", site=gateway.site, agencies=agencies, demo=demo)


async def leave(request: Request) -> Response:
    """Send a person to their agency's provider; `?fresh=1` has them prove who they are anew."""
    try:
        agency = str(request.path_params["agency"])
        fresh = request.query_params.get("fresh") == "1"
        expires = (gateway_of(request).clock() + _UNDER_WAY).timestamp()
        visit = await enter(request)
        instead = visit.session.key.hex() if visit is not None else ""
        pending = provider.begin(agency, fresh=fresh, expires=expires, instead=instead)
        address = await _provider(request, agency).address(pending)
    except Problem as problem:
        return refusal(problem, None)
    sealed = urlsafe_b64encode(doorway_of(request).vault.seal(_PLACE, asdict(pending))).decode()
    # Lax, for the provider's answer comes from another site; it opens nothing by itself.
    return with_cookie(RedirectResponse(address, 303), request, _pending_name(request), sealed, "lax")


async def come_back(request: Request) -> Response:
    """Take the provider's answer, if this browser asked for it, and begin a session."""
    try:
        pending = _pending(request)
        given = request.query_params
        if not hmac.compare_digest(given.get("state", "").encode(), pending.state.encode()):
            raise Problem("forbidden", "This sign-in was not begun here.", reason="state-wrong")
        if "code" not in given:
            raise Problem("forbidden", "Your agency did not sign you in.", reason="provider-refused")
        now = gateway_of(request).clock()
        person = await _provider(request, pending.agency).person(pending, given["code"], now)
        if pending.fresh and now - person.authenticated_at > _UNDER_WAY:
            raise Problem(
                "forbidden", "Your agency did not ask you to prove who you are.", reason="not-fresh"
            )
        requester_named(pending.agency, person.id, person.name, person.roles[0])
    except Problem as problem:
        _log.warning("sign_in_refused", reason=problem.reason)
        return with_cookie(refusal(problem, None), request, _pending_name(request), "", "lax")
    secret = await doorway_of(request).sessions.begin(
        pending.agency,
        (person.id, person.name),
        person.roles,
        person.authenticated_at,
        bytes.fromhex(pending.instead) or None,
    )
    return _signed_in(request, secret)


async def demo(request: Request) -> Response:
    """Use a one-time link of a demonstration."""
    door = doorway_of(request).demo
    requester = door.enter(str(request.path_params["secret"])) if door is not None else None
    if requester is None:
        return refusal(Problem("not-found", "This link was used, or never was one."), None)
    actor, now = requester.actor, gateway_of(request).clock()
    secret = await doorway_of(request).sessions.begin(
        requester.agency, (actor.id, actor.name), (actor.role,), now
    )
    return _signed_in(request, secret)


async def home(visit: Visit) -> Response:
    """Where a role begins."""
    return RedirectResponse(entries_for(visit.requester.actor.role)[0].path, 303)


async def act_as(visit: Visit) -> Response:
    await visit.doorway.sessions.act_as(visit.session, visit.form.one("role"))
    return RedirectResponse(HOME, 303)


async def sign_out(request: Request) -> Response:
    """End the session; also one that is over, so that the cookie goes."""
    try:
        visit = await enter(request)
    except Problem as problem:
        return refusal(problem, None)
    if visit is not None:
        await visit.doorway.sessions.end(visit.session)
    return with_cookie(RedirectResponse(SIGN_IN, 303), request, cookie_name(request), "", "strict")


def _signed_in(request: Request, secret: str) -> Response:
    """A page that leads on by itself: a redirect that began at another site would not carry the cookie."""
    answer = with_cookie(rendered("signed_in.html"), request, cookie_name(request), secret, "strict")
    return with_cookie(answer, request, _pending_name(request), "", "lax")


def _pending_name(request: Request) -> str:
    return f"{cookie_name(request)}-sign-in"


def _pending(request: Request) -> Pending:
    """The sign-in this browser began.

    Raises:
        Problem: `forbidden` where it began none, or too long ago.
    """
    try:
        sealed = urlsafe_b64decode(request.cookies.get(_pending_name(request), ""))
        pending = Pending(**doorway_of(request).vault.open(_PLACE, sealed))
    except (UnreadableError, ValueError, TypeError):
        raise Problem("forbidden", "This sign-in was not begun here.", reason="pending-missing") from None
    expired = gateway_of(request).clock().timestamp() > pending.expires
    if expired or pending.agency != request.path_params["agency"]:
        raise Problem("forbidden", "This sign-in took too long. Begin again.", reason="pending-expired")
    return pending


def _provider(request: Request, agency: str) -> Provider:
    site = gateway_of(request).site
    found = site.agencies.get(agency)
    if found is None or found.sign_in is None:
        raise Problem("not-found")
    return Provider(found.sign_in, _own_address(request) + redirect_path(agency), site.folder)


def _own_address(request: Request) -> str:
    """The address the browser speaks to; the edge has seen that it is one of this site's."""
    host = request.headers["host"].lower()
    return f"{'https' if is_secure(request) else 'http'}://{host}"
