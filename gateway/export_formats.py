"""Masked events in the words of other systems: FHIR AuditEvent, OCSF API Activity, CEF over syslog. Pure.

FHIR R4 AuditEvent in the shape of IHE BALP's Privacy Disclosure profiles; OCSF 1.3.0, class 6003; ArcSight
CEF 0 as the message of RFC 5424. An event that a format has no word for becomes None.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from gateway.export_masking import Event, Told
from gateway.wire.fhir_codes import ACT_REASON, AGENCY, CATEGORY, PURPOSE
from gateway.wire.times import instant

_DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_HL7: Final = "http://terminology.hl7.org/CodeSystem/"
_BALP: Final = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure"
_PRODUCT: Final = {"name": "partner-gateway", "vendor_name": "partner-gateway"}
_REASONS: Final = {"treatment": "TREAT", "case-management": "CAREMGT", "threat-assessment": "THREAT"}
_PARTS: Final = {True: ("IRCP", "information recipient"), False: ("INF", "informant")}
"""What the person did: receive, or tell unasked."""
_EMERGENCY: Final = "emergency-opened"


def fhir_event(event: Event, agency: str) -> str | None:
    """A disclosure as its custodian (Source) or its requester (Recipient) records it; else None."""
    if not event.told or event.custodian is None:
        return None
    at_source, part = agency == event.custodian, _PARTS[event.by == event.requester]
    return _line(
        {
            "resourceType": "AuditEvent",
            "meta": {"profile": [f"{_BALP}.{'Source' if at_source else 'Recipient'}"]},
            "type": _coding(_DCM, "110106", "Export") if at_source else _coding(_DCM, "110107", "Import"),
            "subtype": [_coding(f"{_HL7}iso-21089-lifecycle", "disclose", "Disclose Record Lifecycle Event")],
            "action": "R" if at_source else "C",
            "recorded": instant(event.at),
            "outcome": "0",
            "purposeOfEvent": [_purpose(event.purpose or "")],
            "agent": [
                _agent("110153", "Source Role ID", event.custodian),
                _agent("110152", "Destination Role ID", event.requester),
                {
                    "type": {"coding": [_coding(f"{_HL7}v3-ParticipationType", *part)]},
                    "who": _named("urn:partner-gateway:pseudonym", event.user),
                    "requestor": True,
                },
            ],
            "source": {
                "observer": _named(AGENCY, agency),
                "type": [_coding(f"{_HL7}security-source-type", "4", "Application Server")],
            },
            "entity": [_patient(event), *(_data(event, told) for told in event.told)],
        }
    )


def _patient(event: Event) -> dict[str, Any]:
    """The subject, named by nothing but the query."""
    return {
        "what": {"type": "Patient", **_named("urn:partner-gateway:subject-of", event.query or "")},
        "type": _coding(f"{_HL7}audit-entity-type", "1", "Person"),
        "role": _coding(f"{_HL7}object-role", "1", "Patient"),
    }


def _data(event: Event, told: Told) -> dict[str, Any]:
    return {
        "what": _named("urn:partner-gateway:query", event.query or ""),
        "type": _coding(f"{_HL7}audit-entity-type", "2", "System Object"),
        "role": _coding(f"{_HL7}object-role", "3", "Report"),
        "securityLabel": [_coding(CATEGORY, told.category)],
        "detail": [
            {"type": "level", "valueString": told.level},
            {"type": "basis", "valueString": told.basis},
            {"type": "clause", "valueString": told.clause},
            {"type": "ledger-entry", "valueString": str(event.index)},
        ],
    }


def _agent(code: str, display: str, agency: str) -> dict[str, Any]:
    return {
        "type": {"coding": [_coding(_DCM, code, display)]},
        "who": _named(AGENCY, agency),
        "requestor": False,
        "network": {"address": f"{AGENCY}:{agency}", "type": "5"},
    }


def _purpose(word: str) -> dict[str, Any]:
    codings = [_coding(PURPOSE, word)]
    if word in _REASONS:
        codings.append(_coding(ACT_REASON, _REASONS[word]))
    return {"coding": codings}


def _named(system: str, value: str) -> dict[str, Any]:
    return {"identifier": {"system": system, "value": value}}


def _coding(system: str, code: str, display: str | None = None) -> dict[str, str]:
    return {"system": system, "code": code, **({"display": display} if display else {})}


def ocsf_event(event: Event, _agency: str) -> str | None:
    """An OCSF API Activity: the call of who asks, or tells unasked, and the other's part in it."""
    refused, other = event.kind == "refused", _other(event)
    return _line(
        {
            "activity_id": 2,
            "activity_name": "Read",
            "category_uid": 6,
            "category_name": "Application Activity",
            "class_uid": 6003,
            "class_name": "API Activity",
            "type_uid": 600302,
            "type_name": "API Activity: Read",
            "severity_id": 3 if event.kind == _EMERGENCY else 1,
            "time": _milliseconds(event),
            "metadata": {"version": "1.3.0", "product": _PRODUCT, "uid": str(event.index)},
            "actor": {"user": {"uid": event.user, "type_id": 1, "domain": event.by}},
            "api": {"operation": event.kind, "service": {"name": "partner-gateway"}},
            "src_endpoint": {"name": event.by},
            **({"dst_endpoint": {"name": other}} if other else {}),
            "status_id": 2 if refused else 1,
            "status": "Failure" if refused else "Success",
            "resources": [{"type": "category", "name": category} for category, _ in event.results],
            "unmapped": {
                "case": event.case,
                "query": event.query,
                "purpose": event.purpose,
                "role": event.role,
                "results": [{"category": category, "result": result} for category, result in event.results],
                "clauses": [told.clause for told in event.told],
            },
        }
    )


