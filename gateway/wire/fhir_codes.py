"""Codes of FHIR R4 Consents and what each means here; a code that is not listed means nothing and is refused.

Systems: HL7 terminology (v3 ActReason, ActCode, ParticipationType, RoleCode; consent scope and action),
LOINC, and our own words. A broader code of HL7's stands for every word of ours below it, a narrower one for
none.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from agreements.terms import Category, GrantorKind, Purpose

T = TypeVar("T")
Code = tuple[str, str]
"""A code system and a code in it."""

_HL7: Final = "http://terminology.hl7.org/CodeSystem/"
ACT_CODE: Final = f"{_HL7}v3-ActCode"
ACT_REASON: Final = f"{_HL7}v3-ActReason"
PARTICIPATION: Final = f"{_HL7}v3-ParticipationType"
ROLE_CODE: Final = f"{_HL7}v3-RoleCode"
SCOPE: Final = f"{_HL7}consentscope"
ACTION: Final = f"{_HL7}consentaction"
LOINC: Final = "http://loinc.org"

AGENCY: Final = "urn:partner-gateway:agency"
CONSENT: Final = "urn:partner-gateway:consent"
"""Names a person as the subject of a consent on record, without saying who that is."""
DIGEST: Final = "urn:partner-gateway:fhir:digest"
PURPOSE: Final = "urn:partner-gateway:purpose"
CATEGORY: Final = "urn:partner-gateway:category"
GRANTOR: Final = "urn:partner-gateway:grantor"


class Base(StrEnum):
    """What holds where no provision says otherwise (`Consent.policyRule`)."""

    OPT_IN = "OPTIN"
    OPT_OUT = "OPTOUT"


class Part(StrEnum):
    """What an actor of a provision does."""

    CUSTODIAN = "custodian"
    RECIPIENT = "recipient"


PRIVACY: Final[Mapping[Code, bool]] = {(SCOPE, "patient-privacy"): True}

KINDS: Final[Mapping[Code, bool]] = dict.fromkeys(
    [(LOINC, "59284-0"), (LOINC, "64292-6"), (ACT_CODE, "IDSCL"), (ACT_CODE, "INFA")], True
)
"""Documents that consent to disclosure: patient consent, release of information, information disclosure."""

BASES: Final[Mapping[Code, Base]] = {(ACT_CODE, base.value): base for base in Base}

PARTS: Final[Mapping[Code, Part]] = {
    (PARTICIPATION, "CST"): Part.CUSTODIAN,
    (PARTICIPATION, "IRCP"): Part.RECIPIENT,
    (PARTICIPATION, "PRCP"): Part.RECIPIENT,
}

ACTIONS: Final[Mapping[Code, bool]] = {
    (ACTION, "access"): True,
    (ACTION, "disclose"): True,
    (ACTION, "collect"): False,
    (ACTION, "use"): False,
    (ACTION, "correct"): False,
}
"""Whether an action is, or includes, that the custodian tells the recipient."""

PURPOSES: Final[Mapping[Code, frozenset[Purpose]]] = {
    **{(PURPOSE, purpose.value): frozenset({purpose}) for purpose in Purpose},
    (ACT_REASON, "TREAT"): frozenset({Purpose.TREATMENT}),
    (ACT_REASON, "CAREMGT"): frozenset({Purpose.CASE_MANAGEMENT}),
    (ACT_REASON, "THREAT"): frozenset({Purpose.THREAT_ASSESSMENT, Purpose.DUTY_TO_WARN}),
}

CLASSES: Final[Mapping[Code, frozenset[Category]]] = {
    (CATEGORY, category.value): frozenset({category}) for category in Category
}

LABELS: Final[Mapping[Code, frozenset[Category]]] = {
    (ACT_CODE, "PSY"): frozenset({Category.MENTAL_HEALTH}),
    (ACT_CODE, "MH"): frozenset({Category.MENTAL_HEALTH}),
    (ACT_CODE, "PSYTHPN"): frozenset({Category.PSYCHOTHERAPY_NOTES}),
    (ACT_CODE, "ETH"): frozenset({Category.SUBSTANCE_USE}),
    (ACT_CODE, "SUD"): frozenset({Category.SUBSTANCE_USE}),
    (ACT_CODE, "SDV"): frozenset({Category.VICTIM_INJURY, Category.VICTIM_SERVICES}),
}

RELATIONSHIPS: Final[Mapping[Code, GrantorKind]] = {
    (GRANTOR, "guardian"): GrantorKind.GUARDIAN,
    (GRANTOR, "victim"): GrantorKind.VICTIM,
    (ROLE_CODE, "GUARD"): GrantorKind.GUARDIAN,
    (ROLE_CODE, "PRN"): GrantorKind.GUARDIAN,
    (ROLE_CODE, "MTH"): GrantorKind.GUARDIAN,
    (ROLE_CODE, "FTH"): GrantorKind.GUARDIAN,
}
"""Who consents for the patient; anybody else is not known to be entitled to."""
