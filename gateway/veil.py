"""What an agency may read of an entry about its own question: no more than the answer itself told it. Pure.

The ledger keeps the truth behind a masked negative. The custodian's auditors read it; whoever asked must not,
through its own auditor either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]

_TOLD_ANYWAY = frozenset({"held", "pending", "unavailable"})


def parties_of(payload: Payload) -> set[str]:
    """The agencies an entry is of: who asked, who was asked, who recorded it, who is named in the consent."""
    named = {payload[key] for key in ("requester", "custodian", "by") if payload.get(key)}
    return named | {*payload.get("custodians", ()), *payload.get("recipients", ())}


def is_party(payload: Payload, agency: str) -> bool:
    """Whether an entry is the agency's to read."""
    return agency in parties_of(payload)


def is_open_to(payload: Payload, agency: str) -> bool:
    """Whether an agency may see an entry just as it was committed to."""
    return payload.get("custodian") == agency or not (
        any(_is_masked_decision(part) for part in payload.get("decisions", ()))
        or any(_is_masked_negative(part) for part in payload.get("outcomes", ()))
        or any(_is_untold(payload, part) for part in payload.get("outcomes", ()))
    )


def veiled(payload: Payload, agency: str) -> dict[str, Any]:
    """An entry as an agency may read it."""
    if is_open_to(payload, agency):
        return dict(payload)
    shown = dict(payload)
    if "decisions" in shown:
        shown["decisions"] = [
            {"category": part["category"], "masked": True} if _is_masked_decision(part) else part
            for part in payload["decisions"]
        ]
    if "outcomes" in shown:
        shown["outcomes"] = [
            {"categories": part["categories"], "masked": True, "result": "no-information-available"}
            if _is_masked_negative(part)
            else part
            for part in payload["outcomes"]
            if not _is_untold(payload, part)
        ]
    return shown


def _is_untold(payload: Payload, part: Payload) -> bool:
    """Of an offer, what was not delivered: that somebody would have told it is not its recipient's."""
    return payload.get("act") == "tell" and payload["kind"] == "answered" and part.get("cause") != "held"


def _is_masked_decision(part: Payload) -> bool:
    return bool(part.get("masked"))


def _is_masked_negative(part: Payload) -> bool:
    return bool(part.get("masked")) and part.get("cause") not in _TOLD_ANYWAY
