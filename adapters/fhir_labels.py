"""Which category a FHIR resource belongs to, by its security labels and its diagnosis codes.

Labels: HL7 v3 ActCode (information sensitivity) and Confidentiality, as FHIR R4 "Security Labels" puts
them in `meta.security`. Codes: ICD-10 and ICD-10-CM by chapter, ICD-11 chapter 6, and a short list of
SNOMED CT concepts, which has no hierarchy here: a custodian that codes in SNOMED CT must label.

A label nobody here knows withholds its resource, and so does a diagnosis in no known code system.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.fhir_search import Resource
from adapters.source_json import Json, as_list, as_object, as_text
from agreements.terms import Category

ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
SNOMED: Final = "http://snomed.info/sct"

_ACT_CODE_NAMES: Final = frozenset(
    {ACT_CODE, "http://hl7.org/fhir/v3/ActCode", "urn:oid:2.16.840.1.113883.5.4"}
)
_CONFIDENTIALITY_NAMES: Final = frozenset(
    {CONFIDENTIALITY, "http://hl7.org/fhir/v3/Confidentiality", "urn:oid:2.16.840.1.113883.5.25"}
)
_ICD_10_NAMES: Final = ("http://hl7.org/fhir/sid/icd-10", "urn:oid:2.16.840.1.113883.6.90")
_ICD_11_NAME: Final = "http://id.who.int/icd/release/11"

_OF_LABEL: Final = {
    "PSYTHPN": Category.PSYCHOTHERAPY_NOTES,
    "ETH": Category.SUBSTANCE_USE,
    "SUD": Category.SUBSTANCE_USE,
    "ETHUD": Category.SUBSTANCE_USE,
    "OPIOIDUD": Category.SUBSTANCE_USE,
    "42CFRPart2": Category.SUBSTANCE_USE,
    "PSY": Category.MENTAL_HEALTH,
    "MH": Category.MENTAL_HEALTH,
    "SDV": Category.VICTIM_INJURY,
}
# Behavioural health without saying which, and the confidentiality codes above normal.
_UNSPECIFIC: Final = frozenset({"BH", "R", "V"})
_ORDINARY: Final = frozenset({"U", "L", "M", "N"})

# Codes that name a category, tried in this order; each pattern must fit from the start of the code.
_CODES: Final[Mapping[str, tuple[tuple[Category, re.Pattern[str]], ...]]] = {
    "icd-10": (
        (
            Category.SUBSTANCE_USE,
            re.compile(
                r"F1|G62\.?1|I42\.?6|K29\.?2|K70|K85\.?2|K86\.?0|O99\.?3[12]|R78\.?0|T40|T51|Z71\.?[45]|Z72\.?[12]"
            ),
        ),
        (Category.MENTAL_HEALTH, re.compile(r"F|R45\.?851|T14\.?91|X[67]\d|X8[0-4]|Z91\.?5")),
        (
            Category.VICTIM_INJURY,
            re.compile(r"O9A\.?[345]|T7[46]|X9[2-9]|Y0[0-9]|Z04\.?[47]|Z62\.?81|Z69\.?(01|11|81)|Z91\.?41"),
        ),
    ),
    "icd-11": (
        (Category.SUBSTANCE_USE, re.compile(r"6C4")),
        (Category.MENTAL_HEALTH, re.compile(r"6|MB26\.A|PC|PD")),
        (Category.VICTIM_INJURY, re.compile(r"PE|PF|PJ2")),
    ),
    "snomed": (
        (
            Category.SUBSTANCE_USE,
            re.compile(
                r"(5602001|6525002|7200002|15167005|26416006|66590003|75544000|191816009|361055000|56294008"
                r"|55680006)\Z"
            ),
        ),
        (
            Category.MENTAL_HEALTH,
            re.compile(
                r"(6471006|13746004|17226007|20010003|21897009|35489007|36923009|47505003|48694002|58214004"
                r"|66344007|69322001|72366004|73867007|74732009|80583007|82313006|191736004|197480006"
                r"|231504006|370143000|371631005|406506008|736253002)\Z"
            ),
        ),
        (Category.VICTIM_INJURY, re.compile(r"(397940009|706893006)\Z")),
    ),
}


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What a resource says of itself: the protected categories that fit, and whether it is restricted.

    `withheld` stands for a label or a diagnosis that is not understood; it is never released.
    """

    categories: frozenset[Category]
    restricted: bool
    withheld: bool

    def joined(self, other: Sensitivity) -> Sensitivity:
        """What both say together."""
        return Sensitivity(
            self.categories | other.categories,
            self.restricted or other.restricted,
            self.withheld or other.withheld,
        )


