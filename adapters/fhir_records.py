"""Clinical FHIR R4 resources in our terms. Pure.

Which elements of a resource are asked for, and how a category's resources become one `Holding`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from adapters.fhir_search import Resource
from adapters.partner import Fault, SourceError
from adapters.source_json import Json, as_list, as_object, as_text
from agreements.permit import FieldValue, Holding
from agreements.terms import Category

FIELDS: Final[Mapping[Category, frozenset[str]]] = {
    Category.HEALTH: frozenset({"conditions", "allergies", "last_encounter"}),
    Category.MENTAL_HEALTH: frozenset({"diagnoses", "care_plan_title", "last_contact"}),
    Category.SUBSTANCE_USE: frozenset({"diagnoses", "last_contact"}),
    Category.VICTIM_INJURY: frozenset({"injuries", "last_recorded"}),
    Category.PSYCHOTHERAPY_NOTES: frozenset({"note_types", "last_note"}),
}
_SORTING: Final = "id,meta,implicitRules,modifierExtension"
_SORTING_ELEMENTS: Final = {
    "Condition": "subject,code,category,encounter,verificationStatus",
    "AllergyIntolerance": "patient,code,verificationStatus",
    "CarePlan": "subject,status,category,addresses",
    "Encounter": "subject,status,type,serviceType,reasonCode,reasonReference,diagnosis",
    "DocumentReference": "subject,status,type,category,securityLabel",
    "Observation": "subject,status,code,category",
}
# Servers differ in whether a choice such as onset[x] is asked for by its base name or by its JSON name.
_DATE_ELEMENTS: Final = {
    "Condition": "onset,onsetDateTime,recordedDate",
    "AllergyIntolerance": "recordedDate",
    "CarePlan": "period",
    "Encounter": "period",
    "DocumentReference": "date",
    "Observation": "effective,effectiveDateTime",
}
_DAY: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")

_LONGEST_TEXT: Final = 120
_MOST_ENTRIES: Final = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource as it may be told: what it is and when, the day as precisely as FHIR gave it."""

    kind: str
    display: str
    day: str
    title: str = ""


def sorting_elements(kind: str) -> str:
    """The elements that say which category a resource is of and whom it is about, and nothing more."""
    return f"{_SORTING},{_SORTING_ELEMENTS[kind]}"


def telling_elements(kind: str, fields: frozenset[str]) -> str:
    """Besides those, the elements a summary and the given fields are made of."""
    title = ",title" if kind == "CarePlan" and "care_plan_title" in fields else ""
    return f"{sorting_elements(kind)},{_DATE_ELEMENTS[kind]}{title}"


def check_subject(resource: Resource, people: Sequence[str], base_url: str) -> None:
    """Make sure a resource is about one of the people asked about.

    Raises:
        SourceError: it is about somebody else, or does not say (`MISMATCH`).
    """
    about = as_object(
        resource.get("patient" if resource["resourceType"] == "AllergyIntolerance" else "subject", {})
    )
    reference = as_text(about.get("reference")).removeprefix(base_url + "/")
    if reference.partition("/_history/")[0] not in {f"Patient/{each}" for each in people}:
        raise SourceError(Fault.MISMATCH)


def read_entry(resource: Resource) -> Entry:
    """What a resource says, by the display of its codes; free text is not read."""
    kind = as_text(resource.get("resourceType"))
    if kind == "CarePlan":
        display = _display(as_list(resource.get("category")), "Care plan")
    elif kind == "DocumentReference":
        display = _display([resource.get("type")], "Document")
    elif kind == "Encounter":
        display = "Contact"
    else:
        display = _display([resource.get("code")], "Uncoded entry")
    return Entry(kind, display, _day_of(resource), clean(as_text(resource.get("title"))))


def holding(category: Category, entries: Sequence[Entry]) -> Holding:
    """One category's entries as a summary and the fields of that category that have a value."""
    latest = sorted(entries, key=lambda each: (each.day, each.display), reverse=True)
    told = [each for each in latest if each.kind != "Encounter"]
    contact = next((each.day for each in latest if each.kind == "Encounter" and each.day), None)
    fields = _FIELDS_OF[category](told, contact)
    return Holding(
        category, _summary(told, contact), {name: value for name, value in fields.items() if value}
    )


def clean(text: str) -> str:
    """Text on one line, without invisible characters, of bounded length."""
    plain = " ".join(_UNSEEN.sub(" ", text).split())
    return plain if len(plain) <= _LONGEST_TEXT else plain[: _LONGEST_TEXT - 1] + "…"


def _display(concepts: Iterable[Json], otherwise: str) -> str:
    found = [
        as_object(coding) for each in concepts if each for coding in as_list(as_object(each).get("coding"))
    ]
    for name in ("display", "code"):
        for coding in found:
            if text := clean(as_text(coding.get(name))):
                return text
    return otherwise


def _day_of(resource: Resource) -> str:
    period = resource.get("period")
    spans = as_object(period) if period is not None else {}
    candidates = [
        resource.get(name) for name in ("onsetDateTime", "effectiveDateTime", "date", "recordedDate")
    ]
    for value in [*candidates, spans.get("start"), spans.get("end")]:
        match = _DAY.match(as_text(value))
        if match and _is_a_day(match[0]):
            return match[0]
    return ""


def _is_a_day(text: str) -> bool:
    """Whether a year, month or day written so far is one of the calendar."""
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True


def _summary(told: Sequence[Entry], contact: str | None) -> str:
    lines = list(dict.fromkeys(f"{each.display} ({each.day})" if each.day else each.display for each in told))
    shown = lines[:_MOST_ENTRIES]
    if len(lines) > len(shown):
        shown.append(f"and {len(lines) - len(shown)} more")
    if contact:
        shown.append(f"last contact {contact}")
    return "; ".join(shown)


def _displays(told: Iterable[Entry], kind: str | None = None) -> list[str | int | float | bool | None]:
    return list(dict.fromkeys(each.display for each in told if kind in (None, each.kind)))


def _latest(told: Iterable[Entry]) -> str | None:
    return next((each.day for each in told if each.day), None)


def _health(told: Sequence[Entry], contact: str | None) -> dict[str, FieldValue]:
    return {
        "conditions": _displays(told, "Condition"),
        "allergies": _displays(told, "AllergyIntolerance"),
        "last_encounter": contact,
    }


def _mental_health(told: Sequence[Entry], contact: str | None) -> dict[str, FieldValue]:
    return {
        "diagnoses": _displays(told, "Condition"),
        "care_plan_title": next((each.title for each in told if each.title), None),
        "last_contact": contact,
    }


def _substance_use(told: Sequence[Entry], contact: str | None) -> dict[str, FieldValue]:
    return {"diagnoses": _displays(told), "last_contact": contact}


def _victim_injury(told: Sequence[Entry], _: str | None) -> dict[str, FieldValue]:
    return {"injuries": _displays(told), "last_recorded": _latest(told)}


def _psychotherapy_notes(told: Sequence[Entry], _: str | None) -> dict[str, FieldValue]:
    return {"note_types": _displays(told), "last_note": _latest(told)}


_FIELDS_OF: Final = {
    Category.HEALTH: _health,
    Category.MENTAL_HEALTH: _mental_health,
    Category.SUBSTANCE_USE: _substance_use,
    Category.VICTIM_INJURY: _victim_injury,
    Category.PSYCHOTHERAPY_NOTES: _psychotherapy_notes,
}
