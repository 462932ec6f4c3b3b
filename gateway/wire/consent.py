"""Consents on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agreements.consents import ConsentStatus, Evidence
from agreements.form import Complaint, Form, set_of
from agreements.record import optional, record, required
from agreements.scalar import boolean, instant, word_of
from agreements.subject import Subject
from agreements.terms import Category, GrantorKind, Purpose
from gateway.consent import RecordedConsent
from gateway.wire.body import DIGEST, LINE, PROSE
from gateway.wire.query import AGENCY, USER
from gateway.wire.subject import NAMED_SUBJECT
from gateway.wire.times import instant as rfc3339


@dataclass(frozen=True, slots=True)
class Grantor:
    kind: GrantorKind
    name: str


@dataclass(frozen=True, slots=True)
class Period:
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class SubjectOf:
    """Whoever a consent on record is about, named by that consent."""

    consent: str


@dataclass(frozen=True, slots=True)
class ConsentBody:
    subject: Subject | SubjectOf
    grantor: Grantor
    status: ConsentStatus
    purposes: frozenset[Purpose]
    categories: frozenset[Category]
    custodians: frozenset[str]
    recipients: frozenset[str]
    period: Period
    evidence: Evidence | None
    user: dict[str, str] | None
    limits_explained: bool = False
    unsafe_to_ask: str = ""
    do_not_contact_at_home: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A request for consent that was granted: by whom, what shows it."""

    grantor: Grantor | None
    evidence: Evidence | None
    limits_explained: bool
    user: dict[str, str] | None


def _nobody_asked(body: ConsentBody) -> Iterable[Complaint]:
    if body.unsafe_to_ask and body.status is not ConsentStatus.UNKNOWN:
        yield Complaint(("status",), "unknown, as nobody was asked because that is unsafe")


def _ends_after_it_starts(period: Period) -> Iterable[Complaint]:
    if period.end is not None and period.end <= period.start:
        yield Complaint(("end",), "an instant after the start")


_GRANTOR: Final = record(
    Grantor,
    {
        "kind": required(word_of(GrantorKind), "the subject, a guardian or a victim"),
        "name": optional(LINE, "", "name of who gives it"),
    },
)
_EVIDENCE: Final = record(
    Evidence,
    {
        "kind": required(LINE, "such as signed-form"),
        "digest": required(DIGEST, "digest of the evidence"),
        "signed_at": required(instant(), "when it was signed"),
    },
)
_LIMITS: Final = optional(
    boolean(), default=False, about="whether the limits of confidentiality were explained"
)
_UNSAFE: Final = record(
    lambda reason: reason, {"reason": required(PROSE, "why nobody may ask, in words that name nobody")}
)

CONSENT: Final[Form[ConsentBody]] = record(
    ConsentBody,
    {
        "subject": required(NAMED_SUBJECT, "whose information it is about"),
        "grantor": required(_GRANTOR, "who gives it"),
        "status": required(word_of(ConsentStatus), "only given opens anything"),
        "purposes": required(set_of(word_of(Purpose), minimum=1), "what for"),
        "categories": required(set_of(word_of(Category), minimum=1), "kinds of information"),
        "custodians": required(set_of(AGENCY, minimum=1), "who may tell"),
        "recipients": required(set_of(AGENCY, minimum=1), "who may be told"),
        "period": required(
            record(
                Period,
                {
                    "start": required(instant(), "from this instant"),
                    "end": optional(instant(), None, "and no longer at this one"),
                },
            ).also(_ends_after_it_starts),
            "when it holds",
        ),
        "evidence": optional(_EVIDENCE, None, "what shows it"),
        "user": optional(USER, None, "the person acting"),
        "limits_explained": _LIMITS,
        "unsafe_to_ask": optional(_UNSAFE, "", "that nobody may ask for it, and why"),
        "do_not_contact_at_home": optional(
            boolean(), default=False, about="whether nobody may write or call at home"
        ),
    },
).also(_nobody_asked)

GIVEN: Final[Form[Given]] = record(
    Given,
    {
        "grantor": optional(_GRANTOR, None, "who gives it, where it is not who was asked"),
        "evidence": optional(_EVIDENCE, None, "what shows it"),
        "limits_explained": _LIMITS,
        "user": optional(USER, None, "the person acting"),
    },
)


def consent_json(recorded: RecordedConsent) -> dict[str, Any]:
    """A consent as those it concerns see it; whom it is about is not repeated."""
    consent, evidence = recorded.consent, recorded.consent.evidence
    return {
        "id": consent.id,
        "status": consent.status.value,
        "grantor": {"kind": consent.grantor.value, "name": recorded.grantor_name or None},
        "purposes": sorted(purpose.value for purpose in consent.purposes),
        "categories": sorted(category.value for category in consent.categories),
        "custodians": sorted(consent.custodians),
        "recipients": sorted(consent.recipients),
        "period": {"start": rfc3339(consent.start), "end": consent.end and rfc3339(consent.end)},
        "evidence": evidence
        and {
            "kind": evidence.kind,
            "digest": evidence.digest,
            "signed_at": rfc3339(evidence.signed_at),
        },
        "recorded_by": recorded.recorded_by,
        "withdrawn_at": recorded.withdrawn_at and rfc3339(recorded.withdrawn_at),
        "withdrawal_reason": recorded.withdrawal_reason or None,
        "refusal_reason": recorded.refusal_reason or None,
        "limits_explained": recorded.limits_explained,
        "unsafe_to_ask": {"reason": recorded.unsafe_to_ask} if recorded.unsafe_to_ask else None,
        "do_not_contact_at_home": recorded.do_not_contact_at_home,
        "needs_guardian": sorted(category.value for category in recorded.too_young_for),
        "conflicts": list(recorded.conflicts),
    }
