"""Activations and suspensions that race, fail to commit, or are learnt of from another process."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from agreements.life import Step
from gateway import activation
from gateway.activation import Candidate, Finding
from gateway.app import Running
from gateway.settings import Settings
from gateway.store.agreements import approved
from tests.conftest import ACountyOf
from tests.county import is_problem
from tests.county_terms import CALLBACK, PD, SCHOOL, SCHOOLS
from tests.faults.test_exchange_race import behind_a_gate
from tests.faults.test_store_failures import failing
from tests.journeys.test_agreement_life import REASON, VERSIONS, Parties, good, kinds, officer, version_two

ACTIVATE = f"{VERSIONS}/2/activate"


async def activate_at_once(parties: Parties) -> list[int]:
    """Many officers activate one version at the same time; the status each is told."""
    desks = [officer(parties.county, SCHOOLS, f"officer-{number}") for number in range(8)]
    answers = await asyncio.gather(*(desk.post(ACTIVATE, {}) for desk in desks))
    return sorted(answer.status_code for answer in answers)


async def test_of_many_activators_one_wins(a_county: ACountyOf) -> None:
    parties = Parties(a_county())
    await parties.proposed()
    assert await activate_at_once(parties) == [200] + [409] * 7
    assert (await kinds(parties.police)).count("agreement-activated") == 1


async def test_the_race_catches_an_activation_that_does_not_look_again(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The harness itself is tried on a planted fault."""
    parties = Parties(a_county())
    await parties.proposed()
    monkeypatch.setattr(activation, "check_step", lambda *_: None)
    monkeypatch.setattr(activation, "follows", lambda _: ())
    version = parties.county.running.policies.current.version
    examined = parties.county.running.gateway.activation
    monkeypatch.setattr(examined, "_examined", lambda _: ([], version))
    assert await activate_at_once(parties) != [200] + [409] * 7


async def test_what_is_in_force_may_not_change_between_the_checks_and_the_commit(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    parties = Parties(a_county())
    await parties.proposed()
    activation_of = parties.county.running.gateway.activation
    monkeypatch.setattr(activation_of, "_examined", lambda _: ([], "another set"))
    is_problem(await parties.schools.post(ACTIVATE, {}), 409)
    assert await parties.states() == {1: "active", 2: "proposed"}


async def test_a_finding_refuses_and_is_shown(a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch) -> None:
    parties = Parties(a_county())
    await parties.proposed()

    def never(candidate: Candidate) -> list[Finding]:
        """Looks at the set there would be, not at the one of now."""
        there = [policy.agreement(CALLBACK, 2) for policy in (candidate.present, candidate.proposed)]
        assert there == [None, candidate.agreement]
        return [Finding("never-statement", "schools would ask about threat-report")]

    monkeypatch.setattr(parties.county.running.gateway.activation, "_checks", (never,))
    told = is_problem(await parties.schools.post(ACTIVATE, {}), 409)
    assert told["reasons"] == [{"code": "never-statement", "text": "schools would ask about threat-report"}]
    assert await parties.level() == "summary"


@pytest.mark.parametrize("step", [Step.ACTIVATE, Step.SUSPEND, Step.RESUME, Step.TERMINATE])
async def test_a_step_that_is_not_recorded_never_was(a_county: ACountyOf, step: Step) -> None:
    parties = Parties(a_county())
    await parties.proposed()
    if step is Step.RESUME:
        good(await parties.schools.post(f"/v1/agreements/{CALLBACK}/suspend", REASON))
    policies = parties.county.running.policies
    before, states = policies.current.version, await parties.states()
    path = ACTIVATE if step is Step.ACTIVATE else f"/v1/agreements/{CALLBACK}/{step.value}"
    with failing(parties.county.folder, "ledger_entries"):
        is_problem(await parties.schools.post(path, {} if step is Step.ACTIVATE else REASON), 503)
    assert (policies.current.version, await parties.states()) == (before, states)
    good(await parties.schools.post(path, {} if step is Step.ACTIVATE else REASON))
    assert policies.current.version != before


async def test_an_activation_is_learnt_of_by_another_process(a_county: ACountyOf) -> None:
    county = a_county()
    parties = Parties(county)
    other = Running(county.folder.path, Settings())
    await parties.proposed()
    good(await parties.schools.post(ACTIVATE, {}))
    stale = other.store.read_now(approved)
    good(await parties.police.post(f"/v1/agreements/{CALLBACK}/suspend", REASON))
    for known in (other.policies.decided, stale):
        other.policies.take_up(await other.store.read(partial(approved, known=known)))
        assert other.policies.current.version == county.running.policies.current.version
    # What was read before the suspension does not undo it.
    other.policies.take_up(stale)
    assert other.policies.current.version == county.running.policies.current.version
    await other.close()


async def test_a_site_that_starts_again_stands_where_it_stood(a_county: ACountyOf) -> None:
    county = a_county()
    parties = Parties(county)
    await parties.proposed()
    good(await parties.schools.post(ACTIVATE, {}))
    good(await parties.police.post(f"/v1/agreements/{CALLBACK}/suspend", REASON))
    again = Running(county.folder.path, Settings())
    assert again.policies.current.version == county.running.policies.current.version
    found = again.policies.current.agreement(CALLBACK, 2)
    assert found is not None
    assert found.suspended
    await again.close()


async def test_a_query_in_flight_is_decided_again_behind_an_activation(a_county: ACountyOf) -> None:
    county = a_county()
    parties = Parties(county)
    await parties.proposed(version_two(clauses=[]))
    gated, desk = behind_a_gate(county, PD), county.desk(SCHOOLS)
    case = await desk.opens("watch")
    asking = asyncio.create_task(desk.told(case, "threat-report", subject=SCHOOL, custodians=[PD]))
    await gated.asked.wait()
    good(await parties.schools.post(ACTIVATE, {}))
    gated.gate.set()
    answer = (await asking)["answers"][0]
    assert (answer["result"], answer["summary"], answer["basis"]) == ("refused", None, None)
