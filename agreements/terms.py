"""The closed vocabularies every room speaks; definitions and standard terms stand in `vocabulary`."""

from __future__ import annotations

import re
from enum import IntEnum, StrEnum
from typing import Final

AGENCY_ID: Final = re.compile(r"[a-z0-9-]{2,64}")


class Sector(StrEnum):
    LAW_ENFORCEMENT = "law-enforcement"
    HEALTH = "health"
    EDUCATION = "education"
    SOCIAL_SERVICES = "social-services"
    JUSTICE = "justice"
    WORKPLACE = "workplace"
    PROTECTIVE = "protective"
    COMMUNITY = "community"


class Role(StrEnum):
    CASEWORKER = "caseworker"
    LIAISON = "liaison"
    PRIVACY_OFFICER = "privacy-officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Purpose(StrEnum):
    THREAT_ASSESSMENT = "threat-assessment"
    SAFETY_PLANNING = "safety-planning"
    CHILD_PROTECTION = "child-protection"
    DUTY_TO_WARN = "duty-to-warn"
    TREATMENT = "treatment"
    CASE_MANAGEMENT = "case-management"
    DECONFLICTION = "deconfliction"


class SubjectKind(StrEnum):
    PERSON = "person"
    VENUE = "venue"
    COMMUNICATION = "communication"
    GENERAL = "general"
    """A question about nobody in particular: a count, a consultation; always answered by a person."""


class Act(StrEnum):
    """How information passes: the custodian is asked for it, or tells it unasked."""

    ASK = "ask"
    TELL = "tell"


class Category(StrEnum):
    CRIMINAL_HISTORY = "criminal-history"
    POLICE_CONTACT = "police-contact"
    INTELLIGENCE = "intelligence"
    INVESTIGATION = "investigation"
    MENTAL_HEALTH = "mental-health"
    SUBSTANCE_USE = "substance-use"
    HEALTH = "health"
    SCHOOL_DISCIPLINE = "school-discipline"
    EDUCATION_RECORD = "education-record"
    SAFEGUARDING = "safeguarding"
    FAMILY_SERVICES = "family-services"
    YOUTH_JUSTICE = "youth-justice"
    COURT = "court"
    PROBATION = "probation"
    PROTECTIVE_ORDER = "protective-order"
    FIREARMS = "firearms"
    PSYCHOTHERAPY_NOTES = "psychotherapy-notes"
    VICTIM_SERVICES = "victim-services"
    HOUSING = "housing"
    EMPLOYMENT = "employment"
    EMPLOYEE_ASSISTANCE = "employee-assistance"
    VICTIM_INJURY = "victim-injury"
    THREAT_REPORT = "threat-report"
    COMMUNICATIONS_RECORD = "communications-record"
    FINANCIAL_RECORD = "financial-record"


class Level(IntEnum):
    """How much an answer may say; each level includes the ones below it."""

    EXISTENCE = 1
    CONTACT = 2
    SUMMARY = 3
    RECORD = 4

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def from_word(cls, word: str) -> Level:
        """Return the level a document names.

        Raises:
            KeyError: the word is not a level (case matters).
        """
        return _LEVEL_OF_WORD[word]


_LEVEL_OF_WORD: Final = {level.word: level for level in Level}


class Effect(StrEnum):
    PERMIT = "permit"
    PROHIBIT = "prohibit"


class Instrument(StrEnum):
    MOU = "mou"
    DSA = "dsa"
    ISA = "isa"


class ConsentNeed(StrEnum):
    REQUIRED = "required"
    NOT_REQUIRED = "not-required"


class GrantorKind(StrEnum):
    SUBJECT = "subject"
    GUARDIAN = "guardian"
    VICTIM = "victim"


class FindingBy(StrEnum):
    """Who finds that an exception is met: a person at the custodian, or its signed reliance."""

    CUSTODIAN = "custodian"
    RELIANCE = "reliance"


class Review(StrEnum):
    NONE = "none"
    CUSTODIAN = "custodian"
    TWO_PERSON = "two-person"


class BasisKind(StrEnum):
    AGREEMENT = "agreement"
    CONSENT = "consent"
    EXCEPTION = "exception"
    LEGAL_PROCESS = "legal-process"


class Ground(StrEnum):
    """Statutory exceptions; their required elements stand in `exceptions`."""

    SERIOUS_IMMINENT_THREAT = "serious-imminent-threat"
    HEALTH_SAFETY_EMERGENCY = "health-safety-emergency"
    MEDICAL_EMERGENCY = "medical-emergency"
    IMMINENT_DANGER_ASSESSMENT = "imminent-danger-assessment"
    MANDATORY_REPORT = "mandatory-report"
    CRIME_ON_PREMISES = "crime-on-premises"


class ProcessKind(StrEnum):
    """Kinds of legal process; a law says which of them opens what it protects."""

    COURT_ORDER = "court-order"
    WARRANT = "warrant"
    GRAND_JURY_SUBPOENA = "grand-jury-subpoena"
    SUBPOENA = "subpoena"
    ADMINISTRATIVE_REQUEST = "administrative-request"


class ObligationCode(StrEnum):
    NO_REDISCLOSURE = "no-redisclosure"
    DESTROY_BY = "destroy-by"
    PURPOSE_ONLY = "purpose-only"
    TELL_PARENTS = "tell-parents"
    NOTIFY_TARGET = "notify-target"
    NOTIFY_SUBJECT = "notify-subject"
    REPORT_OUTCOME = "report-outcome"
    STORE_APART = "store-apart"
    REVIEW_OR_PURGE = "review-or-purge"
    ACCOUNT_FOR_DISCLOSURE = "account-for-disclosure"
    PART2_NOTICE = "part2-notice"
    PART2_CONSENT_COPY = "part2-consent-copy"
    FERPA_NOTICE = "ferpa-notice"
    VICTIM_NOTICE = "victim-notice"
    CONFIDENCE_NOTICE = "confidence-notice"
    STORE_IN = "store-in"
    NOTIFY_PARTY = "notify-party"
    DECLARE_ROLE = "declare-role"
    CASE_AGENT_PRESENT = "case-agent-present"
    DOCUMENT_CONTACT = "document-contact"
    EXPLAIN_LIMITS = "explain-limits"
    SUPPORTIVE_LANGUAGE = "supportive-language"
    PROSECUTION_NOTICE = "prosecution-notice"
    RETURN_TO_REFERRER = "return-to-referrer"
