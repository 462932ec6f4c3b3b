"""What a FHIR R4 Consent means: what a good one opens, and that an odd one never opens more."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from functools import partial
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

import pytest

from agreements.consents import Consent, ConsentStatus
from agreements.subject import Subject
from agreements.terms import Category, GrantorKind, Purpose
from gateway.problems import Problem
from gateway.wire.consent import ConsentBody, SubjectOf
from gateway.wire.fhir_consent import read_fhir_consent
from tests.county import Json
from tests.fhir_consents import (
    ACT_CODE,
    DIGEST,
    HL7,
    Change,
    actor,
    category,
    changed,
    coding,
    concept,
    denial,
    drop,
    good_consent,
    inside,
    purpose,
    put,
)

_sha1 = partial(sha1, usedforsecurity=False)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGENCIES = ("riverside-health", "riverside-pd", "riverside-schools")
Reach = frozenset[tuple[str, str, str, str]]
"""Custodian, recipient, purpose and category of everything a consent opens."""


def consent_of(body: ConsentBody) -> Consent:
    return Consent(
        "con_1", body.status, body.grantor.kind, body.purposes, body.categories, body.custodians,
        body.recipients, body.period.start, body.period.end, bool(body.grantor.name), body.evidence,
    )  # fmt: skip


def reach(document: Json, at: datetime = NOW) -> Reach:
    """Everything a consent opens at an instant; nothing where it is refused."""
    try:
        consent = consent_of(read_fhir_consent(document))
    except Problem:
        return frozenset()
    return frozenset(
        (custodian, recipient, why.value, what.value)
        for custodian in AGENCIES
        for recipient in AGENCIES
        for why in Purpose
        for what in Category
        if consent.reaches(custodian=custodian, recipient=recipient, category=what, purpose=why, at=at)
    )


WHOLE = reach(good_consent())


def whole_without(*dropped: str) -> Reach:
    return frozenset(each for each in WHOLE if not set(each) & set(dropped))


def test_a_good_consent_opens_exactly_what_it_names() -> None:
    body = read_fhir_consent(good_consent())
    assert body.status is ConsentStatus.GIVEN
    assert (body.grantor.kind, body.grantor.name) == (GrantorKind.SUBJECT, "Daniel Okafor")
    assert body.evidence is not None
    assert (body.evidence.kind, body.evidence.digest) == ("signed-form", DIGEST)
    assert isinstance(body.subject, Subject)
    assert {
        ("riverside-health", "riverside-pd", why, what)
        for why in ("threat-assessment", "safety-planning")
        for what in ("mental-health", "health")
    } == WHOLE


RELATIVE = {
    "resourceType": "RelatedPerson",
    "id": "r",
    "patient": {"reference": "#p"},
    "relationship": [concept(f"{HL7}v3-RoleCode", "MTH")],
    "name": [{"family": "Okafor", "given": ["Ada"]}],
}


def relative(**more: Any) -> Change:
    def change(consent: Json) -> None:
        consent["contained"].append({**RELATIVE, **more})
        consent["performer"] = [{"reference": "#r"}]

    return change


ORGANIZATION = {
    "resourceType": "Organization",
    "id": "o",
    "identifier": [{"system": "urn:partner-gateway:agency", "value": "riverside-health"}],
}


def by_contained(consent: Json) -> None:
    consent["contained"].append(ORGANIZATION)
    consent["provision"]["actor"][0]["reference"] = {"reference": "#o"}


NARROWED = [
    pytest.param([], WHOLE, id="as-it-is"),
    pytest.param([inside(denial(purpose=[purpose("safety-planning")]))], whole_without("safety-planning"),
                 id="denies-a-purpose"),
    pytest.param([inside(denial(securityLabel=[coding(ACT_CODE, "PSY")]))], whole_without("mental-health"),
                 id="denies-a-label"),
    pytest.param([inside(denial(**{"class": [category("health")]}))], whole_without("health"),
                 id="denies-a-category"),
    pytest.param(
        [inside(denial(**{"class": [category("health")]}, purpose=[purpose("safety-planning")]))],
        whole_without("health"), id="denies-a-category-for-a-purpose-takes-away-at-least-that",
    ),
    pytest.param([inside(denial(**{"class": [category("housing")]}))], WHOLE, id="denies-what-it-never-gave"),
    pytest.param([inside(denial(actor=[actor("IRCP", "Organization/riverside-schools")]))], WHOLE,
                 id="denies-somebody-else"),
    pytest.param([inside(denial(period={"start": "2026-06-01T00:00:00Z"}))], WHOLE, id="denies-later"),
    pytest.param([inside({"type": "permit", "purpose": [purpose("threat-assessment")]})],
                 whole_without("safety-planning"), id="permits-less-inside"),
    pytest.param([inside({"type": "permit", "purpose": [purpose("treatment")]})], frozenset(),
                 id="permits-something-else-inside"),
    pytest.param(
        [inside({"type": "permit", "provision": [denial(**{"class": [category("health")]})]})],
        whole_without("health"), id="denies-two-levels-down",
    ),
    pytest.param([put("provision", "securityLabel", value=[coding(ACT_CODE, "PSY")])],
                 whole_without("health"), id="label-and-class-together"),
    pytest.param([put("provision", "securityLabel", value=[coding(ACT_CODE, "ETH")])], frozenset(),
                 id="label-against-class"),
    pytest.param([put("provision", "action", value=[concept(f"{HL7}consentaction", "access")])], WHOLE,
                 id="access"),
    pytest.param([by_contained], WHOLE, id="contained-organization"),
    pytest.param([drop("policyRule"), put("provision", "type", value="permit")], WHOLE,
                 id="permit-without-a-base-rule"),
    pytest.param([put("dateTime", value="2026-02-01")], WHOLE, id="given-after-its-period-began"),
    pytest.param([relative()], WHOLE, id="a-mother"),
    pytest.param([put("verification", value=[{"verified": True}])], WHOLE, id="verified"),
    pytest.param([put("extension", value=[{"url": "http://example.org/colour", "valueCode": "red"}])],
                 WHOLE, id="extension-that-modifies-nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), NARROWED)
def test_a_consent_opens_what_is_left_of_it(changes: list[Change], expected: Reach) -> None:
    assert reach(changed(*changes)) == expected


def text_only(consent: Json) -> None:
    consent["provision"]["actor"][0]["role"] = {"text": "custodian"}


def two_guards(consent: Json) -> None:
    relative(relationship=[concept(f"{HL7}v3-RoleCode", "MTH"), concept(f"{HL7}v3-RoleCode", "SPS")])(consent)


def again(consent: Json) -> None:
    consent["contained"].append(consent["contained"][0])


def deep(levels: int) -> Json:
    return {"type": "permit", **({"provision": [deep(levels - 1)]} if levels else {})}


AUTHOR = concept(f"{HL7}v3-ParticipationType", "AUT")
HOSTILE: dict[str, list[Change]] = {
    "draft": [put("status", value="draft")],
    "proposed": [put("status", value="proposed")],
    "rejected": [put("status", value="rejected")],
    "inactive": [put("status", value="inactive")],
    "entered-in-error": [put("status", value="entered-in-error")],
    "unknown-status": [put("status", value="Active")],
    "no-status": [drop("status")],
    "another-resource": [put("resourceType", value="Contract")],
    "expired": [put("provision", "period", "end", value="2026-03-01")],
    "not-yet": [put("provision", "period", "start", value="2026-03-03")],
    "given-later-than-now": [put("dateTime", value="2026-03-03")],
    "ends-before-it-starts": [put("provision", "period", "end", value="2025-01-01T00:00:00Z")],
    "no-start": [drop("provision", "period")],
    "start-is-a-year": [put("provision", "period", "start", value="2026")],
    "end-is-a-month": [put("provision", "period", "end", value="2026-12")],
    "time-without-zone": [put("provision", "period", "end", value="2026-12-31T00:00:00")],
    "no-such-day": [put("provision", "period", "end", value="2026-02-30")],
    "purpose-less": [drop("provision", "purpose")],
    "purposes-empty": [put("provision", "purpose", value=[])],
    "unknown-purpose": [put("provision", "purpose", value=[coding(f"{HL7}v3-ActReason", "HMARKT")])],
    "narrower-purpose": [put("provision", "purpose", value=[coding(f"{HL7}v3-ActReason", "ETREAT")])],
    "one-purpose-unknown": [put("provision", "purpose", 1, value=purpose("marketing"))],
    "purpose-of-another-system": [
        put("provision", "purpose", value=[coding("http://example.org", "threat-assessment")])
    ],
    "purpose-without-system": [put("provision", "purpose", value=[{"code": "threat-assessment"}])],
    "category-less": [drop("provision", "class")],
    "unknown-class": [
        put("provision", "class", value=[coding("http://hl7.org/fhir/resource-types", "Condition")])
    ],
    "unknown-label": [put("provision", "securityLabel", value=[coding(ACT_CODE, "CELEBRITY")])],
    "confidentiality-as-label": [
        put("provision", "securityLabel", value=[coding(f"{HL7}v3-Confidentiality", "N")])
    ],
    "single-codes": [put("provision", "code", value=[concept("http://loinc.org", "34133-9")])],
    "single-records": [
        put("provision", "data", value=[{"meaning": "related", "reference": {"reference": "Task/1"}}])
    ],
    "data-of-a-time": [put("provision", "dataPeriod", value={"start": "2020-01-01"})],
    "research": [put("scope", value=concept(f"{HL7}consentscope", "research"))],
    "advance-directive": [put("scope", value=concept(f"{HL7}consentscope", "adr"))],
    "scope-in-two-minds": [
        put("scope", "coding", value=[coding(f"{HL7}consentscope", "patient-privacy"),
                                      coding(f"{HL7}consentscope", "research")])
    ],
    "no-scope": [drop("scope")],
    "no-category": [put("category", value=[])],
    "do-not-resuscitate": [put("category", value=[concept(f"{HL7}consentcategorycodes", "dnr")])],
    "opt-out": [put("policyRule", value=concept(ACT_CODE, "OPTOUT"))],
    "opt-out-but-permit": [put("policyRule", value=concept(ACT_CODE, "OPTOUT")),
                           put("provision", "type", value="permit")],
    "opt-in-with-restrictions": [put("policyRule", value=concept(ACT_CODE, "OPTINR"))],
    "no-base-and-no-type": [drop("policyRule")],
    "deny": [put("provision", "type", value="deny")],
    "deny-without-base": [drop("policyRule"), put("provision", "type", value="deny")],
    "deny-with-an-exception": [put("provision", "type", value="deny"),
                               inside({"type": "permit", "purpose": [purpose("treatment")]})],
    "type-unknown": [put("provision", "type", value="allow")],
    "no-provision": [drop("provision")],
    "denies-everything": [inside(denial())],
    "denies-the-recipient": [inside(denial(actor=[actor("IRCP", "Organization/riverside-pd")]))],
    "denies-now-and-later": [inside(denial(period={"start": "2026-02-01T00:00:00Z"}))],
    "denies-until-later": [inside(denial(period={"end": "2026-06-01"}))],
    "denies-an-unknown-code": [inside(denial(**{"class": [coding("http://loinc.org", "1")]}))],
    "denies-with-an-exception": [inside(denial(provision=[{"type": "permit"}]))],
    "nested-without-type": [inside({"purpose": [purpose("threat-assessment")]})],
    "two-permissions-inside": [inside({"type": "permit"}, {"type": "permit"})],
    "nested-too-deep": [inside(deep(6))],
    "no-custodian": [drop("provision", "actor", 0)],
    "no-recipient": [drop("provision", "actor", 1)],
    "role-unknown": [put("provision", "actor", 1, "role", value=AUTHOR)],
    "role-in-words": [text_only],
    "a-practitioner": [put("provision", "actor", 1, "reference", "reference", value="Practitioner/13")],
    "an-absolute-url": [
        put("provision", "actor", 1, "reference", "reference",
            value="https://evil.example/Organization/riverside-pd")
    ],
    "an-actor-not-contained": [put("provision", "actor", 1, "reference", "reference", value="#nobody")],
    "an-actor-by-display": [put("provision", "actor", 1, "reference", value={"display": "riverside-pd"})],
    "only-to-collect": [put("provision", "action", value=[concept(f"{HL7}consentaction", "collect")])],
    "unknown-action": [put("provision", "action", value=[concept(f"{HL7}consentaction", "sell")])],
    "no-patient": [drop("patient")],
    "a-patient-elsewhere": [put("patient", value={"reference": "Patient/f001"})],
    "a-patient-not-contained": [put("patient", value={"reference": "#q"})],
    "a-patient-two-ways": [
        put("patient", value={"reference": "#p", "identifier": {"system": "urn:mrn", "value": "7"}})
    ],
    "a-patient-by-display": [put("patient", value={"display": "Daniel Okafor"})],
    "an-organization-as-patient": [put("contained", value=[{**ORGANIZATION, "id": "p"}])],
    "a-patient-replaced": [
        put("contained", 0, "link", value=[{"type": "replaced-by", "other": {"reference": "#q"}}])
    ],
    "a-patient-out-of-use": [put("contained", 0, "active", value=False)],
    "a-patient-that-modifies": [put("contained", 0, "modifierExtension", value=[{"url": "urn:not"}])],
    "a-patient-without-a-name": [drop("contained", 0, "name")],
    "a-patient-in-pieces": [put("contained", 0, "name", value="Daniel Okafor")],
    "contained-twice": [again],
    "contained-stranger": [put("contained", 0, "resourceType", value="Practitioner")],
    "no-performer": [drop("performer")],
    "two-performers": [put("performer", value=[{"reference": "#p"}, {"reference": "#r"}])],
    "a-performer-elsewhere": [put("performer", value=[{"reference": "RelatedPerson/1"}])],
    "a-spouse": [relative(relationship=[concept(f"{HL7}v3-RoleCode", "SPS")])],
    "a-mother-and-a-spouse": [two_guards],
    "somebody-elses-mother": [relative(patient={"reference": "#q"})],
    "a-mother-out-of-use": [relative(active=False)],
    "not-verified": [put("verification", value=[{"verified": True}, {"verified": False}])],
    "verified-in-words": [put("verification", value=[{"verified": "true"}])],
    "modifier-extension": [put("modifierExtension", value=[{"url": "urn:not", "valueBoolean": True}])],
    "modifier-in-the-provision": [put("provision", "modifierExtension", value=[{"url": "urn:not"}])],
    "implicit-rules": [put("implicitRules", value="http://example.org/rules")],
    "unknown-member": [put("colour", value="red")],
    "extension-of-a-primitive": [put("_status", value={"extension": []})],
    "null-status": [put("status", value=None)],
    "hash-of-other-data": [
        put("sourceAttachment", value={"data": b64encode(b"yes").decode(),
                                       "hash": b64encode(_sha1(b"no").digest()).decode()})
    ],
    "digest-of-other-data": [put("sourceAttachment", "data", value=b64encode(b"no").decode())],
    "hash-of-no-kind": [put("sourceAttachment", "hash", value=b64encode(b"short").decode())],
    "data-not-in-base64": [put("sourceAttachment", "data", value="***")],
}  # fmt: skip


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_odd_consent_opens_nothing(changes: list[Change]) -> None:
    assert reach(changed(*changes)) == frozenset()


def test_the_tables_notice_a_reader_that_forgets_denials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.wire.fhir_provision._without", lambda scope, _: scope)
    assert reach(changed(inside(denial(purpose=[purpose("safety-planning")])))) == WHOLE
    assert reach(changed(inside(denial()))) == WHOLE


@pytest.mark.parametrize(
    "document", [None, [], "Consent", 7, {}, {"resourceType": "Consent"}, {"resourceType": "Bundle"}]
)
def test_what_is_no_consent_is_refused_without_an_echo(document: Any) -> None:
    with pytest.raises(Problem) as refusal:
        read_fhir_consent(document)
    assert refusal.value.code == "unprocessable"


def test_a_refusal_names_the_element_and_never_what_stood_there() -> None:
    with pytest.raises(Problem) as refusal:
        read_fhir_consent(changed(put("provision", "purpose", 1, value=purpose("okafor-secret"))))
    assert "provision.purpose[1]" in refusal.value.detail
    assert "okafor" not in refusal.value.detail


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[1] / "vectors/hl7_consents").glob("*.json")),
                         ids=lambda path: path.stem)  # fmt: skip
def test_the_examples_of_hl7_open_nothing(path: Path) -> None:
    """Each leaves out purposes, categories or the patient's record, which a policy elsewhere fills in."""
    document = json.loads(path.read_text())
    assert document["resourceType"] == "Consent"
    with pytest.raises(Problem) as refusal:
        read_fhir_consent(document)
    assert refusal.value.code == "unprocessable"


