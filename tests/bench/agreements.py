"""Many agreements: reading them, deciding against them, and the exact difference of two sets.

Two thousand agreements of twenty clauses each, between four hundred agencies of eight sectors. Clauses differ
in parties, categories, purposes, levels, fields, conditions and duties. Of the second set every tenth
agreement is changed, and then, as the worst case, every one.
"""

from __future__ import annotations

import gc
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from rich.console import Console
from rich.table import Table

from agreements.agreement import Agreement, Clause, Conditions, Obligation, PartySelector
from agreements.duration import Duration
from agreements.parser import to_yaml
from agreements.terms import (
    Category,
    ConsentNeed,
    Effect,
    GrantorKind,
    Ground,
    Instrument,
    Level,
    ObligationCode,
    Purpose,
    Review,
    Role,
    Sector,
    SubjectKind,
)
from gateway.agreement_files import collector_at_rest
from gateway.analysis import StandIn, read_named
from policies.cells import Setting
from policies.decide import decide
from policies.decision import Permitted
from policies.difference import difference
from policies.facts import Facts
from policies.lawbook import load_laws
from policies.rules import RuleBook

T = TypeVar("T")

SIZES: Final = (1, 20, 200, 2_000)
CLAUSES: Final = 20
AGENCIES: Final = 400
DECISIONS: Final = 2_000

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
_END: Final = datetime(2027, 1, 1, tzinfo=UTC)
_SCALE: Final = ("low", "moderate", "high")
_REGIMES: Final = {
    Category.MENTAL_HEALTH: ("us-hipaa",),
    Category.SUBSTANCE_USE: ("us-part2",),
    Category.EDUCATION_RECORD: ("us-ferpa",),
    Category.CRIMINAL_HISTORY: ("us-28cfr20",),
    Category.INTELLIGENCE: ("us-28cfr23",),
}


def main() -> None:
    """Print what each size costs, beside one agreement and beside the aims."""
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as folder:
        console.print(_loading(Path(folder)))
    console.print(_deciding())
    console.print(_comparing())


def _timed(what: Callable[[], T]) -> tuple[T, float]:
    gc.collect()
    started = time.perf_counter()
    with collector_at_rest():
        done = what()
    return done, time.perf_counter() - started


def _loading(folder: Path) -> Table:
    """Files to compiled rules; the aim for 2,000 agreements is under 10 s and under 1 GB."""
    table = Table(
        "agreements", "clauses", "read in s", "compiled in s", "together", "most memory, MB", title="load"
    )
    for size in SIZES:
        paths = _write(folder / str(size), size)
        (agreements, errors), read = _timed(lambda paths=paths: read_named(paths))  # type: ignore[misc]
        assert not errors
        _, compiled = _timed(lambda: RuleBook(agreements, _sectors()))  # noqa: B023
        table.add_row(
            f"{size:,}", f"{size * CLAUSES:,}", f"{read:.2f}", f"{compiled:.2f}", f"{read + compiled:.2f}",
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}",
        )  # fmt: skip
    return table


def _write(folder: Path, size: int) -> list[Path]:
    folder.mkdir()
    paths = []
    for agreement in agreements(size):
        path = folder / f"{agreement.id}.yaml"
        path.write_text(to_yaml(agreement))
        paths.append(path)
    return paths


def _deciding() -> Table:
    """One question, decided as agreements grow around it; the aim is within twice the cost beside one."""
    table = Table("agreements", "one decision, µs", "against one", title=f"median of {DECISIONS} decisions")
    alone = 0.0
    for size in SIZES:
        median = statistics.median(_decisions(size))
        alone = alone or median
        table.add_row(f"{size:,}", f"{median * 1e6:.0f}", f"{median / alone:.2f}")
    return table


def _decisions(size: int) -> Iterator[float]:
    first = next(agreements(1))
    asked = replace(
        first.clauses[0],
        effect=Effect.PERMIT,
        conditions=Conditions(),
        categories=frozenset({Category.HOUSING}),
        requester=PartySelector(frozenset({first.parties[0]})),
        custodian=PartySelector(frozenset({first.parties[1]})),
    )
    told = replace(first, clauses=(asked, *first.clauses[1:]))
    rules, laws = RuleBook([told, *list(agreements(size))[1:]], _sectors()), load_laws()
    facts = Facts(
        at=_NOW, requester=told.parties[0], requester_sector=_sectors()[told.parties[0]],
        role=min(asked.roles), custodian=told.parties[1], custodian_sector=_sectors()[told.parties[1]],
        purpose=min(asked.purposes), subject_kind=SubjectKind.PERSON, category=Category.HOUSING,
        level=Level.EXISTENCE, concern="high", case_flags=frozenset(), age=None, regimes=(),
    )  # fmt: skip
    assert isinstance(decide(facts, rules, laws), Permitted)
    for _ in range(DECISIONS):
        started = time.perf_counter()
        decide(facts, rules, laws)
        yield time.perf_counter() - started


