"""The decision alone as clauses grow, beside Cedar on the same rules, in one run.

Both decide what was put together before: we a value of facts, Cedar a request with its policies and entities
parsed. Cedar is given the evidence to rest on, which we find. It is asked with all policies, and with those
of the agreement, the laws bound and the rules of evidence alone.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cedarpy
from rich.console import Console
from rich.table import Table

from agreements.agreement import Agreement
from agreements.terms import Sector
from policies.decide import decide
from policies.decision import Permitted
from policies.facts import Facts
from policies.lawbook import LawBook, load_laws
from policies.rules import RuleBook
from policies.statute import Law
from tests.cedar.policies import compiled
from tests.cedar.requests import Graph, Json, asked_of, consent_record, question_record
from tests.unit.decision_case import SECTORS, agencies, agreement, clause, consent, needing_consent, question

SIZES: Final = (10, 100, 1_000, 10_000, 100_000)
CEDAR_SIZES: Final = SIZES[:-1]
CLAUSES_EACH: Final = 10
ROUNDS: Final = 40
CALLS: Final = 50
COLUMNS: Final = ("value", "explained", "Cedar, sliced", "Cedar, whole")

Decide = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the agreement it falls under and the laws it is bound by."""

    title: str
    facts: Facts
    agreement: Agreement
    laws: LawBook


def main() -> None:
    """Print the medians of one decision in each form, for each question and number of clauses."""
    laws = load_laws()
    questions = (
        Question("no law, no consent needed", question(), agreement(clause()), LawBook.of(())),
        Question(
            "a consent needed, under us-hipaa",
            question(regimes=("us-hipaa",), consents=(consent(),)),
            agreement(needing_consent()),
            LawBook.of([laws.laws["us-hipaa"]]),
        ),
    )
    for each in questions:
        _report(each)


def _report(asked: Question) -> None:
    table = Table(
        "clauses", "compiled in s", *(f"{name}, µs" for name in COLUMNS), "sliced Cedar / value",
        title=f"{asked.title}: median of {ROUNDS} interleaved rounds of {CALLS}",
    )  # fmt: skip
    forms: dict[tuple[int, str], Decide] = {}
    built: dict[int, float] = {}
    for size in SIZES:
        started = time.perf_counter()
        agreements, sectors = _written(size, asked.agreement)
        rules = RuleBook(agreements, sectors)
        built[size] = time.perf_counter() - started
        forms |= {(size, name): form for name, form in _ours(asked, rules)}
        if size in CEDAR_SIZES:
            forms |= {(size, name): form for name, form in _cedar(asked, agreements, sectors)}
    gc.collect()
    gc.freeze()  # or whoever makes more values pays for walking the rules of everybody
    medians = _medians(forms)
    gc.unfreeze()
    for size in SIZES:
        row = [medians.get((size, name)) for name in COLUMNS]
        sliced = medians.get((size, "Cedar, sliced"))
        ratio = "" if sliced is None else f"{sliced / medians[size, 'value']:.1f}"
        shown = ("" if each is None else f"{each * 1e6:.1f}" for each in row)
        table.add_row(f"{size:,}", f"{built[size]:.2f}", *shown, ratio)
    Console(width=110).print(table)


def _written(size: int, own: Agreement) -> tuple[list[Agreement], Mapping[str, Sector]]:
    """So many clauses between other pairs of agencies, and the agreement that the question falls under."""
    sectors, agreements = dict(SECTORS), [own]
    for number in range(size // CLAUSES_EACH):
        asking, holding = f"asking-{number}", f"holding-{number}"
        sectors |= {asking: SECTORS["police"], holding: SECTORS["health"]}
        clauses = [
            clause(id=str(each), requester=agencies(asking), custodian=agencies(holding))
            for each in range(CLAUSES_EACH)
        ]
        agreements.append(agreement(*clauses, id=f"other-{number}", parties=(asking, holding)))
    return agreements, sectors


def _ours(asked: Question, rules: RuleBook) -> Iterable[tuple[str, Decide]]:
    decided = decide(asked.facts, rules, asked.laws)
    if not isinstance(decided, Permitted):
        raise TypeError("the question of the benchmark is refused")
    yield "value", lambda: decide(asked.facts, rules, asked.laws)
    yield "explained", lambda: decide(asked.facts, rules, asked.laws).layers


def _cedar(
    asked: Question, agreements: Sequence[Agreement], sectors: Mapping[str, Sector]
) -> Iterable[tuple[str, Decide]]:
    entities = cedarpy.Entities.from_json_str(Graph(sectors).text())
    laws: Iterable[Law] = asked.laws.laws.values()
    for name, rules in (("Cedar, sliced", [asked.agreement]), ("Cedar, whole", agreements)):
        policies = cedarpy.PolicySet.from_str(compiled(rules, laws))
        yield name, _authorized(_request(asked.facts), policies, entities)


def _request(facts: Facts) -> Json:
    evidence = [{"consent": consent_record(each)} for each in facts.consents] or [{}]
    (request,) = asked_of(facts, question_record(facts), evidence).at(facts.level)
    return request


def _authorized(request: Json, policies: Any, entities: Any) -> Decide:
    if not cedarpy.is_authorized(request, policies, entities).allowed:
        raise ValueError("Cedar refuses the request of the benchmark")
    return lambda: cedarpy.is_authorized(request, policies, entities)


def _medians(forms: Mapping[tuple[int, str], Decide]) -> dict[tuple[int, str], float]:
    """Seconds of one call, each form's rounds among those of the others; the sizes of one form together."""
    ordered = sorted(forms.items(), key=lambda item: COLUMNS.index(item[0][1]))
    taken: dict[tuple[int, str], list[float]] = {key: [] for key in forms}
    for _ in range(ROUNDS):
        for key, form in ordered:
            calls = 1 if key[1] == "Cedar, whole" else CALLS
            started = time.perf_counter()
            for _ in range(calls):
                form()
            taken[key].append((time.perf_counter() - started) / calls)
    return {key: statistics.median(times) for key, times in taken.items()}
