"""Cases, questions, reviews, systems that go down, crashes and clock jumps, driven at random over one store.

After every step the store is held against the model: each wait stands where it should, has its timers, and
everybody was told exactly as often as its state says. `of_county` makes the machine for one kind of store.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, select

from gateway.problems import Problem
from gateway.store.follow_ups import follow_ups_of
from gateway.store.process_tables import timers
from gateway.store.store import Store
from gateway.store.tables import notices
from tests.county import InProcess, Json, StandingClock, county_in_process, make_folder
from tests.county_terms import PD, SCHOOLS, SOCIAL, holdings
from tests.properties.process_model import STEPS, Matter, Timed, Wait

T = TypeVar("T")
_ROLES = ("liaison", "privacy-officer")
_KINDS = {"review": "review-late", "unavailable": "custodian-unavailable"}
_PASSING = st.sampled_from([0, 1, 10, 60, 900, 3600, 5 * 3600])
_DAYS = st.sampled_from([86_400, 3 * 86_400, 7 * 86_400])
Told = Counter[tuple[str, str, str]]


class ProcessMachine(RuleBasedStateMachine):
    """`storage` gives the address of a new store, or None for the file of the site."""

    storage: Callable[[], str | None] = staticmethod(lambda: None)

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.path = Path(tempfile.mkdtemp(prefix="processes-"))
        storage = type(self).storage()
        self.clock = StandingClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
        budgets = {"subjects_per_user_day": 10_000, "queries_per_case": 10_000}
        site: dict[str, Any] = {"budgets": budgets} | ({"storage": storage} if storage else {})
        self.folder = make_folder(self.path / "county", **site)
        self.up = True
        self.matters: list[Matter] = []
        self.settled: Told = Counter()
        self.uncertain: set[tuple[str, str, str]] = set()
        self.starts()

    def teardown(self) -> None:
        self.running.close()
        self.loop.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def starts(self) -> None:
        self.running = ExitStack()
        self.county: InProcess = self.running.enter_context(county_in_process(self.folder, self.clock))
        self.desk = self.county.desk(PD)

    def does(self, work: Awaitable[T]) -> T:
        async def done() -> T:
            return await work

        return self.loop.run_until_complete(done())

    def matter(self, number: int) -> Matter:
        return self.matters[number % len(self.matters)]

    # What people do

    @initialize(days=st.integers(0, 9))
    def begin(self, days: int) -> None:
        self.open_a_case(days)

    @precondition(lambda self: len(self.matters) < 3)
    @rule(days=st.integers(0, 9))
    def open_a_case(self, days: int) -> None:
        day = self.clock().date() + timedelta(days=days)
        reference = self.does(self.desk.opens(next_review=day.isoformat()))
        self.matters.append(Matter(reference, _end_of(day), Timed(_end_of(day))))

    @precondition(lambda self: any(matter.open for matter in self.matters))
    @rule(number=st.integers(0, 2), days=st.integers(0, 9))
    def review_a_case(self, number: int, days: int) -> None:
        matter, day = self.matter(number), self.clock().date() + timedelta(days=days)
        edit = {"next_review": day.isoformat()}
        path = f"/v1/cases/{matter.reference}"
        answer = self.does(self.desk.call("PATCH", path, edit, {"If-Match": "*"}))
        assert answer.status_code == (200 if matter.open else 409), answer.text
        if matter.open and matter.late_from != _end_of(day):
            matter.late_from = _end_of(day)
            matter.late.worked(_end_of(day))

    @precondition(lambda self: bool(self.matters))
    @rule(number=st.integers(0, 2), of_person=st.booleans(), dies=st.integers(0, 3))
    def ask(self, number: int, of_person: bool, dies: int) -> None:
        """Ask; where `dies` is 1, the process dies between the ask and the answer."""
        matter = self.matter(number)
        category, custodian = ("safeguarding", SOCIAL) if of_person else ("school-discipline", SCHOOLS)
        asking = self.desk.asks(matter.reference, category, custodians=[custodian])
        if not matter.open:
            assert self.does(asking).status_code == 403
            return
        if dies == 1:
            before = self.queries()
            assert self.dying_at(asking, 1, committed=False)
            (lost,) = self.queries() - before
            matter.lost.add(lost)
            return
        told = self.does(asking).json()
        if of_person:
            self.begins_to_wait_for_a_person(matter, told["id"], self.clock())
        elif not self.up:
            matter.waits[told["id"]] = Wait.begun(
                told["id"], SCHOOLS, "unavailable", told["id"], self.clock()
            )

    @precondition(lambda self: any(self.waits("review")))
    @rule(number=st.integers(0, 9), decline=st.booleans())
    def decide(self, number: int, decline: bool) -> None:
        waiting = self.waits("review")
        wait = waiting[number % len(waiting)]
        liaison = self.county.desk(SOCIAL, role="liaison")
        act = "decline" if decline else "release"
        body: Json = {"reason": "Not ours to say"} if decline else {"items": []}
        answer = self.does(liaison.post(f"/v1/reviews/{wait.about}/{act}", body))
        assert answer.status_code == 200, answer.text
        self.settle(wait)

    @precondition(lambda self: bool(self.matters))
    @rule(number=st.integers(0, 2))
    def close_a_case(self, number: int) -> None:
        matter = self.matter(number)
        body = {"reason": "The matter is settled"}
        answer = self.does(self.desk.post(f"/v1/cases/{matter.reference}/close", body))
        assert answer.status_code == (200 if matter.may_close else 409), answer.text
        if matter.may_close:
            matter.open = False
            matter.late.worked(None)
            for wait in list(matter.waits.values()):
                self.settle(wait)

    # What goes on by itself

    @rule()
    def the_schools_system_changes(self) -> None:
        self.up = not self.up
        if self.up:
            self.folder.write_holdings(SCHOOLS, holdings()[SCHOOLS])
        else:
            (self.folder.path / "data" / f"{SCHOOLS}.json").write_text("{")

    @rule(by=_PASSING)
    def timers_are_worked(self, by: int) -> None:
        self.clock.advance(seconds=by)
        self.does(self.county.running.runner.turn())
        self.after_a_turn(died=False)

    @rule(by=_DAYS)
    def days_go_by(self, by: int) -> None:
        """The clock jumps; timers are worked once at its end."""
        self.timers_are_worked(by)

    @rule(by=_PASSING, number=st.integers(0, 4), committed=st.booleans())
    def the_process_dies_at_it(self, by: int, number: int, committed: bool) -> None:
        """It dies at some commit of a turn, before it or after, and is started again."""
        self.clock.advance(seconds=by)
        died = self.dying_at(self.county.running.runner.turn(), number, committed=committed)
        self.running.close()
        self.starts()
        self.after_a_turn(died=died)

    @rule()
    def lost_questions_are_looked_for(self) -> None:
        self.clock.advance(seconds=16)
        self.does(self.county.running.asking_again.take_up_lost())
        for matter in self.matters:
            for query in matter.lost if matter.open else ():
                about = self.custodian_of(query)
                wait = Wait.begun(query, about, "unavailable", query, self.clock())
                wait.asking.due = self.clock()
                matter.waits[query] = wait
            if matter.open:
                matter.lost.clear()

    # What must hold

    @invariant()
    def every_wait_stands_where_it_should(self) -> None:
        found = self.read(lambda each: follow_ups_of(each, PD))
        shown = {(one.query, one.kind): one.state for one in found}
        assert shown == {
            (wait.query, wait.kind): STEPS[wait.step]
            for matter in self.matters
            for wait in matter.waits.values()
        }

    @invariant()
    def nothing_waits_without_a_timer(self) -> None:
        set_now = self.read(
            lambda each: Counter(
                (kind, about)
                for kind, about in each.execute(select(timers.c.kind, timers.c.about))
                if kind in {"case-review", "ask-again"} or kind.startswith("tell-")
            )
        )
        expected: Counter[tuple[str, str]] = Counter()
        for matter in self.matters:
            tag = self.county.running.records.cases.tag(PD, matter.reference).hex()
            if matter.open:
                expected["case-review", tag] += 1
            for wait in matter.waits.values():
                if not wait.escalated:
                    expected[f"tell-{wait.kind}", wait.query] += 1
                if wait.kind == "unavailable":
                    expected["ask-again", wait.query] += 1
        assert set_now == expected

    @invariant()
    def everybody_was_told_once(self) -> None:
        expected = self.settled.copy()
        for matter in self.matters:
            tag = self.county.running.records.cases.tag(PD, matter.reference).hex()
            if matter.told:
                expected["case-review-late", "caseworker", tag] = matter.told
            for wait in matter.waits.values():
                expected.update(_told(wait))
        actual = self.told()
        doubtful = {key for key in self.uncertain if actual[key] != expected[key]}
        for key in doubtful:
            assert actual[key] - expected[key] == 1, "at most one more, told as it was settled"
            self.settled[key] = expected[key] = actual[key]
        self.uncertain -= doubtful
        assert actual == expected

    @invariant()
    def what_is_late_is_listed(self) -> None:
        answer = self.does(self.desk.get("/v1/cases?due="))
        listed = {case["id"]: case["state"] for case in answer.json()["cases"]}
        for matter in self.matters:
            if matter.open:
                assert (listed.get(matter.reference) == "late") == (matter.late_from <= self.clock())
            assert matter.open or matter.reference not in listed

    # Means

    def after_a_turn(self, *, died: bool) -> None:
        """Move the model on. What a process that died may have claimed is taken as it is found."""
        at = self.clock()
        found = {(one.query, one.kind): one.state for one in self.read(lambda each: follow_ups_of(each, PD))}
        for matter in self.matters:
            for wait in list(matter.waits.values()):
                self.after_a_turn_of(wait, found.get((wait.query, wait.kind)), at, died=died)
            self.after_a_turn_of_case(matter, at, died=died)

    def after_a_turn_of(self, wait: Wait, state: str | None, at: datetime, *, died: bool) -> None:
        asked, told = wait.asking.is_due(at), wait.telling.is_due(at)
        unsure_asked = asked and (died or wait.asking.may_rest(at))
        unsure_told = told and (died or wait.telling.may_rest(at))
        up = self.up or wait.custodian == SOCIAL
        if asked and (up if not unsure_asked else state is None):
            assert state is None
            assert up
            if told:
                # Both were due at once: who came first is nobody's to say.
                self.uncertain.update(_told_next(wait))
            self.answered(wait, at)
            return
        assert state is not None
        if told and (not unsure_told or state == STEPS[wait.step + 1]):
            wait.told(at)
        elif told and died:
            wait.telling.crashed(at)
        if asked and not unsure_asked:
            wait.asked_in_vain(at)
        elif unsure_asked:
            self.asked_perhaps(wait, at, died=died)

    def asked_perhaps(self, wait: Wait, at: datetime, *, died: bool) -> None:
        """Whether it was asked in vain shows in its timer alone."""
        due = self.read(lambda each: _due_of(each, "ask-again", wait.query))
        if due is not None and due > at:
            wait.asked_in_vain(at)
            assert wait.asking.due == due
        elif died:
            wait.asking.crashed(at)

    def after_a_turn_of_case(self, matter: Matter, at: datetime, *, died: bool) -> None:
        if not matter.late.is_due(at):
            return
        tag = self.county.running.records.cases.tag(PD, matter.reference).hex()
        unsure = died or matter.late.may_rest(at)
        if not unsure or self.told()["case-review-late", "caseworker", tag] > matter.told:
            matter.told += 1
            matter.late.worked(at + timedelta(days=7))
        elif died:
            matter.late.crashed(at)

    def answered(self, wait: Wait, at: datetime) -> None:
        """A system was reached: it has answered, or its agency's person is asked now."""
        matter = next(matter for matter in self.matters if wait.query in matter.waits)
        self.settle(wait)
        if wait.custodian == SOCIAL:
            self.begins_to_wait_for_a_person(matter, wait.query, at)

    def begins_to_wait_for_a_person(self, matter: Matter, query: str, at: datetime) -> None:
        reviews = self.read(lambda each: self.county.running.records.reviews.of(each, SOCIAL, "open"))
        review = next(one.id for one in reviews if one.query == query)
        matter.waits[query] = Wait.begun(query, SOCIAL, "review", review, at)

    def settle(self, wait: Wait) -> None:
        self.settled.update(_told(wait))
        for matter in self.matters:
            matter.waits.pop(wait.query, None)

    def waits(self, kind: str) -> list[Wait]:
        return [
            wait
            for matter in self.matters
            for wait in matter.waits.values()
            if matter.open and wait.kind == kind
        ]

    def read(self, look: Callable[[Connection], T]) -> T:
        return self.county.running.store.read_now(look)

    def told(self) -> Told:
        """Who was told of what is late, and how often."""
        found = select(notices.c.kind, notices.c.role, notices.c.about)
        late = {*_KINDS.values(), "query-escalated"}

        def counted(connection: Connection) -> Told:
            told = Counter(map(tuple, connection.execute(found)))
            return Counter(
                {
                    key: number
                    for key, number in told.items()
                    if key[0] in late or key[:2] == ("case-review-late", "caseworker")
                }
            )

        return self.read(counted)

    def queries(self) -> set[str]:
        later = self.clock() + timedelta(seconds=1)
        return set(self.read(lambda each: self.county.running.records.questions.without_answers(each, later)))

    def custodian_of(self, query: str) -> str:
        stored = self.read(lambda each: self.county.running.records.questions.get(each, query))
        assert stored is not None
        assert stored.query.custodians is not None
        return stored.query.custodians[0]

    def dying_at(self, work: Awaitable[object], number: int, *, committed: bool) -> bool:
        """Do work that finds the store gone from its write of this number on; whether it got there."""
        write, count = Store.write, 0

        async def dies(store: Store, done: Any) -> Any:
            nonlocal count
            count += 1
            if count <= number:
                return await write(store, done)
            if count == number + 1 and committed:
                await write(store, done)
            raise Problem("not-recorded")

        with patch.object(Store, "write", dies), suppress(Problem):
            self.does(work)
        return count > number


def _end_of(day: Any) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1)


def _told(wait: Wait) -> Told:
    """Who has been told of a wait that has come so far."""
    told: Told = Counter()
    for role in _ROLES[: wait.step]:
        told[_KINDS[wait.kind], role, wait.about] += 1
    if wait.escalated:
        told["query-escalated", "caseworker", wait.query] += 1
    return told


def _told_next(wait: Wait) -> Told:
    """Who is told next."""
    if wait.step < len(_ROLES):
        return Counter({(_KINDS[wait.kind], _ROLES[wait.step], wait.about): 1})
    return Counter({("query-escalated", "caseworker", wait.query): 1})


def _due_of(connection: Connection, kind: str, about: str) -> datetime | None:
    found = select(timers.c.due_at).where(timers.c.kind == kind, timers.c.about == about)
    return connection.execute(found).scalar()
