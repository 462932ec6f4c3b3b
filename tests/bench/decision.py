"""The decision alone, with its explanation, as the clauses in force grow."""

from __future__ import annotations

import statistics
import time
from typing import Final

from rich.console import Console
from rich.table import Table

from policies.decide import decide
from policies.decision import Permitted
from policies.rules import RuleBook
from tests.unit.decision_case import SECTORS, agencies, agreement, clause, question

SIZES: Final = (10, 100, 1_000, 10_000)
CLAUSES_EACH: Final = 10
DECISIONS: Final = 2_000


def main() -> None:
    """Print the median of one decision and the time to compile the rules, for each number of clauses."""
    table = Table("clauses", "compiled in s", "one decision, µs", title=f"median of {DECISIONS} decisions")
    for size in SIZES:
        started = time.perf_counter()
        rules = _rules(size)
        compiled = time.perf_counter() - started
        table.add_row(f"{size:,}", f"{compiled:.2f}", f"{_median_decision(rules) * 1e6:.0f}")
    Console(width=100).print(table)


def _rules(size: int) -> RuleBook:
    """So many clauses between other pairs of agencies, and one that the question falls under."""
    sectors, agreements = dict(SECTORS), [agreement(clause())]
    for number in range(size // CLAUSES_EACH):
        asking, holding = f"asking-{number}", f"holding-{number}"
        sectors |= {asking: SECTORS["police"], holding: SECTORS["health"]}
        clauses = [
            clause(id=str(each), requester=agencies(asking), custodian=agencies(holding))
            for each in range(CLAUSES_EACH)
        ]
        agreements.append(agreement(*clauses, id=f"other-{number}", parties=(asking, holding)))
    return RuleBook(agreements, sectors)


def _median_decision(rules: RuleBook) -> float:
    facts, taken = question(), []
    assert isinstance(decide(facts, rules, {}), Permitted)
    for _ in range(DECISIONS):
        started = time.perf_counter()
        decide(facts, rules, {})
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
