"""The guide that a seat brings to a case conference: what its agency may say there, to whom, how much. Pure.

It speaks of the seat's own agency only. What others may say to it would tell of consents and holdings that
are theirs; that is heard at the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from agreements.terms import Category
from gateway.answers import basis_json, contact_json, obligation_json
from gateway.site import Site
from gateway.store.conferences import Conference
from gateway.wire.subject import subject_json
from gateway.wire.times import instant
from policies.decision import Decision, Permitted

_NAMED: Final = ("given_name", "family_name", "birth_date", "name", "handle")
BySeat = Mapping[int, Mapping[Category, Decision]]
"""By the number of the seat that would be told."""

_RULES = (
    "Say no more than stands here. What does not stand here may not be said at this table.",
    "Say the duties with what you say.",
    "Record what was shown, so that it is decided, kept in the ledger and can be read again.",
)


def guide_json(
    conference: Conference, number: int, decided: BySeat, site: Site, at: datetime, *, informed: bool
) -> dict[str, Any]:
    """The guide; `informed` is whether the seat's agency may know whom the meeting is about."""
    seat = conference.body.seats[number - 1]
    return {
        "conference": conference.id,
        "seat": number,
        "agency": seat.agency,
        "person": seat.person.name,
        "at": instant(conference.body.at),
        "purpose": conference.body.purpose.value,
        "subject": subject_json(conference.body.subject) if informed else None,
        "rules": list(_RULES),
        "may_say": [
            {"to": other, **_seat(conference, other), "what": list(_lines(decisions, at))}
            for other, decisions in decided.items()
            if informed
        ],
        "convener": contact_json(site.agencies[conference.agency]),
    }


def _seat(conference: Conference, number: int) -> dict[str, Any]:
    seat = conference.body.seats[number - 1]
    return {"agency": seat.agency, "person": seat.person.name, "role": seat.person.role.value}


def _lines(decisions: Mapping[Category, Decision], at: datetime) -> Iterable[dict[str, Any]]:
    for category, decision in decisions.items():
        if isinstance(decision, Permitted):
            permit = decision.permit
            yield {
                "category": category.value,
                "level": permit.level.word,
                "fields": sorted(permit.fields),
                "basis": basis_json(permit.basis),
                "awaits": sorted(step.value for step in decision.awaits),
                "obligations": [obligation_json(duty, at) for duty in permit.obligations],
            }


def guide_text(guide: Mapping[str, Any]) -> str:
    """The guide for a printer."""
    lines = [
        f"CASE CONFERENCE {guide['conference']}, {guide['at']}",
        f"Seat {guide['seat']}: {guide['person']}, {guide['agency']}",
        f"Purpose: {guide['purpose']}",
        f"About: {_words(guide['subject'])}",
        "",
        *(f"- {rule}" for rule in guide["rules"]),
    ]
    for other in guide["may_say"]:
        lines += ["", f"TO SEAT {other['to']}: {other['person']}, {other['role']} of {other['agency']}"]
        lines += [] if other["what"] else ["  Nothing."]
        for one in other["what"]:
            fields = f", only {', '.join(one['fields'])}" if one["fields"] else ""
            lines += [f"  [ ] {one['category']}: {one['level']}{fields} (clause {one['basis']['clause']})"]
            lines += [f"      first: {step}" for step in one["awaits"]]
            lines += [f"      duty: {duty['text']}" for duty in one["obligations"]]
    return "\n".join(lines) + "\n"


def _words(subject: Mapping[str, Any] | None) -> str:
    if subject is None:
        return "your agency may not be told"
    said = (
        str(subject[key])
        for key in ("given_name", "family_name", "birth_date", "name", "handle")
        if key in subject
    )
    return " ".join(said) or subject["kind"]
