"""What every route needs: the gateway's parts, who calls, and for whom they act."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from fastapi import Request

from gateway.accounting import Accounting
from gateway.accounts import Accounts
from gateway.activation import Activation
from gateway.afterwards import Afterwards
from gateway.alarming import Alarming
from gateway.auditing import Auditing
from gateway.case_reviews import CaseReviews
from gateway.casework import Casework
from gateway.conferring import Conferring
from gateway.consenting import Consenting
from gateway.correcting import Correcting
from gateway.disagreeing import Disagreeing
from gateway.drafting import Drafting
from gateway.duties import DutyBook
from gateway.emergencies import EmergencyReview
from gateway.erasing import Erasing
from gateway.exchange import Exchange
from gateway.exporting import Exporting
from gateway.governing import Governing
from gateway.identity import Caller, Identity, Requester, bearer_token, requester_from
from gateway.inbox import Inbox
from gateway.offering import Offering
from gateway.passing_on import PassingOn
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.receiving import Receiving
from gateway.replaying import Replaying
from gateway.reviewing import Reviewing
from gateway.second_looking import SecondLooking
from gateway.settling import Settling
from gateway.site import Site
from gateway.store.store import Store
from gateway.tallying import Tallying
from gateway.under_sharing import UnderSharing
from gateway.viewing import Viewing
from gateway.watching import Watching
from gateway.what_if import WhatIf

ASKING: Final = ("caseworker", "liaison", "privacy-officer")
DECIDING: Final = ("liaison", "privacy-officer")
GOVERNING: Final = ("privacy-officer",)
CHECKING: Final = ("auditor", "privacy-officer")
FRESH: Final = timedelta(minutes=5)
"""How old a token may be for emergency access, and for erasing."""
_LONGEST_KEY: Final = 200


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts of a running gateway that its HTTP surface speaks to."""

    site: Site
    policies: Policies
    passing_on: PassingOn
    store: Store
    identity: Identity
    exchange: Exchange
    viewing: Viewing
    what_if: WhatIf
    casework: Casework
    conferring: Conferring
    consenting: Consenting
    correcting: Correcting
    reviewing: Reviewing
    disagreeing: Disagreeing
    second_looking: SecondLooking
    offering: Offering
    settling: Settling
    receiving: Receiving
    emergencies: EmergencyReview
    tallying: Tallying
    alarming: Alarming
    accounts: Accounts
    afterwards: Afterwards
    accounting: Accounting
    erasing: Erasing
    exporting: Exporting
    auditing: Auditing
    governing: Governing
    drafting: Drafting
    duties: DutyBook
    activation: Activation
    replaying: Replaying
    inbox: Inbox
    case_reviews: CaseReviews
    under_sharing: UnderSharing
    watching: Watching
    clock: Callable[[], datetime]


def gateway_of(request: Request) -> Gateway:
    return cast("Gateway", request.app.state.gateway)


def caller_of(request: Request) -> Caller:
    """The agency's system that calls.

    Raises:
        Problem: `invalid-token`.
    """
    gateway = gateway_of(request)
    token = bearer_token(request.headers.get("authorization"))
    return gateway.identity.authenticate(token, gateway.clock())


def actor_of(request: Request, roles: Collection[str], user: dict[str, str] | None = None) -> Requester:
    """The calling agency and the person it acts for, from the body's user or the Acting headers.

    Raises:
        Problem: `invalid-token`, `unprocessable` when nobody is named, `role-not-allowed`.
    """
    caller = caller_of(request)
    requester = requester_from(caller, dict(user) if user is not None else None, request.headers)
    if requester.actor.role not in roles:
        raise Problem("role-not-allowed", f"This is for the roles {', '.join(roles)}.")
    return requester


def check_fresh(request: Request) -> None:
    """Emergency access takes a person who has just shown who they are.

    Raises:
        Problem: `emergency-refused`.
    """
    if gateway_of(request).clock() - caller_of(request).issued_at > FRESH:
        raise Problem("emergency-refused", "Emergency access needs a token no older than five minutes.")


def idempotency_of(request: Request, body: Any) -> tuple[str, str] | None:
    """The idempotency key with a fingerprint of the request.

    Raises:
        Problem: `malformed-request` for a key that is empty, too long or not printable ASCII.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 0 < len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Problem("malformed-request", "Idempotency-Key: expected 1 to 200 printable ASCII characters.")
    acting = [request.headers.get(name) for name in ("acting-user", "acting-role")]
    return key, json.dumps([body, acting], sort_keys=True)


def fresh_actor_of(request: Request, roles: Collection[str], user: dict[str, str] | None = None) -> Requester:
    """As `actor_of`, for what needs a token given out no longer than `FRESH` ago.

    Raises:
        Problem: as `actor_of`; `invalid-token` for an older one.
    """
    if gateway_of(request).clock() > caller_of(request).issued_at + FRESH:
        raise Problem("invalid-token", "This needs a token no older than five minutes.", reason="token-old")
    return actor_of(request, roles, user)


def query_parameters(request: Request, known: Collection[str]) -> dict[str, str]:
    """The query string's parameters, each known and given once.

    Raises:
        Problem: `unprocessable`.
    """
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs) or not given.keys() <= set(known):
        raise Problem("unprocessable", f"The query string: expected each of {', '.join(known)} at most once.")
    return given


def expected_revision(request: Request, what: str) -> int | None:
    """The version an If-Match header names; None for whichever is there.

    Raises:
        Problem: `precondition-required` without one, `precondition-failed` when it names no version of ours.
    """
    tag = request.headers.get("if-match")
    if tag is None:
        raise Problem("precondition-required", f"If-Match: expected the ETag the {what} was read with.")
    if tag == "*":
        return None
    number = tag.strip('"')
    if not number.isdecimal() or len(number) > 9:
        raise Problem("precondition-failed")
    return int(number)
