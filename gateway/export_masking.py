"""What of a ledger entry may leave for another system's log: a closed shape, persons under pseudonyms. Pure.

Whatever does not fit the shape exactly is not cut to fit: the whole event is refused.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agreements.terms import AGENCY_ID, Act, BasisKind, Category, Level, Purpose, Role
from gateway.veil import Payload

KINDS: Final = ("asked", "answered", "disclosed", "refused", "emergency-opened")
"""Entries that are exported. What agencies agreed and who read the ledger stays in it."""
_QUERY: Final = re.compile(r"(qry|off|dis)_[0-9a-f]{24}")
"""A query, an offer, or a disclosure past the gateway."""
_CLAUSE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.()_-]{0,63}")
_TELLING: Final = frozenset({"answered", "disclosed"})
_NOTHING: Final = "none"
_LEVELS: Final = frozenset(level.word for level in Level)
_RESULT: Final = re.compile(r"[a-z][a-z-]{0,39}")


class MaskingError(Exception):
    """An entry holds something that nobody has decided may leave."""


@dataclass(frozen=True, slots=True)
class Event:
    """One masked event. `user` and `case` are pseudonyms that only this site's key connects with anybody.

    `by` is the agency of that user and that case: who asked, or who told unasked. `told` is what was told of
    something held; `results` say by category what came of it.
    """

    index: int
    at: datetime
    kind: str
    requester: str
    custodian: str | None
    by: str
    user: str
    role: str | None
    case: str | None
    query: str | None
    purpose: str | None
    results: tuple[tuple[str, str], ...]
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of one category, and on what it rested: nothing, where it broke every agreement."""

    category: str
    level: str
    basis: str
    clause: str
    """The clause with its agreement and version."""


def masked(index: int, payload: Payload, key: bytes) -> Event:
    """The event of an entry, with nothing in it but closed words, ids and pseudonyms under `key`.

    Raises:
        MaskingError: a value is missing or is of no known form.
    """
    try:
        requester = _like(payload["requester" if "requester" in payload else "recipient"], AGENCY_ID)
        unasked = payload.get("act") == Act.TELL and payload["kind"] in _TELLING
        by = _like(payload["custodian"], AGENCY_ID) if unasked else requester
        return Event(
            index=index,
            at=datetime.fromisoformat(payload["at"]),
            kind=_one_of(payload["kind"], KINDS),
            requester=requester,
            custodian=_like(payload["custodian"], AGENCY_ID) if "custodian" in payload else None,
            by=by,
            user=_pseudonym(key, "user", f"{by}\0{_text(payload['user'])}"),
            role=_one_of(payload["role"], Role) if "role" in payload else None,
            case=_pseudonym(key, "case", f"{by}\0{_text(payload['case'])}") if "case" in payload else None,
            query=_like(payload["query"], _QUERY) if "query" in payload else None,
            purpose=_one_of(payload["purpose"], Purpose) if "purpose" in payload else None,
            results=tuple(_results(payload)),
            told=tuple(
                _told(outcome, may_rest_on_nothing=payload["kind"] == "disclosed")
                for outcome in payload.get("outcomes", ())
                if outcome["result"] == "information-held"
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise MaskingError(type(error).__name__) from None


def _results(payload: Payload) -> list[tuple[str, str]]:
    outcomes = [
        (_one_of(category, Category), _like(one["result"], _RESULT))
        for one in payload.get("outcomes", ())
        for category in one["categories"]
    ]
    decisions = [
        (_one_of(one["category"], Category), _like(one.get("decision", "masked"), _RESULT))
        for one in payload.get("decisions", ())
    ]
    return outcomes + decisions


def _told(outcome: Mapping[str, Any], *, may_rest_on_nothing: bool) -> Told:
    basis, (category,) = outcome["basis"], outcome["categories"]
    named, level = _one_of(category, Category), _one_of(outcome["level"], _LEVELS)
    if basis is None and may_rest_on_nothing:
        return Told(named, level, _NOTHING, _NOTHING)
    version = basis["version"]
    if not isinstance(version, int):
        raise TypeError("version")
    agreement, clause = _like(basis["agreement"], AGENCY_ID), _like(basis["clause"], _CLAUSE)
    return Told(named, level, _one_of(basis["kind"], BasisKind), f"{agreement}@{version}/{clause}")


def _one_of(value: Any, words: Any) -> str:
    if not isinstance(value, str) or value not in {str(word) for word in words}:
        raise ValueError("no word of the list")
    return value


def _like(value: Any, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError("not of the form")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("no text")
    return value


def _pseudonym(key: bytes, kind: str, value: str) -> str:
    digest = hmac.digest(key, f"{kind}\0{value}".encode(), "sha256")
    return f"{kind}-{digest.hex()[:20]}"
