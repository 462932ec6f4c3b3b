"""One child, whom three systems have under three spellings, each told about through its own interface."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.demo.cast import as_subject
from gateway.demo.officials import BRANDT, REYES
from gateway.demo.paperwork import guardians_consent, new_case
from gateway.demo.people import POLICE, SCHOOLS, SOCIAL
from gateway.demo.scenes_holding import CASE as SOCIAL_CASE
from gateway.demo.stage import Found, Stage, outcomes

CASE: Final = "RPD-0447"
_GUARDIAN: Final = "Pilar Núñez"


def three_spellings(stage: Stage) -> Found:
    zoe = stage.county.cast.zoe
    manager, soon = ("badge-0017", "Lt. Max Keller"), stage.today + timedelta(days=3)
    stage.post(REYES, "/v1/cases", new_case(CASE, "child-protection", "harm", manager, soon))
    question = {"purpose": "child-protection", "level": "summary"}
    about = {"subject": as_subject(zoe[POLICE]), "categories": ["safeguarding", "family-services"]}
    primero = stage.asked(REYES, {**question, **about, "case": CASE, "custodians": [SOCIAL]})

    categories = ["education-record", "school-discipline"]
    consent = guardians_consent(zoe[SOCIAL], _GUARDIAN, categories, SOCIAL, stage.today)
    recorded = stage.post(BRANDT, "/v1/consents", consent)
    stage.telling.facts([("consent", f"{recorded['status']} by {_GUARDIAN}, her mother, on a signed form")])
    about = {"subject": as_subject(zoe[SOCIAL]), "categories": categories}
    roster = stage.asked(BRANDT, {**question, **about, "case": SOCIAL_CASE, "custodians": [SCHOOLS]})
    told = {
        category: summary
        for answer in (*primero["answers"], *roster["answers"])
        for category, summary in (answer["summary"] or {}).items()
    }
    return {
        **outcomes(primero),
        **outcomes(roster),
        "Primero's words": told.get("safeguarding", "none"),
        "the roster's words": told.get("education-record", "none"),
    }
