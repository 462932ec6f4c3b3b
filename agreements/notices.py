"""The duties and statutory notices attached to answers, worded for the person who receives one."""

from __future__ import annotations

from typing import Final

from agreements.terms import ObligationCode

OBLIGATIONS: Final[dict[ObligationCode, tuple[str, str, str]]] = {
    ObligationCode.NO_REDISCLOSURE: (
        "The recipient does not pass the information on.",
        "hl7:NORDSCLCD",
        (
            "Do not pass this information on to anybody else unless the agency that gave it agrees in"
            " writing or a law obliges you to."
        ),
    ),
    ObligationCode.DESTROY_BY: (
        "The recipient destroys the information by a date.",
        "odrl:delete",
        "Destroy this information and every copy of it by the date due, and report that you have.",
    ),
    ObligationCode.PURPOSE_ONLY: (
        "The recipient uses the information for the purpose of the query and no other.",
        "hl7:NOREUSE",
        "Use this information only for the purpose and the case you asked for.",
    ),
    ObligationCode.TELL_PARENTS: (
        "The recipient tells the subject's parents or guardians.",
        "odrl:inform",
        "Tell the subject's parents or guardians by the date due, and record that you have.",
    ),
    ObligationCode.NOTIFY_TARGET: (
        "The recipient warns the person whom a threat is aimed at.",
        "odrl:inform",
        (
            "Warn the person whom the threat is aimed at, or that person's guardians, and record that"
            " you have."
        ),
    ),
    ObligationCode.NOTIFY_SUBJECT: (
        "The subject is told of the disclosure.",
        "odrl:inform",
        "Tell the subject of this disclosure by the date due, unless that would endanger somebody.",
    ),
    ObligationCode.REPORT_OUTCOME: (
        "The recipient tells the custodian what came of the information.",
        "odrl:inform",
        "Report by the date due to the agency that gave this information what came of it.",
    ),
    ObligationCode.STORE_APART: (
        "The recipient keeps the information apart from its ordinary records.",
        "hl7:NOINTEGRATE",
        "Keep this information apart from your ordinary records, open only to those who work on the case.",
    ),
    ObligationCode.REVIEW_OR_PURGE: (
        "The recipient reviews by a date whether it still needs the information, and else purges it.",
        "odrl:delete",
        (
            "Review by the date due whether this information is still relevant and accurate, and "
            "purge it if not."
        ),
    ),
    ObligationCode.ACCOUNT_FOR_DISCLOSURE: (
        "The custodian enters the disclosure in the accounting the subject may ask for.",
        "hl7:AOD",
        "This disclosure is entered in the accounting of disclosures that the subject may ask for.",
    ),
    ObligationCode.PART2_NOTICE: (
        "The notice that accompanies records of substance use disorder treatment (42 CFR 2.32).",
        "hl7:RedisclosureProhibitionMark",
        "42 CFR part 2 prohibits unauthorized use or disclosure of these records.",
    ),
    ObligationCode.PART2_CONSENT_COPY: (
        (
            "A copy of the consent, or a clear explanation of its scope, accompanies the records (42 "
            "CFR 2.32)."
        ),
        "hl7:42CFRPart2CD",
        (
            "These records are disclosed with the patient's written consent; a copy of it, or a clear"
            " explanation of its scope, goes with them and stays with them."
        ),
    ),
    ObligationCode.FERPA_NOTICE: (
        "The recipient of education records is told of the limits on passing them on (34 CFR 99.33(d)).",
        "hl7:NORDSCLCD",
        (
            "This information from education records is disclosed on the condition that you do not "
            "disclose it to any other party without the prior consent of the parent or eligible "
            "student; your officers, employees and agents may use it only for the purposes for which "
            "the disclosure was made (34 CFR 99.33(a))."
        ),
    ),
    ObligationCode.VICTIM_NOTICE: (
        "A victim whose information is released as a law or court obliges is told, and is kept safe.",
        "odrl:inform",
        (
            "Make reasonable attempts to tell the victim of this release, and take the steps "
            "necessary to protect the privacy and safety of everybody it affects (34 U.S.C. "
            "12291(b)(2)(C))."
        ),
    ),
    ObligationCode.CONFIDENCE_NOTICE: (
        "The recipient is told that the information is held under a duty of confidence.",
        "dpv:ProfessionalConfidentialData",
        (
            "This information was given in confidence; the duty of confidence binds you as it binds "
            "the agency that gave it."
        ),
    ),
    ObligationCode.STORE_IN: (
        "The recipient keeps the information in named files and out of others.",
        "dpv:StorageCondition",
        "Keep this information only in the files the agreement names for it, and out of all others.",
    ),
    ObligationCode.NOTIFY_PARTY: (
        "The recipient tells somebody whom the agreement names.",
        "odrl:inform",
        "Tell those whom the agreement names by the date due, and record that you have.",
    ),
    ObligationCode.DECLARE_ROLE: (
        "Whoever makes contact begins by declaring the role, that it is no treatment and not privileged.",
        "dpv:Notice",
        (
            "Begin every contact by saying in what role you come, that this is not treatment, and that "
            "what is said is not privileged."
        ),
    ),
    ObligationCode.CASE_AGENT_PRESENT: (
        "The agent who works the case is present at every contact.",
        "dpv:HumanInvolvementForOversight",
        "Make no contact about this information unless the agent who works the case is present.",
    ),
    ObligationCode.DOCUMENT_CONTACT: (
        "The recipient documents every communication and incident.",
        "dpv:RecordsOfActivities",
        "Document every communication and every incident to do with this information in the case.",
    ),
    ObligationCode.EXPLAIN_LIMITS: (
        "The limits of confidentiality are explained to the person.",
        "dpv:PrivacyNotice",
        "Explain to the person where confidentiality ends before you speak about this information.",
    ),
    ObligationCode.SUPPORTIVE_LANGUAGE: (
        "The recipient speaks of a crisis and of support, not of a threat.",
        "dpv:Guideline",
        "Speak and write of a crisis and of support, not of a threat, so that nobody is stigmatised.",
    ),
    ObligationCode.PROSECUTION_NOTICE: (
        "The teller is warned that the recipient is bound by law to prosecute offences it learns of.",
        "dpv:LegalObligation",
        (
            "Where the law binds you to prosecute, you must act on every offence you learn of from this; "
            "the agency that gave it has been told so."
        ),
    ),
    ObligationCode.RETURN_TO_REFERRER: (
        "The outcome goes back to whoever referred the matter.",
        "odrl:inform",
        "Send what came of it back to whoever referred this matter, and to nobody else.",
    ),
}
"""Definition, standard term, and the duty or statutory notice as its recipient reads it."""
