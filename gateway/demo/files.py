"""What schools, social services and the housing authority hold, in the form the `file` adapter reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from agreements.subject import PersonIdentity
from gateway.demo.cast import Cast
from gateway.demo.people import HOUSING, SCHOOLS, SOCIAL, Known

Holding = dict[str, Any]
Held = Callable[[Known], list[Holding]]

_INCIDENTS: Final = ("repeated lateness", "fighting", "damage to property", "leaving the grounds")
_SERVICES: Final = ("family support", "respite care", "in-home parenting support", "foster care")


def build_files(
    folder: Path, known: dict[str, tuple[Known, ...]], cast: Cast, chance: Random, today: date
) -> None:
    """Write `schools.json`, `social.json` and `housing.json`."""

    def ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    story = _story(cast, ago)
    for agency, file, held in (
        (SCHOOLS, "schools.json", _school(chance, ago)),
        (SOCIAL, "social.json", _social(chance, ago)),
        (HOUSING, "housing.json", _housing(chance, ago)),
    ):
        _write(folder / file, known[agency], held, story[agency])


def _write(path: Path, known: Sequence[Known], held: Held, story: list[Holding]) -> None:
    subjects = [{"person": _person(each.identity), "holdings": held(each)} for each in known]
    path.write_text(json.dumps({"subjects": story + subjects}, ensure_ascii=False, indent=1), "utf-8")


def _school(chance: Random, ago: Callable[[int], str]) -> Held:
    def held(known: Known) -> list[Holding]:
        grade = max(0, min(12, known.person.age - 5))
        enrolled = {"grade": grade, "attendance_percent": chance.randrange(71, 100)}
        holdings = [_holding("education-record", f"enrolled, grade {grade}", enrolled)]
        if grade >= 6 and chance.random() < 0.14:
            day = ago(chance.randrange(5, 600))
            holdings.append(
                _holding("school-discipline", f"{chance.choice(_INCIDENTS)}, {day}", {"occurred_on": day})
            )
        return holdings

    return held


def _social(chance: Random, ago: Callable[[int], str]) -> Held:
    def held(_: Known) -> list[Holding]:
        day = ago(chance.randrange(5, 900))
        holdings = [
            _holding("family-services", f"{chance.choice(_SERVICES)} since {day}", {"opened_on": day})
        ]
        if chance.random() < 0.15:
            holdings.append(_holding("safeguarding", f"assessment closed {day}", {"closed_on": day}))
        return holdings

    return held


def _housing(chance: Random, ago: Callable[[int], str]) -> Held:
    def held(_: Known) -> list[Holding]:
        return [_holding("housing", "tenancy", {"since": ago(chance.randrange(30, 4000))})]

    return held


def _story(cast: Cast, ago: Callable[[int], str]) -> dict[str, list[Holding]]:
    """What these agencies hold about the people of the story."""
    report = {"received_on": ago(1), "reported_by": "a pupil"}
    return {
        SCHOOLS: [
            _held(
                cast.daniel[SCHOOLS],
                _holding("education-record", "enrolled, grade 10", {"grade": 10}),
                _holding("school-discipline", f"damage to property, {ago(130)}", {"occurred_on": ago(130)}),
                _holding("threat-report", "said to have threatened a shooting at school", report),
            ),
            _held(cast.zoe[SCHOOLS], _holding("education-record", "enrolled, grade 3", {"grade": 3})),
            _held(cast.marisol[SCHOOLS], _holding("education-record", "enrolled, grade 11", {"grade": 11})),
        ],
        SOCIAL: [
            _held(cast.daniel[SOCIAL], _holding("family-services", f"family support since {ago(200)}", {})),
            _held(cast.zoe[SOCIAL], _holding("safeguarding", f"assessment opened {ago(8)}", {})),
        ],
        HOUSING: [_held(cast.marisol[HOUSING], _holding("housing", "tenancy of the household", {}))],
    }


def _held(who: PersonIdentity, *holdings: Holding) -> Holding:
    return {"person": _person(who), "holdings": list(holdings)}


def _holding(category: str, summary: str, fields: dict[str, Any]) -> Holding:
    return {"category": category, "summary": summary, "fields": fields}


def _person(who: PersonIdentity) -> dict[str, Any]:
    names = [{"family_name": family, "given_name": given} for family, given in who.other_names]
    written: dict[str, Any] = {
        "family_name": who.family_name,
        "given_name": who.given_name,
        "birth_date": str(who.birth_date),
        "identifiers": [asdict(each) for each in who.identifiers],
        "address": asdict(who.address) if who.address else None,
        "other_names": names,
    }
    return {key: value for key, value in written.items() if value}
