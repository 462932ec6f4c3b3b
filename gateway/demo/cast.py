"""The people the story is about, and how differently each agency has written them down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from agreements.subject import Address, Identifier, PersonIdentity, VenueIdentity
from gateway.demo.people import HEALTH, HOUSING, MRN, POLICE, SCHOOLS, SOCIAL, STUDENT_ID

HANDLE: Final = "quietstorm_rvhs"
"""The account from which a threat was sent."""
HIGH_SCHOOL: Final = VenueIdentity(
    "Riverside High School", Address("1 School Road", "Riverside", "OR", "97917")
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Each as written by the agencies that know them."""

    daniel: dict[str, PersonIdentity]
    """Sixteen at most; the report is about him."""
    zoe: dict[str, PersonIdentity]
    """Nine at most; in a child protection assessment."""
    marisol: dict[str, PersonIdentity]
    """Seventeen at most; the health service has never heard of her."""

    def at(self, agency: str) -> list[PersonIdentity]:
        return [each[agency] for each in (self.daniel, self.zoe, self.marisol) if agency in each]


def cast(today: date) -> Cast:
    """The same people every year, and of the same age."""
    fir = Address("418 Fir Grove Lane", "Riverside", "OR", "97917", "US")
    heron = Address("77 Heron Court", "Millbrook", "OR", "97921", "US")
    canyon = Address("1502 Canyon Drive", "Riverside", "OR", "97917", "US")
    daniel, zoe, marisol = (
        date(today.year - 16, 4, 17),
        date(today.year - 9, 8, 2),
        date(today.year - 17, 1, 29),
    )
    return Cast(
        daniel={
            SCHOOLS: PersonIdentity("Okafor", "Daniel", daniel, (Identifier(STUDENT_ID, "S-447190"),), fir),
            POLICE: PersonIdentity("Okafor", "Danial", daniel, (), fir),
            HEALTH: PersonIdentity("Okafor-Reed", "Daniel", daniel, (Identifier(MRN, "RH2204417"),), fir),
            SOCIAL: PersonIdentity("Okafor", "Daniel", daniel, (), fir),
        },
        zoe={
            SOCIAL: PersonIdentity("Núñez", "Zoë", zoe, (), heron),
            POLICE: PersonIdentity("Nunez", "Zoey", zoe, (), heron),
            SCHOOLS: PersonIdentity("Nuñez", "Zoe", zoe, (Identifier(STUDENT_ID, "S-512008"),), heron),
            HEALTH: PersonIdentity("Núñez", "Zoë", zoe, (Identifier(MRN, "RH2310802"),), heron),
        },
        marisol={
            SCHOOLS: PersonIdentity(
                "Vega", "Marisol", marisol, (Identifier(STUDENT_ID, "S-430011"),), canyon
            ),
            POLICE: PersonIdentity("Vega", "Marisol", marisol, (), canyon),
            HOUSING: PersonIdentity("Vega", "Marisol", marisol, (), canyon),
        },
    )


def as_subject(person: PersonIdentity) -> dict[str, Any]:
    """Somebody as a query names them: name, birth date and the identifiers the asker has."""
    named: dict[str, Any] = {
        "kind": "person",
        "family_name": person.family_name,
        "given_name": person.given_name,
    }
    if person.birth_date is not None:
        named["birth_date"] = person.birth_date.isoformat()
    if person.identifiers:
        named["identifiers"] = [{"system": each.system, "value": each.value} for each in person.identifiers]
    return named
