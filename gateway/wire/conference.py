"""Case conferences on the wire: who is called, what is shown at the table, who was present, who does what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from agreements.exceptions import LegalProcess, Representation
from agreements.form import Complaint, Form, list_of, set_of
from agreements.record import optional, record, required
from agreements.scalar import instant, integer, text, word
from agreements.subject import Subject
from agreements.terms import Purpose, Role
from gateway.wire.body import DAY, LINE, PROSE, read_body
from gateway.wire.offer import Information, information_apart
from gateway.wire.query import AGENCY, KEYS, USER

MOST_SEATS: Final = 64
_PERSON: Final = text(maximum=128, pattern=r"[\x21-\x7e]{1,128}", expected="the id of a person")
_SITTING: Final = (Role.CASEWORKER, Role.LIAISON, Role.PRIVACY_OFFICER)
_SEAT_NUMBER: Final = integer(1, MOST_SEATS)
_ACTING: Final = optional(USER, None, "the person acting")


@dataclass(frozen=True, slots=True)
class Seated:
    """Who sits there, as the convener names them."""

    id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Seat:
    """A place at the table: the one person of an agency who sits there."""

    agency: str
    person: Seated


@dataclass(frozen=True, slots=True)
class ConferenceBody:
    case: str
    purpose: Purpose
    subject: Subject
    at: datetime
    seats: tuple[Seat, ...]
    user: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Showing:
    """What one seat shows others: an offer's information and evidence, at the table."""

    seat: int
    to: tuple[int, ...]
    consent: str | None
    exception: Representation | None
    legal_process: LegalProcess | None
    user: dict[str, str] | None
    information: Information


@dataclass(frozen=True, slots=True)
class Attendance:
    present: frozenset[int]
    user: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class TaskBody:
    """A task of the plan: which seat's agency does what until when."""

    seat: int
    task: str
    due: date
    user: dict[str, str] | None


def _once(seats: tuple[Seat, ...]) -> Iterable[Complaint]:
    people = [(seat.agency, seat.person.id) for seat in seats]
    if len(set(people)) != len(people):
        yield Complaint((), "each person once")


_SEAT: Final = record(
    lambda agency, **at: Seat(agency, at["user"]),
    {
        "agency": required(AGENCY, "the agency it belongs to"),
        "user": required(
            record(
                Seated,
                {
                    "id": required(_PERSON, "id within the agency"),
                    "name": required(LINE, "name"),
                    "role": required(word({role.value: role for role in _SITTING}), "role"),
                },
            ),
            "who sits there",
        ),
    },
)

CONFERENCE: Final[Form[ConferenceBody]] = record(
    ConferenceBody,
    {
        "case": KEYS["case"],
        "purpose": KEYS["purpose"],
        "subject": KEYS["subject"],
        "at": required(instant(), "when it meets"),
        "seats": required(
            list_of(_SEAT, minimum=2, maximum=MOST_SEATS, unique=False).also(_once), "who is called"
        ),
        "user": _ACTING,
    },
)

_SHOWING: Final[Form[Showing]] = record(
    lambda **given: Showing(**given, information={}),
    {
        "seat": required(_SEAT_NUMBER, "the seat that shows it"),
        "to": required(list_of(_SEAT_NUMBER, minimum=1), "the seats it is shown to"),
        "consent": KEYS["consent"],
        "exception": KEYS["exception"],
        "legal_process": KEYS["legal_process"],
        "user": _ACTING,
    },
)

ATTENDANCE: Final[Form[Attendance]] = record(
    Attendance,
    {"present": required(set_of(_SEAT_NUMBER), "seats that were taken, all of them"), "user": _ACTING},
)

TASK: Final[Form[TaskBody]] = record(
    TaskBody,
    {
        "seat": required(_SEAT_NUMBER, "whose agency does it"),
        "task": required(PROSE, "what is to be done"),
        "due": required(DAY, "until when"),
        "user": _ACTING,
    },
)


def read_showing(body: object) -> Showing:
    """Read what is shown at the table.

    Raises:
        Problem: `unprocessable`, naming the key.
    """
    rest, information = information_apart(body)
    return replace(read_body(rest, _SHOWING), information=information)
