"""Emergency access abused: closed to the person, recalled, counted, and copied words flagged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, emergency, is_problem
from tests.county_terms import HEALTH, OUTSIDER, PD, SCHOOLS, SOCIAL

UNJUSTIFIED = {"finding": "unjustified", "statement": "There was time to ask for consent"}
REOPEN = {"statement": "The person was instructed and understands"}


def officer(county: InProcess, agency: str = HEALTH) -> Desk:
    return county.desk(agency, f"officer-of-{agency}", "privacy-officer")


def words(number: int) -> Json:
    """A claim in words of its own."""
    said = ("river", "bridge", "market", "tower", "garden", "station", "harbour")[number]
    return emergency(
        elements={
            "threat": f"She means to burn the {said} down",
            "imminence": f"She is on her way to the {said}",
            "recipient_able_to_prevent": True,
        },
        statement=f"A neighbour saw her leave for the {said} with petrol",
    )


async def used(desk: Desk, claim: Json | None = None) -> Json:
    """An emergency access towards health, as its officer sees it."""
    told = await desk.told(await desk.opens(), "health", custodians=[HEALTH], exception=claim or emergency())
    listed = (await officer(desk.county).get("/v1/emergencies?state=open")).json()["emergencies"]  # type: ignore[arg-type]  # in this process
    access: Json = next(one for one in listed if one["query"] == told["id"])
    return access


async def closures(desk: Desk, state: str = "closed") -> list[Json]:
    answer = await desk.get(f"/v1/closures?state={state}")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["closures"]
    return found


async def inbox(desk: Desk) -> list[tuple[str, str]]:
    told = (await desk.get("/v1/notices")).json()["notices"]
    return [(notice["kind"], notice["about"]) for notice in told]


async def test_an_unjustified_access_closes_the_function_and_recalls(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD, "badge-4411")
    access = await used(desk)
    path = f"/v1/emergencies/{access['id']}/finding"
    assert (await officer(county).post(path, UNJUSTIFIED)).status_code == 200
    refused = await desk.asks(await desk.opens(), "health", custodians=[HEALTH], exception=words(1))
    is_problem(refused, 403, "emergency-closed")
    assert ("emergency-recalled", access["query"]) in await inbox(county.desk(PD, "badge-2"))
    own = await inbox(officer(county, PD))
    assert ("emergency-recalled", access["query"]) in own
    (closure,) = await closures(officer(county))
    assert ("emergency-closed", closure["id"]) in own
    assert (closure["user"], closure["why"], closure["emergency"]) == (
        "badge-4411", "unjustified", access["id"],
    )  # fmt: skip
    listed = await county.desk(HEALTH, "aud-1", "auditor").get("/v1/disclosures?kind=emergency-recalled")
    (entry,) = listed.json()["disclosures"]
    assert [one["category"] for one in entry["released"]] == ["health"]
    assert (await desk.reads(access["query"]))["answers"][0]["result"] == "refused"


async def test_others_of_the_agency_go_on_and_without_emergency_so_does_the_person(
    a_county: ACountyOf,
) -> None:
    county = a_county()
    desk, other = county.desk(PD, "badge-4411"), county.desk(PD, "badge-12")
    access = await used(desk)
    await officer(county).post(f"/v1/emergencies/{access['id']}/finding", UNJUSTIFIED)
    await used(other, words(2))
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    assert told["answers"][0]["result"] == "information-held"


async def test_only_an_officer_of_another_agency_reopens_it_and_once(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD, "badge-4411")
    access = await used(desk)
    await officer(county).post(f"/v1/emergencies/{access['id']}/finding", UNJUSTIFIED)
    (closure,) = await closures(officer(county))
    path = f"/v1/closures/{closure['id']}/reopen"
    is_problem(await officer(county, PD).post(path, REOPEN), 403, "forbidden")
    is_problem(await officer(county, OUTSIDER).post(path, REOPEN), 404)
    is_problem(await county.desk(HEALTH, role="liaison").post(path, REOPEN), 403)
    (elsewhere,) = await closures(officer(county, SCHOOLS))
    assert (elsewhere["user"], elsewhere["emergency"]) == (None, None)
    reopened = await officer(county, SCHOOLS).post(path, REOPEN)
    assert (reopened.status_code, reopened.json()["state"]) == (200, "reopened")
    is_problem(await officer(county).post(path, REOPEN), 409)
    await used(desk, words(3))
    assert ("emergency-reopened", closure["id"]) in await inbox(officer(county, PD))


async def overdue(county: InProcess, desk: Desk) -> Json:
    access = await used(desk)
    county.clock.advance(hours=72, seconds=1)
    return access


@pytest.mark.parametrize("timer", [True, False], ids=["the timer ran", "no timer has run yet"])
async def test_an_access_nobody_reviews_in_time_closes_the_function(a_county: ACountyOf, timer: bool) -> None:
    county = a_county()
    desk = county.desk(PD, "badge-4411")
    access = await overdue(county, desk)
    if timer:
        await county.running.runner.turn()
        assert ("emergency-overdue", access["id"]) in await inbox(officer(county))
        assert ("emergency-recalled", access["query"]) in await inbox(county.desk(PD))
    refused = await desk.asks(await desk.opens(), "health", custodians=[HEALTH], exception=words(1))
    is_problem(refused, 403, "emergency-closed")
    path = f"/v1/emergencies/{access['id']}/finding"
    if timer:
        (closure,) = await closures(officer(county))
        is_problem(await officer(county).post(f"/v1/closures/{closure['id']}/reopen", REOPEN), 409)
    found = await officer(county).post(path, {"finding": "justified", "statement": "He was armed"})
    assert found.status_code == 200
    (closure,) = await closures(officer(county))
    assert closure["why"] == "overdue"
    again = await desk.asks(await desk.opens(), "health", custodians=[HEALTH], exception=words(1))
    is_problem(again, 403, "emergency-closed")
    await officer(county).post(f"/v1/closures/{closure['id']}/reopen", REOPEN)
    await used(desk, words(1))


async def test_the_timer_of_a_reviewed_access_does_nothing(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD, "badge-4411")
    access = await used(desk)
    await officer(county).post(
        f"/v1/emergencies/{access['id']}/finding", {"finding": "justified", "statement": "He was armed"}
    )
    county.clock.advance(hours=80)
    await county.running.runner.turn()
    assert await closures(officer(county)) == []
    await used(desk, words(1))


async def test_a_closing_that_does_nothing_would_be_noticed(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journey above is tried on a planted fault."""
    monkeypatch.setattr("gateway.intake.emergency_refusal", lambda *_: None)
    county = a_county()
    desk = county.desk(PD, "badge-4411")
    await overdue(county, desk)
    await county.running.runner.turn()
    answer = await desk.asks(await desk.opens(), "health", custodians=[HEALTH], exception=words(1))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("second", "by", "flags"),
    [
        (words(0), "badge-4411", ["used-before-by-user"]),
        (words(0), "badge-12", ["used-before-by-agency"]),
        (words(1), "badge-4411", []),
        ({**words(1), "statement": words(0)["statement"].upper() + " 12:31!!"}, "badge-4411",
         ["used-before-by-user"]),
        ({**words(1), "elements": words(0)["elements"]}, "badge-12", ["used-before-by-agency"]),
        ({**words(1), "statement": words(0)["statement"] + ". She also told the shop"}, "badge-4411",
         ["used-before-by-user"]),
    ],
    ids=["own words again", "a colleague's words", "other words", "other marks and numbers", "elements alone",
         "half of the sentences"],
)  # fmt: skip
async def test_copied_words_are_flagged(a_county: ACountyOf, second: Json, by: str, flags: list[str]) -> None:
    county = a_county()
    assert (await used(county.desk(PD, "badge-4411"), words(0)))["flags"] == []
    access = await used(county.desk(PD, by), second)
    assert access["flags"] == flags
    told = ("emergency-copied", access["id"]) in await inbox(officer(county))
    assert told is bool(flags)


