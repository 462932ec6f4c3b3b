"""Every route with another agency's ids, without a token, and for an administrator.

A route that is not listed here fails the first test: whoever adds one says what may be read through it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest
from fastapi import FastAPI
from starlette.routing import Route

from gateway.api.queries import HotPath
from tests.county import NOW, InProcess, Json, county_in_process, emergency, make_folder
from tests.county_terms import (
    CALLBACK,
    COURT,
    DANIEL,
    HEALTH,
    OUTSIDER,
    PD,
    SCHOOLS,
    SOCIAL,
    agreement,
    clause,
)
from tests.journeys.telling_county import meeting, offer, seat

Call = tuple[str, str]

PUBLIC: Final[set[Call]] = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/ledger/checkpoint"),
    ("GET", "/ledger/key"),
    ("GET", "/ledger/policy"),
    ("GET", "/ledger/proof/{index}"),
    ("GET", "/ledger/tile/{path:path}"),
    ("GET", "/v1/ledger/entries/{index}"),
    ("GET", "/v1/ledger/consistency"),
    ("GET", "/v1/vocabulary"),
    ("GET", "/v1/schemas/agreement"),
    ("GET", "/.well-known/authzen-configuration"),
    ("POST", "/oauth/token"),
}
"""Anybody's: they tell of nobody."""

DRAFT: Final = agreement(CALLBACK, NOW, [PD, SCHOOLS], version=2, clauses=[])
SECOND: Final = agreement(
    "riverside-second-look",
    NOW,
    [PD, HEALTH],
    clauses=[
        clause("1", "substance-use", HEALTH, conditions={"consent": "required"}, second_look=True),
    ],
)
REASON: Final = {"reason": "This is not ours to do"}
ERASURE: Final = {"subject": DANIEL, "statute": "GDPR article 17", **REASON}
SUSPENSION: Final = {
    "subject": DANIEL,
    "recipient": PD,
    "form": "oral",
    "official": "Lt M. Keller",
    "statement": "An account would be likely to impede an inquiry",
}
COLLECTIONS: Final[dict[Call, Json | None]] = {
    ("POST", "/v1/cases"): {},
    ("POST", "/v1/queries"): {},
    ("POST", "/v1/offers"): {},
    ("GET", "/v1/offers"): None,
    ("GET", "/v1/duties"): None,
    ("POST", "/v1/onward"): {},
    ("GET", "/v1/onward"): None,
    ("POST", "/v1/corrections"): {
        "kind": "wrong-person",
        "subject": DANIEL,
        "statement": "It was his brother",
    },
    ("GET", "/v1/corrections"): None,
    ("POST", "/v1/watches"): {},
    ("GET", "/v1/watches"): None,
    ("POST", "/v1/conferences"): {},
    ("GET", "/v1/conferences"): None,
    ("POST", "/v1/evaluations"): {},
    ("POST", "/access/v1/evaluation"): {},
    ("POST", "/access/v1/evaluations"): {},
    ("GET", "/v1/reviews"): None,
    ("POST", "/v1/consents"): {},
    ("GET", "/v1/emergencies"): None,
    ("GET", "/v1/closures"): None,
    ("GET", "/v1/alarms"): None,
    ("GET", "/v1/second-looks"): None,
    ("GET", "/v1/reports/emergencies"): None,
    ("GET", "/v1/agreements"): None,
    ("POST", "/v1/agreements"): {},
    ("GET", "/v1/disclosures"): None,
    ("POST", "/v1/disclosures"): {},
    ("GET", "/v1/disclosures/export"): None,
    ("POST", "/v1/accountings"): {"subject": DANIEL},
    ("GET", "/v1/accountings/suspensions"): None,
    ("POST", "/v1/accountings/suspensions"): SUSPENSION,
    ("POST", "/v1/erasures"): ERASURE,
    ("POST", "/v1/audit/received"): {"subject": DANIEL},
    ("POST", "/v1/audit/who"): {"subject": DANIEL},
    ("GET", "/v1/audit/unreviewed-emergencies"): None,
    ("GET", "/v1/audit/lookups"): None,
    ("GET", "/v1/audit/groups"): None,
    ("POST", "/v1/audit/reconcile"): {"accesses": []},
    ("GET", "/v1/samples"): None,
    ("GET", "/v1/ledger/export"): None,
    ("GET", "/v1/cases"): None,
    ("GET", "/v1/notices"): None,
    ("GET", "/v1/deliveries"): None,
    ("GET", "/v1/reports/under-sharing"): None,
}
"""The caller's own: what they show depends on who calls."""

