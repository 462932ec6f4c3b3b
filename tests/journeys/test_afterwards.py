"""What was told past the gateway, entered afterwards: recorded whatever is decided, flagged if it must be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, is_problem
from tests.county_terms import DANIEL, HEALTH, PD, SCHOOLS, SOCIAL
from tests.journeys.telling_county import CONTACT, WARNED, offer, site

AN_HOUR_AGO = "2026-03-02T11:00"


@pytest.fixture
def county(a_county: ACountyOf) -> InProcess:
    return a_county(**site())


def call(county: InProcess, case: str, to: list[str], information: Json, **more: Any) -> Json:
    """A telephone call of an hour ago."""
    at = county.now() - timedelta(hours=1)
    return {**offer(case, to, information), "occurred_at": at.isoformat(), "how": "telephone", **more}


async def entered(desk: Desk, to: list[str], information: Json, **more: Any) -> Json:
    county = desk.county
    assert isinstance(county, InProcess)
    answer = await desk.post("/v1/disclosures", call(county, await desk.opens(), to, information, **more))
    assert answer.status_code == 201, answer.text
    told: Json = answer.json()
    return told


@pytest.mark.parametrize(
    ("teller", "to", "information", "more", "code"),
    [
        pytest.param(PD, SCHOOLS, {"threat-report": {"plan": "x"}}, {}, "", id="within the clause"),
        pytest.param(
            PD, SCHOOLS, {"threat-report": {"home": "x"}}, {}, "fields-exceeded", id="another field"
        ),
        pytest.param(PD, SCHOOLS, {"police-contact": {"plan": "x"}}, {}, "level-exceeded", id="too much"),
        pytest.param(PD, HEALTH, {"threat-report": True}, {}, "no-clause-for-party", id="no clause"),
        pytest.param(HEALTH, PD, {"mental-health": "x"}, {}, "law-forbids", id="without consent"),
        pytest.param(SOCIAL, PD, {"safeguarding": True}, {}, "awaits", id="nobody stood for it"),
        pytest.param(
            PD,
            SCHOOLS,
            {"police-contact": "x"},
            {"reader": {SCHOOLS: "b-3"}},
            "contact-person-only",
            id="no contact",
        ),
        pytest.param(
            PD, SCHOOLS, {"police-contact": "x"}, {"reader": {SCHOOLS: CONTACT}}, "", id="the contact"
        ),
    ],
)
async def test_it_is_recorded_whatever_is_decided(
    county: InProcess, teller: str, to: str, information: Json, more: Json, code: str
) -> None:
    told = await entered(county.desk(teller), [to], information, **more)
    (answer,) = told["answers"]
    assert told["violation"] is answer["violation"] is bool(code)
    assert [reason["code"] for reason in answer["reasons"]] == ([code] if code else [])
    assert answer["receipt"]["inclusion_proof"] is not None
    for agency in (teller, to):
        listed = await county.desk(agency, "aud", "auditor").get(f"/v1/disclosures?query={told['id']}")
        (entry,) = listed.json()["disclosures"]
        assert (entry["kind"], entry["how"], entry["recipient"]) == ("disclosed", "telephone", to)
        assert [one["violation"] for one in entry["outcomes"]] == [bool(code)]
        notices = await county.desk(agency, "off", "privacy-officer").get("/v1/notices")
        flagged = [one for one in notices.json()["notices"] if one["kind"] == "disclosure-violation"]
        assert bool(flagged) is bool(code)


async def test_it_stands_in_the_subjects_accounting_at_the_time_it_happened(county: InProcess) -> None:
    await entered(county.desk(PD), [SCHOOLS], {"threat-report": WARNED})
    account = await county.desk(PD, "aud", "auditor").post("/v1/accountings", {"subject": DANIEL})
    (line,) = account.json()["lines"]
    assert (line["kind"], line["recipient"], line["at"][:16]) == (
        "past-the-gateway",
        SCHOOLS,
        "2026-03-02T11:00",
    )
    assert WARNED not in account.text
    told = "Riverside Pd told Riverside Schools a summary, past the gateway (telephone): threat-report"
    assert line["in_words"]["what"].startswith(told)
    later = {"subject": DANIEL, "from": "2026-03-02T11:30:00Z"}
    assert (await county.desk(PD, "aud", "auditor").post("/v1/accountings", later)).json()["lines"] == []


async def test_an_auditor_and_another_system_hear_of_it_too(county: InProcess) -> None:
    told = await entered(county.desk(PD), [HEALTH], {"threat-report": True})
    made = await county.desk(PD).post(
        "/v1/offers", offer(await county.desk(PD).opens(), [SCHOOLS], {"threat-report": {"plan": "x"}})
    )
    refused = await county.desk(HEALTH).post(
        "/v1/offers", offer(await county.desk(HEALTH).opens(), [PD], {"mental-health": "x"})
    )
    assert refused.json()["state"] == "answered"
    auditor = county.desk(PD, "aud", "auditor")
    account = (await auditor.post("/v1/accountings", {"subject": DANIEL})).json()
    assert [(line["kind"], line["in_words"]["basis"][:7]) for line in account["lines"]] == [
        ("past-the-gateway", "Nothing"),
        ("answer", "Under T"),
    ]
    who = (await auditor.post("/v1/audit/who", {"subject": DANIEL})).json()["lines"]
    assert [(line["kind"], line["query"]) for line in who] == [
        ("disclosed", told["id"]),
        ("answered", made.json()["id"]),
    ]
    page = await auditor.post("/v1/audit/who", {"subject": DANIEL}, Accept="text/html")
    assert (page.status_code, "<td>none</td>" in page.text) == (200, True)
    for path in ("groups", "unreviewed-emergencies"):
        assert (await auditor.get(f"/v1/audit/{path}")).status_code == 200
        assert (await county.desk(HEALTH, "aud", "auditor").get(f"/v1/audit/{path}")).status_code == 200
    for agency, lines in ((PD, 2), (HEALTH, 2), (SCHOOLS, 1)):
        export = await county.desk(agency, "aud", "auditor").get("/v1/disclosures/export?format=cef")
        assert (len(export.text.splitlines()), export.headers["export-dropped"]) == (lines, "0")


async def test_a_consent_withdrawn_since_counts_as_it_stood(county: InProcess) -> None:
    health = county.desk(HEALTH)
    consent = await health.consents("mental-health")
    await health.post(f"/v1/consents/{consent['id']}/withdraw", {"reason": "Changed their mind"})
    assert (await entered(health, [PD], {"mental-health": "x"}))["violation"] is False
    county.clock.advance(hours=2)
    assert (await entered(health, [PD], {"mental-health": "x"}))["violation"] is True


@pytest.mark.parametrize(
    ("change", "status", "names"),
    [
        pytest.param({"occurred_at": "2027-01-01T00:00:00Z"}, 422, "occurred_at", id="in the future"),
        pytest.param({"occurred_at": None}, 422, "occurred_at", id="no time"),
        pytest.param({"how": "pigeon"}, 422, "how", id="no known way"),
        pytest.param({"to": ["nobody-here"]}, 422, "to", id="to nobody"),
        pytest.param({"to": [PD]}, 422, "to", id="to itself"),
        pytest.param({"information": {"gossip": 1}}, 422, "information", id="an unknown category"),
        pytest.param({"case": "NO-SUCH"}, 403, "", id="no case of its own"),
        pytest.param({"more": 1}, 422, "more", id="an unknown key"),
    ],
)
async def test_a_malformed_entry_names_its_key(
    county: InProcess, change: Json, status: int, names: str
) -> None:
    desk = county.desk(PD)
    body = {**call(county, await desk.opens(), [SCHOOLS], {"threat-report": "words"}), **change}
    problem = is_problem(await desk.post("/v1/disclosures", body), status)
    assert names in problem.get("detail", "")


async def test_an_auditor_enters_nothing(county: InProcess) -> None:
    case = await county.desk(PD).opens()
    body = call(county, case, [SCHOOLS], {"threat-report": "words"})
    is_problem(await county.desk(PD, "aud", "auditor").post("/v1/disclosures", body), 403, "role-not-allowed")
