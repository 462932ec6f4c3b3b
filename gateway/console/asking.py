"""Asking: what each partner would answer, before anything is sent; then the question itself."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from gateway.console import choices
from gateway.console.answers import no_clause, told
from gateway.console.faults import faults_of
from gateway.console.fields import Fields, put
from gateway.console.visit import Visit
from gateway.exchange import View
from gateway.problems import Problem
from gateway.wire.body import read_body
from gateway.wire.query import QUERY
from gateway.wire.subject import subject_json

KINDS: Final = ("person", "venue", "communication", "general")
_PLACE: Final = ("address.line", "address.city", "address.postal_code")
_SUBJECT: Final = {
    "person": ("family_name", "given_name", "birth_date", *_PLACE),
    "venue": ("name", *_PLACE),
    "communication": ("channel", "handle", "text"),
    "general": ("question",),
}
_IDENTIFIER: Final = ("subject.identifiers.system", "subject.identifiers.value")
_UNNAMED: Final = {
    "person": {"family_name": "-"},
    "venue": {"name": "-"},
    "communication": {"channel": "-", "handle": "-"},
    "general": {"question": "-"},
}
"""Somebody nobody knows: what would be answered does not hang on who it is about."""
_TEXTS: Final = ("case", "purpose", "level", "consent")
_LISTS: Final = ("categories", "custodians")
_PROCESS: Final = tuple(f"legal_process.{name}" for name in ("kind", "number", "court", "digest"))


async def blank(visit: Visit) -> Response:
    given = visit.request.query_params
    kind = given.get("kind", "person")
    values = {"case": given.get("case", ""), "level": "existence", "purpose": "threat-assessment"}
    return await form(visit, "ask.html", kind if kind in KINDS else "person", values)


async def preview(visit: Visit) -> Response:
    """What would be answered: a part of the page for its script, else the whole page."""
    return await previewed(visit, "ask.html", {})


async def ask(visit: Visit) -> Response:
    return await sent(visit, "ask.html", {})


async def previewed(visit: Visit, template: str, more: Mapping[str, Any], **beside: Any) -> Response:
    """`more` is what the page asks beside: keys of the body; `beside` is what its template shows beside."""
    evaluated: Sequence[Mapping[str, Any]] | None = None
    problem: Problem | None = None
    try:
        body = {**body_of(visit.form), **more}
        if not body.get("subject", {}).keys() - {"kind"}:
            body["subject"] = {"kind": body["subject"]["kind"], **_UNNAMED[body["subject"]["kind"]]}
        query = read_body(body, QUERY)
        evaluated = await visit.gateway.what_if.evaluate(visit.requester, query)
    except Problem as caught:
        problem = caught
    shown = _would(evaluated, problem)
    if visit.in_part:
        return visit.shows("part_preview.html", **shown)
    return await form(visit, template, _kind(visit.form), visit.form, shown=shown, **beside)


async def sent(visit: Visit, template: str, more: Mapping[str, Any], **beside: Any) -> Response:
    """Ask, and lead to the question's own page; what may not be read again is shown at once instead."""
    try:
        body = {**body_of(visit.form), **more}
        query = read_body(body, QUERY)
        answered = await visit.gateway.exchange.ask(visit.requester, query, _key(visit, body))
    except Problem as problem:
        return await form(visit, template, _kind(visit.form), visit.form, problem, **beside)
    if not isinstance(answered, View):  # the same form was sent before
        return RedirectResponse(f"/console/queries/{answered.query}", 303)
    if visit.gateway.viewing.is_kept(answered):
        return RedirectResponse(f"/console/queries/{answered.id}", 303)
    return await told(visit, answered)


def body_of(fields: Fields) -> dict[str, Any]:
    """The query that the form stands for, as the API would be sent it."""
    kind = _kind(fields)
    body = fields.body((*_TEXTS, *_PROCESS, *(f"subject.{name}" for name in _SUBJECT[kind])), _LISTS)
    put(body, "subject.kind", kind)
    system, value = (fields.one(name) for name in _IDENTIFIER)
    if kind == "person" and value:
        body["subject"]["identifiers"] = [{"system": system, "value": value}]
    if "number" not in body.get("legal_process", {}):
        body.pop("legal_process", None)
    return body


def _kind(fields: Fields) -> str:
    kind = fields.one("subject.kind")
    return kind if kind in KINDS else "person"


def _key(visit: Visit, body: Mapping[str, Any]) -> tuple[str, str] | None:
    """The form's own idempotency key: sent twice, it asks once."""
    key = visit.form.one("once")[:200]
    return (f"console-{visit.requester.actor.id}-{key}", json.dumps(body, sort_keys=True)) if key else None


def _would(evaluated: Sequence[Mapping[str, Any]] | None, problem: Problem | None) -> dict[str, Any]:
    """What each partner would answer, partner by partner."""
    partners: dict[str, list[Mapping[str, Any]]] = {}
    uncovered: dict[str, list[str]] = {}
    for one in evaluated or ():
        if no_clause(one["reasons"]):
            uncovered.setdefault(one["category"], []).append(one["custodian"])
        else:
            partners.setdefault(one["custodian"], []).append(one)
    return {
        "evaluated": evaluated is not None,
        "partners": partners,
        "uncovered": uncovered,
        "preview_faults": faults_of(problem),
    }


async def form(
    visit: Visit,
    template: str,
    kind: str,
    values: Mapping[str, str] | Fields,
    problem: Problem | None = None,
    *,
    shown: Mapping[str, Any] | None = None,
    **more: Any,
) -> Response:
    """The form with what was filled in, what is wrong with it, and what would be answered."""
    fields = values if isinstance(values, Fields) else Fields({key: (one,) for key, one in values.items()})
    gateway = visit.gateway
    cases = await gateway.caseload.cases(visit.requester, everybodys=True)
    consents = await gateway.consenting.recorded_by(visit.agency)
    return visit.shows(
        template,
        problem.kind.status if problem else 200,
        kind=kind,
        kinds=KINDS,
        fields=fields,
        faults=faults_of(problem),
        once=secrets.token_urlsafe(16),
        cases=[each.case for each in cases],
        purposes=choices.purposes,
        levels=choices.levels,
        categories=choices.askable_categories(visit),
        partner_choices=choices.partners(visit),
        consents=[(one.consent, subject_json(about)) for one, about in consents],
        processes=choices.processes,
        **(shown or _would(None, None)),
        **more,
    )