OWNED: Final[dict[Call, tuple[str, Json | None]]] = {
    ("GET", "/v1/cases/{reference}"): ("case", None),
    ("PATCH", "/v1/cases/{reference}"): ("case", {"next_review": "2026-12-02"}),
    ("POST", "/v1/cases/{reference}/close"): ("case", REASON),
    ("GET", "/v1/queries/{query_id}"): ("query", None),
    ("GET", "/v1/queries/{query_id}/explanation"): ("query", None),
    ("GET", "/v1/reviews/{review_id}"): ("review", None),
    ("POST", "/v1/reviews/{review_id}/release"): ("review", {"items": []}),
    ("POST", "/v1/reviews/{review_id}/decline"): ("review", REASON),
    ("POST", "/v1/reviews/{review_id}/view"): ("open review", {"statement": "We differ"}),
    ("GET", "/v1/offers/{offer_id}"): ("offer", None),
    ("POST", "/v1/offers/{offer_id}/acknowledge"): ("offer", {}),
    ("POST", "/v1/offers/{offer_id}/release"): ("waiting offer", {}),
    ("POST", "/v1/offers/{offer_id}/decline"): ("waiting offer", REASON),
    ("GET", "/v1/duties/{duty_id}"): ("duty", None),
    ("GET", "/v1/onward/{onward_id}"): ("onward", None),
    ("POST", "/v1/onward/{onward_id}/grant"): ("onward", {}),
    ("POST", "/v1/onward/{onward_id}/refuse"): ("onward", REASON),
    ("GET", "/v1/watches/{watch_id}"): ("watch", None),
    ("POST", "/v1/watches/{watch_id}/end"): ("watch", REASON),
    ("GET", "/v1/corrections/{correction_id}"): ("correction", None),
    ("POST", "/v1/corrections/{correction_id}/acknowledge"): ("correction", {"statement": "Struck out"}),
    ("POST", "/v1/duties/{duty_id}/fulfil"): ("duty", {"statement": "It was destroyed"}),
    ("POST", "/v1/duties/{duty_id}/violation"): ("duty", {"statement": "It was passed on"}),
    ("GET", "/v1/conferences/{conference_id}"): ("conference", None),
    ("GET", "/v1/conferences/{conference_id}/guide"): ("conference", None),
    ("POST", "/v1/conferences/{conference_id}/shown"): (
        "conference",
        {"seat": 1, "to": [2], "information": {"police-contact": True}},
    ),
    ("POST", "/v1/conferences/{conference_id}/attendance"): ("conference", {"present": [1]}),
    ("POST", "/v1/conferences/{conference_id}/tasks"): (
        "conference",
        {"seat": 1, "task": "Ring somebody", "due": "2026-12-02"},
    ),
    ("POST", "/v1/conferences/{conference_id}/close"): ("conference", {}),
    ("GET", "/v1/consents/{consent_id}"): ("consent", None),
    ("POST", "/v1/notices/{notice_id}/read"): ("notice", {}),
    ("POST", "/v1/consents/{consent_id}/withdraw"): ("consent", REASON),
    ("POST", "/v1/consents/{consent_id}/give"): ("consent", {"limits_explained": True}),
    ("POST", "/v1/consents/{consent_id}/refuse"): ("consent", REASON),
    ("GET", "/v1/emergencies/{emergency_id}"): ("emergency", None),
    ("GET", "/v1/second-looks/{look_id}"): ("look", None),
    ("POST", "/v1/second-looks/{look_id}/release"): ("look", {}),
    ("POST", "/v1/second-looks/{look_id}/call"): ("look", REASON),
    ("POST", "/v1/second-looks/{look_id}/decline"): ("look", REASON),
    ("POST", "/v1/alarms/{alarm_id}/close"): ("alarm", {"statement": "It was looked at"}),
    ("POST", "/v1/closures/{closure_id}/reopen"): ("closure", {"statement": "The person was instructed"}),
    ("POST", "/v1/emergencies/{emergency_id}/finding"): (
        "emergency",
        {"finding": "justified", "statement": "It was well founded"},
    ),
    ("GET", "/v1/erasures/{erasure_id}"): ("erasure", None),
    ("POST", "/v1/erasures/{erasure_id}/decision"): ("erasure", {"approve": False}),
    ("GET", "/v1/agreements/{agreement_id}"): ("agreement", None),
    ("POST", "/v1/agreements/{agreement_id}/suspend"): ("agreement", REASON),
    ("POST", "/v1/agreements/{agreement_id}/resume"): ("agreement", REASON),
    ("POST", "/v1/agreements/{agreement_id}/terminate"): ("agreement", REASON),
    ("PUT", "/v1/agreements/{agreement_id}/drafts/{version}"): ("agreement", DRAFT),
    ("POST", "/v1/agreements/{agreement_id}/drafts/{version}/propose"): ("agreement", {}),
    ("POST", "/v1/agreements/{agreement_id}/drafts/{version}/replay"): ("agreement", {}),
    ("POST", "/v1/agreements/{agreement_id}/versions/{version}/signatures"): (
        "agreement",
        {"party": PD, "jws": "eyJhbGciOiJFUzI1NiJ9..c2ln"},
    ),
    ("POST", "/v1/agreements/{agreement_id}/versions/{version}/activate"): ("agreement", {}),
}
"""Somebody's: each with what kind of id its path takes, and a body that would do."""

