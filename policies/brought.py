"""What a request can bring to open a clause: a consent, an exception made out, legal process; and the age.

Each is a dimension with the finitely many values that the clauses and laws in question can tell apart. A
request that brings two consents opens no more than the better of them does alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, combinations, product
from typing import Final

from agreements.agreement import Clause
from agreements.consents import Consent, ConsentStatus, Evidence, FormElement
from agreements.exceptions import ELEMENTS, ElementKind, LegalProcess, Representation
from agreements.terms import (
    BasisKind,
    Category,
    ConsentNeed,
    Effect,
    GrantorKind,
    Ground,
    ProcessKind,
    Purpose,
    SubjectKind,
)
from policies.regions import Box, Universe, Values
from policies.statute import Law, Opening

Openings = tuple[tuple[str, Law | None, tuple[Opening, ...]], ...]
"""Each law bound by name, and its openings whose scopes reach the disclosure; None where it is unreadable."""

NONE: Final = "none"
CONSENT, FORM, AGE, EXCEPTION, PROCESS = "consent", "form", "age", "exception", "process"
UNKNOWN_AGE: Final = (-1, -1)
"""Ages are ranges of years, both ends included; this one stands for an age nobody knows."""
OLDEST: Final = 200

_FREE: Final = (FormElement.GRANTOR_NAMED, FormElement.EXPIRY_STATED, FormElement.SIGNED)
"""Elements a consent may lack and still name this custodian, recipient and purpose."""
_START: Final = datetime(1, 1, 1, tzinfo=UTC)
_END: Final = datetime(9999, 1, 1, tzinfo=UTC)
_SIGNED: Final = Evidence("signed-form", "sha-256:" + "0" * 64, _START)


@dataclass(frozen=True, slots=True)
class Style:
    """How a consent is written: the elements it may lack but has, and whether it names one category only."""

    elements: frozenset[FormElement]
    alone: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """One choice of what a request brings, each value as its dimension names it."""

    consent: str = NONE
    form: frozenset[str] = frozenset()
    age: tuple[int, int] = UNKNOWN_AGE
    exception: str = NONE
    process: str = NONE


Pattern = Hashable
"""What clauses and laws can tell of what is brought: choices of one pattern open the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What permitting clauses ask to be brought."""

    consent_from: frozenset[GrantorKind]
    exceptions: frozenset[Ground]
    process: bool

    @classmethod
    def by(cls, clauses: Iterable[Clause], subject: SubjectKind) -> Asked:
        """What some of these clauses ask; no consent can be about nobody in particular."""
        needs = [clause.conditions for clause in clauses if clause.effect is Effect.PERMIT]
        consents = subject is not SubjectKind.GENERAL
        return cls(
            frozenset(
                each.consent_from for each in needs if consents and each.consent is ConsentNeed.REQUIRED
            ),
            frozenset(ground for each in needs for ground in each.exceptions),
            any(each.legal_process for each in needs),
        )


class Offers:
    """Everything a request can bring that makes a difference to these clauses and laws."""

    def __init__(self, asked: Asked, openings: Openings, category: Category, subject: SubjectKind) -> None:
        self.asked = asked
        self.openings = openings
        self.category = category
        forms = () if subject is SubjectKind.GENERAL else _forms(openings)
        self.styles: Mapping[frozenset[str], Style] = _styles(forms)
        """A way of writing for each set of consent openings whose form it satisfies."""
        self.universe: Universe = _universe(asked, forms, self.styles)
        self.patterns = tuple(self._patterns())
        """Each pattern once: one choice of it, and all its choices as boxes that do not overlap.

        A consent that no clause asks for and no law accepts does not count: it is told as none.
        """

    def _patterns(self) -> Iterator[tuple[Pattern, Brought, list[Box]]]:
        found: dict[Pattern, tuple[Brought, list[Box]]] = {}
        for brought, box in self._choices():
            pattern = self.pattern(brought)
            _, boxes = found.setdefault(pattern, (brought, []))
            if brought.consent == NONE or pattern != self.pattern(without_consent(brought)):
                boxes.append(box)
        for pattern, (brought, boxes) in found.items():
            yield pattern, brought, boxes

    def _choices(self) -> Iterator[tuple[Brought, Box]]:
        """Every choice; one without consent leaves form and age open, of which only consents speak."""
        exceptions = sorted(self._values(EXCEPTION), key=_none_first)
        processes = sorted(self._values(PROCESS), key=_none_first)
        for exception, process in product(exceptions, processes):
            rest = self._box({EXCEPTION: exception, PROCESS: process})
            for consent in sorted(self._values(CONSENT), key=_none_first):
                if consent == NONE:
                    yield Brought(exception=exception, process=process), rest | self._box({CONSENT: NONE})
                    continue
                for age, form in product(self._ages_open(), self._forms_open()):
                    values: dict[str, Hashable] = {CONSENT: consent, AGE: age, FORM: form}
                    brought = Brought(consent, form, age, exception, process)
                    yield brought, rest | self._box(values)

    def _values(self, dimension: str) -> list[str]:
        return [str(value) for value in self.universe.get(dimension, {NONE})]

    def _ages_open(self) -> list[tuple[int, int]]:
        ages = self.universe.get(AGE, {UNKNOWN_AGE})
        return sorted(age for age in ages if isinstance(age, tuple))

    def _forms_open(self) -> list[frozenset[str]]:
        """The fullest form first, so that examples have it."""
        return sorted(self.styles, key=lambda form: (-len(form), sorted(form)))

    def _box(self, values: dict[str, Hashable]) -> dict[str, Values]:
        return {name: frozenset({value}) for name, value in values.items() if name in self.universe}

    def pattern(self, brought: Brought) -> Pattern:
        consent = self.consent(brought, "custodian", "recipient", Purpose.TREATMENT)
        seen: Pattern = None
        if consent is not None:
            accepted = self._accepted(consent, brought.age)
            asked = consent.grantor if consent.grantor in self.asked.consent_from else None
            # A consent that no law accepts and no clause asks for is none.
            seen = (accepted, asked) if asked or any(accepted) else None
        kinds = frozenset[ProcessKind]() if brought.process == NONE else {ProcessKind(brought.process)}
        opened = tuple(
            bool(kinds & opening.processes)
            for _, _, found in self.openings
            for opening in found
            if opening.basis is BasisKind.LEGAL_PROCESS
        )
        return seen, brought.exception, bool(kinds), opened

    def _accepted(self, consent: Consent, age: tuple[int, int]) -> tuple[bool, ...]:
        years = None if age == UNKNOWN_AGE else age[0]
        return tuple(
            opening.consent.accepts(consent, self.category, age=years, adult_age=law.adult_age)
            for _, law, opening in _forms(self.openings)
            if opening.consent is not None
        )

    def consent(self, brought: Brought, custodian: str, recipient: str, purpose: Purpose) -> Consent | None:
        """The consent that is brought, reaching exactly one disclosure."""
        if brought.consent == NONE:
            return None
        style = self.styles[brought.form]
        other = next(each for each in Category if each is not self.category)
        return Consent(
            id="consent",
            status=ConsentStatus.GIVEN,
            grantor=GrantorKind(brought.consent),
            purposes=frozenset({purpose}),
            categories=frozenset({self.category} if style.alone else {self.category, other}),
            custodians=frozenset({custodian}),
            recipients=frozenset({recipient}),
            start=_START,
            end=_END if FormElement.EXPIRY_STATED in style.elements else None,
            grantor_named=FormElement.GRANTOR_NAMED in style.elements,
            evidence=_SIGNED if FormElement.SIGNED in style.elements else None,
        )


def without_consent(brought: Brought) -> Brought:
    """The same without its consent, on which form and age hang."""
    return Brought(exception=brought.exception, process=brought.process)


def years(brought: Brought) -> int | None:
    """An age in the range, in years; None where it is unknown."""
    return None if brought.age == UNKNOWN_AGE else brought.age[0]


def representation(brought: Brought) -> Representation | None:
    """The exception that is brought, every element of it made out."""
    if brought.exception == NONE:
        return None
    ground = Ground(brought.exception)
    elements: dict[str, str | bool] = {
        name: True if kind is ElementKind.TRUE else "as stated in this example"
        for name, kind in ELEMENTS[ground].items()
    }
    return Representation(ground, elements, "An example.")


def legal_process(brought: Brought) -> LegalProcess | None:
    if brought.process == NONE:
        return None
    return LegalProcess(ProcessKind(brought.process), "example", "example", "sha-256:" + "0" * 64)


def form_of(openings: Openings, style: Style) -> frozenset[str]:
    """The consent openings, by law and id, whose form a way of writing satisfies."""
    return _satisfied(_forms(openings), style)


def _forms(openings: Openings) -> Sequence[tuple[str, Law, Opening]]:
    return [
        (name, law, opening)
        for name, law, found in openings
        if law is not None
        for opening in found
        if opening.consent is not None
    ]


def _universe(
    asked: Asked, forms: Sequence[tuple[str, Law, Opening]], styles: Iterable[frozenset[str]]
) -> Universe:
    universe: dict[str, Values] = {}
    if asked.consent_from or forms:
        universe[CONSENT] = frozenset({NONE, *(grantor.value for grantor in GrantorKind)})
    if forms:
        universe[AGE] = frozenset(_ages({law.adult_age for _, law, _ in forms}))
        universe[FORM] = frozenset(styles)
    if asked.exceptions:
        universe[EXCEPTION] = frozenset({NONE, *(ground.value for ground in asked.exceptions)})
    if asked.process:
        universe[PROCESS] = frozenset({NONE, *(kind.value for kind in ProcessKind)})
    return universe


def _styles(forms: Sequence[tuple[str, Law, Opening]]) -> dict[frozenset[str], Style]:
    """The fullest way of writing for each set of openings it can satisfy."""
    found: dict[frozenset[str], Style] = {}
    subsets = chain.from_iterable(combinations(_FREE, size) for size in range(len(_FREE), -1, -1))
    for elements, alone in product(subsets, (True, False)):
        style = Style(frozenset(elements), alone)
        found.setdefault(_satisfied(forms, style), style)
    return found


def _satisfied(forms: Sequence[tuple[str, Law, Opening]], style: Style) -> frozenset[str]:
    lacking = frozenset(_FREE) - style.elements
    return frozenset(
        f"{name} {opening.id}"
        for name, _, opening in forms
        if opening.consent is not None
        and not opening.consent.elements & lacking
        and (style.alone or not opening.consent.alone)
    )


def _ages(adult_ages: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Unknown, and the ranges between the ages from which laws take a person for an adult."""
    yield UNKNOWN_AGE
    least = 0
    for age in sorted(adult_ages):
        yield least, age - 1
        least = age
    yield least, OLDEST


def _none_first(word: str) -> tuple[bool, str]:
    return word != NONE, word