def _comparing() -> Table:
    """The exact difference of two sets; the aim for 2,000 agreements is under 60 s."""
    table = Table("agreements", "changed", "compared in s", "kinds of change", title="exact difference")
    for size in SIZES:
        one = list(agreements(size))
        for every in (10, 1):
            other = [_changed(each) if n % every == 0 else each for n, each in enumerate(one)]
            settings = [_setting(one), _setting(other)]
            found, taken = _timed(lambda settings=settings: difference(*settings))  # type: ignore[misc]
            changed = "every one" if every == 1 else f"one in {every}"
            table.add_row(f"{size:,}", changed, f"{taken:.2f}", f"{len(found):,}")
    return table


def _setting(agreements: list[Agreement]) -> Setting:
    agencies = {name: StandIn(sector, _regimes()) for name, sector in _sectors().items()}
    return Setting(RuleBook(agreements, _sectors()), load_laws(), agencies)


def _regimes() -> Mapping[Category, tuple[str, ...]]:
    return {category: _REGIMES.get(category, ()) for category in Category}


def _sectors() -> dict[str, Sector]:
    return {f"agency-{n}": list(Sector)[n % len(Sector)] for n in range(AGENCIES)}


def _changed(agreement: Agreement) -> Agreement:
    """A later draft: a level lowered, a concern raised, a duty added, a review asked for."""
    one, two, three, four, *rest = agreement.clauses
    return replace(
        agreement,
        clauses=(
            replace(one, level=Level.EXISTENCE if one.level is not Level.EXISTENCE else Level.SUMMARY),
            replace(two, conditions=replace(two.conditions, concern_at_least="high")),
            replace(three, obligations=(Obligation(ObligationCode.REPORT_OUTCOME),)),
            replace(four, conditions=replace(four.conditions, review=Review.CUSTODIAN)),
            *rest,
        ),
    )


def agreements(size: int) -> Iterator[Agreement]:
    """So many agreements, the same ones each time."""
    for number in range(size):
        chance = random.Random(number)
        parties = tuple(f"agency-{n}" for n in chance.sample(range(AGENCIES), 4))
        yield Agreement(
            id=f"agreement-{number}",
            version=1,
            title=f"Agreement {number}",
            instrument=Instrument.DSA,
            jurisdiction="us-or",
            parties=parties,
            effective=_START,
            expires=_END,
            review_by=_NOW,
            concern_scale=_SCALE,
            clauses=tuple(_clause(str(n), parties, chance) for n in range(CLAUSES)),
            retain=Duration(0, 86400),
        )


def _clause(id: str, parties: tuple[str, ...], chance: random.Random) -> Clause:
    asking, *holding = chance.sample(parties, chance.choice((2, 2, 3)))
    level = chance.choice(list(Level))
    names = [f"field_{n}" for n in range(8)]
    return Clause(
        id=id,
        text=f"Clause {id}: what its parties have agreed about who may ask whom for what, in words.",
        effect=Effect.PROHIBIT if chance.random() < 0.1 else Effect.PERMIT,
        requester=PartySelector(frozenset({asking})),
        roles=frozenset(chance.sample([Role.CASEWORKER, Role.LIAISON], chance.choice((1, 2)))),
        custodian=PartySelector(frozenset(holding)),
        purposes=frozenset(chance.sample(list(Purpose), chance.choice((1, 2, 3)))),
        subjects=frozenset({SubjectKind.PERSON}),
        categories=frozenset(chance.sample(list(Category), chance.choice((1, 1, 2)))),
        level=level,
        fields=frozenset(chance.sample(names, 3)) if level is Level.RECORD else frozenset(),
        conditions=_conditions(chance),
        masked=chance.random() < 0.3,
        obligations=(
            Obligation(ObligationCode.NO_REDISCLOSURE),
            Obligation(ObligationCode.DESTROY_BY, Duration(0, 86400 * 30)),
        ),
    )


def _conditions(chance: random.Random) -> Conditions:
    consent = chance.random() < 0.5
    return Conditions(
        concern_at_least=chance.choice((None, *_SCALE)),
        consent=ConsentNeed.REQUIRED if consent else ConsentNeed.NOT_REQUIRED,
        consent_from=chance.choice((GrantorKind.SUBJECT, GrantorKind.GUARDIAN)),
        exceptions=(chance.choice(list(Ground)),) if consent and chance.random() < 0.5 else (),
        case_flags=frozenset(
            {chance.choice(("level-2", "minor", "urgent"))} if chance.random() < 0.2 else ()
        ),
        review=chance.choice((Review.NONE, Review.NONE, Review.CUSTODIAN)),
    )
