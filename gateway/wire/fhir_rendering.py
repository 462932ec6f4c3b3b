"""A recorded consent as a FHIR R4 Consent, which permits the same when it is read back.

Whom it is about is not repeated: the patient is named by the consent's own id, which says nothing to anybody
who may not see the consent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from agreements.consents import ConsentStatus, Evidence
from agreements.terms import GrantorKind
from gateway.consent import RecordedConsent
from gateway.wire import fhir_codes as codes

_STATUS: Final[Mapping[ConsentStatus, str]] = {
    ConsentStatus.GIVEN: "active",
    ConsentStatus.REQUESTED: "proposed",
    ConsentStatus.REFUSED: "rejected",
    ConsentStatus.WITHDRAWN: "inactive",
    ConsentStatus.EXPIRED: "inactive",
    ConsentStatus.UNKNOWN: "draft",
}
_GRANTOR: Final = "grantor"


def fhir_consent(recorded: RecordedConsent) -> dict[str, Any]:
    """The consent as those it concerns see it."""
    consent = recorded.consent
    patient = {"type": "Patient", "identifier": {"system": codes.CONSENT, "value": consent.id}}
    made: dict[str, Any] = {
        "resourceType": "Consent",
        "identifier": [{"system": codes.CONSENT, "value": consent.id}],
        "status": _STATUS[consent.status],
        "scope": _concept(codes.SCOPE, "patient-privacy"),
        "category": [_concept(codes.LOINC, "59284-0")],
        "patient": patient,
        **_grantor(recorded, patient),
        "organization": [_agency(recorded.recorded_by)],
        "policyRule": _concept(codes.ACT_CODE, codes.Base.OPT_IN.value),
        "provision": {
            "period": _period(consent.start, consent.end),
            "actor": [*_actors("CST", consent.custodians), *_actors("IRCP", consent.recipients)],
            "action": [_concept(codes.ACTION, "disclose")],
            "purpose": [{"system": codes.PURPOSE, "code": each} for each in sorted(consent.purposes)],
            "class": [{"system": codes.CATEGORY, "code": each} for each in sorted(consent.categories)],
        },
    }
    if consent.evidence is not None:
        made["sourceAttachment"] = _attachment(consent.evidence)
    return made


def _grantor(recorded: RecordedConsent, patient: dict[str, Any]) -> dict[str, Any]:
    named = recorded.grantor_name
    kind = recorded.consent.grantor
    if kind is GrantorKind.SUBJECT:
        return {"performer": [{**patient, "display": named} if named else patient]}
    relative: dict[str, Any] = {
        "resourceType": "RelatedPerson",
        "id": _GRANTOR,
        "patient": patient,
        "relationship": [_concept(codes.GRANTOR, kind.value)],
    }
    if named:
        relative["name"] = [{"text": named}]
    return {"contained": [relative], "performer": [{"reference": f"#{_GRANTOR}"}]}


def _period(start: datetime, end: datetime | None) -> dict[str, str]:
    return {"start": _exact(start)} | ({"end": _exact(end)} if end else {})


def _exact(when: datetime) -> str:
    """To the last digit, so that nothing begins sooner or ends later."""
    return when.isoformat().replace("+00:00", "Z")


def _actors(part: str, agencies: Iterable[str]) -> list[dict[str, Any]]:
    role = _concept(codes.PARTICIPATION, part)
    return [{"role": role, "reference": _agency(agency)} for agency in sorted(agencies)]


def _agency(agency: str) -> dict[str, Any]:
    return {"type": "Organization", "identifier": {"system": codes.AGENCY, "value": agency}}


def _attachment(evidence: Evidence) -> dict[str, Any]:
    return {
        "extension": [{"url": codes.DIGEST, "valueString": evidence.digest}],
        "title": evidence.kind,
        "creation": _exact(evidence.signed_at),
    }


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
