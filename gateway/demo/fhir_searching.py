"""Searching as FHIR R4 says (chapter 3.1.1), for the few resource types and parameters the demo county has.

Written to the published standard and to nothing else: it knows nothing of how the gateway asks.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

Resource = Mapping[str, Any]

# Search parameters: name -> (type, path of elements). FHIR R4 "Search Parameter Registry".
_COMMON: Final = {"_id": ("token", "id"), "_security": ("token", "meta.security")}
_OF_PATIENT: Final = {"patient": ("reference", "subject"), **_COMMON}
PARAMETERS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "Patient": {
        "identifier": ("token", "identifier"),
        "family": ("string", "name.family"),
        "given": ("string", "name.given"),
        "name": ("string", "name"),
        "birthdate": ("date", "birthDate"),
        **_COMMON,
    },
    "Condition": {"code": ("token", "code"), "category": ("token", "category"), **_OF_PATIENT},
    "CarePlan": {"category": ("token", "category"), "status": ("token", "status"), **_OF_PATIENT},
    "Encounter": {
        "class": ("token", "class"),
        "type": ("token", "type"),
        "status": ("token", "status"),
        **_OF_PATIENT,
    },
    "DocumentReference": {"type": ("token", "type"), "category": ("token", "category"), **_OF_PATIENT},
    "Observation": {"code": ("token", "code"), "category": ("token", "category"), **_OF_PATIENT},
    "AllergyIntolerance": {"code": ("token", "code"), "patient": ("reference", "patient"), **_COMMON},
}
RESULT_PARAMETERS: Final = frozenset({"_count", "_elements", "_total", "_format"})

_MANDATORY: Final = {"resourceType", "id", "meta", "implicitRules", "modifierExtension"}
_SUBSETTED: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}
_ALTERNATIVE: Final = re.compile(r"(?:\\.|[^\\,])+")
_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_ESCAPE: Final = re.compile(r"\\([\\,$|])")


class BadSearchError(Exception):
    """The search breaks a rule of FHIR; `code` is an IssueType."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Shelf:
    """All resources of one type, indexed for its search parameters when they are put on it."""

    def __init__(self, kind: str, resources: Sequence[Resource]) -> None:
        self._parameters = PARAMETERS[kind]
        self._resources = resources
        self._index = {
            name: _INDEXES[type_]([_walk(each, path) for each in resources])
            for name, (type_, path) in self._parameters.items()
        }

    def search(
        self, form: Iterable[tuple[str, str]], *, strict: bool
    ) -> tuple[list[Resource], list[tuple[str, str]]]:
        """The resources that fit all parameters, and the parameters honoured.

        Raises:
            BadSearchError: a value is malformed; or, in `strict` handling, a parameter is not supported.
        """
        fitting = set(range(len(self._resources)))
        honoured: list[tuple[str, str]] = []
        for key, value in form:
            name, _, modifier = key.partition(":")
            index = self._index.get(name)
            if index is not None and modifier in index.modifiers:
                hits: set[int] = set()
                for alternative in _ALTERNATIVE.findall(value):
                    hits |= index.find(alternative, modifier)
                fitting = fitting - hits if modifier == "not" else fitting & hits
                honoured.append((key, value))
            elif name not in RESULT_PARAMETERS and strict:
                raise BadSearchError("not-supported", "a search parameter or modifier is not supported")
        return [self._resources[place] for place in sorted(fitting)], honoured


class _Index(Protocol):
    """Where the values of one search parameter stand; a place is a resource's position on the shelf."""

    modifiers: frozenset[str]

    def find(self, value: str, modifier: str, /) -> set[int]: ...


class _Strings:
    modifiers = frozenset({"", "exact", "contains"})

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        texts = [
            (text, place) for place, found in enumerate(rows) for each in found for text in _strings(each)
        ]
        self._texts = [(_fold(text), text, place) for text, place in texts]

    def find(self, value: str, modifier: str, /) -> set[int]:
        """FHIR strings match from their start, without regard to case and accents, unless told otherwise."""
        wanted = _ESCAPE.sub(r"\1", value)
        if modifier == "exact":
            return {place for _, text, place in self._texts if text == wanted}
        folded = _fold(wanted)
        if modifier == "contains":
            return {place for text, _, place in self._texts if folded in text}
        return {place for text, _, place in self._texts if text.startswith(folded)}


class _Tokens:
    modifiers = frozenset({"", "not"})

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self._places: dict[str, set[int]] = defaultdict(set)
        for place, found in enumerate(rows):
            for system, code in (coding for each in found for coding in _codings(each)):
                for form in (code, f"{system}|{code}", f"{system}|"):
                    self._places[form].add(place)

    def find(self, value: str, _: str, /) -> set[int]:
        """`code`, `system|code`, `|code` (of no system) or `system|` (any code)."""
        return self._places.get(_ESCAPE.sub(r"\1", value), set())


class _References:
    modifiers = frozenset({""})

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self._places: dict[str, set[int]] = defaultdict(set)
        for place, found in enumerate(rows):
            for each in found:
                self._places[str(each.get("reference", ""))].add(place)

    def find(self, value: str, _: str, /) -> set[int]:
        return self._places.get(value if "/" in value else f"Patient/{value}", set())


class _Dates:
    modifiers = frozenset({""})

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self._places: dict[str, set[int]] = defaultdict(set)
        for place, found in enumerate(rows):
            for day in map(str, found):
                for length in (4, 7, 10):
                    if len(day) >= length:
                        self._places[day[:length]].add(place)

    def find(self, value: str, _: str, /) -> set[int]:
        """`eq`: the element's whole range lies within the value's, each as precise as it is given."""
        wanted = value.removeprefix("eq")
        if not _DATE.fullmatch(wanted):
            raise BadSearchError("value", "a date search value is not supported")
        return self._places.get(wanted, set())


_INDEXES: Final[Mapping[str, Callable[[Sequence[Sequence[Any]]], _Index]]] = {
    "string": _Strings,
    "token": _Tokens,
    "reference": _References,
    "date": _Dates,
}


def subset(resource: Resource, elements: Sequence[str]) -> dict[str, Any]:
    """The elements asked for, besides those a client must always have, marked as incomplete."""
    wanted = _MANDATORY | set(elements)
    kept = {key: value for key, value in resource.items() if key in wanted or _choice_of(key) in wanted}
    meta = dict(kept.get("meta", {}))
    return {**kept, "meta": {**meta, "tag": [*meta.get("tag", []), _SUBSETTED]}}


def _choice_of(key: str) -> str:
    """`onset` for `onsetDateTime`: the base name of a choice of data types."""
    return re.sub(r"(DateTime|Period|Age|String|Instant)$", "", key)


def _walk(resource: Resource, path: str) -> list[Any]:
    found: list[Any] = [resource]
    for name in path.split("."):
        steps = [each[name] for each in found if isinstance(each, Mapping) and name in each]
        found = [item for step in steps for item in (step if isinstance(step, list) else [step])]
    return found


def _strings(element: Any) -> Iterable[str]:
    if isinstance(element, str):
        yield element
    elif isinstance(element, Mapping):
        for value in element.values():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, str):
                    yield item


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold().strip()


def _codings(element: Any) -> Iterable[tuple[str, str]]:
    if isinstance(element, str):
        yield "", element
    elif isinstance(element, Mapping):
        for coding in element.get("coding", [element]):
            yield coding.get("system", ""), coding.get("code", coding.get("value", ""))
