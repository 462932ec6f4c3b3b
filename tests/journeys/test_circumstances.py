"""What a clause asks of the case and of who asks, told over HTTP where it opens and where it must not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, case_body, county_in_process, is_problem, make_folder
from tests.county_terms import COURT, HEALTH, OUTSIDER, PD, SCHOOLS, SOCIAL
from tests.journeys import language_county
from tests.journeys.language_county import AGREEMENT, CONTACT, QUESTION


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """The county of circumstances, shared by tests that leave its clock alone."""
    with county_in_process(
        make_folder(tmp_path_factory.mktemp("circumstances"), **language_county.site())
    ) as county:
        yield county


async def asked(desk: Desk, case: str, category: str, custodian: str = SOCIAL, **more: Any) -> Json:
    told = await desk.told(case, category, custodians=[custodian], **more)
    answer: Json = told["answers"][0]
    return answer


def code(answer: Json) -> str:
    found: str = answer["reasons"][0]["code"]
    return found


async def patched(desk: Desk, case: str, **edit: Any) -> Json:
    answer = await desk.call("PATCH", f"/v1/cases/{case}", edit, {"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    shown: Json = answer.json()
    return shown


async def test_a_flag_closes_a_clause_until_it_is_taken_off(lived: InProcess) -> None:
    desk = lived.desk(PD)
    case = await desk.opens(flags=["investigation-open"])
    assert code(await asked(desk, case, "family-services")) == "case-flag-present"
    await patched(desk, case, flags=[])
    assert (await asked(desk, case, "family-services"))["result"] == "information-held"


async def test_a_clause_is_open_for_working_days_and_holidays_do_not_count(a_county: ACountyOf) -> None:
    """Opened on a Monday with the Wednesday a holiday, the third working day is Friday."""
    county = a_county(**language_county.site())
    desk = county.desk(PD)
    case = await desk.opens()
    shown = (await desk.get(f"/v1/cases/{case}")).json()
    assert shown["opened_on"] == "2026-03-02"
    county.clock.advance(days=6)
    assert (await asked(desk, case, "safeguarding"))["result"] == "information-held"
    county.clock.advance(days=1)
    assert code(await asked(desk, case, "safeguarding")) == "too-long-since-opening"
    fresh = await desk.opens()
    assert (await asked(desk, fresh, "safeguarding"))["result"] == "information-held"


async def test_who_invites_decides(lived: InProcess) -> None:
    worker, liaison = lived.desk(PD), lived.desk(PD, "badge-2", "liaison")
    case = await worker.opens()
    assert code(await asked(worker, case, "housing")) == "not-invited"
    shown = await patched(worker, case, invited=[SOCIAL])
    assert shown["invited"] == [{"agency": SOCIAL, "role": "caseworker"}]
    assert code(await asked(worker, case, "housing")) == "not-invited"
    shown = await patched(liaison, case, invited=[SOCIAL, COURT])
    assert shown["invited"] == [
        {"agency": SOCIAL, "role": "caseworker"},
        {"agency": COURT, "role": "liaison"},
    ]
    assert code(await asked(worker, case, "housing")) == "not-invited"
    await patched(liaison, case, invited=[])
    await patched(liaison, case, invited=[SOCIAL])
    assert (await asked(worker, case, "housing"))["result"] == "information-held"
    await patched(liaison, case, invited=[COURT])
    assert code(await asked(worker, case, "housing")) == "not-invited"


async def test_a_case_may_be_opened_with_its_invitations(lived: InProcess) -> None:
    liaison = lived.desk(PD, "badge-2", "liaison")
    case = await liaison.opens(invited=[SOCIAL])
    shown = (await liaison.get(f"/v1/cases/{case}")).json()
    assert shown["invited"] == [{"agency": SOCIAL, "role": "liaison"}]
    assert (await asked(lived.desk(PD), case, "housing"))["result"] == "information-held"


async def test_an_invitation_of_a_stranger_or_by_nobody_is_refused(lived: InProcess) -> None:
    desk = lived.desk(PD)
    body = case_body(lived.new_reference(), invited=["no-such-agency"])
    assert "invited" in is_problem(await desk.post("/v1/cases", body), 422)["detail"]
    token = await lived.token(PD)
    async with lived.connect() as client:
        answer = await client.post(
            "/v1/cases",
            json=case_body(lived.new_reference(), invited=[SOCIAL]),
            headers={"Authorization": f"Bearer {token}"},
        )
    assert "user" in is_problem(answer, 422)["detail"]


async def test_an_assessor_kept_from_context_asks_once_they_have_presented_a_view(lived: InProcess) -> None:
    assessor, other = lived.desk(PD, "badge-5"), lived.desk(PD, "badge-6")
    case = await other.opens(blinded=["badge-5"])
    assert code(await asked(assessor, case, "employment")) == "not-yet-unblinded"
    assert (await asked(other, case, "employment"))["result"] == "information-held"
    shown = await patched(other, case, blinded=[])
    assert shown["blinded"] == []
    assert (await asked(assessor, case, "employment"))["result"] == "information-held"


async def test_only_the_named_contact_asks(lived: InProcess) -> None:
    worker, contact = lived.desk(PD), lived.desk(PD, CONTACT)
    case = await worker.opens()
    assert code(await asked(worker, case, "protective-order")) == "contact-person-only"
    assert (await asked(contact, case, "protective-order"))["result"] == "information-held"


async def test_what_is_only_told_is_not_asked_for(lived: InProcess) -> None:
    desk = lived.desk(PD)
    case = await desk.opens()
    assert code(await asked(desk, case, "education-record", SCHOOLS)) == "act-not-allowed"
    is_problem(await desk.asks(case, "education-record"), 403, "not-a-party")


async def test_a_next_review_is_no_further_off_than_the_agreement_says(a_county: ACountyOf) -> None:
    county = a_county(
        **{**language_county.site(), "agreements": [language_county.agreement(review_every="P3M")]}
    )
    desk = county.desk(PD)
    for next_review, status in (("2026-06-02", 201), ("2026-06-03", 422)):
        for more in ({}, {"scale_of": AGREEMENT}):
            body = case_body(county.new_reference(), next_review=next_review, **more)
            answer = await desk.post("/v1/cases", body)
            assert answer.status_code == status, answer.text
            if status == 422:
                assert "next_review" in answer.json()["detail"]
    case = await desk.opens(next_review="2026-06-02")
    late = await desk.call("PATCH", f"/v1/cases/{case}", {"next_review": "2026-06-03"}, {"If-Match": "*"})
    assert "next_review" in is_problem(late, 422)["detail"]
    assert (await patched(desk, case, flags=["level-2"]))["next_review"] == "2026-06-02"


async def test_a_scale_that_two_agreements_share_sets_no_review_unless_it_is_named(
    a_county: ACountyOf,
) -> None:
    strict = language_county.agreement(review_every="P3M")
    other = language_county.agreement(id="riverside-other", review_every="P1M", clauses=[])
    county = a_county(**{**language_county.site(), "agreements": [strict, other]})
    desk = county.desk(PD)
    for scale, next_review, status in (
        (None, "2026-12-01", 201),
        (AGREEMENT, "2026-06-01", 201),
        (AGREEMENT, "2026-12-01", 422),
        ("riverside-other", "2026-06-01", 422),
    ):
        body = case_body(county.new_reference(), next_review=next_review)
        answer = await desk.post("/v1/cases", {**body, "scale_of": scale} if scale else body)
        assert answer.status_code == status, answer.text


async def test_what_if_knows_the_circumstances_and_asks_nobody(lived: InProcess) -> None:
    desk = lived.desk(PD)
    case = await desk.opens(flags=["investigation-open"])
    query = desk.question(case, "family-services", "investigation", custodians=[SOCIAL])
    told = (await desk.post("/v1/evaluations", query)).json()["evaluations"]
    by_category = {each["category"]: each for each in told}
    assert by_category["family-services"]["reasons"][0]["code"] == "case-flag-present"
    assert by_category["investigation"]["awaits"] == ["review", "second-review"]
    assert by_category["investigation"]["fields"] == ["plan"]
    query = desk.question(case, "threat-report", custodians=[SCHOOLS], subject=QUESTION, level="summary")
    (about_nobody,) = (await desk.post("/v1/evaluations", query)).json()["evaluations"]
    assert (about_nobody["decision"], about_nobody["awaits"]) == ("permit", ["review"])


async def test_a_stranger_to_the_agreement_is_told_nothing_of_it(lived: InProcess) -> None:
    desk = lived.desk(OUTSIDER)
    answer = await desk.post("/v1/cases", case_body(lived.new_reference()))
    is_problem(answer, 422)


async def test_consents_and_accountings_are_about_somebody(lived: InProcess) -> None:
    body = {"subject": QUESTION, "from": None, "to": None, "statute": "45 CFR 164.528"}
    officer = lived.desk(HEALTH, role="privacy-officer")
    answer = await officer.post("/v1/accountings", {key: value for key, value in body.items() if value})
    assert "subject.kind" in is_problem(answer, 422)["detail"]
    consent = {
        "subject": QUESTION,
        "grantor": {"kind": "subject", "name": "Nobody"},
        "status": "given",
        "purposes": ["threat-assessment"],
        "categories": ["threat-report"],
        "custodians": [SCHOOLS],
        "recipients": [PD],
        "period": {"start": "2026-01-01T00:00:00Z"},
    }
    answer = await lived.desk(PD).post("/v1/consents", consent)
    assert "subject.kind" in is_problem(answer, 422)["detail"]
