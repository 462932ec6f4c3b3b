"""Signs that somebody fishes: what shows each, and what does not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from agreements.subject import Identifier, PersonIdentity, Subject
from gateway import fishing
from gateway.fishing import Day, Question, Sign, signs
from gateway.hours import Hours

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BORN = date(2008, 4, 17)


def person(
    given: str = "Daniel", family: str = "Okafor", born: date | None = BORN, number: str = ""
) -> PersonIdentity:
    identifiers = (Identifier("urn:student", number),) if number else ()
    return PersonIdentity(family, given, born, identifiers)


def asked(*people: PersonIdentity, cases: bytes = b"", **more: object) -> list[Question]:
    """Questions about these people, a minute apart, under one case unless `cases` names one for each."""
    return [
        Question(
            id=f"qry_{number}",
            case=cases[number : number + 1] or b"c",
            about=repr(identity),
            subject=Subject(identity),
            at=NOON + timedelta(minutes=number),
            throttled=bool(more.get("throttled")),
            claimed=bool(more.get("claimed")),
        )
        for number, identity in enumerate(people)
    ]


def shown(
    questions: list[Question],
    name: str = "Sgt A. Reyes",
    hours: Hours | None = None,
    others: tuple[str, ...] = (),
) -> dict[Sign, int]:
    return {sign: len(ids) for sign, ids in signs(Day(questions, name, others, hours)).items()}


FAMILIES = ("Abara", "Bergstrom", "Castellano", "Dombrowski", "Eriksson", "Fitzgerald")
STRANGERS = [person(f"{name}a", name, date(1960 + 3 * n, 1, 1 + n)) for n, name in enumerate(FAMILIES)]


@pytest.mark.parametrize(
    ("questions", "found"),
    [
        (asked(*STRANGERS), {}),
        (asked(*[person()] * 4), {}),
        (asked(*[person()] * 5), {Sign.REPEATED: 5}),
        (asked(person("Daniel"), person("Danial"), person("Danniel")), {Sign.NEAR_DUPLICATES: 3}),
        (asked(person("Daniel"), person("Danial")), {}),
        (asked(person("Daniel"), person("Danial"), person("Danniel"), cases=b"xyz"), {}),
        (asked(*[person(f"P{n}", FAMILIES[n], None, f"S-44{n}0") for n in range(5)]), {}),
        (asked(*[person(f"P{n}", FAMILIES[n], None, f"S-447{n}") for n in range(4)]), {Sign.SEQUENCE: 4}),
        (asked(*[person(f"P{n}", FAMILIES[n], None, f"S-447{2 * n}") for n in (3, 0, 2, 1)]),
         {Sign.SEQUENCE: 4}),
        (asked(*[person(f"P{n}", FAMILIES[n], None, f"S-447{n}") for n in range(3)]), {}),
        (asked(*[person(born=BORN + timedelta(days=n)) for n in range(4)]), {Sign.SEQUENCE: 4}),
        (asked(*[person(born=BORN + timedelta(days=90 * n)) for n in range(5)]), {}),
        (asked(*[person(f"P{n}", FAMILIES[n], BORN + timedelta(days=n)) for n in range(5)]), {}),
        (asked(person("Ana", "Reyes")), {Sign.FAMILY: 1}),
        (asked(person("Ana", "REYES ")), {Sign.FAMILY: 1}),
        (asked(person("Ana", "Reyesson")), {}),
        (asked(person(), throttled=True), {Sign.THROTTLED: 1}),
    ],
    ids=[
        "six strangers", "four times", "five times", "three spellings", "two spellings",
        "three spellings in three cases", "numbers far apart", "numbers in a row", "every other number",
        "three numbers", "birth dates in a row", "birth dates far apart", "birthdays of different people",
        "own family name", "own family name in capitals", "a longer name", "over the budget",
    ],
)  # fmt: skip
def test_what_shows_and_what_does_not(questions: list[Question], found: dict[Sign, int]) -> None:
    assert shown(questions) == found


def test_two_runs_are_both_found_and_what_lies_between_is_not() -> None:
    numbers = [1, 2, 3, 4, 900, 5001, 5002, 5003, 5004]
    questions = asked(*[person(f"P{n}", FAMILIES[n % 6], None, f"S-{n:04}") for n in numbers])
    assert shown(questions)[Sign.SEQUENCE] == 8


def test_the_signs_are_tried_on_a_planted_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fishing, "RUN", 99)
    assert shown(asked(*[person(born=BORN + timedelta(days=n)) for n in range(4)])) == {}


@pytest.mark.parametrize(
    ("start", "end", "out"),
    [("08:00", "18:00", 0), ("13:00", "18:00", 1), ("20:00", "13:00", 0), ("20:00", "06:00", 1),
     ("12:01", "12:00", 1), ("12:00", "12:01", 0), ("00:00", "00:00", 0)],
)  # fmt: skip
def test_out_of_hours_goes_by_the_agencys_hours(start: str, end: str, out: int) -> None:
    hours = Hours(time.fromisoformat(start), time.fromisoformat(end))
    assert shown(asked(person()), hours=hours).get(Sign.OUT_OF_HOURS, 0) == out
    assert shown(asked(person(), claimed=True), hours=hours) == {}


@pytest.mark.parametrize(
    ("others", "found"),
    [(("Daniel Okafor",), 1), (("Sgt Daniel K. OKAFOR",), 1), (("D. Okafor",), 0), (("Daniel Smith",), 0),
     ((), 0)],
)  # fmt: skip
def test_a_colleague_is_known_by_the_full_name(others: tuple[str, ...], found: int) -> None:
    assert shown(asked(person()), others=others).get(Sign.COLLEAGUE, 0) == found


def test_somebody_without_a_name_is_nobodys_family() -> None:
    assert shown(asked(person("Ana", "")), name="badge-1") == {}
    assert shown(asked(person("Ana", "R")), name="A. R.") == {}