STATUSES = [
    ("active", "OPTIN", ConsentStatus.GIVEN),
    ("proposed", "OPTIN", ConsentStatus.REQUESTED),
    ("draft", "OPTIN", ConsentStatus.UNKNOWN),
    ("rejected", "OPTIN", ConsentStatus.REFUSED),
    ("inactive", "OPTIN", ConsentStatus.EXPIRED),
    ("entered-in-error", "OPTIN", ConsentStatus.UNKNOWN),
    ("active", "OPTOUT", ConsentStatus.REFUSED),
    ("rejected", "OPTOUT", ConsentStatus.UNKNOWN),
    ("proposed", "OPTOUT", ConsentStatus.REQUESTED),
]


@pytest.mark.parametrize(("status", "base", "expected"), STATUSES)
def test_every_status_is_recorded_as_what_it_is(status: str, base: str, expected: ConsentStatus) -> None:
    document = changed(put("status", value=status), put("policyRule", value=concept(ACT_CODE, base)))
    assert read_fhir_consent(document).status is expected


def test_a_refusal_without_limits_refuses_every_purpose_and_category() -> None:
    document = changed(
        put("policyRule", value=concept(ACT_CODE, "OPTOUT")),
        drop("provision", "purpose"),
        drop("provision", "class"),
    )
    body = read_fhir_consent(document)
    assert body.status is ConsentStatus.REFUSED
    assert (body.purposes, body.categories) == (frozenset(Purpose), frozenset(Category))


