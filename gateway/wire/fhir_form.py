"""The shape of a FHIR R4 Consent as it is read here: every element either has a meaning below or is harmless.

An element that is not named is refused, because what it says might narrow the consent: `modifierExtension`
and `implicitRules` everywhere, and in a provision `code`, `data` and `dataPeriod`, which pick single records
where a consent of ours only knows categories.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agreements.document import Json, Node
from agreements.form import Form, Schema, list_of
from agreements.record import optional, record, required, tagged
from agreements.scalar import boolean, text, word
from gateway.wire.body import LINE
from gateway.wire.fhir_codes import Code
from gateway.wire.fhir_elements import (
    CODING,
    CONCEPT,
    HARMLESS,
    HUMAN_NAME,
    IDENTIFIER,
    MOST,
    PERIOD,
    RAW,
    REFERENCE,
    URI,
    Identifier,
    Period,
    Reference,
    element,
)
from gateway.wire.span import START


@dataclass(frozen=True, slots=True)
class Actor:
    role: tuple[Code, ...]
    reference: Reference


@dataclass(frozen=True, slots=True)
class Provision:
    type: str | None
    period: Period
    actor: tuple[Actor, ...]
    action: tuple[tuple[Code, ...], ...]
    security_label: tuple[Code, ...]
    purpose: tuple[Code, ...]
    classes: tuple[Code, ...]
    provision: tuple[Provision, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    data: str | None
    hash: str | None
    title: str
    creation: datetime | None
    extension: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Patient:
    members: Mapping[str, Json]

    @property
    def id(self) -> object:
        return self.members.get("id")


@dataclass(frozen=True, slots=True)
class Organization:
    id: str
    identifier: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class RelatedPerson:
    id: str
    active: bool
    patient: Reference
    relationship: tuple[tuple[Code, ...], ...]
    name: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FhirConsent:
    status: str
    scope: tuple[Code, ...]
    category: tuple[tuple[Code, ...], ...]
    patient: Reference
    date_time: datetime | None
    performer: tuple[Reference, ...]
    attachment: Attachment | None
    policy_rule: tuple[Code, ...] | None
    verified: tuple[bool, ...]
    provision: Provision
    contained: tuple[Patient | Organization | RelatedPerson, ...]


class _Nested(Form[Provision]):
    """A provision inside one; depth is bounded by that of a document."""

    def read(self, node: Node) -> Provision:
        return PROVISION.read(node)

    def schema(self) -> Schema:
        return {"type": "object"}


def _provision(**values: object) -> Provision:
    renamed = {"securityLabel": "security_label", "class": "classes"}
    return Provision(**{renamed.get(key, key): value for key, value in values.items()})  # type: ignore[arg-type]  # the form has checked each value


PROVISION: Final[Form[Provision]] = element(
    _provision,
    {
        "type": optional(word({"permit": "permit", "deny": "deny"}), None, "permit or deny"),
        "period": optional(PERIOD, Period(None, None), "when the rule holds"),
        "actor": optional(
            list_of(
                element(
                    Actor,
                    {"role": required(CONCEPT, "what it does"), "reference": required(REFERENCE, "who")},
                ),
                maximum=MOST,
                unique=False,
            ),
            (),
            "who tells and who is told",
        ),
        "action": optional(list_of(CONCEPT, maximum=MOST), (), "what is done"),
        "securityLabel": optional(list_of(CODING, maximum=MOST), (), "sensitivity of the information"),
        "purpose": optional(list_of(CODING, maximum=MOST), (), "what for"),
        "class": optional(list_of(CODING, maximum=MOST), (), "kinds of information"),
        "provision": optional(list_of(_Nested(), maximum=16, unique=False), (), "exceptions to the rule"),
    },
)

_ATTACHMENT: Final = record(
    lambda **values: Attachment(**{name: values[name] for name in Attachment.__slots__}),
    {
        "data": optional(text(maximum=60_000), None, "the document, in base64"),
        "hash": optional(text(maximum=64), None, "its hash, in base64"),
        "title": optional(LINE, "attachment", "what it is"),
        "creation": optional(START, None, "when it was made"),
        "extension": optional(
            list_of(
                record(
                    lambda **values: (values["url"], values["valueString"]),
                    {
                        "url": required(URI, "which extension"),
                        "valueString": optional(text(maximum=200), None, "its value"),
                    },
                ),
                maximum=8,
            ),
            (),
            "the digest by which evidence is known here",
        ),
        **dict.fromkeys(("id", "contentType", "language", "url", "size"), HARMLESS),
    },
)

_CONTAINED: Final = tagged(
    "resourceType",
    {
        "Patient": RAW.into(lambda raw: Patient(raw if isinstance(raw, dict) else {})),
        "Organization": record(
            lambda **values: Organization(values["id"], values["identifier"]),
            {
                "id": required(text(maximum=64), "its name in the resource"),
                "identifier": required(list_of(IDENTIFIER, minimum=1, maximum=8), "what it is called"),
                **dict.fromkeys(("active", "name", "type"), HARMLESS),
            },
        ),
        "RelatedPerson": record(
            lambda **values: RelatedPerson(**{name: values[name] for name in RelatedPerson.__slots__}),
            {
                "id": required(text(maximum=64), "its name in the resource"),
                "active": optional(boolean(), default=True, about="whether the record is in use"),
                "patient": required(REFERENCE, "whose relative it is"),
                "relationship": required(list_of(CONCEPT, minimum=1, maximum=8), "what they are"),
                "name": optional(list_of(HUMAN_NAME, maximum=8), (), "names"),
                **dict.fromkeys(("identifier", "telecom", "gender", "birthDate", "address"), HARMLESS),
            },
        ),
    },
)


def _consent(**values: object) -> FhirConsent:
    renamed = {
        "dateTime": "date_time",
        "sourceAttachment": "attachment",
        "policyRule": "policy_rule",
        "verification": "verified",
    }
    said = {renamed.get(key, key): value for key, value in values.items() if key != "resourceType"}
    return FhirConsent(**said)  # type: ignore[arg-type]  # the form has checked each value


STATUSES: Final = ("draft", "proposed", "active", "rejected", "inactive", "entered-in-error")

FHIR_CONSENT: Final[Form[FhirConsent]] = element(
    _consent,
    {
        "resourceType": required(word({"Consent": "Consent"}), "the kind of resource"),
        "status": required(word({status: status for status in STATUSES}), "whether it is in force"),
        "scope": required(CONCEPT, "that it is about privacy"),
        "category": required(list_of(CONCEPT, minimum=1, maximum=8), "that it is about disclosure"),
        "patient": required(REFERENCE, "whose information it is about"),
        "dateTime": optional(START, None, "when it was given"),
        "performer": required(list_of(REFERENCE, minimum=1, maximum=1), "who gave it; one person"),
        "sourceAttachment": optional(_ATTACHMENT, None, "what shows it"),
        "policyRule": optional(CONCEPT, None, "what holds where no provision says otherwise"),
        "verification": optional(
            list_of(
                element(
                    lambda verified: verified,
                    {"verified": required(boolean(), "whether it was verified")},
                    "verifiedWith",
                    "verificationDate",
                ),
                maximum=8,
                unique=False,
            ),
            (),
            "whether it was verified",
        ),
        "provision": required(PROVISION, "what it reaches"),
        "contained": optional(list_of(_CONTAINED, maximum=16, unique=False), (), "people and bodies named"),
    },
    *("meta", "language", "text", "identifier", "organization", "policy", "sourceReference"),
)