PLAIN: Final = Sensitivity(frozenset(), restricted=False, withheld=False)


def sensitivity(resource: Resource) -> Sensitivity:
    """Read a resource's labels and codes.

    Raises:
        SourceError: it is not shaped as FHIR R4 says (`MALFORMED`).
    """
    labels = list(_labels(resource))
    withheld = any(resource.get(name) for name in ("modifierExtension", "implicitRules"))
    known = {_OF_LABEL[code] for system, code in labels if system == ACT_CODE and code in _OF_LABEL}
    rest = {(system, code) for system, code in labels if not (system == ACT_CODE and code in _OF_LABEL)}
    restricted = any(code in _UNSPECIFIC for system, code in rest if system)
    withheld |= any(not _is_plain(system, code) for system, code in rest)
    categories = frozenset(known | set(_coded(resource)))
    if resource.get("resourceType") == "Condition" and not categories:
        withheld |= not any(_system_kind(system) for system, _ in codings([resource.get("code")]))
    return Sensitivity(categories, restricted, withheld)


def codings(concepts: Iterable[Json]) -> list[tuple[str, str]]:
    """The (system, code) pairs of CodeableConcepts, absent ones skipped."""
    found: list[tuple[str, str]] = []
    for concept in concepts:
        if concept is not None:
            found += [_pair(coding) for coding in as_list(as_object(concept).get("coding"))]
    return found


def _pair(coding: Json) -> tuple[str, str]:
    members = as_object(coding)
    return as_text(members.get("system")), as_text(members.get("code"))


def _labels(resource: Resource) -> Iterable[tuple[str, str]]:
    """Labels with their code system's one current name; a document carries some of its own besides."""
    meta = as_object(resource.get("meta", {}))
    pairs = [_pair(coding) for coding in as_list(meta.get("security"))]
    for system, code in pairs + codings(as_list(resource.get("securityLabel"))):
        if system in _ACT_CODE_NAMES:
            yield ACT_CODE, code
        elif system in _CONFIDENTIALITY_NAMES:
            yield CONFIDENTIALITY, code
        else:
            yield "", code


def _is_plain(system: str, code: str) -> bool:
    if system == CONFIDENTIALITY:
        return code in _ORDINARY or code in _UNSPECIFIC
    return system == ACT_CODE and code in _UNSPECIFIC


def _coded(resource: Resource) -> Iterable[Category]:
    concepts: list[Json] = [resource.get(name) for name in ("code", "serviceType")]
    for name in ("reasonCode", "category", "type"):
        value = resource.get(name)
        concepts += value if isinstance(value, list) else [value]
    # An allergy's `category` is a list of plain codes, which say nothing of sensitivity.
    for system, code in codings(each for each in concepts if not isinstance(each, str)):
        category = _category_of_code(system, code.upper())
        if category is not None:
            yield category


def _system_kind(system: str) -> str:
    if system.startswith(_ICD_10_NAMES):
        return "icd-10"
    if system.startswith(_ICD_11_NAME):
        return "icd-11"
    return "snomed" if system == SNOMED else ""


def _category_of_code(system: str, code: str) -> Category | None:
    patterns = _CODES.get(_system_kind(system), ())
    return next((category for category, pattern in patterns if pattern.match(code)), None)
