"""Which category each of a person's FHIR resources leaves under, and which under none. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.fhir_labels import PLAIN, Sensitivity, sensitivity
from adapters.fhir_search import Resource
from adapters.source_json import Json, as_list, as_object, as_text
from agreements.terms import Category

KINDS: Final[Mapping[Category, tuple[str, ...]]] = {
    Category.HEALTH: ("Condition", "AllergyIntolerance", "Encounter"),
    Category.MENTAL_HEALTH: ("Condition", "CarePlan", "Encounter"),
    Category.SUBSTANCE_USE: ("Condition", "Encounter"),
    Category.VICTIM_INJURY: ("Condition",),
    Category.PSYCHOTHERAPY_NOTES: ("DocumentReference", "Observation"),
}
# Conditions come first: what they are decides what the encounters and care plans about them are.
READING_ORDER: Final = (
    "Condition",
    "AllergyIntolerance",
    "CarePlan",
    "Encounter",
    "DocumentReference",
    "Observation",
)
# An unlabelled, uncoded resource of these types is ordinary health information; of others it is nothing.
_ORDINARY_KINDS: Final = frozenset({"Condition", "AllergyIntolerance", "Encounter"})
# A protected category that may stand for another one beside it on the same resource.
_COVERS: Final[Mapping[Category, frozenset[Category]]] = {
    Category.PSYCHOTHERAPY_NOTES: frozenset({Category.MENTAL_HEALTH}),
    Category.SUBSTANCE_USE: frozenset({Category.MENTAL_HEALTH}),
}
# Recorded by mistake, ruled out, or not happened.
_VOID: Final = frozenset({"entered-in-error", "refuted", "cancelled", "planned"})
# Types whose `status` FHIR R4 demands: without it nobody knows whether the thing happened.
_WITH_STATUS: Final = frozenset({"CarePlan", "Encounter", "DocumentReference", "Observation"})


@dataclass(slots=True)
class Sorting:
    """Resources of one person by category; every type is added whole, in `READING_ORDER`.

    An encounter or a care plan about a diagnosis is as protected as the diagnosis. One about something
    that was not seen, or cannot be told to one category, is in no category. `of_person` is what the Patient
    is labelled as: it holds for everything about them, and moves nothing into a category of its own.
    """

    of_person: Sensitivity = PLAIN
    places: dict[Category, list[tuple[str, str]]] = field(default_factory=dict)
    seen: dict[tuple[str, str], Sensitivity] = field(default_factory=dict)
    _encounter: dict[str, list[Sensitivity]] = field(default_factory=dict)

    def add(self, kind: str, resources: Iterable[Resource]) -> None:
        for resource in resources:
            category = self._place(kind, resource)
            if category is not None and not _is_void(kind, resource):
                self.places.setdefault(category, []).append((kind, as_text(resource.get("id"))))

    def _place(self, kind: str, resource: Resource) -> Category | None:
        own = self.seen[kind, as_text(resource.get("id"))] = sensitivity(resource)
        if kind == "Condition" and (encounter := _target(resource.get("encounter"), "Encounter")):
            self._encounter.setdefault(encounter, []).append(own)
        whole = own
        for each in self._linked(kind, resource):
            if each is None:
                return None
            whole = whole.joined(each)
        category = settle(kind, whole.categories, restricted=whole.restricted)
        bound = whole.joined(self.of_person)
        unmoved = settle(kind, bound.categories, restricted=bound.restricted) is category
        return category if unmoved and not bound.withheld else None

    def _linked(self, kind: str, resource: Resource) -> list[Sensitivity | None]:
        """The sensitivity of everything the resource is about; None for what was not seen."""
        about: list[Json] = []
        if kind == "CarePlan":
            about = as_list(resource.get("addresses"))
        elif kind == "Encounter":
            diagnoses = map(as_object, as_list(resource.get("diagnosis")))
            about = as_list(resource.get("reasonReference")) + [each.get("condition") for each in diagnoses]
        linked = [self.seen.get(("Condition", _target(each, "Condition"))) for each in about]
        pointing = self._encounter.get(as_text(resource.get("id")), []) if kind == "Encounter" else []
        return [*linked, *pointing]


def settle(kind: str, categories: frozenset[Category], *, restricted: bool) -> Category | None:
    """The one category a resource may leave under: the most protected that fits, or none."""
    if not categories:
        return Category.HEALTH if kind in _ORDINARY_KINDS and not restricted else None
    for category in categories:
        if categories - {category} <= _COVERS.get(category, frozenset()):
            return category if kind in KINDS[category] else None
    return None


def _is_void(kind: str, resource: Resource) -> bool:
    if kind in _WITH_STATUS and not as_text(resource.get("status")):
        return True
    verification = resource.get("verificationStatus")
    concept = as_object(verification) if verification is not None else {}
    codes = {as_text(as_object(each).get("code")) for each in as_list(concept.get("coding"))}
    return bool(_VOID & (codes | {as_text(resource.get("status"))}))


def _target(reference: Json, kind: str) -> str:
    """The id a reference leads to if it leads to that type, else the empty string."""
    if reference is None:
        return ""
    path = as_text(as_object(reference).get("reference")).partition("/_history/")[0].split("/")
    return path[-1] if len(path) > 1 and path[-2] == kind else ""
