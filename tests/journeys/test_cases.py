"""Cases: opened, read, changed under their version, closed; and what they cannot be."""

from __future__ import annotations

import pytest

from tests.county import InProcess, case_body, is_problem
from tests.county_terms import CALLBACK, HEALTH, MAIN, OUTSIDER, PD, SCHOOLS


async def test_a_case_is_opened_read_changed_and_closed(county: InProcess) -> None:
    desk = county.desk(PD)
    body = case_body("RPD-2026-0117", flags=["level-2"], scale_of=MAIN)
    opened = await desk.post("/v1/cases", body)
    assert opened.status_code == 201
    tag = opened.headers["etag"]
    read = await desk.get("/v1/cases/RPD-2026-0117")
    assert read.headers["etag"] == tag
    assert {key: read.json()[key] for key in body} == body
    assert (read.json()["id"], read.json()["state"]) == ("RPD-2026-0117", "open")
    changed = await desk.call("PATCH", "/v1/cases/RPD-2026-0117", {"concern": "high"}, {"If-Match": tag})
    assert changed.status_code == 200
    assert changed.json()["concern"] == "high"
    assert changed.headers["etag"] != tag
    closed = await desk.post("/v1/cases/RPD-2026-0117/close", {"reason": "The matter is settled"})
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    is_problem(await desk.post("/v1/cases/RPD-2026-0117/close", {"reason": "once more"}), 409)


async def test_an_edit_of_another_version_is_refused_and_changes_nothing(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    tag = (await desk.get(f"/v1/cases/{case}")).headers["etag"]
    first = await desk.call("PATCH", f"/v1/cases/{case}", {"concern": "high"}, {"If-Match": tag})
    assert first.status_code == 200
    late = await desk.call("PATCH", f"/v1/cases/{case}", {"concern": "low"}, {"If-Match": tag})
    is_problem(late, 412)
    assert (await desk.get(f"/v1/cases/{case}")).json()["concern"] == "high"


async def test_an_edit_must_name_the_version_it_changes(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    is_problem(await desk.call("PATCH", f"/v1/cases/{case}", {"concern": "high"}), 428)


async def test_a_closed_case_is_not_changed(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    closed = await desk.post(f"/v1/cases/{case}/close", {"reason": "The matter is settled"})
    tag = closed.headers["etag"]
    is_problem(await desk.call("PATCH", f"/v1/cases/{case}", {"concern": "high"}, {"If-Match": tag}), 409)


async def test_a_reference_is_used_once_by_each_agency(county: InProcess) -> None:
    reference = await county.desk(PD).opens()
    is_problem(await county.desk(PD).post("/v1/cases", case_body(reference)), 409)
    other = await county.desk(HEALTH).post("/v1/cases", case_body(reference))
    assert other.status_code == 201


@pytest.mark.parametrize(
    ("agency", "more"),
    [
        (PD, {"concern": "severe"}),
        (PD, {"concern": "Moderate"}),
        (HEALTH, {"concern": "watch"}),
        (PD, {"concern": "moderate", "scale_of": CALLBACK}),
        (OUTSIDER, {"concern": "moderate"}),
    ],
    ids=["on-no-scale", "in-capitals", "of-others-agreement", "of-another-scale", "party-to-nothing"],
)
async def test_a_concern_stands_on_a_scale_of_the_agency(
    county: InProcess, agency: str, more: dict[str, str]
) -> None:
    answer = await county.desk(agency).post("/v1/cases", case_body(county.new_reference(), **more))
    assert "concern" in is_problem(answer, 422)["detail"]


async def test_a_word_of_any_agreement_of_the_agency_will_do(county: InProcess) -> None:
    await county.desk(SCHOOLS).opens("watch")
    await county.desk(SCHOOLS).opens("moderate", scale_of=MAIN)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"colour": "red"}, "colour"),
        ({"kind": "curiosity"}, "kind"),
        ({"next_review": "soon"}, "next_review"),
        ({"next_review": "2026-02-30"}, "next_review"),
        ({"manager": None}, "manager"),
        ({"manager": {"id": "badge-17", "name": "Lt M. Keller", "rank": "1"}}, "rank"),
        ({"state": "closed"}, "state"),
        ({"version": 7}, "version"),
        ({"flags": "level-2"}, "flags"),
    ],
)
async def test_a_case_with_a_wrong_key_is_refused_by_its_name(
    county: InProcess, more: dict[str, object], key: str
) -> None:
    answer = await county.desk(PD).post("/v1/cases", case_body(county.new_reference(), **more))
    assert key in is_problem(answer, 422)["detail"]


@pytest.mark.parametrize("key", ["id", "reference", "agency", "state", "version", "kind"])
async def test_what_a_case_is_cannot_be_patched(county: InProcess, key: str) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    before = await desk.get(f"/v1/cases/{case}")
    tag = before.headers["etag"]
    answer = await desk.call("PATCH", f"/v1/cases/{case}", {key: "closed"}, {"If-Match": tag})
    assert key in is_problem(answer, 422)["detail"]
    assert (await desk.get(f"/v1/cases/{case}")).json() == before.json()


async def test_a_closed_a_foreign_and_an_unknown_case_give_the_same_body(county: InProcess) -> None:
    desk = county.desk(PD)
    closed = await desk.opens()
    await desk.post(f"/v1/cases/{closed}/close", {"reason": "The matter is settled"})
    foreign = await county.desk(HEALTH).opens()
    answers = [await desk.asks(case, "school-discipline") for case in (closed, foreign, "NO-SUCH-CASE")]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1


async def test_a_foreign_case_is_not_found(county: InProcess) -> None:
    foreign = await county.desk(HEALTH).opens()
    desk = county.desk(PD)
    read, unknown = await desk.get(f"/v1/cases/{foreign}"), await desk.get("/v1/cases/NO-SUCH-CASE")
    assert (read.status_code, read.content) == (404, unknown.content)
    is_problem(await desk.post(f"/v1/cases/{foreign}/close", {"reason": "not ours"}), 404)
