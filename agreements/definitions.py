"""What each word of the closed vocabularies means, and the standard term it stands for.

Prefixes: `dpv` Data Privacy Vocabulary 2 and `dpv-pd` its personal data extension, `hl7` HL7 v3 ActReason,
ActCode (sensitivity, obligation and refrain policies) and RoleCode, `odrl` ODRL 2.2, `niem` NIEM core and
justice, `fhir` FHIR R4, `org` the W3C organisation ontology. A mapping names the nearest standard term,
which is often the broader one.
"""

from __future__ import annotations

from typing import Final

from agreements.terms import (
    Act,
    BasisKind,
    GrantorKind,
    Ground,
    Level,
    ProcessKind,
    Purpose,
    Review,
    Role,
    Sector,
    SubjectKind,
)

PURPOSES: Final[dict[Purpose, tuple[str, str]]] = {
    Purpose.THREAT_ASSESSMENT: (
        "Finding out whether somebody poses a threat of violence, and how serious it is.",
        "hl7:THREAT",
    ),
    Purpose.SAFETY_PLANNING: (
        "Making and keeping a plan that protects the people a case concerns.",
        "dpv:ProtectionOfPublicSecurity",
    ),
    Purpose.CHILD_PROTECTION: (
        "Protecting a child from abuse, neglect or other serious harm.",
        "dpv:VitalInterestOfNaturalPerson",
    ),
    Purpose.DUTY_TO_WARN: (
        "Warning a person who is in danger, or those who can protect that person.",
        "hl7:THREAT",
    ),
    Purpose.TREATMENT: (
        "Giving health care to the subject.",
        "hl7:TREAT",
    ),
    Purpose.CASE_MANAGEMENT: (
        "Co-ordinating the help several agencies give to the subject of a case.",
        "hl7:CAREMGT",
    ),
    Purpose.DECONFLICTION: (
        (
            "Finding out whether another unit already works on the same subject, so that the two do "
            "not collide."
        ),
        "dpv:ProtectionOfPublicSecurity",
    ),
}

GROUNDS: Final[dict[Ground, tuple[str, str, str]]] = {
    Ground.SERIOUS_IMMINENT_THREAT: (
        (
            "Disclosure is necessary to prevent or lessen a serious and imminent threat to a person "
            "or the public, and goes to somebody able to do so."
        ),
        "hl7:THREAT",
        "45 CFR 164.512(j)",
    ),
    Ground.HEALTH_SAFETY_EMERGENCY: (
        (
            "There is an articulable and significant threat to the health or safety of a student or "
            "others, and the recipient needs the information to protect them."
        ),
        "hl7:THREAT",
        "34 CFR 99.36",
    ),
    Ground.MEDICAL_EMERGENCY: (
        (
            "Medical personnel treat a genuine medical emergency in which the patient's consent "
            "cannot be obtained."
        ),
        "hl7:ETREAT",
        "42 CFR 2.51",
    ),
    Ground.IMMINENT_DANGER_ASSESSMENT: (
        (
            "An assessment of criminal intelligence, not the record, is needed to avoid imminent "
            "danger to life or property."
        ),
        "hl7:THREAT",
        "28 CFR 23.20",
    ),
    Ground.MANDATORY_REPORT: (
        "A statute obliges the holder to report, such as suspected child abuse.",
        "dpv:LegalObligation",
        "45 CFR 164.512(b)(1)(ii); 42 CFR 2.12(c)(6)",
    ),
    Ground.CRIME_ON_PREMISES: (
        (
            "A crime was committed or threatened on a programme's premises or against its staff; only"
            " the circumstances and the suspect's name, address and whereabouts are told."
        ),
        "dpv:ProtectionOfPublicSecurity",
        "42 CFR 2.12(c)(5)",
    ),
}
"""Definition, standard term, citation."""

ROLES: Final[dict[Role, tuple[str, str]]] = {
    Role.CASEWORKER: (
        "Works on cases and asks and reads answers.",
        "niem:j:CaseOfficial",
    ),
    Role.LIAISON: (
        "Is the known point of contact of an agency and answers for it as custodian.",
        "fhir:Organization.contact",
    ),
    Role.PRIVACY_OFFICER: (
        "Answers for agreements, policies and the review of emergency access.",
        "dpv:DataProtectionOfficer",
    ),
    Role.AUDITOR: (
        "Checks disclosures against the ledger and reads no content.",
        "org:Role",
    ),
    Role.ADMINISTRATOR: (
        "Runs the gateway and reads no subject data.",
        "hl7:HSYSADMIN",
    ),
}

