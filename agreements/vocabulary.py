"""The closed vocabularies as published: every word with its definition and the standard term it maps to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from agreements import categories, definitions, notices
from agreements.agreement import Obligation
from agreements.document import Json
from agreements.exceptions import ELEMENTS, may_state
from agreements.terms import Category, Ground, Level, ObligationCode

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Term:
    """One word; `maps_to` is the nearest term of DPV, HL7 v3, ODRL, NIEM, FHIR or ORG, by prefix."""

    code: str
    definition: str
    maps_to: str


def _terms(table: Mapping[E, tuple[str, ...]]) -> Mapping[str, Term]:
    return MappingProxyType({word.value: Term(word.value, said[0], said[1]) for word, said in table.items()})


PURPOSES: Final = _terms(definitions.PURPOSES)
CATEGORIES: Final = _terms(categories.CATEGORIES)
GROUNDS: Final = _terms(definitions.GROUNDS)
OBLIGATIONS: Final = _terms(notices.OBLIGATIONS)
ROLES: Final = _terms(definitions.ROLES)
SECTORS: Final = _terms(definitions.SECTORS)
SUBJECTS: Final = _terms(definitions.SUBJECTS)
ACTS: Final = _terms(definitions.ACTS)
REVIEWS: Final = _terms(definitions.REVIEWS)
PROCESSES: Final = _terms(definitions.PROCESSES)
BASES: Final = _terms(definitions.BASES)
GRANTORS: Final = _terms(definitions.GRANTORS)
LEVELS: Final = MappingProxyType(
    {level.word: Term(level.word, *definitions.LEVELS[level]) for level in sorted(Level)}
)


def sentences(terms: Mapping[str, Term]) -> Mapping[str, str]:
    """The definition of each word, as an editor shows it."""
    return {code: term.definition for code, term in terms.items()}


def sensitivity(category: Category) -> str:
    """HL7 label of a category: confidentiality N, R or V, or sensitivity PSY, ETH or SDV."""
    return categories.CATEGORIES[category][2]


def obligation_text(code: ObligationCode) -> str:
    """The duty or statutory notice as it stands in an answer.

    42 CFR 2.32(a)(2) for the Part 2 notice, 34 CFR 99.33(a) and (d) for education records.
    """
    return notices.OBLIGATIONS[code][2]


def duty_text(duty: Obligation) -> str:
    """The duty as it stands in an answer, with the places and the parties its clause or law names."""
    named = (("Keep it in", duty.places), ("Never put it in", duty.never_in), ("Tell", duty.whom))
    said = (f"{verb}: {', '.join(sorted(tokens))}." for verb, tokens in named if tokens)
    return " ".join((obligation_text(duty.code), *said))


def vocabulary() -> dict[str, Json]:
    """All vocabularies, ready for JSON: a list of terms under each name, in the order of declaration."""
    return {
        "purposes": _plain(PURPOSES),
        "categories": [
            _entry(term) | {"sensitivity": sensitivity(Category(code))} for code, term in CATEGORIES.items()
        ],
        "exceptions": [_entry(term) | _ground(Ground(code)) for code, term in GROUNDS.items()],
        "obligations": [
            _entry(term) | {"text": obligation_text(ObligationCode(code))}
            for code, term in OBLIGATIONS.items()
        ],
        "roles": _plain(ROLES),
        "levels": _plain(LEVELS),
        "sectors": _plain(SECTORS),
        "subjects": _plain(SUBJECTS),
        "acts": _plain(ACTS),
        "reviews": _plain(REVIEWS),
        "legal_processes": _plain(PROCESSES),
        "bases": _plain(BASES),
        "grantors": _plain(GRANTORS),
    }


def _plain(terms: Mapping[str, Term]) -> Json:
    return [_entry(term) for term in terms.values()]


def _entry(term: Term) -> dict[str, Json]:
    return {"code": term.code, "definition": term.definition, "maps_to": term.maps_to}


def _ground(ground: Ground) -> dict[str, Json]:
    elements: dict[str, Json] = {name: kind.value for name, kind in ELEMENTS[ground].items()}
    further: list[Json] = [*sorted(may_state(ground) - ELEMENTS[ground].keys())]
    return {"citation": definitions.GROUNDS[ground][2], "elements": elements, "may_name": further}
