"""The world that sources able to hold any category are given in the contract suite."""

from __future__ import annotations

from typing import Final

from agreements.permit import Holding
from agreements.terms import Category
from tests.contracts.adapter_contract import (
    COMMUNICATION,
    KNOWN,
    NAMESAKE,
    QUIET,
    TWINS,
    VENUE,
    Held,
    World,
)


def _contact(kind: str, number: str, day: str) -> Holding:
    fields = {"incident_number": number, "occurred_on": day}
    return Holding(Category.POLICE_CONTACT, f"{kind}, {day}", fields)


COUNTY: Final = World(
    known=Held(
        KNOWN,
        (
            _contact("disturbance at school", "R-1001", "2025-11-03"),
            _contact("welfare check", "R-1002", "2025-12-19"),
            Holding(
                Category.CRIMINAL_HISTORY,
                "menacing",
                {"statute": "ORS 163.190", "disposition": "diverted", "counts": 2, "fine": 250.5},
            ),
        ),
    ),
    namesake=Held(
        NAMESAKE,
        (
            Holding(
                Category.CRIMINAL_HISTORY,
                "theft",
                {"statute": "ORS 164.043", "disposition": "convicted", "counts": 1, "fine": None},
            ),
        ),
    ),
    twins=(
        Held(TWINS[0], (_contact("traffic stop", "R-2001", "2025-07-14"),)),
        Held(TWINS[1], (Holding(Category.INTELLIGENCE, "online threats", {"grading": "B2"}),)),
    ),
    quiet=Held(QUIET),
    venue=Held(VENUE, (_contact("bomb threat", "R-3001", "2026-01-21"),)),
    communication=Held(
        COMMUNICATION, (Holding(Category.INTELLIGENCE, "sender of threats", {"grading": "C3"}),)
    ),
)
