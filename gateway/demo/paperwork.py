"""The bodies of a consent on a signed form and of a new case, as the agencies' systems write them."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

from agreements.subject import PersonIdentity
from gateway.demo.cast import as_subject
from gateway.demo.people import HEALTH


def signed_consent(who: PersonIdentity, category: str, recipient: str, today: date) -> dict[str, Any]:
    """Somebody's own consent that the health service tell one recipient about one category."""
    name, start = f"{who.given_name} {who.family_name}", today - timedelta(days=1)
    form = f"{name} authorises {HEALTH} to tell {recipient} about {category} from {start} on"
    digest = hashlib.sha256(form.encode()).hexdigest()
    signed = f"{start}T00:00:00Z"
    return {
        "subject": as_subject(who),
        "grantor": {"kind": "subject", "name": name},
        "status": "given",
        "purposes": ["threat-assessment"],
        "categories": [category],
        "custodians": [HEALTH],
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