def test_a_broader_purpose_opens_what_stands_below_it_and_no_more() -> None:
    document = changed(put("provision", "purpose", value=[coding(f"{HL7}v3-ActReason", "THREAT")]))
    assert {each[2] for each in reach(document)} == {"threat-assessment", "duty-to-warn"}


def test_an_end_that_is_a_day_holds_to_the_end_of_it() -> None:
    document = changed(put("provision", "period", "end", value="2026-03-02"))
    assert reach(document, datetime(2026, 3, 2, 23, 59, tzinfo=UTC)) == WHOLE
    assert reach(document, datetime(2026, 3, 3, tzinfo=UTC)) == frozenset()


def test_a_denial_for_a_time_cuts_the_rest_off() -> None:
    document = changed(inside(denial(period={"start": "2026-04-01T00:00:00Z", "end": "2026-05-01"})))
    assert reach(document) == WHOLE
    for month in (4, 6):
        assert reach(document, datetime(2026, month, 2, tzinfo=UTC)) == frozenset()


EVIDENCE = [
    pytest.param({"data": b64encode(b"form").decode(), "creation": "2026-01-01"},
                 "sha-256:" + sha256(b"form").hexdigest(), id="data"),
    pytest.param({"data": b64encode(b"form").decode(), "hash": b64encode(_sha1(b"form").digest()).decode(),
                  "creation": "2026-01-01"}, "sha-256:" + sha256(b"form").hexdigest(), id="data-and-sha-1"),
    pytest.param({"hash": b64encode(sha256(b"form").digest()).decode(), "creation": "2026-01-01"},
                 "sha-256:" + sha256(b"form").hexdigest(), id="sha-256"),
    pytest.param({"hash": b64encode(_sha1(b"form").digest()).decode(), "creation": "2026-01-01"}, None,
                 id="sha-1-alone-is-none"),
    pytest.param({"url": "https://example.org/form.pdf", "creation": "2026-01-01"}, None,
                 id="an-address-is-none"),
    pytest.param({"data": b64encode(b"form").decode()}, None, id="no-time-of-signing"),
]  # fmt: skip


