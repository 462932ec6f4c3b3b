"""A consent from request to its end: explained, given, refused, by a guardian, unsafe, expired, withdrawn."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agreements.fault import InvalidDocument
from agreements.terms import Category
from gateway import remembering
from gateway.ages import age_rules, read_ages
from gateway.consent import RecordedConsent
from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, consent_body, is_problem
from tests.county_terms import HEALTH, MARIA, OUTSIDER, PD, SCHOOLS

EVIDENCE = consent_body("health")["evidence"]
CHILD: Json = {
    "kind": "person",
    "family_name": "Abernathy",
    "given_name": "Beatrix",
    "birth_date": "2013-05-05",
}


async def result(desk: Desk, subject: Json) -> str:
    told = await desk.told(await desk.opens(), "health", subject=subject, custodians=[HEALTH])
    found: str = told["answers"][0]["result"]
    return found


async def inbox(desk: Desk) -> list[tuple[str, str]]:
    told = (await desk.get("/v1/notices")).json()["notices"]
    return [(notice["kind"], notice["about"]) for notice in told]


async def requested(desk: Desk, subject: Json, **more: Any) -> Json:
    body = consent_body("health", subject=subject, status="requested", **more)
    del body["evidence"]
    answer = await desk.post("/v1/consents", body)
    assert answer.status_code == 201, answer.text
    told: Json = answer.json()
    return told


async def test_a_request_opens_nothing_until_it_is_given(county: InProcess) -> None:
    desk, patient = county.desk(PD), county.new_patient()
    asked = await requested(desk, patient, limits_explained=True)
    assert (asked["status"], asked["limits_explained"]) == ("requested", True)
    assert await result(desk, patient) == "refused"
    given = await county.desk(HEALTH).post(f"/v1/consents/{asked['id']}/give", {"evidence": EVIDENCE})
    assert (given.status_code, given.json()["status"]) == (200, "given")
    assert await result(desk, patient) == "information-held"
    again = await desk.post(f"/v1/consents/{asked['id']}/give", {"evidence": EVIDENCE})
    is_problem(again, 409)
    is_problem(await desk.post(f"/v1/consents/{asked['id']}/refuse", {"reason": "no"}), 409)


async def test_no_request_is_given_whose_limits_were_not_explained(county: InProcess) -> None:
    desk, patient = county.desk(PD), county.new_patient()
    asked = await requested(desk, patient)
    path = f"/v1/consents/{asked['id']}/give"
    problem = is_problem(await desk.post(path, {"evidence": EVIDENCE}), 422)
    assert "limits_explained" in problem["detail"]
    given = await desk.post(path, {"evidence": EVIDENCE, "limits_explained": True})
    assert given.json()["status"] == "given"


async def test_a_refusal_stands_and_is_not_withdrawn(county: InProcess) -> None:
    desk, patient = county.desk(PD), county.new_patient()
    asked = await requested(desk, patient, limits_explained=True)
    refused = await desk.post(f"/v1/consents/{asked['id']}/refuse", {"reason": "She does not want it"})
    assert (refused.json()["status"], refused.json()["refusal_reason"]) == ("refused", "She does not want it")
    is_problem(await desk.post(f"/v1/consents/{asked['id']}/withdraw", {"reason": "never mind"}), 409)
    is_problem(await desk.post(f"/v1/consents/{asked['id']}/give", {"limits_explained": True}), 409)
    assert await result(desk, patient) == "refused"


async def test_another_agency_neither_gives_nor_refuses(county: InProcess) -> None:
    asked = await requested(county.desk(PD), county.new_patient(), limits_explained=True)
    for agency in (SCHOOLS, OUTSIDER):
        for verb, body in (("give", {"limits_explained": True}), ("refuse", {"reason": "not ours"})):
            is_problem(await county.desk(agency).post(f"/v1/consents/{asked['id']}/{verb}", body), 404)


async def test_a_child_too_young_by_the_rule_needs_a_guardian(a_county: ACountyOf) -> None:
    held = {"person": {key: CHILD[key] for key in CHILD if key != "kind"},
            "holdings": [{"category": "health", "summary": "asthma", "fields": {}}]}  # fmt: skip
    county = a_county(holdings={HEALTH: [held]})
    desk = county.desk(PD)
    own = await desk.consents("health", subject=CHILD)
    assert own["needs_guardian"] == ["health"]
    assert await result(desk, CHILD) == "refused"


@pytest.mark.parametrize(
    ("born", "needs"),
    [("2011-03-03", ["health"]), ("2011-03-02", []), ("2012-03-03", ["health", "mental-health"])],
)
async def test_the_age_rule_goes_by_category_and_the_day_it_was_signed(
    county: InProcess, born: str, needs: list[str]
) -> None:
    """Oregon: 15 for medical treatment (ORS 109.640), 14 for mental health (ORS 109.675)."""
    subject = {**CHILD, "birth_date": born}
    signed = {**EVIDENCE, "signed_at": "2026-03-02T00:00:00Z"}
    body = consent_body("health", "mental-health", subject=subject, evidence=signed)
    told = await county.desk(PD).post("/v1/consents", body)
    assert told.json()["needs_guardian"] == needs
    body["grantor"] = {"kind": "guardian", "name": "A. Abernathy"}
    assert (await county.desk(PD).post("/v1/consents", body)).json()["needs_guardian"] == []


async def test_a_consent_that_counts_whatever_the_age_would_be_noticed(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The age rule above is tried on a planted fault: us-hipaa alone asks for a guardian, us-or for both."""
    monkeypatch.setattr(RecordedConsent, "counted", property(lambda self: self.consent))
    held = {"person": {key: CHILD[key] for key in CHILD if key != "kind"},
            "holdings": [{"category": "housing", "summary": "moved", "fields": {}}]}  # fmt: skip
    county = a_county(holdings={HEALTH: [held]})
    recorded = await county.desk(PD).consents("housing", subject=CHILD)
    assert recorded["needs_guardian"] == ["housing"]
    kept = county.running.store.read_now(lambda c: county.running.records.consents.get(c, recorded["id"]))
    assert kept is not None
    assert Category.HOUSING in kept.counted.categories
    monkeypatch.undo()
    assert Category.HOUSING not in kept.counted.categories