_OF_NOBODY: Final = ("/v1/cases", "/v1/agreements", "/v1/notices", "/v1/deliveries")
ROLES: Final = ["caseworker", "liaison", "privacy-officer", "auditor", "administrator"]
WORDS: Final = ("Okafor", "2008-04-17", "S-4471", "asthma", "plan one", "P. Lindqvist", "Elm St")
ENTITLED: Final = {
    "case": {PD},
    "query": {PD, SOCIAL, HEALTH},
    "review": {SOCIAL},
    "open review": {PD, SOCIAL},
    "offer": {PD, SOCIAL},
    "waiting offer": {SOCIAL},
    "conference": {PD, SOCIAL},
    "duty": {PD, SCHOOLS},
    "onward": {PD, SCHOOLS},
    "correction": {PD, SCHOOLS},
    "watch": {PD},
    "notice": {SOCIAL},
    "consent": {PD, HEALTH},
    "emergency": {PD, HEALTH},
    "erasure": {PD, HEALTH, SOCIAL},
    "look": {HEALTH},
    "alarm": {PD},
    "closure": {PD, HEALTH, SCHOOLS, SOCIAL, COURT},
    "agreement": {PD, SCHOOLS},
}

CORRECTION: Final = {
    "kind": "wrong-person",
    "subject": DANIEL,
    "categories": ["school-discipline"],
    "statement": "It was his brother",
}


def passing(query: str, case: str) -> Json:
    return {
        "about": query,
        "custodian": SCHOOLS,
        "to": SOCIAL,
        "case": case,
        "purpose": "threat-assessment",
        "categories": ["school-discipline"],
        "reason": "They visit the family",
    }


@dataclass(frozen=True, slots=True)
class Lived:
    """A county in which police asked health and social services, and the ids that came of it."""

    county: InProcess
    ids: dict[str, str]


