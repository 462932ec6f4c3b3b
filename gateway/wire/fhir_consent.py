"""A FHIR R4 Consent as a consent of ours, or the reason why it cannot be one.

What is unreadable, ambiguous, purpose-less or says more than a consent of ours can is refused. What is
readable and not in force is recorded as what it is, and permits nothing. Nothing is fetched: people and
bodies are contained in the resource, or named by an identifier.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from adapters.fhir_people import read_person
from adapters.partner import SourceError
from agreements.consents import ConsentStatus
from agreements.document import Json
from agreements.fault import InvalidDocument, MisfitError
from agreements.form import from_json
from agreements.subject import Address, PersonIdentity, Subject
from agreements.terms import AGENCY_ID, GrantorKind
from gateway.problems import Problem
from gateway.wire import fhir_codes as codes
from gateway.wire.consent import ConsentBody, Grantor, Period, SubjectOf
from gateway.wire.fhir_codes import Base
from gateway.wire.fhir_elements import Reference
from gateway.wire.fhir_evidence import evidence_of
from gateway.wire.fhir_form import (
    FHIR_CONSENT,
    FhirConsent,
    Organization,
    Patient,
    RelatedPerson,
)
from gateway.wire.fhir_provision import at, meaning, permitted, refused, unclear
from gateway.wire.subject import SUBJECT

_STATUS: Final[Mapping[str, ConsentStatus]] = {
    "active": ConsentStatus.GIVEN,
    "proposed": ConsentStatus.REQUESTED,
    "draft": ConsentStatus.UNKNOWN,
    "rejected": ConsentStatus.REFUSED,
    "inactive": ConsentStatus.EXPIRED,
    "entered-in-error": ConsentStatus.UNKNOWN,
}
_REFUSAL: Final[Mapping[ConsentStatus, ConsentStatus]] = {
    ConsentStatus.GIVEN: ConsentStatus.REFUSED,
    # A refusal that was itself rejected is no consent.
    ConsentStatus.REFUSED: ConsentStatus.UNKNOWN,
}
_CONSENT_ID: Final = re.compile(r"con_[0-9a-f]{1,60}")

Contained = Mapping[str, Patient | Organization | RelatedPerson]


def read_fhir_consent(body: object) -> ConsentBody:
    """Read a parsed FHIR R4 Consent.

    Raises:
        Problem: `unprocessable`, naming elements and what was expected of them, never what stood there.
    """
    if not isinstance(body, dict):
        raise Problem("unprocessable", "The body: expected an object.")
    try:
        return _meant(from_json(body, "body", FHIR_CONSENT))
    except InvalidDocument as invalid:
        refusal = invalid
    except MisfitError as wrong:
        refusal = InvalidDocument.of("body", wrong.faults)
    told = [f"{error.key or 'the body'}: expected {error.expected}" for error in refusal.errors[:10]]
    raise Problem("unprocessable", "; ".join(told))


def _meant(consent: FhirConsent) -> ConsentBody:
    with at("scope"):
        meaning(codes.PRIVACY, consent.scope, "patient-privacy")
    for index, category in enumerate(consent.category):
        with at("category", index):
            meaning(codes.KINDS, category, "a consent to disclosure")
    contained = _contained(consent)
    denies = _denies(consent)

    def agency(reference: Reference) -> str:
        return _agency(reference, contained)

    with at("provision"):
        scope = (refused if denies else permitted)(consent.provision, agency)
    for name in ("custodians", "recipients"):
        if not getattr(scope, name):
            raise unclear(f"{name} that are named", "provision", "actor")
    period = _period(consent, scope.start, scope.end)
    with at("patient"):
        subject, name = _subject(consent.patient, contained)
    return ConsentBody(
        subject=subject,
        grantor=_grantor(consent, contained, name),
        status=_status(consent, denies=denies),
        purposes=scope.purposes or frozenset(),
        categories=scope.categories or frozenset(),
        custodians=scope.custodians or frozenset(),
        recipients=scope.recipients or frozenset(),
        period=period,
        evidence=evidence_of(consent),
        user=None,
    )


def _denies(consent: FhirConsent) -> bool:
    """Whether it refuses rather than permits: by its base rule or by its own type."""
    base: Base | None = None
    if consent.policy_rule is not None:
        with at("policyRule"):
            base = meaning(codes.BASES, consent.policy_rule, "OPTIN or OPTOUT")
    kind = consent.provision.type
    if base is None and kind is None:
        raise unclear("a policyRule of OPTIN or OPTOUT, or a provision of a type", "provision")
    if base is Base.OPT_OUT and kind == "permit":
        raise unclear("no permission under a policyRule of OPTOUT", "provision", "type")
    return base is Base.OPT_OUT or kind == "deny"


def _status(consent: FhirConsent, *, denies: bool) -> ConsentStatus:
    status = _STATUS[consent.status]
    if denies:
        return _REFUSAL.get(status, status)
    if status is ConsentStatus.GIVEN and not all(consent.verified):
        return ConsentStatus.UNKNOWN
    return status


def _period(consent: FhirConsent, start: datetime | None, end: datetime | None) -> Period:
    """From when it was given, and not before its period, whichever is later."""
    starts = [when for when in (start, consent.date_time) if when is not None]
    if not starts:
        raise unclear("a start of the period, or a dateTime", "provision", "period")
    if end is not None and end <= max(starts):
        raise unclear("an end after the start and what is denied", "provision", "period")
    return Period(max(starts), end)


def _contained(consent: FhirConsent) -> Contained:
    found: dict[str, Patient | Organization | RelatedPerson] = {}
    for index, resource in enumerate(consent.contained):
        if not isinstance(resource.id, str) or not resource.id or resource.id in found:
            raise unclear("an id that no other contained resource has", "contained", index, "id")
        found[resource.id] = resource
    return found


def _local(reference: Reference, contained: Contained) -> object:
    """The contained resource a reference leads to; None where it leads elsewhere."""
    leads = reference.reference or ""
    return contained.get(leads[1:]) if leads.startswith("#") else None


def _agency(reference: Reference, contained: Contained) -> str:
    resource = _local(reference, contained)
    named = [reference.identifier] if reference.identifier else []
    if isinstance(resource, Organization):
        named += resource.identifier
    ids = {each.value for each in named if each.system == codes.AGENCY}
    kind, _, id = (reference.reference or "").rpartition("/")
    if kind == "Organization":
        ids.add(id)
    elif reference.reference is not None and resource is None:
        raise unclear("a reference to an agency: Organization/ and its id", "reference")
    if len(ids) != 1 or not AGENCY_ID.fullmatch(min(ids)):
        raise unclear(f"a reference to one agency by its id, under {codes.AGENCY}", "reference")
    return ids.pop()


def _subject(reference: Reference, contained: Contained) -> tuple[Subject | SubjectOf, str]:
    """Whom it is about, and their name where it is known."""
    if (reference.identifier is None) is (reference.reference is None):
        raise unclear("either a reference to a contained Patient or an identifier")
    if reference.identifier is None:
        patient = _local(reference, contained)
        if not isinstance(patient, Patient):
            raise unclear("a Patient that is contained; nothing is fetched", "reference")
        return _person(patient)
    system, value = reference.identifier.system, reference.identifier.value
    if system != codes.CONSENT:
        written: Json = {"kind": "person", "identifiers": [{"system": system, "value": value}]}
        return _checked(written), ""
    if not _CONSENT_ID.fullmatch(value):
        raise unclear("the id of a consent on record", "identifier", "value")
    return SubjectOf(value), ""


def _person(patient: Patient) -> tuple[Subject, str]:
    members = dict(patient.members)
    if any(members.get(key) for key in ("modifierExtension", "implicitRules")):
        raise unclear("a Patient without modifierExtension and implicitRules")
    if members.get("active", True) is not True:
        raise unclear("a Patient whose record is in use")
    try:
        person = read_person(members)
    except SourceError:
        person = None
    if person is None:
        raise unclear("a Patient that can be read and was not replaced by another")
    name = " ".join(filter(None, (person.given_name, person.family_name)))
    return _checked(_person_json(person)), name


def _person_json(person: PersonIdentity) -> Json:
    names = [
        {"family_name": family, "given_name": given} if given else {"family_name": family}
        for family, given in person.other_names
    ]
    made: dict[str, Any] = {
        "family_name": person.family_name,
        "given_name": person.given_name,
        "birth_date": person.birth_date and person.birth_date.isoformat(),
        "identifiers": [{"system": each.system, "value": each.value} for each in person.identifiers],
        "address": person.address and _address_json(person.address),
        "other_names": names,
    }
    return {"kind": "person", **{key: value for key, value in made.items() if value}}


def _address_json(address: Address) -> dict[str, str]:
    return {name: value for name in Address.__slots__ if (value := getattr(address, name))}


def _checked(written: Json) -> Subject:
    """The subject as the form of our own bodies reads it, its limits and all."""
    try:
        return from_json(written, "patient", SUBJECT)
    except InvalidDocument:
        raise unclear("a Patient with a name or an identifier, within the limits of a subject") from None


def _grantor(consent: FhirConsent, contained: Contained, patient_name: str) -> Grantor:
    (performer,) = consent.performer
    if performer.same_as(consent.patient):
        return Grantor(GrantorKind.SUBJECT, performer.display or patient_name)
    relative = _local(performer, contained)
    with at("performer", 0):
        if not isinstance(relative, RelatedPerson) or performer.identifier is not None:
            raise unclear("the patient, or a RelatedPerson that is contained", "reference")
        if not relative.patient.same_as(consent.patient) or not relative.active:
            raise unclear("a RelatedPerson of the patient, in use")
        kinds = {
            meaning(codes.RELATIONSHIPS, each, "a guardian or the victim") for each in relative.relationship
        }
        if len(kinds) != 1:
            raise unclear("one relationship")
    return Grantor(kinds.pop(), next(iter(relative.name), "") or performer.display)
