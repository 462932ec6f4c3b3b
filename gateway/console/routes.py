"""Every page of the console with the roles it is for: the one place that says who may open what."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.routing import Route

from gateway.api.context import ASKING, CHECKING, DECIDING, GOVERNING
from gateway.console import (
    agreements,
    answers,
    asking,
    cases,
    consents,
    disclosures,
    emergencies,
    emergency,
    ledger,
    page,
    reviews,
    sign_in,
)
from gateway.console.visit import SIGN_IN, Doorway, Page
from gateway.identity import ROLES

_CASEWORK: Final = ("caseworker", "liaison")
_EMERGENCY: Final = ("caseworker",)
_LOOKING: Final = (*ASKING, *CHECKING)

PAGES: Final = (
    Page("/console", ROLES, sign_in.home),
    Page("/console/role", ROLES, sign_in.act_as, "POST"),
    Page("/console/cases", _CASEWORK, cases.followed),
    Page("/console/cases/new", _CASEWORK, cases.blank),
    Page("/console/cases/new", _CASEWORK, cases.open_case, "POST"),
    Page("/console/cases/{reference}", _CASEWORK, cases.one),
    Page("/console/cases/{reference}/change", _CASEWORK, cases.change, "POST"),
    Page("/console/cases/{reference}/close", _CASEWORK, cases.close, "POST"),
    Page("/console/cases/{reference}/duties/{duty}", _CASEWORK, cases.fulfil, "POST"),
    Page("/console/ask", _CASEWORK, asking.blank),
    Page("/console/ask", _CASEWORK, asking.ask, "POST"),
    Page("/console/ask/preview", _CASEWORK, asking.preview, "POST"),
    Page("/console/queries/{query}", _CASEWORK, answers.answers),
    Page("/console/queries/{query}/answers", _CASEWORK, answers.answers, noted=False),
    Page("/console/queries/{query}/explanation", _LOOKING, answers.explanation),
    Page("/console/emergency", _EMERGENCY, emergency.begin),
    Page("/console/emergency", _EMERGENCY, emergency.ask, "POST"),
    Page("/console/emergency/preview", _EMERGENCY, emergency.preview, "POST"),
    Page("/console/consents", _CASEWORK, consents.recorded),
    Page("/console/consents/new", _CASEWORK, consents.blank),
    Page("/console/consents/new", _CASEWORK, consents.record, "POST"),
    Page("/console/consents/limits", _CASEWORK, consents.limits, "POST"),
    Page("/console/consents/{consent}", ASKING, consents.one),
    Page("/console/consents/{consent}/withdraw", ASKING, consents.withdraw, "POST"),
    Page("/console/reviews", DECIDING, reviews.tray),
    Page("/console/reviews/{review}", DECIDING, reviews.one),
    Page("/console/reviews/{review}/preview", DECIDING, reviews.preview, "POST"),
    Page("/console/reviews/{review}/release", DECIDING, reviews.release, "POST"),
    Page("/console/reviews/{review}/decline", DECIDING, reviews.decline, "POST"),
    Page("/console/agreements", ROLES, agreements.in_sight),
    Page("/console/agreements/{agreement}/{version}", ROLES, agreements.one),
    Page("/console/agreements/{agreement}/{version}/suspend", GOVERNING, agreements.suspend, "POST"),
    Page("/console/check", GOVERNING, agreements.blank_check),
    Page("/console/check", GOVERNING, agreements.check, "POST"),
    Page("/console/emergencies", CHECKING, emergencies.to_review),
    Page("/console/emergencies/{emergency}/finding", GOVERNING, emergencies.find, "POST"),
    Page("/console/disclosures", CHECKING, disclosures.listed),
    Page("/console/disclosures/{query}", CHECKING, disclosures.story),
    Page("/console/ledger", (*CHECKING, "administrator"), ledger.state),
    Page("/console/ledger/verify", CHECKING, ledger.verify, "POST"),
)


def open_console(api: FastAPI, doorway: Doorway) -> None:
    """Add the console's pages, and what is open to people who have not signed in."""
    api.state.doorway = doorway
    api.router.routes += [
        Route("/console/static/{path:path}", page.static),
        Route(SIGN_IN, sign_in.choose),
        Route("/console/sign-in/{agency}", sign_in.leave),
        Route("/console/sign-in/{agency}/back", sign_in.come_back),
        Route("/console/sign-out", sign_in.sign_out, methods=["POST"]),
        Route("/console/demo/{secret}", sign_in.demo),
        *(each.route() for each in PAGES),
    ]