@pytest.mark.parametrize(("attachment", "digest"), EVIDENCE)
def test_evidence_is_a_sha_256_digest_or_none(attachment: Json, digest: str | None) -> None:
    body = read_fhir_consent(changed(put("sourceAttachment", value=attachment)))
    assert (body.evidence and body.evidence.digest) == digest


@pytest.mark.parametrize(
    ("change", "kind", "name"),
    [
        (relative(), GrantorKind.GUARDIAN, "Ada Okafor"),
        (relative(name=[{"text": "A. Okafor"}]), GrantorKind.GUARDIAN, "A. Okafor"),
        (relative(relationship=[concept("urn:partner-gateway:grantor", "victim")]), GrantorKind.VICTIM,
         "Ada Okafor"),
        (relative(name=[]), GrantorKind.GUARDIAN, ""),
        (put("performer", value=[{"reference": "#p", "display": "D. O."}]), GrantorKind.SUBJECT, "D. O."),
    ],
    ids=["mother", "one-text", "victim", "nameless", "display"],
)  # fmt: skip
def test_who_gave_it_is_told(change: Change, kind: GrantorKind, name: str) -> None:
    grantor = read_fhir_consent(changed(change)).grantor
    assert (grantor.kind, grantor.name) == (kind, name)


def test_a_patient_may_be_named_by_an_identifier_or_by_a_consent_on_record() -> None:
    by_number: Json = {"identifier": {"system": "urn:mrn", "value": "77"}}
    document = changed(put("patient", value=by_number), put("performer", value=[by_number]))
    assert isinstance(read_fhir_consent(document).subject, Subject)
    by_consent: Json = {"identifier": {"system": "urn:partner-gateway:consent", "value": "con_0a"}}
    document = changed(put("patient", value=by_consent), put("performer", value=[by_consent]))
    assert read_fhir_consent(document).subject == SubjectOf("con_0a")
