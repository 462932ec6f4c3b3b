"""Is anyone else working on this? Answered with whom to ring, whatever was asked and a clause would allow."""

from __future__ import annotations

import pytest

from tests.conftest import ACountyOf
from tests.county import InProcess, Json, about
from tests.county_terms import DANIEL, HANDLE, PD, SCHOOLS, SOCIAL, STRANGER, holdings
from tests.journeys.telling_county import agreement, clause, offer

WORK = {"category": "threat-report", "summary": "two notes", "fields": {"plan": "a list"}}


def asking(id: str, custodian: str, **more: object) -> Json:
    kinds = {"subjects": ["person", "communication"], "acts": ["ask", "tell"], "purposes": ["deconfliction"]}
    return clause(id, "threat-report", custodian, PD, SCHOOLS, **{**kinds, **more})


@pytest.fixture
def county(a_county: ACountyOf) -> InProcess:
    terms = [asking("1", SCHOOLS), asking("2", PD), asking("3", SCHOOLS, purposes=["threat-assessment"])]
    return a_county(agreements=[agreement("riverside-deconfliction", terms)], holdings=holdings())


@pytest.mark.parametrize("subject", [DANIEL, HANDLE], ids=["a person", "a message"])
@pytest.mark.parametrize("level", ["existence", "contact", "summary", "record"])
async def test_somebody_else_works_on_it(county: InProcess, subject: Json, level: str) -> None:
    desk = county.desk(PD)
    told = about(
        await desk.told(
            await desk.opens(), "threat-report", purpose="deconfliction", level=level, subject=subject,
            custodians=[SCHOOLS],
        ),
        "threat-report",
    )  # fmt: skip
    assert told["result"] == "information-held"
    assert told["level"] == ("existence" if level == "existence" else "contact")
    assert (told["summary"], told["record"]) == (None, None)
    if level != "existence":
        assert told["contact"]["name"] == f"Duty desk of {SCHOOLS}"


async def test_the_same_clause_for_another_purpose_tells_what_it_says(county: InProcess) -> None:
    """The ceiling is the purpose's, not the agreement's."""
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "threat-report", subject=DANIEL, custodians=[SCHOOLS])
    assert about(told, "threat-report")["level"] == "record"


async def test_nobody_else_works_on_it(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(
        await desk.opens(), "threat-report", purpose="deconfliction", subject=STRANGER, custodians=[SCHOOLS]
    )
    assert about(told, "threat-report")["result"] == "no-information-available"


async def test_what_would_be_decided_says_the_same_level(county: InProcess) -> None:
    desk = county.desk(PD)
    body = desk.question(await desk.opens(), "threat-report", purpose="deconfliction", custodians=[SCHOOLS])
    (evaluation,) = (await desk.post("/v1/evaluations", body)).json()["evaluations"]
    assert evaluation["level"] == "contact"


async def test_telling_for_deconfliction_says_whom_to_ring(county: InProcess) -> None:
    desk = county.desk(PD)
    body = offer(await desk.opens(), [SCHOOLS], {"threat-report": WORK["fields"]}, purpose="deconfliction")
    made = (await desk.post("/v1/offers", body)).json()
    assert [(one["result"], one["level"]) for one in made["answers"]] == [("delivered", "contact")]
    read = (await county.desk(SCHOOLS).get(f"/v1/offers/{made['id']}")).json()
    assert read["answers"][0]["contact"]["name"] == f"Duty desk of {PD}"
    assert "a list" not in str(read)


async def test_no_other_agency_is_reached_without_an_agreement(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await desk.told(
        await desk.opens(), "threat-report", purpose="deconfliction", subject=DANIEL, custodians=[SOCIAL]
    )
    assert about(told, "threat-report")["result"] == "refused"
