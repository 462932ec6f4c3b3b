"""A threat reported at school: everybody asked, a partner without an agreement, a name, a consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from adapters.matching import RELEASE, grade
from agreements.subject import Subject
from gateway.demo.cast import as_subject
from gateway.demo.officials import LAM, QUINTERO
from gateway.demo.paperwork import new_case, signed_consent
from gateway.demo.people import HEALTH, HOUSING, POLICE, SCHOOLS
from gateway.demo.scenes_proof import keep_checkpoint
from gateway.demo.stage import Found, Stage, outcomes

CASE: Final = "RUSD-TA-117"


def report(stage: Stage) -> Found:
    before = stage.ask(QUINTERO, {**about_daniel(stage), "custodians": [POLICE]})
    manager, soon = ("emp-1004", "Principal Harlan Voss"), stage.today + timedelta(days=7)
    opened = stage.post(QUINTERO, "/v1/cases", new_case(CASE, "threat-assessment", "moderate", manager, soon))
    stage.telling.facts(
        [
            ("opened", f"case {opened['reference']}, {opened['kind']}"),
            ("concern", f"{opened['concern']}, on the scale low, moderate, high of the agreement"),
            ("manager", opened["manager"]["name"]),
        ]
    )
    keep_checkpoint(stage)
    return {"asking before": f"{before.status} {before.body['code']}", f"case {CASE}": opened["state"]}


def everybody(stage: Stage) -> Found:
    categories = ["police-contact", "mental-health", "family-services"]
    body = stage.asked(QUINTERO, {**about_daniel(stage), "categories": categories})
    stage.kept["asked of all"] = body["id"]
    return outcomes(body)


def without_agreement(stage: Stage) -> Found:
    query = {**about_daniel(stage), "categories": ["housing"], "custodians": [HOUSING]}
    return outcomes(stage.asked(QUINTERO, query))


def misspelt(stage: Stage) -> Found:
    daniel = stage.county.cast.daniel
    query = {**about_daniel(stage), "level": "summary", "custodians": [POLICE]}
    note = {
        "kind": "person",
        "family_name": "Okafor",
        "given_name": "Danial",
        "address": {"line": "418 Fir Grove Lane", "city": "Riverside"},
    }
    first = outcomes(stage.asked(QUINTERO, {**query, "subject": note}))
    second = outcomes(stage.asked(QUINTERO, query))
    asked = Subject(replace(daniel[SCHOOLS], address=None))
    score = grade(asked, daniel[POLICE])
    stage.telling.note("Why that is the same person, as only the police department's own adapter sees it:")
    weights = ", ".join(
        f"{each.field.replace('_', ' ')} {each.agreement} {each.weight:+.0f}"
        for each in score.explanation
        if each.weight
    )
    stage.telling.facts(
        [
            ("asked", f"{daniel[SCHOOLS].given_name} {daniel[SCHOOLS].family_name}"),
            ("on file", f"{daniel[POLICE].given_name} {daniel[POLICE].family_name}"),
            ("weights", f"{weights} (in bits)"),
            ("score", f"{score.value:.4f}, and from {RELEASE} on somebody is found"),
        ]
    )
    return {
        "name and street": first[f"{POLICE} on police-contact"],
        "name and birth date": second[f"{POLICE} on police-contact"],
        "likeness of the names": next(
            each.agreement for each in score.explanation if each.field == "given_name"
        ),
    }


def consented(stage: Stage) -> Found:
    daniel = stage.county.cast.daniel[SCHOOLS]
    consent = signed_consent(daniel, "mental-health", SCHOOLS, stage.today)
    recorded = stage.post(QUINTERO, "/v1/consents", consent)
    stage.telling.facts([("consent", f"{recorded['status']} by Daniel Okafor himself, on a signed form")])
    body = stage.asked(QUINTERO, _mental_health(stage))
    stage.kept |= {"consent": recorded["id"], "consented": body["id"]}
    told = body["answers"][0]["summary"]["mental-health"]
    return outcomes(body) | {"the summary": "names a safety plan" if "care plan" in told else told}


def withdrawn(stage: Stage) -> Found:
    reason = "I do not want the school to read this any more."
    path = f"/v1/consents/{stage.kept['consent']}/withdraw"
    consent = stage.post(LAM, path, {"reason": reason})
    stage.telling.facts(
        [("consent", f"{consent['status']}, recorded by Dr. Vivian Lam at the health service")]
    )
    stage.telling.note("The answer of the step before, read again:")
    again = outcomes(stage.read_again(QUINTERO, stage.kept["consented"]))
    stage.telling.note("The same question, asked anew:")
    anew = outcomes(stage.asked(QUINTERO, _mental_health(stage)))
    about = f"{HEALTH} on mental-health"
    return {"consent": consent["status"], "read again": again[about], "asked anew": anew[about]}


def about_daniel(stage: Stage) -> dict[str, Any]:
    """The school's question about him, of the least there is to ask."""
    return {
        "case": CASE,
        "purpose": "threat-assessment",
        "level": "existence",
        "categories": ["police-contact"],
        "subject": as_subject(stage.county.cast.daniel[SCHOOLS]),
    }


def _mental_health(stage: Stage) -> dict[str, Any]:
    asked = {"level": "record", "categories": ["mental-health"], "custodians": [HEALTH]}
    return {**about_daniel(stage), **asked}
