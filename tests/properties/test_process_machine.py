"""The processes around a query against their model: on both databases, and with a bug planted."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gateway.following import Following
from gateway.processes import runner
from tests.properties.process_machine import ProcessMachine
from tests.servers.postgres import Postgres


def bounded(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
        derandomize=True,
        database=None,
    )


def test_the_processes_do_as_their_model_on_sqlite() -> None:
    run_state_machine_as_test(ProcessMachine, settings=bounded(8, 30))


def test_the_processes_do_as_their_model_on_postgresql(postgres: Postgres) -> None:
    class OnPostgresql(ProcessMachine):
        storage = staticmethod(postgres.new_store)

    run_state_machine_as_test(OnPostgresql, settings=bounded(4, 30))


@pytest.mark.parametrize("planted", ["a-timer-is-lost", "a-step-is-told-twice", "a-wait-is-not-ended"])
def test_a_bug_would_be_noticed(monkeypatch: pytest.MonkeyPatch, planted: str) -> None:
    if planted == "a-timer-is-lost":
        monkeypatch.setattr("gateway.following.set_timer", lambda *_: None)
    elif planted == "a-step-is-told-twice":
        monkeypatch.setattr(runner, "finish_timer", lambda *_: None)
    else:
        monkeypatch.setattr(Following, "settle", lambda *_: None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(ProcessMachine, settings=bounded(12, 30))
