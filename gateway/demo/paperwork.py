"""The bodies of a consent on a signed form and of a new case, as the agencies' systems write them."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

from agreements.subject import PersonIdentity
from gateway.demo.cast import as_subject
from gateway.demo.people import HEALTH, SCHOOLS


def signed_consent(who: PersonIdentity, category: str, recipient: str, today: date) -> dict[str, Any]:
    """Somebody's own consent that the health service tell one recipient about one category."""
    name = f"{who.given_name} {who.family_name}"
    grantor = {"kind": "subject", "name": name}
    return _form(who, grantor, "threat-assessment", [category], HEALTH, recipient, today)


def guardians_consent(
    who: PersonIdentity, guardian: str, categories: list[str], recipient: str, today: date
) -> dict[str, Any]:
    """A guardian's consent that the schools tell one recipient about a child, to protect the child."""
    grantor = {"kind": "guardian", "name": guardian}
    return _form(who, grantor, "child-protection", categories, SCHOOLS, recipient, today)


def _form(
    who: PersonIdentity,
    grantor: dict[str, str],
    purpose: str,
    categories: list[str],
    custodian: str,
    recipient: str,
    today: date,
) -> dict[str, Any]:
    start = today - timedelta(days=1)
    told = f"{custodian} to tell {recipient} about {', '.join(categories)} from {start} on"
    form = f"{grantor['name']}, {grantor['kind']}, authorises {told}"
    digest = hashlib.sha256(form.encode()).hexdigest()
    signed = f"{start}T00:00:00Z"
    return {
        "subject": as_subject(who),
        "grantor": grantor,
        "status": "given",
        "purposes": [purpose],
        "categories": categories,
        "custodians": [custodian],
        "recipients": [recipient],
        "period": {"start": signed, "end": f"{start + timedelta(days=90)}T00:00:00Z"},
        "evidence": {"kind": "signed-form", "digest": f"sha-256:{digest}", "signed_at": signed},
    }


def new_case(
    reference: str, kind: str, concern: str, manager: tuple[str, str], review: date
) -> dict[str, Any]:
    """A case to open; `manager` is the id and name of the one person who manages it."""
    id, name = manager
    return {
        "reference": reference,
        "kind": kind,
        "concern": concern,
        "manager": {"id": id, "name": name},
        "next_review": review.isoformat(),
    }