LEVELS: Final[dict[Level, tuple[str, str]]] = {
    Level.EXISTENCE: (
        "Whether information is held, and nothing of it.",
        "hl7:MINEC",
    ),
    Level.CONTACT: (
        "Also whom to ring at the custodian.",
        "fhir:Organization.contact",
    ),
    Level.SUMMARY: (
        "Also a short text on what is held.",
        "fhir:Composition",
    ),
    Level.RECORD: (
        "Also the fields of the record that the clause names.",
        "dpv:Record",
    ),
}

SECTORS: Final[dict[Sector, tuple[str, str]]] = {
    Sector.LAW_ENFORCEMENT: (
        "Police and other investigating authorities.",
        "dpv:PublicSectorBody",
    ),
    Sector.HEALTH: (
        "Health and mental health services.",
        "fhir:Organization",
    ),
    Sector.EDUCATION: (
        "Schools, colleges and universities.",
        "fhir:Organization",
    ),
    Sector.SOCIAL_SERVICES: (
        "Child welfare, family and social services.",
        "dpv:PublicSectorBody",
    ),
    Sector.JUSTICE: (
        "Prosecutors, courts, prisons, probation and parole.",
        "dpv:PublicSectorBody",
    ),
    Sector.WORKPLACE: (
        "Employers with their security, human resources and assistance units.",
        "fhir:Organization",
    ),
    Sector.PROTECTIVE: (
        "Agencies that protect officials and institutions.",
        "dpv:PublicSectorBody",
    ),
    Sector.COMMUNITY: (
        "Victim advocates and other voluntary bodies.",
        "fhir:Organization",
    ),
}

SUBJECTS: Final[dict[SubjectKind, tuple[str, str]]] = {
    SubjectKind.PERSON: (
        "A human being.",
        "niem:nc:Person",
    ),
    SubjectKind.VENUE: (
        "A place or an event's location.",
        "niem:nc:Location",
    ),
    SubjectKind.COMMUNICATION: (
        "A handle, number, address or text whose author may be unknown.",
        "niem:nc:ContactInformation",
    ),
    SubjectKind.GENERAL: (
        "Nobody in particular: a count or a consultation, which a person at the custodian answers in words.",
        "dpv:AnonymisedData",
    ),
}

ACTS: Final[dict[Act, tuple[str, str]]] = {
    Act.ASK: (
        "The custodian is asked for what it holds.",
        "dpv:Query",
    ),
    Act.TELL: (
        "The custodian tells the requester without being asked: a warning, a referral.",
        "dpv:Disclose",
    ),
}

REVIEWS: Final[dict[Review, tuple[str, str]]] = {
    Review.NONE: (
        "The answer leaves without a person looking at it.",
        "dpv:FullyAutomated",
    ),
    Review.CUSTODIAN: (
        "A person at the custodian releases it item by item.",
        "dpv:HumanInvolvementForDecision",
    ),
    Review.TWO_PERSON: (
        "Two different persons at the custodian must release the same.",
        "dpv:HumanInvolvementForVerification",
    ),
}

PROCESSES: Final[dict[ProcessKind, tuple[str, str]]] = {
    ProcessKind.COURT_ORDER: (
        "An order signed by a judge.",
        "niem:j:CourtOrder",
    ),
    ProcessKind.WARRANT: (
        "A judge's authority to search or seize, on probable cause.",
        "niem:j:Warrant",
    ),
    ProcessKind.GRAND_JURY_SUBPOENA: (
        "A demand for evidence by a grand jury.",
        "niem:j:Subpoena",
    ),
    ProcessKind.SUBPOENA: (
        "A demand for evidence that no judge has signed.",
        "niem:j:Subpoena",
    ),
    ProcessKind.ADMINISTRATIVE_REQUEST: (
        "A demand by an agency that a statute entitles to make it, without a court.",
        "dpv:LegalObligation",
    ),
}

BASES: Final[dict[BasisKind, tuple[str, str]]] = {
    BasisKind.AGREEMENT: (
        "A clause of an agreement in force allows the answer.",
        "odrl:Agreement",
    ),
    BasisKind.CONSENT: (
        "Somebody entitled to has consented.",
        "dpv:Consent",
    ),
    BasisKind.EXCEPTION: (
        "The custodian has found that a statutory exception is met.",
        "dpv:VitalInterestOfNaturalPerson",
    ),
    BasisKind.LEGAL_PROCESS: (
        "A person at the custodian has verified an order, warrant or subpoena.",
        "dpv:LegalObligation",
    ),
}

GRANTORS: Final[dict[GrantorKind, tuple[str, str]]] = {
    GrantorKind.SUBJECT: (
        "The person asked about.",
        "dpv:DataSubject",
    ),
    GrantorKind.GUARDIAN: (
        "A parent or guardian entitled to consent for that person.",
        "hl7:GUARD",
    ),
    GrantorKind.VICTIM: (
        "The victim whose information it is, where the query is about another.",
        "hl7:GRANTOR",
    ),
}
