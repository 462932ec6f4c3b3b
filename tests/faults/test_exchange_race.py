"""What happens between a decision and its commit: withdrawal, expiry, closure, repeats, spent budgets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from adapters.partner import Lookup, Match, Partner
from agreements.life import Approved
from agreements.permit import Holding, Permit
from agreements.subject import Subject
from gateway.answering import Answering
from gateway.policy import Policies
from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, emergency
from tests.county_terms import DANIEL, HEALTH, MAIN, PD, SCHOOLS, patient


@dataclass(slots=True)
class Gated:
    """A custodian's real system that answers when the test opens the gate, or after `delay` seconds."""

    partner: Partner
    delay: float | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def capabilities(self) -> object:
        return self.partner.capabilities()

    async def find(self, subject: Subject, permits: Sequence[Permit]) -> Lookup:
        self.asked.set()
        if self.delay is None:
            await self.gate.wait()
        else:
            await asyncio.sleep(self.delay)
        return await self.partner.find(subject, permits)

    async def fetch(self, match: Match, permits: Sequence[Permit]) -> tuple[Holding, ...]:
        return await self.partner.fetch(match, permits)

    async def health(self) -> bool:
        return await self.partner.health()

    async def close(self) -> None:
        await self.partner.close()


def behind_a_gate(county: InProcess, agency: str, delay: float | None = None) -> Gated:
    partners: dict[str, object] = county.running._partners  # type: ignore[assignment]  # replaced in place
    gated = Gated(county.running._partners[agency], delay)
    partners[agency] = gated
    return gated


async def asked_meanwhile(
    county: InProcess, category: str, custodian: str, meanwhile: Desk | None, path: str, body: Json
) -> Json:
    """Ask; once the custodian's system is being asked, make a call; then let it answer."""
    desk = county.desk(PD)
    gated = behind_a_gate(county, custodian)
    case = await desk.opens()
    asking = asyncio.create_task(desk.told(case, category, custodians=[custodian]))
    await gated.asked.wait()
    if meanwhile is not None:
        called = await meanwhile.post(path.replace("CASE", case), body)
        assert called.status_code == 200, called.text
    else:
        county.clock.advance(days=400)
    gated.gate.set()
    answer: Json = (await asking)["answers"][0]
    return answer


async def test_83_a_consent_withdrawn_between_decision_and_commit_is_obeyed(a_county: ACountyOf) -> None:
    county = a_county()
    consent = await county.desk(PD).consents("health")
    path = f"/v1/consents/{consent['id']}/withdraw"
    reason = {"reason": "I have changed my mind"}
    answer = await asked_meanwhile(county, "health", HEALTH, county.desk(HEALTH), path, reason)
    assert (answer["result"], answer["summary"], answer["basis"]) == ("refused", None, None)


async def test_83_masked_it_is_the_uniform_negative(a_county: ACountyOf) -> None:
    county = a_county()
    consent = await county.desk(PD).consents("mental-health")
    path = f"/v1/consents/{consent['id']}/withdraw"
    reason = {"reason": "I have changed my mind"}
    answer = await asked_meanwhile(county, "mental-health", HEALTH, county.desk(HEALTH), path, reason)
    assert (answer["result"], answer["reasons"], answer["basis"]) == ("no-information-available", [], None)


async def test_82_an_agreement_that_expires_between_decision_and_commit_closes(a_county: ACountyOf) -> None:
    answer = await asked_meanwhile(a_county(), "school-discipline", SCHOOLS, None, "", {})
    assert (answer["result"], answer["record"], answer["basis"]) == ("refused", None, None)


async def test_a_case_closed_between_decision_and_commit_closes(a_county: ACountyOf) -> None:
    county = a_county()
    answer = await asked_meanwhile(
        county,
        "school-discipline",
        SCHOOLS,
        county.desk(PD),
        "/v1/cases/CASE/close",
        {"reason": "Settled now"},
    )
    assert (answer["result"], answer["record"]) == ("refused", None)


async def test_an_agreement_suspended_between_decision_and_commit_closes(a_county: ACountyOf) -> None:
    county = a_county()
    officer = county.desk(SCHOOLS, role="privacy-officer")
    path = f"/v1/agreements/{MAIN}/suspend"
    answer = await asked_meanwhile(
        county, "school-discipline", SCHOOLS, officer, path, {"reason": "A breach of clause 1"}
    )
    assert (answer["result"], answer["record"]) == ("refused", None)


async def race(county: InProcess, people: int) -> None:
    """For each person a consent, questions that rest on it, and its withdrawal while one is under way."""
    behind_a_gate(county, HEALTH, delay=0.005)
    desk = county.desk(PD)
    case = await desk.opens()

    async def one(number: int) -> None:
        subject = patient(number)
        consent = await desk.consents("health", subject=subject)

        async def ask() -> None:
            await desk.told(case, "health", subject=subject, custodians=[HEALTH])

        async def withdraw() -> None:
            await asyncio.sleep(0.002 * (number % 8))
            reason = {"reason": "I have changed my mind"}
            await desk.post(f"/v1/consents/{consent['id']}/withdraw", reason)

        await ask()
        await asyncio.gather(withdraw(), ask(), ask(), ask())
        await ask()

    for start in range(0, people, 4):
        await asyncio.gather(*(one(number) for number in range(start, start + 4)))


