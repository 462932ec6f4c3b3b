"""Who or what a query is about: one opaque value from the edge to the adapter.

Only the edge that reads it, the matching code beside the adapters, the adapters that must put it
to a source, and the vault that encrypts it open a `Subject`; everything between passes it on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from agreements.terms import SubjectKind


@dataclass(frozen=True, slots=True)
class Identifier:
    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Address:
    line: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class PersonIdentity:
    """What is known of a person; any part may be absent, but not all of them."""

    family_name: str = ""
    given_name: str = ""
    birth_date: date | None = None
    identifiers: tuple[Identifier, ...] = ()
    address: Address | None = None
    other_names: tuple[tuple[str, str], ...] = ()
    """Further (family, given) names the person is known by."""


@dataclass(frozen=True, slots=True)
class VenueIdentity:
    name: str
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class CommunicationIdentity:
    """A handle, number or address of a channel, or the text of an unknown author."""

    channel: str
    handle: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class GeneralQuestion:
    """A question about nobody in particular: it is matched with nothing, and no system is asked it."""

    question: str


Identity = PersonIdentity | VenueIdentity | CommunicationIdentity
"""What a custodian can hold something about."""
AskedAbout = Identity | GeneralQuestion
"""What a query can be about."""


class Subject:
    """An identity nobody prints by accident: equality, hash and text form say only its kind."""

    __slots__ = ("_identity", "kind")

    def __init__(self, identity: AskedAbout) -> None:
        self._identity = identity
        if isinstance(identity, PersonIdentity):
            self.kind = SubjectKind.PERSON
        elif isinstance(identity, VenueIdentity):
            self.kind = SubjectKind.VENUE
        elif isinstance(identity, CommunicationIdentity):
            self.kind = SubjectKind.COMMUNICATION
        else:
            self.kind = SubjectKind.GENERAL

    def reveal(self) -> AskedAbout:
        return self._identity

    def age_on(self, day: date) -> int | None:
        """Age in whole years of a person whose birth date is known, else None."""
        if not isinstance(self._identity, PersonIdentity) or self._identity.birth_date is None:
            return None
        born = self._identity.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def __repr__(self) -> str:
        return f"Subject({self.kind.value})"
