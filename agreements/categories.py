"""The kinds of information: what each is, its nearest standard term and its sensitivity label."""

from __future__ import annotations

from typing import Final

from agreements.terms import Category

CATEGORIES: Final[dict[Category, tuple[str, str, str]]] = {
    Category.CRIMINAL_HISTORY: (
        "Arrests, charges, convictions and their outcomes held as a criminal record.",
        "dpv-pd:CriminalConviction",
        "R",
    ),
    Category.POLICE_CONTACT: (
        "Calls, stops, incidents and reports known to police that are no criminal record.",
        "niem:nc:Incident",
        "N",
    ),
    Category.INTELLIGENCE: (
        "Criminal intelligence held on reasonable suspicion.",
        "dpv-pd:CriminalOffense",
        "V",
    ),
    Category.INVESTIGATION: (
        "What an open or closed criminal investigation has gathered.",
        "niem:j:Investigation",
        "R",
    ),
    Category.MENTAL_HEALTH: (
        (
            "Mental health care: that it is given, by whom, its diagnoses and plans, without "
            "psychotherapy notes."
        ),
        "dpv-pd:MentalHealth",
        "PSY",
    ),
    Category.SUBSTANCE_USE: (
        "Diagnosis, treatment or referral for a substance use disorder.",
        "hl7:ETH",
        "ETH",
    ),
    Category.HEALTH: (
        "Physical health care that no narrower category covers.",
        "dpv-pd:HealthRecord",
        "R",
    ),
    Category.SCHOOL_DISCIPLINE: (
        "Disciplinary measures a school has taken about a pupil, and why.",
        "dpv-pd:DisciplinaryAction",
        "R",
    ),
    Category.EDUCATION_RECORD: (
        "Records a school keeps about a pupil or student, other than discipline.",
        "dpv-pd:EducationExperience",
        "N",
    ),
    Category.SAFEGUARDING: (
        "Concerns raised and steps taken to keep a child or an adult at risk safe.",
        "hl7:VIO",
        "R",
    ),
    Category.FAMILY_SERVICES: (
        "Child welfare and family support cases, and the services given.",
        "dpv-pd:FamilyStructure",
        "R",
    ),
    Category.YOUTH_JUSTICE: (
        "Juvenile court, detention and supervision records.",
        "dpv-pd:CriminalOffense",
        "V",
    ),
    Category.COURT: (
        "Court cases, hearings and orders about adults.",
        "niem:j:CourtCase",
        "N",
    ),
    Category.PROBATION: (
        "Supervision in the community by probation or parole, and its conditions.",
        "niem:j:Supervision",
        "R",
    ),
    Category.PROTECTIVE_ORDER: (
        "Court orders that protect one person from another, without the protected person's whereabouts.",
        "niem:j:CourtOrder",
        "R",
    ),
    Category.FIREARMS: (
        "Firearms held, licences to hold them, refusals and prohibitions.",
        "niem:nc:Firearm",
        "R",
    ),
    Category.PSYCHOTHERAPY_NOTES: (
        "A mental health professional's own notes of counselling sessions, kept apart from the record.",
        "hl7:PSYTHPN",
        "V",
    ),
    Category.VICTIM_SERVICES: (
        "That a person has sought or received help as a victim, and what was given.",
        "hl7:SDV",
        "SDV",
    ),
    Category.HOUSING: (
        "Tenancy, housing support, complaints and homelessness.",
        "hl7:LIVARG",
        "N",
    ),
    Category.EMPLOYMENT: (
        "Employment, conduct at work and measures taken by an employer.",
        "dpv-pd:EmploymentHistory",
        "N",
    ),
    Category.EMPLOYEE_ASSISTANCE: (
        "Counselling and other help given by an employee assistance programme.",
        "hl7:BH",
        "PSY",
    ),
    Category.VICTIM_INJURY: (
        "Medical findings about injuries of a person as a victim.",
        "hl7:SDV",
        "SDV",
    ),
    Category.THREAT_REPORT: (
        "A report of a threat or of worrying behaviour, and what became of it.",
        "hl7:VIO",
        "R",
    ),
    Category.COMMUNICATIONS_RECORD: (
        "What a telephone or internet company holds about an account: subscriber, connections, messages.",
        "dpv-pd:Communication",
        "R",
    ),
    Category.FINANCIAL_RECORD: (
        "Accounts, payments, debts and help with debts, held by a bank or a debt service.",
        "dpv-pd:Financial",
        "R",
    ),
}
"""Definition, standard term, sensitivity: HL7 confidentiality N, R, V, or sensitivity PSY, ETH, SDV."""