def cef_event(event: Event, _agency: str) -> str | None:
    """One line of syslog: facility 13 (log audit), the event's time, and CEF as the message."""
    emergency = event.kind == _EMERGENCY
    fields = {
        "rt": str(_milliseconds(event)),
        "externalId": str(event.index),
        "act": event.kind,
        "suser": event.user,
        "sntdom": event.by,
        "dntdom": _other(event),
        "cs1Label": "categories",
        "cs1": ",".join(f"{category}:{result}" for category, result in event.results),
        "cs2Label": "clauses",
        "cs2": ",".join(told.clause for told in event.told),
        "cs3Label": "query",
        "cs3": event.query,
        "cs4Label": "case",
        "cs4": event.case,
        "reason": event.purpose,
    }
    extension = " ".join(f"{name}={_extension(value)}" for name, value in fields.items() if value)
    head = "|".join(
        _header(part)
        for part in ("partner-gateway", "partner-gateway", "1", event.kind, f"Query {event.kind}")
    )
    priority = 13 * 8 + (4 if emergency else 6)
    stamp = f"<{priority}>1 {instant(event.at)} gateway partner-gateway - {event.index} -"
    return f"{stamp} CEF:0|{head}|{8 if emergency else 3}|{extension}\n"


def _header(value: str) -> str:
    return _visible(value).replace("\\", "\\\\").replace("|", "\\|")


def _extension(value: str) -> str:
    return _visible(value).replace("\\", "\\\\").replace("=", "\\=")


def _visible(value: str) -> str:
    """One line, whatever a value holds: a line break would begin another event."""
    return re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]", " ", value)


def _other(event: Event) -> str | None:
    """The agency on the other side of what somebody at `by` did."""
    return event.custodian if event.by == event.requester else event.requester


def _milliseconds(event: Event) -> int:
    return int(event.at.timestamp() * 1000)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True) + "\n"


FORMATS: Final = {
    "fhir": (fhir_event, "application/fhir+ndjson"),
    "ocsf": (ocsf_event, "application/x-ndjson"),
    "cef": (cef_event, "text/plain; charset=utf-8"),
}
"""Each format's writer and media type, by the word that selects it."""