async def live(county: InProcess) -> dict[str, str]:
    desk = county.desk(PD)
    case = await desk.opens()
    consent = await desk.consents("health")
    told = await desk.told(case, "safeguarding", "health", custodians=[SOCIAL, HEALTH])
    await desk.told(case, "health", custodians=[HEALTH], exception=emergency())
    reviews = await county.desk(SOCIAL, role="liaison").get("/v1/reviews?state=open")
    notices = await county.desk(SOCIAL, role="liaison").get("/v1/notices")
    drafted = await county.desk(PD, "off-1", "privacy-officer").post("/v1/agreements", DRAFT)
    assert drafted.status_code == 201, drafted.text
    erasure = await county.desk(HEALTH, "off-1", "privacy-officer").post("/v1/erasures", ERASURE)
    emergencies = await county.desk(PD, "off-1", "privacy-officer").get("/v1/emergencies")
    discipline = await desk.told(case, "school-discipline", custodians=[SCHOOLS])
    question = desk.question(case, "school-discipline", custodians=[SCHOOLS])
    watch = await desk.post("/v1/watches", {**question, "until": "2026-03-09T00:00:00Z"})
    onward = await desk.post("/v1/onward", passing(discipline["id"], case))
    correction = await county.desk(SCHOOLS).post("/v1/corrections", CORRECTION)
    duties = await desk.get("/v1/duties")
    seats = [seat(PD, "badge-1"), seat(SOCIAL, "s-1")]
    called = await desk.post("/v1/conferences", meeting(case, seats))
    offers = [
        await county.desk(SOCIAL).post(
            "/v1/offers", offer(await county.desk(SOCIAL).opens(), [PD], {category: "plan one"})
        )
        for category in ("family-services", "safeguarding")
    ]
    return {
        "watch": watch.json()["id"],
        "onward": onward.json()["id"],
        "correction": correction.json()["id"],
        "duty": duties.json()["duties"][0]["id"],
        "conference": called.json()["id"],
        "offer": offers[0].json()["id"],
        "waiting offer": offers[1].json()["id"],
        "case": case,
        "query": told["id"],
        "review": reviews.json()["reviews"][0]["id"],
        "open review": reviews.json()["reviews"][0]["id"],
        "notice": notices.json()["notices"][0]["id"],
        "consent": consent["id"],
        "emergency": emergencies.json()["emergencies"][0]["id"],
        "erasure": erasure.json()["id"],
        "closure": await closed(county, case),
        "look": await looked_at(county, case),
        "alarm": await alarmed(county),
        "agreement": CALLBACK,
    }


async def alarmed(county: InProcess) -> str:
    """What the police's questions so far have raised."""
    await county.running.gateway.alarming.begin()
    await county.running.runner.turn()
    alarms = await county.desk(PD, "off-1", "privacy-officer").get("/v1/alarms")
    id: str = alarms.json()["alarms"][0]["id"]
    return id


async def looked_at(county: InProcess, case: str) -> str:
    """A refusal that hides something held, at the custodian that holds it."""
    await county.desk(PD).told(case, "substance-use", custodians=[HEALTH])
    await county.running.runner.turn()
    looks = await county.desk(HEALTH, "duty-1", "liaison").get("/v1/second-looks?state=open")
    id: str = looks.json()["second_looks"][0]["id"]
    return id


async def closed(county: InProcess, case: str) -> str:
    """Emergency access closed to somebody, by a finding of the custodian's officer."""
    told = await county.desk(PD, "badge-8").told(case, "health", custodians=[HEALTH], exception=emergency())
    officer = county.desk(HEALTH, "off-1", "privacy-officer")
    listed = (await officer.get("/v1/emergencies?state=open")).json()["emergencies"]
    access = next(one["id"] for one in listed if one["query"] == told["id"])
    finding = {"finding": "unjustified", "statement": "There was time to ask"}
    await officer.post(f"/v1/emergencies/{access}/finding", finding)
    id: str = (await officer.get("/v1/closures")).json()["closures"][0]["id"]
    return id


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = make_folder(tmp_path_factory.mktemp("routes") / "county")
    folder.write_agreement(SECOND)
    with county_in_process(folder) as county:
        yield Lived(county, asyncio.run(live(county)))


def routes(county: InProcess) -> set[Call]:
    hot_path = county.edge._app
    assert isinstance(hot_path, HotPath)
    application = hot_path._app
    assert isinstance(application, FastAPI)
    return {
        (method, route.path)
        for route in served(application.routes)
        for method in (route.methods or set()) - {"HEAD"}
    }


def served(found: Sequence[Any]) -> Iterator[Route]:
    """Every route, those of included routers among them; anything else is unknown and an error."""
    for route in found:
        if isinstance(route, Route):
            yield route
        else:
            yield from served(route.original_router.routes)


