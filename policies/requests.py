"""One request as JSON and in words: an example that anybody can put to the gateway."""

from __future__ import annotations

from agreements.document import Json
from agreements.terms import Act, SubjectKind
from policies.facts import Facts
from policies.wording import all_of, instant_said


def request_json(facts: Facts) -> dict[str, Json]:
    """A request by the names the agreement packs give its parts; what says nothing is left out."""
    consent = next(iter(facts.consents), None)
    made: dict[str, Json] = {
        "at": instant_said(facts.at),
        "requester": {"agency": facts.requester, "role": facts.role.value, "contact": facts.contact},
        "custodian": facts.custodian,
        "purpose": facts.purpose.value,
        "subject": facts.subject_kind.value,
        "category": facts.category.value,
        "level": facts.level.word,
        "act": facts.act.value,
        "case": {
            "concern": facts.concern,
            "flags": [*sorted(facts.case_flags)],
            "invited_by": [*sorted(facts.invited_by)],
            "blinded": facts.blinded,
            "workdays_open": facts.workdays_open,
        },
        "age": facts.age,
    }
    if consent is not None:
        made["consent"] = {
            "grantor": consent.grantor.value,
            "form": [*sorted(element.value for element in consent.form())],
            "categories": [*sorted(consent.categories)],
        }
    if facts.representation is not None:
        made["exception"] = {"ground": facts.representation.ground.value, "made_out": True}
    if facts.legal_process is not None:
        made["legal_process"] = facts.legal_process.kind.value
    return made


def request_said(facts: Facts) -> str:
    """The same in one sentence."""
    verb, of = ("asks", "for") if facts.act is Act.ASK else ("is told unasked by", "of")
    who = f"a {facts.role.value} of {facts.requester}" + (", a named contact," if facts.contact else "")
    general = facts.subject_kind is SubjectKind.GENERAL
    kind = "nobody in particular" if general else f"a {facts.subject_kind.value}"
    what = f"{facts.category.value} about {kind}, {facts.level.word}, for {facts.purpose.value}"
    question = f"{who} {verb} {facts.custodian} {of} {what}"
    return f"On {instant_said(facts.at)} {question}; a case of {_case(facts)}{_brought(facts)}"


def _case(facts: Facts) -> str:
    case = [f"concern {facts.concern}", *(f"flag {flag}" for flag in sorted(facts.case_flags))]
    case += [f"an invitation by a {role}" for role in sorted(facts.invited_by)]
    case += ["a context kept from the person"] if facts.blinded else []
    if facts.workdays_open is not None:
        case.append(f"{facts.workdays_open} working days since its opening")
    return all_of(case)


def _brought(facts: Facts) -> str:
    brought = [f"the consent of the {consent.grantor.value}" for consent in facts.consents]
    if facts.representation is not None:
        brought.append(f"the exception {facts.representation.ground.value} made out")
    if facts.legal_process is not None:
        brought.append(f"a {facts.legal_process.kind.value}")
    age = "" if facts.age is None else f"; age {facts.age}"
    return f"{age}; with {all_of(brought)}" if brought else f"{age}; with no consent, exception or process"
