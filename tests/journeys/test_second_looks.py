"""The holder's second look: what a refusal hides is seen by the custodian's duty person alone."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.looking_back import LookingBack
from tests.conftest import ACountyOf
from tests.county import NOW, Desk, InProcess, Json, is_problem
from tests.county_terms import DANIEL, HEALTH, PD, SCHOOLS, STRANGER, agreement, clause

FOUND = {
    "ground": "serious-imminent-threat",
    "elements": {
        "threat": "He told his nurse that he will burn the house down",
        "imminence": "He bought petrol this morning",
        "recipient_able_to_prevent": True,
    },
    "statement": "Dr Ito rang the duty desk about it at ten",
}
CONDITIONS = {"consent": "required", "exceptions": ["serious-imminent-threat"], "finding": "custodian"}


def terms(*, looks: bool = True, **more: Any) -> list[Json]:
    clauses = [
        clause(
            "1", "mental-health", HEALTH, "summary", masked=True, second_look=looks, conditions=CONDITIONS
        ),
        clause("2", "health", HEALTH, "summary", conditions=CONDITIONS, second_look=looks),
        clause("3", "psychotherapy-notes", HEALTH, "summary", masked=True, second_look=looks),
    ]
    return [agreement("second", NOW, [PD, HEALTH, SCHOOLS], clauses=clauses, **more)]


def duty(county: InProcess, user: str = "duty-1") -> Desk:
    return county.desk(HEALTH, user, "liaison")


async def looks(desk: Desk, state: str = "open") -> list[Json]:
    answer = await desk.get(f"/v1/second-looks?state={state}")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["second_looks"]
    return found


async def refused(county: InProcess, *categories: str, subject: Json = DANIEL) -> Json:
    """A question that is refused, and the timers after it worked."""
    desk = county.desk(PD, "badge-4411")
    told = await desk.told(
        await desk.opens(), *(categories or ("mental-health",)), subject=subject, custodians=[HEALTH]
    )
    await county.running.runner.turn()
    return told


async def inbox(desk: Desk) -> list[tuple[str, str]]:
    told = (await desk.get("/v1/notices")).json()["notices"]
    return [(notice["kind"], notice["about"]) for notice in told]


async def test_what_a_refusal_hides_is_seen_by_the_holder_with_the_lawful_routes(a_county: ACountyOf) -> None:
    county = a_county(agreements=terms())
    told = await refused(county)
    (look,) = await looks(duty(county))
    assert (look["query"], look["held"], look["late"]) == (told["id"], ["mental-health"], False)
    assert look["subject"]["family_name"] == "Okafor"
    assert look["requester"]["contact"]["phone"]
    kinds = [
        (route["kind"], route.get("from") or route.get("ground")) for route in look["routes"]["mental-health"]
    ]
    assert ("consent", "subject") in kinds
    assert ("exception", "serious-imminent-threat") in kinds
    assert kinds[-1] == ("call", None)
    assert "release" not in {kind for kind, _ in kinds}
    assert ("second-look-opened", look["id"]) in await inbox(duty(county))


@pytest.mark.parametrize(
    ("allowed", "subject", "category"),
    [(False, DANIEL, "mental-health"), (True, STRANGER, "mental-health")],
    ids=["no clause allows it", "nothing is held"],
)
async def test_there_is_no_second_look(
    a_county: ACountyOf, allowed: bool, subject: Json, category: str
) -> None:
    county = a_county(agreements=terms(looks=allowed))
    await refused(county, category, subject=subject)
    assert await looks(duty(county)) == []
    assert await inbox(duty(county)) == []


async def test_8_the_requester_sees_the_same_and_the_ledger_grows_alike(a_county: ACountyOf) -> None:
    """Held and refused, nothing held, permitted and nothing held: same answer, same number of entries."""
    county = a_county(agreements=terms())
    desk = county.desk(PD, "badge-4411")
    consent = await desk.consents("mental-health", subject=STRANGER)
    assert consent["status"] == "given"
    shapes, grown = set(), set()
    nobody = {**STRANGER, "given_name": "Cosima", "birth_date": "1962-01-12"}
    for subject in (DANIEL, STRANGER, nobody):
        case = await desk.opens()
        before = (await desk.get("/readyz")).json()["ledger_size"]
        told = await desk.told(case, "mental-health", subject=subject, custodians=[HEALTH])
        await county.running.runner.turn()
        grown.add((await desk.get("/readyz")).json()["ledger_size"] - before)
        read = await desk.reads(told["id"])
        for seen in (told, read):
            shapes.add(str([{k: v for k, v in one.items() if k != "receipt"} for one in seen["answers"]]))
    assert len(await looks(duty(county))) == 1
    assert (len(shapes), len(grown)) == (1, 1)
    listed = await county.desk(PD, role="auditor").get("/v1/disclosures")
    assert not [entry for entry in listed.json()["disclosures"] if entry["kind"].startswith("second")]
    assert await inbox(desk) == []


async def test_8_a_look_that_is_recorded_only_when_held_would_be_noticed(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above is tried on a planted fault."""
    opens = LookingBack._open

    def only_held(self: LookingBack, transaction: Any, timer: Any, seen: Any, at: Any) -> Any:
        return opens(self, transaction, timer, seen, at) if seen and seen.held else None

    monkeypatch.setattr(LookingBack, "_open", only_held)
    county = a_county(agreements=terms())
    grown = set()
    for subject in (DANIEL, STRANGER):
        desk = county.desk(PD, "badge-4411")
        before = (await desk.get("/readyz")).json()["ledger_size"]
        await refused(county, subject=subject)
        grown.add((await desk.get("/readyz")).json()["ledger_size"] - before)
    assert len(grown) == 2


