"""The console's plain words: what stands for codes, instants and people on a page. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from markupsafe import Markup, escape

_RESULTS: Final = {
    "information-held": "Information is held",
    "no-information-available": "No information available",
    "needs-more-identifiers": "More identifiers are needed",
    "refused": "Refused",
}
_STATES: Final = {
    "answered": "Answered",
    "pending": "A person there must decide",
    "unavailable": "Their system cannot be reached; it is asked again",
}
_LEVELS: Final = {
    "existence": "Only whether anything is held",
    "contact": "Whom to talk to there",
    "summary": "A summary in words",
    "record": "The record, field by field",
}
_ROLES: Final = {
    "caseworker": "Caseworker",
    "liaison": "Liaison",
    "privacy-officer": "Privacy officer",
    "auditor": "Auditor",
    "administrator": "Administrator",
}
_WORDS: Final = {**_RESULTS, **_LEVELS, **_ROLES}
_NOT_DIALLED: Final = re.compile(r"[^0-9+]")


def plain(code: str | None) -> str:
    """A code of a vocabulary as words: `mental-health` is mental health."""
    return "" if code is None else code.replace("-", " ").replace("_", " ")


def worded(code: str | None) -> str:
    """The sentence that stands for a level, a result or a role; else the code as words."""
    return _WORDS.get(code or "", plain(code))


def answer_state(answer: Mapping[str, Any]) -> str:
    """What came back, in a few words."""
    return _RESULTS.get(answer["result"] or "", _STATES[answer["state"]])


def when(instant: datetime | date | str | None) -> Markup:
    """An instant or a day as a person reads it, in UTC, marked up for machines."""
    if not instant:
        return Markup("")
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    if isinstance(at, datetime):
        at = at.astimezone(UTC)
        return _time(at.strftime("%Y-%m-%dT%H:%M:%SZ"), at.strftime("%-d %b %Y, %H:%M UTC"))
    return _time(at.isoformat(), at.strftime("%-d %b %Y"))


def _time(machine: str, person: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(machine, person)


def dialled(phone: str) -> str:
    """A telephone number as a `tel:` link holds it; empty where it has no digits."""
    number = _NOT_DIALLED.sub("", phone)
    return f"tel:{number}" if any(character.isdigit() for character in number) else ""


def whom(subject: Mapping[str, Any]) -> str:
    """Whom or what a question is about, on one line."""
    if subject["kind"] == "person":
        names = [subject.get("given_name"), subject.get("family_name")]
        name = " ".join(one for one in names if one)
        born = subject.get("birth_date")
        known = [f"{one['system']} {one['value']}" for one in subject.get("identifiers", ())]
        return ", ".join(part for part in (name, born and f"born {born}", *known) if part)
    if subject["kind"] == "communication":
        return f"{subject['channel']}: {subject.get('handle') or subject.get('text', '')}"
    if subject["kind"] == "venue":
        address = subject.get("address", {})
        return ", ".join(part for part in (subject["name"], address.get("line"), address.get("city")) if part)
    return str(subject.get("question", ""))


def lines(text: str) -> Markup:
    """Words with their line breaks kept, and nothing else of them."""
    return Markup("<br>").join(escape(line) for line in text.split("\n"))