async def test_of_copied_words_none_are_kept_in_clear(a_county: ACountyOf) -> None:
    county = a_county()
    await used(county.desk(PD, "badge-4411"), words(0))
    files = [path.read_bytes() for path in county.folder.path.glob("gateway.db*")]
    assert not any(word in stored for stored in files for word in (b"petrol", b"neighbour"))


async def test_who_judges_reads_what_was_claimed_and_for_whom(a_county: ACountyOf) -> None:
    county = a_county()
    access = await used(county.desk(PD, "badge-4411"), words(0))
    assert access["recipient"] == "Sgt A. Reyes"
    path = f"/v1/emergencies/{access['id']}"
    shown = await officer(county).get(path)
    assert (shown.status_code, shown.json()["exception"]) == (200, words(0))
    is_problem(await county.desk(HEALTH, role="liaison").get(path), 403)
    is_problem(await officer(county, SCHOOLS).get(path), 404)


@pytest.mark.parametrize(
    ("recipient", "result"),
    [("Principal Ortiz, who can lock the school", "information-held"), ("test", "refused"), ("", "refused"),
     (True, "refused")],
)  # fmt: skip
async def test_a_recipient_that_is_named_is_named(county: InProcess, recipient: Any, result: str) -> None:
    elements = {**emergency()["elements"], "recipient": recipient}
    desk = county.desk(PD, "badge-named")
    told = await desk.told(
        await desk.opens(), "health", custodians=[HEALTH], exception=emergency(elements=elements)
    )
    assert told["answers"][0]["result"] == result
    listed = (await officer(county).get("/v1/emergencies?state=open")).json()["emergencies"]
    named = next(one["recipient"] for one in listed if one["query"] == told["id"])
    assert result == "refused" or named == recipient