def guardian(name: str, status: str, subject: Json) -> Json:
    return consent_body("health", subject=subject, status=status, grantor={"kind": "guardian", "name": name})


async def test_guardians_who_differ_are_escalated_and_deny(a_county: ACountyOf) -> None:
    county = a_county()
    desk, patient = county.desk(PD), county.new_patient()
    first = (await desk.post("/v1/consents", guardian("Mother", "given", patient))).json()
    assert first["conflicts"] == []
    second = (await desk.post("/v1/consents", guardian("Father", "refused", patient))).json()
    assert second["conflicts"] == [first["id"]]
    read = (await desk.get(f"/v1/consents/{first['id']}")).json()
    assert read["conflicts"] == [second["id"]]
    for agency in (PD, HEALTH):
        told = await inbox(county.desk(agency, "off-1", "privacy-officer"))
        assert ("guardians-differ", second["id"]) in told
    assert await result(desk, patient) == "refused"
    listed = await county.desk(HEALTH, role="auditor").get("/v1/disclosures?kind=guardians-differ")
    assert listed.json()["disclosures"][0]["consents"] == sorted([first["id"], second["id"]])


@pytest.mark.parametrize(
    "second",
    [
        {"grantor": {"kind": "guardian", "name": "Mother"}, "status": "refused"},
        {"grantor": {"kind": "guardian", "name": "Father"}, "status": "given"},
        {
            "grantor": {"kind": "guardian", "name": "Father"},
            "status": "refused",
            "categories": ["mental-health"],
        },
        {"grantor": {"kind": "subject", "name": "The child"}, "status": "refused"},
    ],
    ids=["the same guardian thinks again", "both give", "about something else", "the subject"],
)
async def test_what_is_no_conflict_of_guardians(county: InProcess, second: Json) -> None:
    desk, patient = county.desk(PD), county.new_patient()
    await desk.post("/v1/consents", guardian("Mother", "given", patient))
    told = await desk.post("/v1/consents", consent_body("health", subject=patient) | second)
    assert told.json()["conflicts"] == []


async def test_nobody_asks_where_that_is_unsafe(county: InProcess) -> None:
    desk, patient = county.desk(PD), county.new_patient()
    body = consent_body("health", subject=patient, status="unknown",
                        unsafe_to_ask={"reason": "Who lives with her reads her letters"})  # fmt: skip
    recorded = (await county.desk(HEALTH).post("/v1/consents", body)).json()
    assert recorded["unsafe_to_ask"] == body["unsafe_to_ask"]
    asking = consent_body("health", subject=patient, status="requested", limits_explained=True)
    problem = is_problem(await desk.post("/v1/consents", asking), 409)
    assert "letters" not in json.dumps(problem)
    read = (await desk.get(f"/v1/consents/{recorded['id']}")).json()
    assert read["unsafe_to_ask"] == body["unsafe_to_ask"]
    assert await result(desk, patient) == "refused"


@pytest.mark.parametrize("status", ["given", "requested", "refused"])
async def test_who_is_unsafe_to_ask_was_not_asked(county: InProcess, status: str) -> None:
    body = consent_body("health", subject=MARIA, status=status, unsafe_to_ask={"reason": "He listens"})
    assert "status" in is_problem(await county.desk(PD).post("/v1/consents", body), 422)["detail"]


