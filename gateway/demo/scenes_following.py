"""A question that would have been dropped, and was not."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import urlsplit

from gateway.demo.cast import as_subject
from gateway.demo.officials import ADLER, REYES
from gateway.demo.people import POLICE, SOCIAL
from gateway.demo.scenes_protection import CASE
from gateway.demo.stage import Found, Stage, outcomes

_PATIENCE: Final = 30.0
_LOOK_EVERY: Final = 0.25


def not_dropped(stage: Stage) -> Found:
    primero = stage.county.systems.social
    port = urlsplit(primero.base_url).port
    primero.stop()
    asked = stage.asked(
        REYES,
        {
            "case": CASE,
            "purpose": "child-protection",
            "level": "summary",
            "categories": ["safeguarding"],
            "custodians": [SOCIAL],
            "subject": as_subject(stage.county.cast.zoe[POLICE]),
        },
    )
    settled = {"reason": "Nothing more is to be learnt."}
    too_soon = stage.call(REYES, "POST", f"/v1/cases/{CASE}/close", settled)
    stage.telling.facts([("closing the case", f"refused: {too_soon.body['detail']}")])
    primero.start(port or 0)
    found = _in_the_ledger(stage, asked["id"])
    stage.telling.note("Primero is back. Nobody has looked; the gateway has asked again, and the ledger has:")
    stage.telling.facts([(f"round {number}", cause) for number, cause in enumerate(found, 1)])
    answer = stage.read_again(REYES, asked["id"])
    closed = stage.post(REYES, f"/v1/cases/{CASE}/close", settled)
    return {
        "at first": outcomes(asked)[f"{SOCIAL} on safeguarding"],
        "closing the case then": f"{too_soon.status} {too_soon.body['code']}",
        "in the ledger, before anybody looked": found[-1],
        "when it is looked at": outcomes(answer)[f"{SOCIAL} on safeguarding"],
        "closing the case now": closed["state"],
    }


def _in_the_ledger(stage: Stage, query: str) -> list[str]:
    """What each round came to, once one has come to something; the question itself is not read for it."""
    until = time.monotonic() + _PATIENCE
    path = f"/v1/disclosures?kind=answered&query={query}"
    causes = ["unavailable"]
    while causes[-1] == "unavailable" and time.monotonic() < until:
        time.sleep(_LOOK_EVERY)
        entries = stage.get(ADLER, path)["disclosures"]
        causes = [str(entry["outcomes"][0]["cause"]) for entry in entries]
    return causes
