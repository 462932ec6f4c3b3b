"""What a form offers to choose from, each word with what it means. Pure but for what the services tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agreements.exceptions import ELEMENTS, ElementKind
from agreements.terms import Category, GrantorKind, Ground, Level, ProcessKind, Purpose
from agreements.vocabulary import CATEGORIES, GRANTORS, GROUNDS, LEVELS, PROCESSES, PURPOSES, Term
from gateway.console.visit import Visit
from gateway.console.words import plain, worded


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a ground: words to write, or a statement to affirm."""

    name: str
    affirmed: bool


def _of(terms: Mapping[str, Term], words: Mapping[str, str] | None = None) -> tuple[Choice, ...]:
    return tuple(
        Choice(code, (words or {}).get(code) or plain(code), term.definition) for code, term in terms.items()
    )


purposes: Final = _of({word.value: PURPOSES[word.value] for word in Purpose})
categories: Final = _of({word.value: CATEGORIES[word.value] for word in Category})
levels: Final = _of(LEVELS, {level.word: worded(level.word) for level in Level})
processes: Final = _of({word.value: PROCESSES[word.value] for word in ProcessKind})
grantors: Final = _of({word.value: GRANTORS[word.value] for word in GrantorKind})
grounds: Final = _of({word.value: GROUNDS[word.value] for word in Ground})


def elements(ground: str) -> tuple[Element, ...]:
    return tuple(Element(name, kind is ElementKind.TRUE) for name, kind in ELEMENTS[Ground(ground)].items())


def agencies(visit: Visit) -> tuple[Choice, ...]:
    return tuple(Choice(one.id, one.name) for one in visit.gateway.site.agencies.values())


def partners(visit: Visit) -> tuple[Choice, ...]:
    """Whom the person's agency may ask, with about what."""
    named = visit.gateway.site.agencies
    return tuple(
        Choice(id, named[id].name, ", ".join(plain(category) for category in found))
        for id, found in visit.gateway.what_if.askable(visit.agency).items()
    )


def askable_categories(visit: Visit) -> tuple[Choice, ...]:
    """The categories of which some partner may be asked."""
    found = {one.value for some in visit.gateway.what_if.askable(visit.agency).values() for one in some}
    return tuple(choice for choice in categories if choice.value in found)