@pytest.mark.parametrize("value", [True, "yes", {}, {"reason": ""}, {"because": "x"}])
async def test_unsafe_says_why(county: InProcess, value: Any) -> None:
    body = consent_body("health", subject=MARIA, status="unknown", unsafe_to_ask=value)
    assert "unsafe_to_ask" in is_problem(await county.desk(PD).post("/v1/consents", body), 422)["detail"]


async def test_not_at_home_is_told_to_whom_it_concerns(county: InProcess) -> None:
    desk = county.desk(PD)
    recorded = await desk.consents("health", subject=county.new_patient(), do_not_contact_at_home=True)
    read = (await county.desk(HEALTH).get(f"/v1/consents/{recorded['id']}")).json()
    assert (recorded["do_not_contact_at_home"], read["do_not_contact_at_home"]) == (True, True)


async def test_the_end_of_its_period_is_noticed(a_county: ACountyOf) -> None:
    county = a_county()
    desk, patient = county.desk(PD), county.new_patient()
    period = {"start": "2026-01-01T00:00:00Z", "end": "2026-03-10T00:00:00Z"}
    recorded = await desk.consents("health", subject=patient, period=period)
    await county.running.runner.turn()
    assert (await desk.get(f"/v1/consents/{recorded['id']}")).json()["status"] == "given"
    county.clock.advance(days=8)
    assert await result(desk, patient) == "refused"
    await county.running.runner.turn()
    assert (await desk.get(f"/v1/consents/{recorded['id']}")).json()["status"] == "expired"
    assert ("consent-expired", recorded["id"]) in await inbox(desk)
    for agency in (PD, HEALTH):
        assert ("consent-expired", recorded["id"]) in await inbox(
            county.desk(agency, "o-1", "privacy-officer")
        )
    before = (await desk.get("/readyz")).json()["ledger_size"]
    await county.running.runner.turn()
    assert (await desk.get("/readyz")).json()["ledger_size"] == before


async def told_on_a_consent(county: InProcess) -> tuple[Json, str, str]:
    """A consent on which police were told once, another question it did not open, and its withdrawal."""
    desk, patient = county.desk(PD), county.new_patient()
    recorded = await desk.consents("health", subject=patient)
    case = await desk.opens()
    told = await desk.told(case, "health", subject=patient, custodians=[HEALTH])
    other = await desk.told(case, "mental-health", subject=patient, custodians=[HEALTH])
    path = f"/v1/consents/{recorded['id']}/withdraw"
    assert (await county.desk(HEALTH).post(path, {"reason": "I have changed my mind"})).status_code == 200
    return recorded, told["id"], other["id"]


async def test_who_was_told_before_learns_of_the_withdrawal_once(a_county: ACountyOf) -> None:
    county = a_county()
    recorded, told, other = await told_on_a_consent(county)
    await county.running.runner.turn()
    await county.running.runner.turn()
    for desk in (county.desk(PD), county.desk(PD, "off-1", "privacy-officer")):
        kinds = await inbox(desk)
        assert kinds.count(("answered-on-withdrawn-consent", told)) == 1
        assert ("answered-on-withdrawn-consent", other) not in kinds
    listed = await county.desk(HEALTH, role="auditor").get("/v1/disclosures?kind=withdrawal-told")
    assert [(entry["consent"], entry["query"]) for entry in listed.json()["disclosures"]] == [
        (recorded["id"], told)
    ]


async def test_recipients_who_are_not_looked_for_would_be_noticed(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journey above is tried on a planted fault."""
    monkeypatch.setattr(remembering.Remembering, "_earlier", lambda *_, **__: ())
    county = a_county()
    _, told, _ = await told_on_a_consent(county)
    await county.running.runner.turn()
    assert ("answered-on-withdrawn-consent", told) not in await inbox(county.desk(PD))


@pytest.mark.parametrize(
    ("jurisdiction", "category", "age"),
    [("us-or", Category.MENTAL_HEALTH, 14), ("us-or", Category.HOUSING, 16), ("us-or", Category.COURT, 18),
     ("us-tx", Category.MENTAL_HEALTH, 18), ("uk", Category.HEALTH, 16), ("uk-sct", Category.HEALTH, 12),
     ("zz", Category.HEALTH, 18)],
)  # fmt: skip
def test_the_rule_of_a_jurisdiction_its_country_or_the_default(
    jurisdiction: str, category: Category, age: int
) -> None:
    rule = age_rules(jurisdiction).rule(category)
    assert rule.age == age
    assert rule.citation


def test_a_rule_without_a_citation_is_refused() -> None:
    with pytest.raises(InvalidDocument, match="citation"):
        read_ages(b"schema: 1\ndefault: {general: {age: 18}}\njurisdictions: {}\n")