def test_15_every_route_is_classified(lived: Lived) -> None:
    assert routes(lived.county) == PUBLIC | COLLECTIONS.keys() | OWNED.keys()


def path_of(route: Call, id: str) -> str:
    before, _, rest = route[1].partition("{")
    path = before + id + rest.partition("}")[2].replace("{version}", "2")
    return f"{path}?seat=1" if path.endswith("/guide") else path


@pytest.mark.parametrize("route", OWNED, ids=" ".join)
async def test_15_what_is_an_agencys_is_not_anothers(lived: Lived, route: Call) -> None:
    kind, body = OWNED[route]
    for agency in {PD, HEALTH, SCHOOLS, SOCIAL, COURT, OUTSIDER} - ENTITLED[kind]:
        for role in ROLES:
            desk = lived.county.desk(agency, "badge-9", role)
            version = {"If-Match": '"1"'}
            answer = await desk.call(route[0], path_of(route, lived.ids[kind]), body, version)
            assert answer.status_code in {403, 404}, (agency, role)
            unknown = await desk.call(route[0], path_of(route, "nothing-like-it"), body, version)
            assert (unknown.status_code, unknown.content) == (answer.status_code, answer.content)


@pytest.mark.parametrize("route", COLLECTIONS, ids=" ".join)
async def test_15_lists_show_nothing_of_another_agency(lived: Lived, route: Call) -> None:
    for agency in (OUTSIDER, COURT):
        hidden = [
            id for kind, id in lived.ids.items() if kind != "agreement" and agency not in ENTITLED[kind]
        ]
        for role in ROLES:
            answer = await lived.county.desk(agency, "badge-9", role).call(*route, COLLECTIONS[route])
            assert all(id not in answer.text for id in hidden), (agency, role)
            assert all(word not in answer.text for word in WORDS)


@pytest.mark.parametrize("route", [*COLLECTIONS, *OWNED], ids=" ".join)
@pytest.mark.parametrize("authorization", ["", "Bearer x", "Bearer a.b.c", "Basic eDp5", "DPoP x"])
async def test_15_nothing_is_anybodys_without_a_token(lived: Lived, route: Call, authorization: str) -> None:
    body: Any = COLLECTIONS[route] if route in COLLECTIONS else OWNED[route][1]
    path = route[1] if route in COLLECTIONS else path_of(route, lived.ids[OWNED[route][0]])
    headers = {"Authorization": authorization} if authorization else {}
    headers |= {"Acting-User": "badge-1", "Acting-Role": "privacy-officer"}
    async with lived.county.connect() as client:
        answer = await client.request(route[0], path, json=body, headers=headers)
    assert answer.status_code in {401, 422}
    assert all(word not in answer.text for word in WORDS)
    if route in OWNED:
        assert answer.status_code == 401


@pytest.mark.parametrize("route", [*COLLECTIONS, *OWNED], ids=" ".join)
async def test_16_an_administrator_reads_no_subject_data(lived: Lived, route: Call) -> None:
    body: Any = COLLECTIONS[route] if route in COLLECTIONS else OWNED[route][1]
    for agency in (PD, SOCIAL, HEALTH):
        path = route[1] if route in COLLECTIONS else path_of(route, lived.ids[OWNED[route][0]])
        if route[0] == "PATCH" or path.endswith(("/close", "/suspend", "/terminate")):
            path = path_of(route, "nothing-like-it")
        desk = lived.county.desk(agency, "root-1", "administrator")
        answer = await desk.call(route[0], path, body)
        assert all(word not in answer.text for word in WORDS), agency
        if not route[1].startswith(_OF_NOBODY) and body != {}:
            assert answer.status_code == 403


async def test_16_an_administrators_question_is_turned_away_and_recorded(lived: Lived) -> None:
    county = lived.county
    administrator = county.desk(PD, "root-1", "administrator")
    for path in ("/v1/queries", "/v1/evaluations"):
        answer = await administrator.post(path, administrator.question(lived.ids["case"], "health"))
        assert answer.status_code == 403
    auditor = county.desk(PD, role="auditor")
    listed = await auditor.get("/v1/disclosures?kind=refused&user=root-1")
    assert [entry["code"] for entry in listed.json()["disclosures"]] == ["role-not-allowed"]