async def released_too_late(county: InProcess) -> tuple[int, list[int]]:
    """How many releases there were, and the ledger entries that rest on a consent withdrawn before them."""
    listed = await county.desk(HEALTH, "aud-1", "auditor").get("/v1/disclosures")
    withdrawn: set[str] = set()
    late, releases = [], 0
    for entry in listed.json()["disclosures"]:
        if entry["kind"] == "consent-withdrawn":
            withdrawn.add(entry["consent"])
        for outcome in entry.get("outcomes", ()):
            if outcome["result"] == "information-held":
                releases += 1
                if outcome["consent"] in withdrawn:
                    late.append(entry["index"])
    return releases, late


async def test_3_no_release_is_ordered_after_the_withdrawal_it_should_have_obeyed(
    a_county: ACountyOf,
) -> None:
    county = a_county()
    await race(county, 20)
    releases, late = await released_too_late(county)
    assert releases >= 20
    assert late == []


async def test_3_the_race_catches_an_answering_that_does_not_read_again(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The harness itself is tried on a planted fault."""
    monkeypatch.setattr(Answering, "_fresh", lambda _self, _asked, part, *_rest: part.decisions)
    county = a_county()
    await race(county, 20)
    _, late = await released_too_late(county)
    assert late


async def test_3_a_suspension_during_a_reload_is_not_lost(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway import policy  # noqa: PLC0415 -- its private loader is interrupted

    county = a_county()
    policies: Policies = county.running.policies
    load = policy._read_files
    suspended = Approved(revision=1, suspended=frozenset({(MAIN, 3)}))

    def interrupted(*given: object) -> object:
        loaded = load(*given)  # type: ignore[arg-type]  # passed on as they came
        policies.take_up(suspended)
        return loaded

    county.folder.path.joinpath("agreements", f"{MAIN}.yaml").touch()
    monkeypatch.setattr(policy, "_read_files", interrupted)
    policies.refresh()
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    assert told["answers"][0]["result"] == "refused"


async def test_2_one_key_at_once_is_one_decision_and_one_pair_of_entries(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    before = (await desk.get("/readyz")).json()["ledger_size"]
    told = await asyncio.gather(
        *(desk.told(case, "school-discipline", custodians=[SCHOOLS], key="one") for _ in range(20))
    )
    assert len({one["id"] for one in told}) == 1
    assert (await desk.get("/readyz")).json()["ledger_size"] == before + 2


async def test_2_a_replay_checks_policy_again(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    question = {"custodians": [SCHOOLS], "key": "one"}
    first = await desk.told(case, "school-discipline", **question)
    officer = county.desk(SCHOOLS, role="privacy-officer")
    await officer.post(f"/v1/agreements/{MAIN}/suspend", {"reason": "A breach of clause 1"})
    again = await desk.told(case, "school-discipline", **question)
    assert again["id"] == first["id"]
    assert (again["answers"][0]["result"], again["answers"][0]["record"]) == ("refused", None)


async def test_2_a_replay_never_tells_more_than_the_first_answer(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    question = {"custodians": [HEALTH], "key": "one"}
    first = await desk.told(case, "health", **question)
    assert first["answers"][0]["result"] == "refused"
    await desk.consents("health")
    again = await desk.told(case, "health", **question)
    assert again["answers"][0]["result"] == "refused"
    assert again["answers"][0]["receipt"]["index"] == first["answers"][0]["receipt"]["index"]


@pytest.mark.parametrize("budget", ["queries_per_case", "subjects_per_user_day"])
async def test_10_budgets_hold_at_their_edge(a_county: ACountyOf, budget: str) -> None:
    county = a_county(budgets={budget: 5})
    desk = county.desk(PD)
    case = await desk.opens()
    answers = await asyncio.gather(
        *(
            desk.asks(case, "school-discipline", subject=patient(number), custodians=[SCHOOLS])
            for number in range(20)
        )
    )
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (5, 15)


async def test_10_emergencies_of_a_person_hold_at_their_edge(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    answers = await asyncio.gather(
        *(
            desk.asks(case, "health", subject=DANIEL, custodians=[HEALTH], exception=emergency())
            for _ in range(15)
        )
    )
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(403)) == (9, 6)


async def test_14_one_review_is_decided_once(a_county: ACountyOf) -> None:
    county = a_county()
    desk, liaison = county.desk(PD), county.desk(HEALTH, role="liaison")
    case = await desk.opens()
    await desk.told(case, "mental-health", custodians=[HEALTH], exception=emergency())
    review = (await liaison.get("/v1/reviews?state=open")).json()["reviews"][0]
    decided = await asyncio.gather(
        *(
            liaison.post(f"/v1/reviews/{review['id']}/decline", {"reason": f"Reason number {number}"})
            for number in range(6)
        )
    )
    assert sorted(answer.status_code for answer in decided) == [200, 409, 409, 409, 409, 409]