async def test_an_exception_the_holder_finds_releases_and_is_reviewed(a_county: ACountyOf) -> None:
    county = a_county(agreements=terms())
    told = await refused(county)
    (look,) = await looks(duty(county))
    path = f"/v1/second-looks/{look['id']}/release"
    acted = await duty(county).post(path, {"exception": FOUND})
    assert (acted.status_code, acted.json()["state"], acted.json()["acted_by"]) == (200, "released", "duty-1")
    desk = county.desk(PD, "badge-4411")
    answer = (await desk.reads(told["id"]))["answers"][0]
    assert (answer["result"], answer["summary"]) == (
        "information-held", {"mental-health": "open safety plan"},
    )  # fmt: skip
    assert answer["basis"]["kind"] == "exception"
    assert ("query-decided", told["id"]) in await inbox(desk)
    is_problem(await duty(county).post(path, {"exception": FOUND}), 409)
    officer = county.desk(HEALTH, "officer-2", "privacy-officer")
    (access,) = (await officer.get("/v1/emergencies?state=open")).json()["emergencies"]
    assert access["user"] == "duty-1"
    shown = (await officer.get(f"/v1/emergencies/{access['id']}")).json()
    assert shown["exception"]["statement"] == FOUND["statement"]
    finding = {"finding": "unjustified", "statement": "Nobody was in danger"}
    await officer.post(f"/v1/emergencies/{access['id']}/finding", finding)
    after = (await desk.reads(told["id"]))["answers"][0]
    assert after["result"] == "no-information-available"
    assert ("emergency-recalled", told["id"]) in await inbox(desk)


async def test_what_the_holder_found_opens_for_four_hours(a_county: ACountyOf) -> None:
    county = a_county(agreements=terms())
    told = await refused(county)
    county.clock.advance(hours=20)
    (look,) = await looks(duty(county))
    await duty(county).post(f"/v1/second-looks/{look['id']}/release", {"exception": FOUND})
    desk = county.desk(PD, "badge-4411")
    assert (await desk.reads(told["id"]))["answers"][0]["result"] == "information-held"
    county.clock.advance(hours=5)
    assert (await desk.reads(told["id"]))["answers"][0]["result"] == "no-information-available"


async def test_a_consent_given_since_releases_without_more(a_county: ACountyOf) -> None:
    county = a_county(agreements=terms())
    told = await refused(county, "health")
    (look,) = await looks(duty(county))
    path = f"/v1/second-looks/{look['id']}/release"
    problem = is_problem(await duty(county).post(path, {}), 409)
    assert problem["reasons"]
    await county.desk(HEALTH).consents("health")
    (look,) = await looks(duty(county))
    assert {"kind": "release", "level": "summary"} in look["routes"]["health"]
    assert (await duty(county).post(path, {"items": ["health"]})).status_code == 200
    answer = (await county.desk(PD).reads(told["id"]))["answers"][0]
    assert (answer["result"], answer["basis"]["kind"]) == ("information-held", "consent")


