"""A place asked about, a refusal that says nothing, and a release item by item."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final

from agreements.subject import PersonIdentity
from gateway.agency_client import Reply
from gateway.demo.cast import as_subject
from gateway.demo.officials import BRANDT, FINCH, QUINTERO, REYES, SOTO
from gateway.demo.paperwork import new_case, signed_consent
from gateway.demo.people import HEALTH, POLICE, SCHOOLS, SOCIAL
from gateway.demo.scenes_asking import CASE as SCHOOL_CASE
from gateway.demo.scenes_emergency import CASE as POLICE_CASE
from gateway.demo.stage import Found, Stage, outcomes

CASE: Final = "CFS-2291"
_OWN: Final = frozenset({"content-length", "date"})
"""Headers of the answer that go with its receipt and its second."""
_WITHHELD: Final = "noise complaint"


def place(stage: Stage) -> Found:
    body = stage.asked(QUINTERO, _about_the_school())
    told = body["answers"][0]["summary"]["police-contact"]
    return outcomes(body) | {"incidents told": str(len(told.split("; ")))}


def _about_the_school() -> dict[str, Any]:
    return {
        "case": SCHOOL_CASE,
        "purpose": "safety-planning",
        "level": "summary",
        "categories": ["police-contact"],
        "custodians": [POLICE],
        "subject": {
            "kind": "venue",
            "name": "Riverside HS",
            "address": {"line": "1 School Rd", "city": "Riverside"},
        },
    }


def masked(stage: Stage) -> Found:
    cast = stage.county.cast
    # With her consent the health service's system is truly asked about her, and truly holds nothing.
    consent = signed_consent(cast.marisol[SCHOOLS], "substance-use", POLICE, stage.today)
    stage.post(REYES, "/v1/consents", consent)
    refused = stage.ask(REYES, _substance_use(cast.daniel[SCHOOLS]))
    empty = stage.ask(REYES, _substance_use(cast.marisol[SCHOOLS]))
    same = _bare(refused) == _bare(empty) and _headers(refused) == _headers(empty)
    size, verdict = len(_bare(refused)), "the same" if same else "different"
    queries = {"Daniel": refused.body["id"], "Marisol": empty.body["id"]}
    told = stage.get(REYES, f"/v1/queries/{queries['Daniel']}/explanation")["decisions"][0]
    stage.telling.facts(
        [
            ("compared", f"{size} bytes and every header, but for ids and receipts: {verdict}"),
            ("explained", f"to the police: {told['reasons'][0]['text']}"),
        ]
    )
    stage.telling.note(f"The ledger keeps the truth, and {SOTO.words()}, can read it:")
    truth = {name: _true_cause(stage, id) for name, id in queries.items()}
    stage.telling.facts(truth.items())
    about, advice = f"{HEALTH} on substance-use", refused.body["answers"][0]["advice"]
    return {
        "Daniel, a patient without a consent": outcomes(refused.body)[about],
        "Marisol, consenting but no patient": outcomes(empty.body)[about],
        "the two answers": verdict,
        "advice": "no all-clear" if "does not mean that nothing is held" in advice else advice,
        "in the ledger, Daniel": truth["Daniel"],
        "in the ledger, Marisol": truth["Marisol"],
    }


def item_by_item(stage: Stage) -> Found:
    manager, soon = ("sw-09", "Ingrid Solberg"), stage.today + timedelta(days=3)
    stage.post(BRANDT, "/v1/cases", new_case(CASE, "child-protection", "harm", manager, soon))
    asked = stage.asked(BRANDT, _about_zoe(stage))
    reviews = stage.get(FINCH, "/v1/reviews?state=open")["reviews"]
    review = next(each for each in reviews if each["query"] == asked["id"])
    chosen = [each["id"] for each in review["items"] if _WITHHELD not in each["summary"]]
    stage.telling.facts(
        [
            ("for", FINCH.words()),
            *[
                ("releases" if each["id"] in chosen else "keeps", f"{each['id']}: {each['summary']}")
                for each in review["items"]
            ],
        ]
    )
    stage.post(FINCH, f"/v1/reviews/{review['id']}/release", {"items": chosen})
    body = stage.read_again(BRANDT, asked["id"])
    record = body["answers"][0]["record"]["police-contact"]
    return {
        "at first": outcomes(asked)[f"{POLICE} on police-contact"],
        "items offered": str(len(review["items"])),
        "after the review": outcomes(body)[f"{POLICE} on police-contact"],
        "incidents told": ", ".join(record["kind"]),
        "fields told": ", ".join(sorted(record)),
    }


def _about_zoe(stage: Stage) -> dict[str, Any]:
    return {
        "case": CASE,
        "purpose": "child-protection",
        "level": "record",
        "categories": ["police-contact"],
        "custodians": [POLICE],
        "subject": as_subject(stage.county.cast.zoe[SOCIAL]),
    }


def _substance_use(who: PersonIdentity) -> dict[str, Any]:
    return {
        "case": POLICE_CASE,
        "purpose": "threat-assessment",
        "level": "existence",
        "categories": ["substance-use"],
        "custodians": [HEALTH],
        "subject": as_subject(who),
    }


def _bare(reply: Reply) -> bytes:
    """An answer's body without what is its own in any case: its id and its receipts."""
    answers = [
        {key: value for key, value in each.items() if key != "receipt"} for each in reply.body["answers"]
    ]
    return json.dumps({**reply.body, "id": None, "answers": answers}, ensure_ascii=False).encode()


def _headers(reply: Reply) -> list[tuple[str, str]]:
    return [(name, value) for name, value in reply.headers.items() if name not in _OWN]


def _true_cause(stage: Stage, query_id: str) -> str:
    found = stage.get(SOTO, f"/v1/disclosures?kind=answered&query={query_id}")["disclosures"]
    return str(found[0]["outcomes"][0]["cause"])
