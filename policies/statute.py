"""Statutory rules as values: what a law demands before a category it binds may leave, and what it attaches.

A law is closed by default: a category it binds leaves only through one of its openings. Every file under
`policies/law/` is data in this shape; nothing in it is code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from agreements.agreement import Obligation
from agreements.consents import Consent, FormElement
from agreements.terms import (
    BasisKind,
    Category,
    GrantorKind,
    Ground,
    Level,
    ProcessKind,
    Purpose,
    Sector,
    SubjectKind,
)


class Status(StrEnum):
    """How near a rule stands to its source."""

    TEXT = "text"
    SIMPLIFIED = "simplified"


@dataclass(frozen=True, slots=True)
class ConsentForm:
    """Whose consent a law accepts, by age of the subject, and the formal elements it must have."""

    minor: frozenset[GrantorKind]
    adult: frozenset[GrantorKind]
    elements: frozenset[FormElement]
    alone: bool = False
    """The consent may name no category but the one it opens."""

    def accepts(self, consent: Consent, category: Category, *, age: int | None, adult_age: int) -> bool:
        """Whether a consent satisfies the form; an unknown age must satisfy it either way."""
        return (
            (consent.grantor in self.adult or (age is not None and age < adult_age))
            and (consent.grantor in self.minor or (age is not None and age >= adult_age))
            and self.elements <= consent.form()
            and (not self.alone or consent.categories == {category})
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """One way a law lets a category leave. `None` in a scope means: whatever it is."""

    id: str
    citation: str
    text: str
    status: Status
    basis: BasisKind
    ceiling: Level
    categories: frozenset[Category] | None = None
    purposes: frozenset[Purpose] | None = None
    recipients: frozenset[Sector] | None = None
    custodians: frozenset[Sector] | None = None
    subjects: frozenset[SubjectKind] | None = None
    ground: Ground | None = None
    processes: frozenset[ProcessKind] = frozenset()
    consent: ConsentForm | None = None
    person_finds: bool = False
    """The holder's reliance signed beforehand does not do: a person there must find it met."""
    obligations: tuple[Obligation, ...] = ()


@dataclass(frozen=True, slots=True)
class Mask:
    """A law's rule that a refusal may not confirm anything, save to recipients who may know anyway."""

    citation: str
    text: str
    unless_recipients: frozenset[Sector] = frozenset()


@dataclass(frozen=True, slots=True)
class Law:
    """A statute or regulation, simplified where it says so; counsel must confirm it before use."""

    id: str
    title: str
    jurisdiction: str
    citation: str
    simplification: str
    openings: tuple[Opening, ...]
    adult_age: int = 18
    apart: frozenset[Category] = frozenset()
    """Categories that only openings naming them reach."""
    mask: Mask | None = None
    obligations: tuple[Obligation, ...] = ()
    """Attached to every answer in a category this law binds."""

    def openings_for(
        self,
        category: Category,
        purpose: Purpose,
        subject: SubjectKind,
        recipient: Sector,
        custodian: Sector,
    ) -> Iterable[Opening]:
        """The openings whose scopes reach this disclosure; their evidence is still to be shown."""
        for opening in self.openings:
            if opening.categories is None:
                if category in self.apart:
                    continue
            elif category not in opening.categories:
                continue
            if (
                (opening.purposes is None or purpose in opening.purposes)
                and (opening.subjects is None or subject in opening.subjects)
                and (opening.recipients is None or recipient in opening.recipients)
                and (opening.custodians is None or custodian in opening.custodians)
            ):
                yield opening

    def masks(self, recipient: Sector) -> bool:
        return self.mask is not None and recipient not in self.mask.unless_recipients
