"""Masked negatives under a closer look: bytes, headers, and the time they take."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import combinations
from random import Random

import httpx
import pytest

from gateway.pace import GRID
from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json
from tests.county_terms import DANIEL, HEALTH, MARIA, PD, SCHOOLS, SOCIAL, STRANGER, patient

ID = re.compile(rb"(qry|con|rev|emg)_[0-9a-f]{24}")


def shape(answer: httpx.Response) -> tuple[bytes, list[tuple[str, int]]]:
    """An answer's bytes without ids, case and receipts, and its headers with the lengths of their values."""
    body = json.loads(answer.content)
    receipts = [
        json.dumps(one["receipt"], separators=(",", ":"), ensure_ascii=False) for one in body["answers"]
    ]
    content = answer.content
    for receipt in receipts:
        assert receipt.encode() in content
        content = content.replace(receipt.encode(), b"RECEIPT")
    content = ID.sub(b"ID", content).replace(body["case"].encode(), b"CASE")
    lengths = [(name, len(value)) for name, value in answer.headers.items() if name != "content-length"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    return content, lengths


class Outcomes:
    """Ways to come to a masked negative, each as a question anew."""

    def __init__(self, county: InProcess) -> None:
        self._county = county
        self._desk = county.desk(PD)
        self._spent = ""

    async def prepare(self) -> None:
        await self._desk.consents("mental-health", subject=MARIA)
        await self._desk.consents("mental-health", subject=DANIEL)
        self._spent = await self._desk.opens()
        for _ in range(3):
            await self._desk.told(self._spent, "mental-health", custodians=[HEALTH])

    async def _ask(self, case: str, subject: Json) -> httpx.Response:
        return await self._desk.asks(case, "mental-health", subject=subject, custodians=[HEALTH])

    async def no_hit(self) -> Callable[[], Awaitable[httpx.Response]]:
        case = await self._desk.opens()
        return lambda: self._ask(case, MARIA)

    async def refused(self) -> Callable[[], Awaitable[httpx.Response]]:
        case = await self._desk.opens()
        return lambda: self._ask(case, patient(3))

    async def throttled(self) -> Callable[[], Awaitable[httpx.Response]]:
        return lambda: self._ask(self._spent, DANIEL)

    @property
    def all(self) -> dict[str, Callable[[], Awaitable[Callable[[], Awaitable[httpx.Response]]]]]:
        return {"no-hit": self.no_hit, "refused": self.refused, "throttled": self.throttled}


BUDGETS = {"subjects_per_user_day": 10_000, "queries_per_case": 3}


async def test_8_masked_negatives_are_equal_byte_for_byte(a_county: ACountyOf) -> None:
    county = a_county(budgets=BUDGETS)
    outcomes = Outcomes(county)
    await outcomes.prepare()
    shapes = {name: shape(await (await make())()) for name, make in outcomes.all.items()}
    withdrawn = county.new_patient()
    desk = county.desk(PD)
    consent = await desk.consents("mental-health", subject=withdrawn)
    await desk.post(f"/v1/consents/{consent['id']}/withdraw", {"reason": "I have changed my mind"})
    for name, subject in (("withdrawn", withdrawn), ("unknown", STRANGER)):
        answer = await desk.asks(await desk.opens(), "mental-health", subject=subject, custodians=[HEALTH])
        shapes[name] = shape(answer)
    assert len(set(map(str, shapes.values()))) == 1, shapes


async def test_8_read_again_they_are_equal_too(a_county: ACountyOf) -> None:
    county = a_county(budgets=BUDGETS)
    outcomes = Outcomes(county)
    await outcomes.prepare()
    desk, read = county.desk(PD), set()
    for make in outcomes.all.values():
        told = (await (await make())()).json()
        read.add(str(shape(await desk.get(f"/v1/queries/{told['id']}"))))
    assert len(read) == 1


async def test_8_a_review_is_pending_alike_whatever_is_held(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    answers = [
        await desk.asks(await desk.opens(), "housing", subject=subject, custodians=[SOCIAL])
        for subject in (DANIEL, STRANGER, MARIA)
    ]
    assert len({str(shape(answer)) for answer in answers}) == 1


async def test_8_a_custodian_that_is_down_is_unavailable_whatever_was_decided(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    await desk.consents("mental-health", subject=MARIA)
    (county.folder.path / "data" / f"{HEALTH}.json").unlink()
    answers = [
        await desk.asks(await desk.opens(), "mental-health", subject=subject, custodians=[HEALTH])
        for subject in (MARIA, DANIEL)
    ]
    assert {answer.json()["state"] for answer in answers} == {"unavailable"}
    assert len({str(shape(answer)) for answer in answers}) == 1


def auc(one: Sequence[float], other: Sequence[float]) -> float:
    """The chance that a value of the second is above one of the first; 0.5 tells nothing."""
    wins = sum((b > a) + 0.5 * (b == a) for a in one for b in other)
    return wins / (len(one) * len(other))


async def times_of(county: InProcess, number: int) -> dict[str, list[float]]:
    """Seconds each kind of masked negative takes, the kinds asked in turn and several at once."""
    outcomes = Outcomes(county)
    await outcomes.prepare()
    taken: dict[str, list[float]] = {name: [] for name in outcomes.all}
    chance = Random(8)

    async def ask_in_turn(share: int) -> None:
        for _ in range(share):
            for name, make in outcomes.all.items():
                ask = await make()
                # Answers leave on a grid of the clock: each kind must begin anywhere between two ticks, or
                # what is measured is how long the making ready took.
                await asyncio.sleep(chance.uniform(0, GRID))
                started = time.perf_counter()
                answer = await ask()
                taken[name].append(time.perf_counter() - started)
                assert answer.json()["answers"][0]["result"] == "no-information-available"

    await asyncio.gather(*(ask_in_turn(number // 6) for _ in range(6)))
    return taken


@pytest.mark.parametrize(
    ("number", "within"),
    [(120, 0.15), pytest.param(300, 0.10, marks=[pytest.mark.long, pytest.mark.timeout(600)])],
    ids=["short", "long"],
)
async def test_8_masked_negatives_take_the_same_time(a_county: ACountyOf, number: int, within: float) -> None:
    taken = await times_of(a_county(budgets=BUDGETS), number)
    for one, other in combinations(taken, 2):
        assert abs(auc(taken[one], taken[other]) - 0.5) <= within, (one, other)


async def test_8_the_measure_tells_outcomes_apart_when_their_time_differs() -> None:
    """The measure itself is tried on times that do differ."""
    fast = [0.100 + 0.0001 * number for number in range(50)]
    slow = [0.103 + 0.0001 * number for number in range(50)]
    assert auc(fast, slow) > 0.85
    assert auc(fast, fast) == 0.5


async def test_8_open_answers_do_not_wait(a_county: ACountyOf) -> None:
    """The deadline is the mask's alone: a question no clause masks is answered when it is."""
    county = a_county()
    desk: Desk = county.desk(PD)
    case, taken = await desk.opens(), []
    for _ in range(5):
        started = time.perf_counter()
        await desk.told(case, "school-discipline", custodians=[SCHOOLS])
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.1