async def test_what_law_closes_has_no_route_but_a_call_and_is_not_released(a_county: ACountyOf) -> None:
    held = {"person": {key: DANIEL[key] for key in DANIEL if key != "kind"},
            "holdings": [{"category": "psychotherapy-notes", "summary": "notes", "fields": {}}]}  # fmt: skip
    county = a_county(agreements=terms(), holdings={HEALTH: [held]})
    await refused(county, "psychotherapy-notes")
    (look,) = await looks(duty(county))
    assert look["routes"] == {"psychotherapy-notes": [{"kind": "call"}]}
    acted = await duty(county).post(f"/v1/second-looks/{look['id']}/release", {"exception": FOUND})
    is_problem(acted, 409)
    assert len(await looks(duty(county))) == 1


@pytest.mark.parametrize(("verb", "state"), [("call", "called"), ("decline", "declined")])
async def test_a_call_and_a_decline_change_nothing_for_the_requester(
    a_county: ACountyOf, verb: str, state: str
) -> None:
    county = a_county(agreements=terms())
    told = await refused(county)
    (look,) = await looks(duty(county))
    path = f"/v1/second-looks/{look['id']}"
    acted = await duty(county).post(f"{path}/{verb}", {"reason": "I rang Sgt Reyes and left it at that"})
    assert (acted.status_code, acted.json()["state"]) == (200, state)
    for again in ("call", "decline"):
        is_problem(await duty(county).post(f"{path}/{again}", {"reason": "Once more"}), 409)
    desk = county.desk(PD, "badge-4411")
    read = await desk.get(f"/v1/queries/{told['id']}")
    assert read.json()["answers"][0]["result"] == "no-information-available"
    assert "left it" not in read.text
    assert await inbox(desk) == []
    listed = await county.desk(HEALTH, role="auditor").get(f"/v1/disclosures?kind=second-look-{state}")
    assert [entry["user"] for entry in listed.json()["disclosures"]] == ["duty-1"]


async def test_who_does_not_act_in_time_is_told_on(a_county: ACountyOf) -> None:
    county = a_county(agreements=terms(answer_within="PT6H"))
    await refused(county)
    (look,) = await looks(duty(county))
    officer = county.desk(HEALTH, "officer-2", "privacy-officer")
    county.clock.advance(hours=5)
    await county.running.runner.turn()
    assert await inbox(officer) == []
    county.clock.advance(hours=2)
    await county.running.runner.turn()
    assert ("second-look-late", look["id"]) in await inbox(officer)
    (late,) = await looks(duty(county))
    assert late["late"] is True
    declined = await duty(county).post(f"/v1/second-looks/{look['id']}/decline", {"reason": "It is old"})
    assert declined.status_code == 200
    assert await looks(duty(county)) == []


async def test_only_the_holders_duty_person_sees_it(a_county: ACountyOf) -> None:
    county = a_county(agreements=terms())
    await refused(county)
    (look,) = await looks(duty(county))
    path = f"/v1/second-looks/{look['id']}"
    for agency in (PD, SCHOOLS):
        is_problem(await county.desk(agency, role="liaison").get(path), 404)
        assert await looks(county.desk(agency, role="liaison")) == []
    for role in ("caseworker", "auditor", "administrator"):
        is_problem(await county.desk(HEALTH, role=role).get(path), 403)


async def test_a_system_that_is_down_is_looked_at_later(a_county: ACountyOf) -> None:
    county = a_county(agreements=terms())
    desk = county.desk(PD, "badge-4411")
    await desk.told(await desk.opens(), "health", custodians=[HEALTH])
    data = county.folder.path / "data" / f"{HEALTH}.json"
    kept = data.read_bytes()
    data.unlink()
    await county.running.runner.turn()
    assert await looks(duty(county)) == []
    data.write_bytes(kept)
    county.clock.advance(minutes=16)
    await county.running.runner.turn()
    assert len(await looks(duty(county))) == 1


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"exception": {**FOUND, "elements": {}}}, "exception.elements"),
        ({"exception": {**FOUND, "statement": "test"}}, "exception.statement"),
        ({"exception": {**FOUND, "ground": "because"}}, "exception.ground"),
        ({"exception": FOUND, "items": ["no-such-item"]}, "items"),
        ({"exception": FOUND, "items": []}, "items"),
        ({"because": "I say so"}, "because"),
    ],
)
async def test_a_release_that_makes_no_sense_is_a_422(a_county: ACountyOf, body: Json, key: str) -> None:
    county = a_county(agreements=terms())
    await refused(county)
    (look,) = await looks(duty(county))
    problem = is_problem(await duty(county).post(f"/v1/second-looks/{look['id']}/release", body), 422)
    assert key in problem["detail"]
    assert len(await looks(duty(county))) == 1
