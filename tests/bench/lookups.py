"""Look-ups whose answer is known: who is held, who is asked about, and which of the held that is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from agreements.subject import Address, Identifier, PersonIdentity
from tests.bench import environment


@dataclass(frozen=True, slots=True)
class Asked:
    """One look-up; `truth` is the position of the held person meant, None for somebody not held."""

    person: PersonIdentity
    birth_text: str
    truth: int | None
    reported: bool
    """Whether it counts for the figures, and so for nothing learnt."""


@dataclass(frozen=True, slots=True)
class Lookups:
    name: str
    held: tuple[PersonIdentity, ...]
    held_birth_texts: tuple[str, ...]
    asked: tuple[Asked, ...]

    def with_fields(self, *, postcode: bool) -> Lookups:
        """The same look-ups by name and birth date only, or with the postal code."""
        held = tuple(_narrowed(person, postcode=postcode) for person in self.held)
        asked = tuple(replace(each, person=_narrowed(each.person, postcode=postcode)) for each in self.asked)
        return replace(self, held=held, asked=asked)


def _narrowed(person: PersonIdentity, *, postcode: bool) -> PersonIdentity:
    code = person.address.postal_code if person.address and postcode else ""
    return replace(person, address=Address(postal_code=code) if code else None, identifiers=())


def febrl() -> tuple[Lookups, ...]:
    """FEBRL 1 to 4: every duplicate is looked up among all originals.

    People are split in halves by a digest of their number; only one half is reported.
    """
    sets: Mapping[str, Mapping[str, Mapping[str, Any]]] = environment.run("febrl_people.py")
    return tuple(_febrl(name, people) for name, people in sets.items())


def _febrl(name: str, people: Mapping[str, Mapping[str, Any]]) -> Lookups:
    originals = {_number(id_): row for id_, row in people.items() if id_.endswith("-org")}
    duplicates = [(_number(id_), row) for id_, row in people.items() if "-dup-" in id_]
    positions = {number: position for position, number in enumerate(originals)}
    asked = (
        Asked(_person(row), _birth_text(row), positions[number], _reported(name, number))
        for number, row in duplicates
    )
    held = tuple(_person(row) for row in originals.values())
    return Lookups(name, held, tuple(_birth_text(row) for row in originals.values()), tuple(asked))


def _number(id_: str) -> str:
    return id_.split("-")[1]


def _reported(name: str, number: str) -> bool:
    return hashlib.sha256(f"{name}|{number}".encode()).digest()[0] % 2 == 1


def _person(row: Mapping[str, Any]) -> PersonIdentity:
    text = {key: str(value or "").strip() for key, value in row.items()}
    address = Address(
        line=f"{text['street_number']} {text['address_1']}".strip(),
        city=text["suburb"],
        region=text["state"],
        postal_code=text["postcode"],
    )
    number = (Identifier("soc_sec_id", text["soc_sec_id"]),)
    return PersonIdentity(text["surname"], text["given_name"], _date(_birth_text(row)), number, address)


def _birth_text(row: Mapping[str, Any]) -> str:
    return str(row["date_of_birth"] or "").strip()


def _date(text: str) -> date | None:
    """A date; None for text that is none, as an adapter would read it."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
