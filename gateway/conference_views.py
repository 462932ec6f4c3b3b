"""A case conference as each of its agencies sees it. Pure."""

from __future__ import annotations

from typing import Any

from gateway.store.conferences import Conference, Shown
from gateway.wire.subject import subject_json
from gateway.wire.times import instant


def listed_json(conference: Conference) -> dict[str, Any]:
    """A meeting as a list has it: nothing of anybody."""
    return {
        "id": conference.id,
        "state": conference.state,
        "at": instant(conference.body.at),
        "convener": conference.agency,
        "purpose": conference.body.purpose.value,
    }


def conference_json(conference: Conference, agency: str, *, informed: bool) -> dict[str, Any]:
    """The meeting for one agency: the subject where it may know it, the plan as far as it concerns it.

    Who called it sees the whole plan, and of what was shown between others only that it was.
    """
    convened, own = conference.agency == agency, set(conference.seats_of(agency))
    seats = enumerate(conference.body.seats, 1)
    return {
        **listed_json(conference),
        "case": conference.body.case if convened else None,
        "subject": subject_json(conference.body.subject) if informed else None,
        "seats": [
            {
                "seat": number,
                "agency": seat.agency,
                "person": {"id": seat.person.id, "name": seat.person.name, "role": seat.person.role.value},
                "present": None if conference.present is None else number in conference.present,
            }
            for number, seat in seats
        ],
        "own_seats": sorted(own),
        "tasks": [
            {"seat": task.seat, "task": task.task, "due": task.due.isoformat()}
            for task in conference.tasks
            if convened or task.seat in own
        ],
        "shown": [
            {"seat": one.seat, "to": list(one.to), "offer": one.offer if _concerns(one, own) else None}
            for one in conference.shown
            if convened or _concerns(one, own)
        ],
    }


def _concerns(shown: Shown, own: set[int]) -> bool:
    return shown.seat in own or bool(own & set(shown.to))
