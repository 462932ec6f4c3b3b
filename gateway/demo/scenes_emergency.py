"""A serious and imminent threat: claimed by one, found by another, looked at afterwards by a third."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from gateway.demo.cast import as_subject
from gateway.demo.officials import ADLER, LAM, REYES, REYES_AS_REVIEWER
from gateway.demo.paperwork import new_case
from gateway.demo.people import HEALTH, SCHOOLS
from gateway.demo.stage import Found, Stage, outcomes

CASE: Final = "RPD-0442"
_CLAIM: Final = {
    "ground": "serious-imminent-threat",
    "elements": {
        "threat": "He wrote to a friend that he has his uncle's rifle and a list of names.",
        "imminence": "The message says tomorrow, before the first lesson.",
        "recipient_able_to_prevent": True,
    },
    "statement": "The friend's mother showed the message to an officer at 20:40 this evening.",
}


def claimed(stage: Stage) -> Found:
    manager, soon = ("badge-0017", "Lt. Max Keller"), stage.today + timedelta(days=1)
    stage.post(REYES, "/v1/cases", new_case(CASE, "threat-assessment", "high", manager, soon))
    body = stage.asked(REYES, {**police_about_daniel(stage), "exception": _CLAIM})
    stage.kept["emergency query"] = body["id"]
    told = body["answers"][0]
    return outcomes(body) | {"told so far": "nothing" if told["summary"] is None else "something"}


def found_met(stage: Stage) -> Found:
    open_reviews = stage.get(LAM, "/v1/reviews?state=open")["reviews"]
    review = next(each for each in open_reviews if each["query"] == stage.kept["emergency query"])
    items = [(each["id"], each["summary"]) for each in review["items"]]
    stage.telling.facts(
        [
            ("for", LAM.words()),
            ("asked by", f"{review['requester']['user']['name']}, {review['requester']['contact']['phone']}"),
            ("claiming", f"{review['exception']['ground']}: {review['exception']['statement']}"),
            ("awaits", f"{' and '.join(review['awaits'])}, by a person at the health service"),
            *[("would tell", f"{category}: {summary}") for category, summary in items],
        ]
    )
    stage.telling.note(
        "Dr. Lam rings the sergeant back, believes in good faith that it is met, and releases it."
    )
    chosen = [item for item, _ in items]
    released = stage.post(LAM, f"/v1/reviews/{review['id']}/release", {"items": chosen})
    body = stage.read_again(REYES, stage.kept["emergency query"])
    return {"review": released["state"]} | outcomes(body)


def looked_at(stage: Stage) -> Found:
    opened = stage.get(ADLER, "/v1/emergencies?state=open")["emergencies"]
    emergency = next(each for each in opened if each["query"] == stage.kept["emergency query"])
    stage.telling.facts(
        [
            ("emergency", f"{emergency['ground']}, used by {emergency['user']}"),
            ("expires", emergency["expires_at"]),
            ("to review", f"by {emergency['review_due']}, by somebody other than {REYES.name}"),
        ]
    )
    path = f"/v1/emergencies/{emergency['id']}/finding"
    finding = {
        "finding": "justified",
        "statement": "The rifle was found; the friend's account was confirmed.",
    }
    own = stage.call(REYES_AS_REVIEWER, "POST", path, finding)
    stage.telling.note(f"{REYES.name} tries to review it herself:")
    stage.telling.problem(own.status, own.body)
    found = stage.post(ADLER, path, finding)
    stage.telling.facts([("finding", f"{found['finding']}, by {ADLER.words()}: {found['statement']}")])
    return {
        "her own review": f"{own.status} {own.body['code']}",
        "reviewed by another": found["finding"],
    }


def police_about_daniel(stage: Stage) -> dict[str, Any]:
    """The police's question to the health service; they name him as the school does."""
    return {
        "case": CASE,
        "purpose": "threat-assessment",
        "level": "summary",
        "categories": ["mental-health"],
        "custodians": [HEALTH],
        "subject": as_subject(stage.county.cast.daniel[SCHOOLS]),
    }
