"""Consents: recorded, asked for and withdrawn, with what each lets others see in plain words."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from agreements.consents import ConsentStatus
from gateway.console import choices
from gateway.console.faults import faults_of
from gateway.console.fields import Fields, put
from gateway.console.visit import Visit
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.consent import CONSENT, ConsentBody, consent_json
from gateway.wire.review import REASON
from gateway.wire.subject import subject_json

_TEXTS: Final = (
    "subject.family_name", "subject.given_name", "subject.birth_date", "grantor.kind", "grantor.name",
    "status", "evidence.kind", "evidence.digest",
)  # fmt: skip
_LISTS: Final = ("purposes", "categories", "custodians", "recipients")
_DAYS: Final = {"period.start": "T00:00:00Z", "period.end": "T23:59:59Z", "evidence.signed_at": "T00:00:00Z"}
_STATUSES: Final = (
    choices.Choice("given", "Given", "It was given, and opens what it names."),
    choices.Choice("requested", "Asked for", "It was asked for; until it is given it opens nothing."),
    choices.Choice("refused", "Refused", "It was refused; it opens nothing."),
)


async def recorded(visit: Visit) -> Response:
    """The consents this agency recorded."""
    found = await visit.gateway.consenting.recorded_by(visit.agency)
    listed = [(consent_json(one), subject_json(about)) for one, about in found]
    return visit.shows("consents.html", consents=listed, agencies=visit.gateway.site.agencies)


async def blank(visit: Visit) -> Response:
    status = visit.request.query_params.get("status", "given")
    today = visit.gateway.clock().date().isoformat()
    values = {"status": status, "grantor.kind": "subject", "period.start": today, "recipients": visit.agency}
    return _form(visit, Fields({key: (value,) for key, value in values.items()}))


async def limits(visit: Visit) -> Response:
    """What the consent filled in would let others see, before it is recorded."""
    if visit.in_part:
        return visit.shows("part_limits.html", **_limits(visit, visit.form))
    return _form(visit, visit.form)


async def record(visit: Visit) -> Response:
    try:
        await visit.gateway.consenting.record(visit.requester, _read(visit.form))
    except Problem as problem:
        return _form(visit, visit.form, problem)
    return RedirectResponse("/console/consents", 303)


async def one(visit: Visit) -> Response:
    return await _shown(visit)


async def withdraw(visit: Visit) -> Response:
    try:
        reason = read_body(visit.form.body(("reason",)), REASON).reason
        await visit.gateway.consenting.withdraw(visit.requester, visit.given("consent"), reason)
    except Problem as problem:
        return await _shown(visit, problem)
    return RedirectResponse(f"/console/consents/{visit.given('consent')}", 303)


async def _shown(visit: Visit, problem: Problem | None = None) -> Response:
    found = await visit.gateway.consenting.get(visit.agency, visit.given("consent"))
    return visit.shows(
        "consent.html",
        problem.kind.status if problem else 200,
        consent=consent_json(found),
        withdrawn=found.consent.status is ConsentStatus.WITHDRAWN,
        agencies=visit.gateway.site.agencies,
        faults=faults_of(problem),
    )


def _read(form: Fields) -> ConsentBody:
    body = form.body(_TEXTS, _LISTS)
    put(body, "subject.kind", "person")
    for name, rest in _DAYS.items():
        if form.one(name):
            put(body, name, form.one(name) + rest)
    return read_body(body, CONSENT)


def _form(visit: Visit, fields: Fields, problem: Problem | None = None) -> Response:
    return visit.shows(
        "consent_new.html",
        problem.kind.status if problem else 200,
        fields=fields,
        faults=faults_of(problem),
        statuses=_STATUSES,
        purposes=choices.purposes,
        categories=choices.categories,
        grantors=choices.grantors,
        agency_choices=choices.agencies(visit),
        **_limits(visit, fields),
    )


def _limits(visit: Visit, fields: Fields) -> dict[str, Any]:
    """The words for what a consent opens, of what is filled in and known."""
    known = visit.gateway.site.agencies
    return {
        "limits": {
            "custodians": [known[id].name for id in fields.many("custodians") if id in known],
            "recipients": [known[id].name for id in fields.many("recipients") if id in known],
            "categories": fields.many("categories"),
            "purposes": fields.many("purposes"),
            "status": fields.one("status"),
        }
    }