async def test_counts_are_every_partys_and_names_are_those_who_must_know(a_county: ACountyOf) -> None:
    county = a_county()
    first = await used(county.desk(PD, "badge-4411"), words(0))
    await used(county.desk(PD, "badge-4411"), words(0))
    await used(county.desk(PD, "badge-12"), words(1))
    await officer(county).post(f"/v1/emergencies/{first['id']}/finding", UNJUSTIFIED)

    async def counts(desk: Desk) -> list[Json]:
        answer = await desk.get("/v1/reports/emergencies")
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["counts"]
        return found

    for agency in (PD, HEALTH):
        told = {row["user"]: row for row in await counts(officer(county, agency))}
        assert told.keys() == {"badge-4411", "badge-12"}
        row = told["badge-4411"]
        assert (row["uses"], row["unjustified"], row["unreviewed"], row["copied"]) == (2, 1, 1, 1)
    elsewhere = await counts(officer(county, SOCIAL))
    assert sorted(row["uses"] for row in elsewhere) == [1, 2]
    assert {row["user"] for row in elsewhere} == {None}
    assert len({row["person"] for row in elsewhere}) == 2
    assert await counts(officer(county, OUTSIDER)) == []
    is_problem(await county.desk(PD, role="caseworker").get("/v1/reports/emergencies"), 403)
    later = await officer(county).get("/v1/reports/emergencies?from=2026-04-01")
    assert later.json()["counts"] == []


async def test_13_an_access_whose_notice_fails_is_none_at_all(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice to the custodian's privacy officer is part of the commit that takes the question in."""
    county = a_county()
    desk = county.desk(PD, "badge-4411")
    case = await desk.opens()
    size = (await desk.get("/readyz")).json()["ledger_size"]

    def fails(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr("gateway.store.emergencies.notify", fails)
        answer = await desk.asks(case, "health", custodians=[HEALTH], exception=words(0))
        assert answer.status_code >= 500
        assert "asthma" not in answer.text
    assert (await desk.get("/readyz")).json()["ledger_size"] == size
    assert (await officer(county).get("/v1/emergencies")).json()["emergencies"] == []
    access = await used(desk, words(0))
    assert access["flags"] == []
